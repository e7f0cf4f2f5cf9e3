WITH page AS MATERIALIZED (
  SELECT a.study_id, a.kind, a.granted_at, a.opened_at, a.study_date, a.study_time FROM study_access a
  WHERE a.facility_id = $1 AND a.audience = ANY($3::text[]) AND a.listed AND (a.until IS NULL OR a.until > $2) AND (a.not_before IS NULL OR a.not_before <= $2) AND (a.alone OR a.grant_id = (
    SELECT b.grant_id FROM study_access b WHERE b.study_id = a.study_id AND b.facility_id = $1 AND b.audience = ANY($3::text[]) AND b.listed AND (b.until IS NULL OR b.until > $2) AND (b.not_before IS NULL OR b.not_before <= $2) ORDER BY b.granted_at, b.grant_id LIMIT 1)) AND (a.granted_at, a.study_id) < ($4::timestamptz, $5::bigint)
  ORDER BY a.granted_at DESC, a.study_id DESC LIMIT $6 OFFSET $7
)
SELECT 
  s.study_id, s.facility_id AS owner_id, f.code AS owner_code, f.name AS owner_name, a.granted_at, a.opened_at,
  s.study_instance_uid, s.ordinal, s.patient_id, s.issuer_of_patient_id,
  s.patient_name, s.patient_name_alphabetic, s.patient_name_ideographic, s.patient_name_phonetic,
  s.patient_birth_date, s.patient_sex, s.study_date, s.study_time, s.accession_number, s.dicom_study_id, s.study_description,
  s.referring_physician_name, s.referring_physician_name_alphabetic, s.referring_physician_name_ideographic,
  s.referring_physician_name_phonetic, s.attributes AS study_attributes, shown.modalities, shown.number_of_series,
  shown.number_of_instances AS study_number_of_instances, shown.number_of_images AS study_number_of_images,
  shown.number_of_clips AS study_number_of_clips, s.first_received_at, s.last_received_at, shown.complete_at, a.study_date AS access_date, a.study_time AS access_time, beside.besides, meant.shadowed, given.rights
FROM page a JOIN studies s ON s.study_id = a.study_id JOIN facilities f ON f.facility_id = s.facility_id
  CROSS JOIN LATERAL (
    SELECT count(*)::integer AS besides FROM (SELECT DISTINCT o.study_id FROM studies o JOIN study_access b ON b.study_id = o.study_id
    WHERE o.study_instance_uid = s.study_instance_uid AND o.study_id <> s.study_id AND b.facility_id = $1 AND b.audience = ANY($3::text[]) AND b.listed AND (b.until IS NULL OR b.until > $2) AND (b.not_before IS NULL OR b.not_before <= $2) LIMIT 99) x
  ) beside CROSS JOIN LATERAL (
    SELECT beside.besides > 0 AND EXISTS (SELECT FROM studies o JOIN study_access b ON b.study_id = o.study_id
    WHERE o.study_instance_uid = s.study_instance_uid AND o.study_id <> s.study_id AND b.facility_id = $1 AND b.audience = ANY($3::text[]) AND b.listed AND (b.until IS NULL OR b.until > $2) AND (b.not_before IS NULL OR b.not_before <= $2) AND (b.kind <> 'owner', CASE b.kind WHEN 'owner' THEN '-infinity' ELSE b.granted_at END, o.study_id) < (a.kind <> 'owner', CASE a.kind WHEN 'owner' THEN '-infinity' ELSE a.granted_at END, s.study_id)) AS shadowed
  ) meant CROSS JOIN LATERAL (
    SELECT json_agg(json_build_object('kind', r.kind, 'grantId', r.grant_id::text, 'audience', r.audience, 'notBefore', r.not_before,
      'until', r.until, 'mayDownload', r.may_take, 'heldBack', r.held_back,
      'heldBackState', r.held_back_state::text) ORDER BY r.granted_at, r.grant_id) AS rights,
      bool_and(r.held_back <> '{}') AS holds_back
    FROM study_access r WHERE r.study_id = s.study_id AND r.facility_id = $1 AND r.audience = ANY($3::text[]) AND r.listed AND (r.until IS NULL OR r.until > $2) AND (r.not_before IS NULL OR r.not_before <= $2)
  ) given CROSS JOIN LATERAL (
    SELECT s.modalities, s.number_of_series, s.number_of_instances, s.number_of_instances + s.more_images AS number_of_images, s.number_of_clips, s.complete_at
    WHERE NOT given.holds_back
    UNION ALL
    SELECT coalesce(array_agg(DISTINCT e.modality ORDER BY e.modality) FILTER (WHERE e.modality <> ''), '{}'), count(*)::integer,
      coalesce(sum(e.number_of_instances), 0)::integer, coalesce(sum(e.number_of_instances + e.more_images), 0)::integer,
      coalesce(sum(e.number_of_clips), 0)::integer,
      coalesce(s.complete_at, CASE WHEN bool_and(e.metadata_revision IS NOT DISTINCT FROM e.revision) THEN s.last_received_at END)
    FROM series e WHERE e.study_id = s.study_id AND e.number_of_instances > 0 AND EXISTS (SELECT FROM study_access r WHERE r.study_id = e.study_id AND r.facility_id = $1 AND r.audience = ANY($3::text[]) AND r.listed AND (r.until IS NULL OR r.until > $2) AND (r.not_before IS NULL OR r.not_before <= $2) AND e.series_instance_uid <> ALL (r.held_back))
    HAVING given.holds_back
  ) shown
ORDER BY a.granted_at DESC, a.study_id DESC;
