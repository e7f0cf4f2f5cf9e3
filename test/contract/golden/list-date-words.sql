WITH recent AS MATERIALIZED (
  SELECT a.study_id, a.kind, a.granted_at, a.opened_at, a.study_date, a.study_time FROM (
    SELECT * FROM (
      (SELECT * FROM study_access a WHERE a.facility_id = $1 AND a.audience = ANY($3::text[]) AND a.listed AND (a.until IS NULL OR a.until > $2) AND (a.not_before IS NULL OR a.not_before <= $2) AND (a.alone OR a.grant_id = first_grant(a.study_id, $1, $2, $3))
      ORDER BY a.study_date DESC, a.study_time DESC, a.study_id DESC LIMIT 2000)
      UNION ALL
      (SELECT * FROM study_access a WHERE a.facility_id = 0 AND $1::bigint <> ALL (a.not_to) AND a.audience = ANY($3::text[]) AND a.listed AND (a.until IS NULL OR a.until > $2) AND (a.not_before IS NULL OR a.not_before <= $2) AND (a.alone OR a.grant_id = first_grant(a.study_id, $1, $2, $3))
      ORDER BY a.study_date DESC, a.study_time DESC, a.study_id DESC LIMIT 2000)
    ) a ORDER BY a.study_date DESC, a.study_time DESC, a.study_id DESC LIMIT 2000
  ) a
  WHERE (a.search_text LIKE $4) AND ((a.study_date <> '' AND a.study_date >= $5 AND a.study_date <= $6) OR (a.search_text LIKE $7 OR a.search_text LIKE $8))
  ORDER BY a.study_date DESC, a.study_time DESC, a.study_id DESC LIMIT $9::bigint + $10::bigint
), page AS MATERIALIZED (
  (SELECT a.study_id, a.kind, a.granted_at, a.opened_at, a.study_date, a.study_time FROM recent a WHERE (SELECT count(*) FROM recent) >= $9::bigint + $10::bigint ORDER BY a.study_date DESC, a.study_time DESC, a.study_id DESC LIMIT $9 OFFSET $10)
  UNION ALL
  (SELECT * FROM (
    (SELECT a.study_id, a.kind, a.granted_at, a.opened_at, a.study_date, a.study_time FROM study_access a WHERE (SELECT count(*) FROM recent) < $9::bigint + $10::bigint AND a.facility_id IN ($1, 0) AND $1::bigint <> ALL (a.not_to) AND a.audience = ANY($3::text[]) AND a.listed AND (a.until IS NULL OR a.until > $2) AND (a.not_before IS NULL OR a.not_before <= $2) AND (a.alone OR a.grant_id = first_grant(a.study_id, $1, $2, $3)) AND (a.search_text LIKE $4) AND (a.study_date <> '' AND a.study_date >= $5 AND a.study_date <= $6) OFFSET 0)
    UNION
    (SELECT a.study_id, a.kind, a.granted_at, a.opened_at, a.study_date, a.study_time FROM study_access a WHERE (SELECT count(*) FROM recent) < $9::bigint + $10::bigint AND a.facility_id IN ($1, 0) AND $1::bigint <> ALL (a.not_to) AND a.audience = ANY($3::text[]) AND a.listed AND (a.until IS NULL OR a.until > $2) AND (a.not_before IS NULL OR a.not_before <= $2) AND (a.alone OR a.grant_id = first_grant(a.study_id, $1, $2, $3)) AND (a.search_text LIKE $4) AND (a.search_text LIKE $7 OR a.search_text LIKE $8) OFFSET 0)
  ) a ORDER BY a.study_date DESC, a.study_time DESC, a.study_id DESC LIMIT $9 OFFSET $10)
)
SELECT 
  s.study_id, s.facility_id AS owner_id, f.code AS owner_code, f.name AS owner_name, a.granted_at, coalesce(a.opened_at, opening.opened_at) AS opened_at,
  s.study_instance_uid, s.ordinal, s.patient_no, s.patient_id, s.issuer_of_patient_id,
  s.patient_name, s.patient_name_alphabetic, s.patient_name_ideographic, s.patient_name_phonetic,
  s.patient_birth_date, s.patient_sex, s.study_date, s.study_time, s.accession_number, s.dicom_study_id, s.study_description,
  s.referring_physician_name, s.referring_physician_name_alphabetic, s.referring_physician_name_ideographic,
  s.referring_physician_name_phonetic, s.attributes AS study_attributes, told.modalities, told.number_of_series,
  told.number_of_instances AS study_number_of_instances, told.number_of_images AS study_number_of_images,
  told.number_of_clips AS study_number_of_clips, s.first_received_at, s.last_received_at, told.complete_at, a.study_date AS access_date, a.study_time AS access_time, told.besides, told.shadowed, told.rights
FROM page a JOIN studies s ON s.study_id = a.study_id JOIN facilities f ON f.facility_id = s.facility_id
  JOIN studies_told(ARRAY(SELECT study_id FROM page), $1, $2, $3) told ON told.told_id = a.study_id
  LEFT JOIN study_openings opening ON opening.study_id = a.study_id AND opening.facility_id = $1
ORDER BY a.study_date DESC, a.study_time DESC, a.study_id DESC;
