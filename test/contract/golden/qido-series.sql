WITH page AS MATERIALIZED (
  SELECT a.study_id, a.kind, a.granted_at, a.opened_at, a.study_date, a.study_time, e.series_id, e.series_number FROM study_access a JOIN studies s ON s.study_id = a.study_id JOIN series e ON e.study_id = a.study_id WHERE a.facility_id IN ($1, 0) AND $1::bigint <> ALL (a.not_to) AND a.audience = ANY($3::text[]) AND a.listed AND (a.until IS NULL OR a.until > $2) AND (a.not_before IS NULL OR a.not_before <= $2) AND (a.alone OR a.grant_id = first_grant(a.study_id, $1, $2, $3)) AND s.study_instance_uid = ANY($4::text[]) AND e.number_of_instances > 0 AND (a.held_back = '{}' OR shows_series(e.study_id, e.series_instance_uid, $1, $2, $3))
      ORDER BY a.study_date DESC, a.study_time DESC, a.study_id DESC, e.series_number NULLS LAST, e.series_id LIMIT $5 OFFSET $6
)
SELECT 
  s.study_id, s.facility_id AS owner_id, f.code AS owner_code, f.name AS owner_name, a.granted_at, coalesce(a.opened_at, opening.opened_at) AS opened_at,
  s.study_instance_uid, s.ordinal, s.patient_no, s.patient_id, s.issuer_of_patient_id,
  s.patient_name, s.patient_name_alphabetic, s.patient_name_ideographic, s.patient_name_phonetic,
  s.patient_birth_date, s.patient_sex, s.study_date, s.study_time, s.accession_number, s.dicom_study_id, s.study_description,
  s.referring_physician_name, s.referring_physician_name_alphabetic, s.referring_physician_name_ideographic,
  s.referring_physician_name_phonetic, s.attributes AS study_attributes, told.modalities, told.number_of_series,
  told.number_of_instances AS study_number_of_instances, told.number_of_images AS study_number_of_images,
  told.number_of_clips AS study_number_of_clips, s.first_received_at, s.last_received_at, told.complete_at, 
  e.series_id, e.study_id AS series_study_id, e.series_instance_uid, e.modality, e.series_number, e.series_description, e.body_part_examined,
  e.performed_procedure_step_start_date, e.performed_procedure_step_start_time, e.scheduled_procedure_step_ids, e.requested_procedure_ids,
  e.attributes AS series_attributes,
  e.number_of_instances AS series_number_of_instances,
  e.number_of_instances + e.more_images AS series_number_of_images, e.number_of_clips AS series_number_of_clips, e.metadata_key, e.metadata_etag, e.metadata_revision, e.revision, told.besides, told.shadowed, told.rights
FROM page a JOIN studies s ON s.study_id = a.study_id JOIN facilities f ON f.facility_id = s.facility_id
  JOIN studies_told(ARRAY(SELECT study_id FROM page), $1, $2, $3) told ON told.told_id = a.study_id
  LEFT JOIN study_openings opening ON opening.study_id = a.study_id AND opening.facility_id = $1 JOIN series e ON e.series_id = a.series_id
ORDER BY a.study_date DESC, a.study_time DESC, a.study_id DESC, e.series_number NULLS LAST, e.series_id;
