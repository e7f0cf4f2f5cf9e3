-- Emergency access: a grant of kind `emergency` is of no study. It opens to one person the studies of a patient's person that others own, a row of study_access
-- a study under the emergency's own number, for a day at most: gateway/decisions/emergency.md. A study that comes, or is said to be of another, and a link that is
-- made or undone settle those rows in their own transaction, by triggers.

LOCK TABLE patients, studies, grants, study_access IN ACCESS EXCLUSIVE MODE;

ALTER TABLE grants
  DROP CONSTRAINT grants_kind_check,
  DROP CONSTRAINT grants_subject_check,
  ADD CONSTRAINT grants_kind_check CHECK (kind IN ('share', 'consent', 'emergency')),
  ADD CONSTRAINT grants_subject_check CHECK (
    (kind = 'share') = (study_id IS NOT NULL) AND (kind = 'consent') = (facility_id IS NULL) AND (kind <> 'emergency' OR user_id IS NOT NULL));
COMMENT ON TABLE grants IS 'What was given: a study to a facility or some of it, as a consent the studies of a person, or taken by a doctor in an emergency; from when until when, and what for. Rights are read from study_access, never from here. Read by shares.ts, consents.ts, emergencies.ts and notices.ts.';

ALTER TABLE study_access
  DROP CONSTRAINT study_access_kind_check,
  ADD CONSTRAINT study_access_kind_check CHECK (kind IN ('owner', 'share', 'consent', 'emergency'));
CREATE INDEX study_access_emergency ON study_access (grant_id) WHERE kind = 'emergency';
COMMENT ON INDEX study_access_emergency IS 'emergencies.ts: all that an emergency opens, when it ends.';

CREATE TABLE emergencies (
  grant_id bigint PRIMARY KEY REFERENCES grants,
  -- As whom a facility with images knows the person whom the reader identified.
  patient_no bigint NOT NULL REFERENCES patients,
  -- The reader's, then.
  job text COLLATE "C" NOT NULL,
  category text COLLATE "C" NOT NULL,
  -- As it was typed; for those who review it, never on record.
  reason text NOT NULL,
  despite_objection boolean NOT NULL
);
COMMENT ON TABLE emergencies IS 'Why somebody opened a person''s studies without being given them. Who, from when until when, and when it was ended is in its grant. Read by emergencies.ts and settle_emergencies.';
COMMENT ON INDEX emergencies_pkey IS 'emergencies.ts review.';
CREATE INDEX emergencies_patient ON emergencies (patient_no);
COMMENT ON INDEX emergencies_patient IS 'settle_emergencies: those of a person.';
CREATE INDEX grants_reader ON grants (user_id, grant_id) WHERE kind = 'emergency';
COMMENT ON INDEX grants_reader IS 'emergencies.ts: a reader''s own, and how many run.';

CREATE TABLE emergency_patients (
  grant_id bigint NOT NULL REFERENCES emergencies,
  patient_no bigint NOT NULL REFERENCES patients,
  PRIMARY KEY (grant_id, patient_no)
);
COMMENT ON TABLE emergency_patients IS 'As whom the region''s facilities knew the person while it ran: they are told. None is taken away when a link is undone, since it was opened. Read by emergencies.ts.';
COMMENT ON INDEX emergency_patients_pkey IS 'emergencies.ts: the patients of an emergency.';
CREATE INDEX emergency_patients_patient ON emergency_patients (patient_no);
COMMENT ON INDEX emergency_patients_patient IS 'emergencies.ts toldTo.';

CREATE TABLE emergency_reviews (
  grant_id bigint NOT NULL REFERENCES emergencies,
  facility_id bigint NOT NULL REFERENCES facilities,
  -- How many studies of that owner it has opened.
  studies integer NOT NULL,
  verdict text COLLATE "C" CHECK (verdict IN ('justified', 'not-justified')),
  words text,
  decided_at timestamptz,
  decided_by bigint REFERENCES users,
  by_region boolean NOT NULL DEFAULT false,
  PRIMARY KEY (grant_id, facility_id),
  CHECK ((verdict IS NULL) = (decided_at IS NULL) AND (verdict IS NULL) = (words IS NULL) AND (verdict IS NULL) = (decided_by IS NULL))
);
COMMENT ON TABLE emergency_reviews IS 'One row an owner whose studies were opened: what was said of it, or that it waits. Read by emergencies.ts.';
COMMENT ON INDEX emergency_reviews_pkey IS 'emergencies.ts: the reviews of an emergency.';
CREATE INDEX emergency_reviews_waiting ON emergency_reviews (facility_id, grant_id) WHERE verdict IS NULL;
COMMENT ON INDEX emergency_reviews_waiting IS 'emergencies.ts: an owner''s queue, and the region''s.';
CREATE INDEX emergency_reviews_facility ON emergency_reviews (facility_id, grant_id DESC);
COMMENT ON INDEX emergency_reviews_facility IS 'emergencies.ts: what an owner has reviewed.';

-- Rights that emergencies give to these studies, made what they should be; who is told, and who is to review, and the lists that changed. The caller holds the row of the
-- studies' patients: whoever opens, links or brings a study of theirs waits.
-- `tell`: lists_changed is called here, and not by the caller once it is done.
CREATE FUNCTION settle_emergencies(given bigint[], at_time timestamptz, tell boolean DEFAULT true) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  changed bigint[];
  came bigint[];
