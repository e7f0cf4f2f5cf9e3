SELECT f.facility_id, e.waiting, e.newest_at,
        (SELECT max(n.at) FROM notices n WHERE n.facility_id = f.facility_id) AS noticed_at,
        (SELECT max(l.sent_at) FROM letters l WHERE l.to_facility_id = f.facility_id AND l.state IN ('sent', 'recalled')) AS sent_at,
        (SELECT max(l.recalled_at) FROM letters l WHERE l.to_facility_id = f.facility_id AND l.state = 'recalled') AS recalled_at,
        (SELECT max(l.declined_at) FROM letters l WHERE l.from_facility_id = f.facility_id AND l.state = 'declined') AS declined_at
      FROM unnest($1::bigint[]) AS f(facility_id) CROSS JOIN LATERAL (SELECT
      (SELECT count(*)::integer FROM (
        SELECT FROM emergency_reviews WHERE facility_id = f.facility_id AND verdict IS NULL LIMIT 200) w) AS waiting,
      greatest(
        (SELECT g.created_at FROM grants g WHERE g.grant_id = (
          SELECT max(r.grant_id) FROM emergency_reviews r WHERE r.facility_id = f.facility_id AND r.verdict IS NULL)),
        (SELECT g.created_at FROM grants g WHERE g.grant_id = (SELECT n.grant_id FROM grants n
  WHERE n.kind = 'emergency' AND n.created_at > $2 AND n.facility_id <> f.facility_id AND EXISTS (
    SELECT FROM emergency_patients k JOIN patients p ON p.patient_no = k.patient_no WHERE k.grant_id = n.grant_id AND p.facility_id = f.facility_id) ORDER BY n.created_at DESC LIMIT 1))) AS newest_at) e;
