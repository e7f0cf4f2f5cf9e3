SELECT g.n, l.seq, l.at, l.user_id
  FROM unnest($2::text[], $3::text[], $4::integer[], $5::bigint[]) WITH ORDINALITY AS g (uid, owner, ordinal, after, n)
  CROSS JOIN LATERAL (
    SELECT a.seq, a.at, a.user_id FROM audit a
    WHERE a.study_instance_uid = g.uid AND a.seq > g.after AND a.action = 'study-viewed'
      AND a.owner_facility_code = g.owner AND a.study_ordinal = g.ordinal
      AND (a.entry::json #>> '{who,facilityCode}') = $1 AND (a.entry::json ->> 'outcome') = 'success'
    ORDER BY a.seq LIMIT 200
  ) AS l
  ORDER BY g.n, l.seq;
