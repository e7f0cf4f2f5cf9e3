SELECT p.patient_no, p.person_id, p.facility_id AS patient_owner_id, o.code AS patient_owner_code, o.name AS patient_owner_name,
  p.patient_id, p.issuer_of_patient_id, seen.*
      FROM patients p JOIN facilities o ON o.facility_id = p.facility_id CROSS JOIN LATERAL (
        SELECT count(*)::integer AS studies, (count(*) FILTER (WHERE a.opened_at IS NULL AND (a.facility_id <> 0 OR NOT EXISTS (
    SELECT FROM study_openings o WHERE o.study_id = a.study_id AND o.facility_id = $1))))::integer AS unopened,
          (array_agg(a.study_id ORDER BY a.study_date DESC, a.study_time DESC, a.study_id DESC) FILTER (WHERE true))[1] AS newest_id, max(a.study_date) AS newest_date,
          max(a.study_date || ' ' || a.study_time) AS newest,
          coalesce((array_agg(s.patient_name ORDER BY a.study_date DESC, a.study_time DESC, a.study_id DESC) FILTER (WHERE s.patient_name_alphabetic || s.patient_name_ideographic || s.patient_name_phonetic <> ''))[1], '{}') AS patient_name,
          coalesce((array_agg(s.patient_name_alphabetic ORDER BY a.study_date DESC, a.study_time DESC, a.study_id DESC) FILTER (WHERE s.patient_name_alphabetic || s.patient_name_ideographic || s.patient_name_phonetic <> ''))[1], '') AS patient_name_alphabetic,
          coalesce((array_agg(s.patient_name_ideographic ORDER BY a.study_date DESC, a.study_time DESC, a.study_id DESC) FILTER (WHERE s.patient_name_alphabetic || s.patient_name_ideographic || s.patient_name_phonetic <> ''))[1], '') AS patient_name_ideographic,
          coalesce((array_agg(s.patient_name_phonetic ORDER BY a.study_date DESC, a.study_time DESC, a.study_id DESC) FILTER (WHERE s.patient_name_alphabetic || s.patient_name_ideographic || s.patient_name_phonetic <> ''))[1], '') AS patient_name_phonetic,
          coalesce((array_agg(s.patient_birth_date ORDER BY a.study_date DESC, a.study_time DESC, a.study_id DESC) FILTER (WHERE s.patient_birth_date <> ''))[1], '') AS patient_birth_date,
          coalesce((array_agg(s.patient_sex ORDER BY a.study_date DESC, a.study_time DESC, a.study_id DESC) FILTER (WHERE s.patient_sex <> ''))[1], '') AS patient_sex
        FROM studies s JOIN study_access a ON a.study_id = s.study_id WHERE s.patient_no = p.patient_no AND a.facility_id IN ($1, 0) AND $1::bigint <> ALL (a.not_to) AND a.audience = ANY($3::text[]) AND a.listed AND (a.until IS NULL OR a.until > $2) AND (a.not_before IS NULL OR a.not_before <= $2) AND (a.alone OR a.grant_id = first_grant(a.study_id, $1, $2, $3))
      ) seen
      WHERE p.person_id = ANY ($4::bigint[]) AND seen.studies > 0
      ORDER BY p.person_id, seen.newest DESC, seen.newest_id DESC;