BEGIN
  PERFORM FROM studies s WHERE s.study_id = ANY (given) ORDER BY s.facility_id, s.study_instance_uid, s.ordinal FOR NO KEY UPDATE;
  WITH due AS MATERIALIZED (
    SELECT s.study_id, s.patient_no, s.facility_id AS owner_id, g.facility_id, g.grant_id, g.user_id, g.until
    FROM studies s JOIN patients p ON p.patient_no = s.patient_no JOIN patients q ON q.person_id = p.person_id
      JOIN emergencies e ON e.patient_no = q.patient_no JOIN grants g ON g.grant_id = e.grant_id
    WHERE s.study_id = ANY (given) AND g.withdrawn_at IS NULL AND g.until > at_time AND g.facility_id <> s.facility_id
  ), gone AS (
    DELETE FROM study_access a WHERE a.study_id = ANY (given) AND a.kind = 'emergency'
      AND (a.study_id, a.grant_id) NOT IN (SELECT d.study_id, d.grant_id FROM due d)
    RETURNING a.study_id, a.facility_id
  ), come AS (
    INSERT INTO study_access AS a (study_id, facility_id, audience, kind, grant_id, until, may_take, granted_at, study_date, study_time, search_text, modalities,
      listed, opened_at, held_back_state)
    SELECT d.study_id, d.facility_id, 'person:' || d.user_id, 'emergency', d.grant_id, d.until, false, at_time, s.study_date, sortable_time(s.study_time),
      s.search_text, s.modalities, s.number_of_instances > 0, least(
        (SELECT min(o.opened_at) FROM study_access o WHERE o.study_id = d.study_id AND o.facility_id = d.facility_id),
        (SELECT o.opened_at FROM study_openings o WHERE o.study_id = d.study_id AND o.facility_id = d.facility_id)), (random() * 2 ^ 52)::bigint
    FROM due d JOIN studies s ON s.study_id = d.study_id
    ON CONFLICT (study_id, facility_id, coalesce(grant_id, 0)) DO NOTHING
    RETURNING a.study_id, a.facility_id, a.grant_id
  ), told AS (
    INSERT INTO emergency_patients (grant_id, patient_no) SELECT DISTINCT d.grant_id, d.patient_no FROM due d ON CONFLICT DO NOTHING
  ), reviews AS (
    INSERT INTO emergency_reviews AS r (grant_id, facility_id, studies)
    SELECT d.grant_id, d.owner_id, count(*)::integer FROM due d JOIN come c ON c.study_id = d.study_id AND c.grant_id = d.grant_id GROUP BY d.grant_id, d.owner_id
    ON CONFLICT (grant_id, facility_id) DO UPDATE SET studies = r.studies + excluded.studies
  )
  SELECT array_agg(DISTINCT c.facility_id), array_agg(DISTINCT c.study_id) FILTER (WHERE c.came) INTO changed, came
  FROM (SELECT study_id, facility_id, false AS came FROM gone UNION ALL SELECT study_id, facility_id, true FROM come) c;
  IF changed IS NULL THEN RETURN; END IF;
  IF came IS NOT NULL THEN PERFORM rights_given(came); END IF;
  IF tell THEN PERFORM lists_changed(changed); END IF;
END $$;

-- A study came, or is of another patient.
CREATE FUNCTION study_under_emergencies() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  person bigint;
BEGIN
  SELECT p.person_id INTO person FROM patients p WHERE p.patient_no = NEW.patient_no FOR NO KEY UPDATE;
  IF EXISTS (SELECT FROM patients p JOIN emergencies e ON e.patient_no = p.patient_no WHERE p.person_id = person)
    OR (TG_OP = 'UPDATE' AND EXISTS (SELECT FROM study_access a WHERE a.study_id = NEW.study_id AND a.kind = 'emergency')) THEN
    PERFORM settle_emergencies(ARRAY[NEW.study_id], NEW.last_received_at, TG_OP = 'UPDATE');
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER study_under_emergencies AFTER INSERT ON studies FOR EACH ROW EXECUTE FUNCTION study_under_emergencies();
CREATE TRIGGER study_under_other_emergencies AFTER UPDATE ON studies FOR EACH ROW WHEN (OLD.patient_no IS DISTINCT FROM NEW.patient_no)
  EXECUTE FUNCTION study_under_emergencies();

-- Patients became one person or parted.
CREATE FUNCTION persons_under_emergencies() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  persons bigint[];
BEGIN
  SELECT array_agg(e.person_id) INTO persons FROM (
    SELECT unnest(ARRAY[n.person_id, o.person_id]) AS person_id FROM patients_after n JOIN patients_before o USING (patient_no)
    WHERE n.person_id IS DISTINCT FROM o.person_id) e;
  IF persons IS NULL THEN RETURN NULL; END IF;
  IF EXISTS (SELECT FROM patients p JOIN emergencies e ON e.patient_no = p.patient_no WHERE p.person_id = ANY (persons)) THEN
    PERFORM settle_emergencies(studies_of_persons(persons), clock_timestamp());
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER persons_under_emergencies AFTER UPDATE ON patients REFERENCING OLD TABLE AS patients_before NEW TABLE AS patients_after
  FOR EACH STATEMENT EXECUTE FUNCTION persons_under_emergencies();
