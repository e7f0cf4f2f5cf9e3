SELECT (SELECT revision FROM study_lists WHERE facility_id = $1) AS revision,
  (SELECT revision FROM study_lists WHERE facility_id = 0) AS of_region,
  greatest(
    (SELECT max(until) FROM study_access WHERE facility_id = $1 AND until IS NOT NULL AND until <= $2),
    (SELECT max(until) FROM study_access WHERE facility_id = 0 AND until IS NOT NULL AND until <= $2)) AS ended,
  greatest(
    (SELECT max(not_before) FROM study_access WHERE facility_id = $1 AND not_before IS NOT NULL AND not_before <= $2),
    (SELECT max(not_before) FROM study_access WHERE facility_id = 0 AND not_before IS NOT NULL AND not_before <= $2)) AS begun;
