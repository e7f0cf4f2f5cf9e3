-- As in 0013-consents.sql, but that what the bereaved signed stands only while the person is known to have died: consent-covers.ts (consentStands).
CREATE OR REPLACE FUNCTION consents_standing(person bigint, at_time timestamptz)
RETURNS TABLE (consent consents, taken_at_facility bigint, until timestamptz) LANGUAGE sql STABLE AS $$
  SELECT k, p.facility_id, g.until
  FROM patients p JOIN consents k ON k.patient_no = p.patient_no JOIN grants g ON g.grant_id = k.grant_id
  WHERE p.person_id = person AND g.withdrawn_at IS NULL AND g.until > at_time
    AND (NOT k.ends_with_death OR NOT EXISTS (SELECT FROM patients d WHERE d.person_id = person AND d.died_on IS NOT NULL))
    AND (k.relation IS DISTINCT FROM 'bereaved' OR EXISTS (SELECT FROM patients d WHERE d.person_id = person AND d.died_on IS NOT NULL))
    AND (NOT k.needs_notice OR EXISTS (SELECT FROM posted_notices n WHERE n.facility_id = p.facility_id AND n.removed_at IS NULL))
$$;

-- Of whoever is not, it ends here.
LOCK TABLE patients, studies, grants, consents, study_access, study_lists IN ACCESS EXCLUSIVE MODE;
SELECT settle_consents(studies_of_persons(ARRAY(
  SELECT DISTINCT p.person_id FROM consents k JOIN patients p ON p.patient_no = k.patient_no WHERE k.relation = 'bereaved')), clock_timestamp());
