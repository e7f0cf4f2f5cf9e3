SELECT
      (SELECT count(*)::integer FROM (
        SELECT FROM emergency_reviews WHERE facility_id = $1 AND verdict IS NULL LIMIT 200) w) AS waiting,
      greatest(
        (SELECT g.created_at FROM grants g WHERE g.grant_id = (
          SELECT max(r.grant_id) FROM emergency_reviews r WHERE r.facility_id = $1 AND r.verdict IS NULL)),
        (SELECT g.created_at FROM grants g WHERE g.grant_id = (SELECT n.grant_id FROM grants n
  WHERE n.kind = 'emergency' AND n.created_at > $2 AND n.facility_id <> $1 AND EXISTS (
    SELECT FROM emergency_patients k JOIN patients p ON p.patient_no = k.patient_no WHERE k.grant_id = n.grant_id AND p.facility_id = $1) ORDER BY n.created_at DESC LIMIT 1))) AS newest_at;
