SELECT g.n, known.person_id::text AS person_id
  FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS g (owner, patient, n)
  CROSS JOIN LATERAL (
    SELECT min(p.person_id) AS person_id FROM patients p JOIN facilities f USING (facility_id)
    WHERE left(p.patient_id, 64) = left(g.patient, 64) AND p.patient_id <> '' AND p.patient_id = g.patient AND f.code = g.owner
    HAVING count(DISTINCT p.person_id) = 1
  ) AS known;
