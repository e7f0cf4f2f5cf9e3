WITH page AS MATERIALIZED (
  SELECT a.study_id, a.kind, a.granted_at, a.opened_at, a.study_date, a.study_time
  FROM patients p JOIN studies s ON s.patient_no = p.patient_no JOIN study_access a ON a.study_id = s.study_id
  WHERE p.person_id = $4 AND a.facility_id IN ($1, 0) AND $1::bigint <> ALL (a.not_to) AND a.audience = ANY($3::text[]) AND a.listed AND (a.until IS NULL OR a.until > $2) AND (a.not_before IS NULL OR a.not_before <= $2) AND (a.alone OR a.grant_id = first_grant(a.study_id, $1, $2, $3))
  ORDER BY a.study_date DESC, a.study_time DESC, a.study_id DESC LIMIT 1000
)
SELECT 
  s.study_id, s.facility_id AS owner_id, f.code AS owner_code, f.name AS owner_name, a.granted_at, coalesce(a.opened_at, opening.opened_at) AS opened_at,
  s.study_instance_uid, s.ordinal, s.patient_no, s.patient_id, s.issuer_of_patient_id,
  s.patient_name, s.patient_name_alphabetic, s.patient_name_ideographic, s.patient_name_phonetic,
  s.patient_birth_date, s.patient_sex, s.study_date, s.study_time, s.accession_number, s.dicom_study_id, s.study_description,
  s.referring_physician_name, s.referring_physician_name_alphabetic, s.referring_physician_name_ideographic,
  s.referring_physician_name_phonetic, s.attributes AS study_attributes, told.modalities, told.number_of_series,
  told.number_of_instances AS study_number_of_instances, told.number_of_images AS study_number_of_images,
  told.number_of_clips AS study_number_of_clips, s.first_received_at, s.last_received_at, told.complete_at, told.besides, told.shadowed, told.rights, (
    SELECT coalesce(array_agg(DISTINCT e.body_part_examined ORDER BY e.body_part_examined), '{}') FROM series e
    WHERE e.study_id = s.study_id AND e.number_of_instances > 0 AND e.body_part_examined <> '' AND shows_series(e.study_id, e.series_instance_uid, $1, $2, $3)) AS body_parts
FROM page a JOIN studies s ON s.study_id = a.study_id JOIN facilities f ON f.facility_id = s.facility_id
  JOIN studies_told(ARRAY(SELECT study_id FROM page), $1, $2, $3) told ON told.told_id = a.study_id
  LEFT JOIN study_openings opening ON opening.study_id = a.study_id AND opening.facility_id = $1
ORDER BY a.study_date DESC, a.study_time DESC, a.study_id DESC;
