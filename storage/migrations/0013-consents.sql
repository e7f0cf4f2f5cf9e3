-- What patients agreed to: a grant of kind `consent` is of no study. It opens the studies of its patient's person as they are now, a row of study_access a study
-- and facility, under the consent's own number: gateway/decisions/consents.md. What makes it cover more or less (a study that came or is said to be
-- of another, a link, a facility, a notice, a death) settles those rows in its own transaction, by triggers, so that nobody can forget it.

LOCK TABLE facilities, patients, studies, grants, study_access IN ACCESS EXCLUSIVE MODE;

ALTER TABLE facilities ADD COLUMN left_at timestamptz;
COMMENT ON COLUMN facilities.left_at IS 'When it left the region; no consent opens anything to it since. Read by consent_reaches.';
ALTER TABLE patients ADD COLUMN died_on date;
COMMENT ON COLUMN patients.died_on IS 'As the facility noted it; of one patient it is so of the person. Read by consents_standing and consents.ts.';

ALTER TABLE grants
  DROP CONSTRAINT grants_kind_check,
  ALTER COLUMN study_id DROP NOT NULL,
  ALTER COLUMN facility_id DROP NOT NULL,
  ADD CONSTRAINT grants_kind_check CHECK (kind IN ('share', 'consent')),
  ADD CONSTRAINT grants_subject_check CHECK ((kind = 'consent') = (study_id IS NULL) AND (kind = 'consent') = (facility_id IS NULL));
COMMENT ON TABLE grants IS 'What was given: a study to a facility or some of it, or, as a consent, the studies of a person; from when until when, and what for. Rights are read from study_access, never from here. Read by shares.ts, consents.ts and notices.ts.';

ALTER TABLE study_access
  DROP CONSTRAINT study_access_kind_check,
  ADD CONSTRAINT study_access_kind_check CHECK (kind IN ('owner', 'share', 'consent'));
CREATE INDEX study_access_consent ON study_access (grant_id) WHERE kind = 'consent';
COMMENT ON INDEX study_access_consent IS 'consents.ts: what a consent opens, and all of it when it is withdrawn.';
DROP INDEX study_access_shared, study_access_arrived_shared;
CREATE INDEX study_access_shared ON study_access (facility_id, study_date DESC, study_time DESC, study_id DESC) WHERE kind <> 'owner';
COMMENT ON INDEX study_access_shared IS 'study-list.ts listStudies, studies of others only.';
CREATE INDEX study_access_arrived_shared ON study_access (facility_id, granted_at DESC, study_id DESC) WHERE kind <> 'owner';
COMMENT ON INDEX study_access_arrived_shared IS 'study-list.ts listStudies, studies of others only.';

CREATE TABLE consents (
  grant_id bigint PRIMARY KEY REFERENCES grants,
  -- As whom the facility that took it knows the person.
  patient_no bigint NOT NULL REFERENCES patients,
  basis text COLLATE "C" NOT NULL,
  relation text COLLATE "C",
  ground text COLLATE "C",
  -- The form's scan, or the signature: its key in the object store.
  document_key text COLLATE "C",
  document_type text COLLATE "C",
  form_version text NOT NULL,
  -- Null: every facility of the region, those that join later too.
  to_facilities bigint[],
  except_facilities bigint[] NOT NULL,
  -- None: whatever it is.
  modalities text[] COLLATE "C" NOT NULL,
  study_date_from text COLLATE "C",
  study_date_to text COLLATE "C",
  except_studies bigint[] NOT NULL,
  -- What the rule of its basis says (gateway/domain/consent/basis-rules.ts), as of the day on which it was taken.
  needs_notice boolean NOT NULL,
  ends_with_death boolean NOT NULL,
  CHECK ((document_key IS NULL) = (document_type IS NULL))
);
COMMENT ON TABLE consents IS 'What a patient agreed to, on what basis. When it was taken, by whom, until when, and whether it was withdrawn is in its grant. Read by consents.ts and consents_standing.';
COMMENT ON INDEX consents_pkey IS 'consents.ts withdraw and change.';
CREATE INDEX consents_patient ON consents (patient_no);
COMMENT ON INDEX consents_patient IS 'consents.ts: the consents of a patient; consents_standing.';

CREATE TABLE posted_notices (
  notice_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  facility_id bigint NOT NULL REFERENCES facilities,
  version text NOT NULL,
  posted_on date NOT NULL,
  document_key text COLLATE "C",
  document_type text COLLATE "C",
  filed_at timestamptz NOT NULL,
  filed_by bigint REFERENCES users,
  removed_at timestamptz,
  removed_by bigint REFERENCES users,
  CHECK ((document_key IS NULL) = (document_type IS NULL))
);
COMMENT ON TABLE posted_notices IS 'Notices that hang, or hung, in a facility and tell its patients to whom their images are given. Implied consent stands only while one hangs. Read by posted-notices.ts and consents_standing.';
COMMENT ON INDEX posted_notices_pkey IS 'None but that it is unique.';
CREATE INDEX posted_notices_hanging ON posted_notices (facility_id) WHERE removed_at IS NULL;
COMMENT ON INDEX posted_notices_hanging IS 'consents_standing. One is left hanging by each that is put up.';
CREATE INDEX posted_notices_facility ON posted_notices (facility_id, notice_id);
COMMENT ON INDEX posted_notices_facility IS 'posted-notices.ts: those of a facility.';

-- To which facilities this consent opens which of these studies, as far as the consent itself says: gateway/domain/consent/consent-covers.ts
-- (consentReaches). The studies are of its person.
CREATE FUNCTION consent_reaches(k consents, taken_at_facility bigint, given bigint[])
RETURNS TABLE (study_id bigint, facility_id bigint) LANGUAGE sql STABLE AS $$
  SELECT s.study_id, f.facility_id
  FROM studies s CROSS JOIN facilities f
  WHERE s.study_id = ANY (given) AND f.facility_id <> s.facility_id AND f.left_at IS NULL
    AND f.facility_id <> ALL ((k).except_facilities)
    AND ((k).to_facilities IS NULL OR f.facility_id = ANY ((k).to_facilities))
    AND (NOT (k).needs_notice OR s.facility_id = taken_at_facility)
    AND s.study_id <> ALL ((k).except_studies)
    AND ((k).modalities = '{}' OR (
      s.modalities <@ ((k).modalities || ARRAY['PR', 'KO', 'SR', 'SEG', 'REG']) AND NOT s.modalities <@ ARRAY['PR', 'KO', 'SR', 'SEG', 'REG']))
    AND (coalesce((k).study_date_from, (k).study_date_to) IS NULL OR (
      s.study_date ~ '^[0-9]{8}$' AND s.study_date >= coalesce((k).study_date_from, '') AND s.study_date <= coalesce((k).study_date_to, '99999999')))
$$;

-- Which consents stand for this person now.
CREATE FUNCTION consents_standing(person bigint, at_time timestamptz)
RETURNS TABLE (consent consents, taken_at_facility bigint, until timestamptz) LANGUAGE sql STABLE AS $$
  SELECT k, p.facility_id, g.until
  FROM patients p JOIN consents k ON k.patient_no = p.patient_no JOIN grants g ON g.grant_id = k.grant_id
  WHERE p.person_id = person AND g.withdrawn_at IS NULL AND g.until > at_time
    AND (NOT k.ends_with_death OR NOT EXISTS (SELECT FROM patients d WHERE d.person_id = person AND d.died_on IS NOT NULL))
    AND (NOT k.needs_notice OR EXISTS (SELECT FROM posted_notices n WHERE n.facility_id = p.facility_id AND n.removed_at IS NULL))
$$;

CREATE FUNCTION studies_of_persons(given bigint[]) RETURNS bigint[] LANGUAGE sql STABLE AS $$
  SELECT coalesce(array_agg(s.study_id), '{}') FROM patients p JOIN studies s ON s.patient_no = p.patient_no WHERE p.person_id = ANY (given)
$$;

-- Rights that consents give to these studies, made what they should be; which facilities' lists changed is told. The caller holds the patients' rows, or that of the
-- study's patient: whoever consents, links or brings a study of theirs waits. Facilities and notices, which concern everybody's, are held by one
-- lock that all share who settle, and that is taken alone by whoever changes those.
CREATE FUNCTION settle_consents(given bigint[], at_time timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  changed bigint[];
BEGIN
  PERFORM pg_advisory_xact_lock_shared(7305431002);
  PERFORM FROM studies s WHERE s.study_id = ANY (given) ORDER BY s.facility_id, s.study_instance_uid, s.ordinal FOR NO KEY UPDATE;
  WITH of_person AS (
    SELECT p.person_id, array_agg(s.study_id) AS ids FROM studies s JOIN patients p ON p.patient_no = s.patient_no
    WHERE s.study_id = ANY (given) GROUP BY p.person_id
  ), due AS MATERIALIZED (
    SELECT r.study_id, r.facility_id, (c.consent).grant_id AS grant_id, c.until
    FROM of_person o CROSS JOIN LATERAL consents_standing(o.person_id, at_time) c
      CROSS JOIN LATERAL consent_reaches(c.consent, c.taken_at_facility, o.ids) r
  ), gone AS (
    DELETE FROM study_access a WHERE a.study_id = ANY (given) AND a.kind = 'consent'
      AND (a.study_id, a.facility_id, a.grant_id) NOT IN (SELECT d.study_id, d.facility_id, d.grant_id FROM due d)
    RETURNING a.facility_id
  ), come AS (
    INSERT INTO study_access AS a (study_id, facility_id, kind, grant_id, until, granted_at, study_date, study_time, search_text, modalities, listed, opened_at,
      alone, held_back_state)
    SELECT d.study_id, d.facility_id, 'consent', d.grant_id, d.until, at_time, s.study_date, sortable_time(s.study_time), s.search_text, s.modalities,
      s.number_of_instances > 0, b.opened_at, b.rows = 0 AND count(*) OVER (PARTITION BY d.study_id, d.facility_id) = 1, (random() * 2 ^ 52)::bigint
    FROM due d JOIN studies s ON s.study_id = d.study_id CROSS JOIN LATERAL (
      SELECT count(*) AS rows, min(o.opened_at) AS opened_at FROM study_access o WHERE o.study_id = d.study_id AND o.facility_id = d.facility_id
    ) b
    ON CONFLICT (study_id, facility_id, coalesce(grant_id, 0)) DO UPDATE SET until = excluded.until WHERE a.until <> excluded.until
    RETURNING a.facility_id
  )
  SELECT array_agg(DISTINCT c.facility_id) INTO changed FROM (SELECT * FROM gone UNION ALL SELECT * FROM come) c;
  IF changed IS NULL THEN RETURN; END IF;
  UPDATE study_access a SET alone = false
  WHERE a.study_id = ANY (given) AND a.facility_id = ANY (changed) AND a.alone AND EXISTS (
    SELECT FROM study_access b WHERE b.study_id = a.study_id AND b.facility_id = a.facility_id AND b.grant_id <> a.grant_id);
  PERFORM lists_changed(changed);
END $$;

-- All of a person is held: first the studies, in their order, then the patients, by number.
CREATE FUNCTION hold_person_of(given bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  person bigint;
BEGIN
  LOOP
    SELECT p.person_id INTO person FROM patients p WHERE p.patient_no = given;
    PERFORM FROM studies s JOIN patients p ON p.patient_no = s.patient_no WHERE p.person_id = person
      ORDER BY s.facility_id, s.study_instance_uid, s.ordinal FOR NO KEY UPDATE OF s;
    PERFORM FROM patients p WHERE p.person_id = person ORDER BY p.patient_no FOR NO KEY UPDATE;
    -- While this waited, the patient may have become somebody else's.
    EXIT WHEN person IS NULL OR EXISTS (SELECT FROM patients p WHERE p.patient_no = given AND p.person_id = person);
  END LOOP;
  RETURN person;
END $$;

-- A study came, is of another patient, of another day, or holds what it did not hold.
CREATE FUNCTION study_under_consents() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  person bigint;
BEGIN
  SELECT p.person_id INTO person FROM patients p WHERE p.patient_no = NEW.patient_no FOR NO KEY UPDATE;
  IF EXISTS (SELECT FROM patients p JOIN consents k ON k.patient_no = p.patient_no WHERE p.person_id = person)
    OR (TG_OP = 'UPDATE' AND EXISTS (SELECT FROM study_access a WHERE a.study_id = NEW.study_id AND a.kind = 'consent')) THEN
    PERFORM settle_consents(ARRAY[NEW.study_id], NEW.last_received_at);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER study_under_consents AFTER INSERT ON studies FOR EACH ROW EXECUTE FUNCTION study_under_consents();
CREATE TRIGGER study_under_other_consents AFTER UPDATE ON studies FOR EACH ROW
  WHEN ((OLD.patient_no, OLD.study_date, OLD.modalities) IS DISTINCT FROM (NEW.patient_no, NEW.study_date, NEW.modalities))
  EXECUTE FUNCTION study_under_consents();

-- Patients became one person or parted, or died.
CREATE FUNCTION persons_under_consents() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  persons bigint[];
BEGIN
  SELECT array_agg(e.person_id) INTO persons FROM (
    SELECT unnest(ARRAY[n.person_id, o.person_id]) AS person_id FROM patients_after n JOIN patients_before o USING (patient_no)
    WHERE (n.person_id, n.died_on) IS DISTINCT FROM (o.person_id, o.died_on)) e;
  IF persons IS NULL THEN RETURN NULL; END IF;
  -- Where nobody consented there is no right to give or to take. Who parts from somebody who did is among them, by the person they were.
  IF EXISTS (SELECT FROM patients p JOIN consents k ON k.patient_no = p.patient_no WHERE p.person_id = ANY (persons)) THEN
    PERFORM settle_consents(studies_of_persons(persons), clock_timestamp());
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER persons_under_consents AFTER UPDATE ON patients REFERENCING OLD TABLE AS patients_before NEW TABLE AS patients_after
  FOR EACH STATEMENT EXECUTE FUNCTION persons_under_consents();

-- A facility joined, left or came back: of all who consented.
CREATE FUNCTION facility_under_consents() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(7305431002);
  PERFORM settle_consents(studies_of_persons(ARRAY(
    SELECT DISTINCT p.person_id FROM consents k JOIN grants g ON g.grant_id = k.grant_id JOIN patients p ON p.patient_no = k.patient_no
    WHERE g.withdrawn_at IS NULL AND (k.to_facilities IS NULL OR NEW.facility_id = ANY (k.to_facilities)))), clock_timestamp());
  RETURN NULL;
END $$;
CREATE TRIGGER facility_under_consents AFTER INSERT ON facilities FOR EACH ROW EXECUTE FUNCTION facility_under_consents();
CREATE TRIGGER facility_left_under_consents AFTER UPDATE OF left_at ON facilities FOR EACH ROW
  WHEN ((OLD.left_at IS NULL) <> (NEW.left_at IS NULL)) EXECUTE FUNCTION facility_under_consents();

-- A notice was put up or taken down: of those of whom silence is taken for consent there.
CREATE FUNCTION notice_under_consents() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(7305431002);
  PERFORM settle_consents(ARRAY(
    SELECT s.study_id FROM studies s JOIN patients p ON p.patient_no = s.patient_no
    WHERE s.facility_id = NEW.facility_id AND p.person_id IN (
      SELECT t.person_id FROM consents k JOIN patients t ON t.patient_no = k.patient_no WHERE k.needs_notice AND t.facility_id = NEW.facility_id)),
    clock_timestamp());
  RETURN NULL;
END $$;
CREATE TRIGGER notice_under_consents AFTER INSERT OR UPDATE ON posted_notices FOR EACH ROW EXECUTE FUNCTION notice_under_consents();

-- A study is empty since a settlement. What was given of it ends: no address leads to it any more. What consents open of it stays, as its owner's right does: it is
-- not listed, and what it may come to hold again is of the same patient. What waits for a decision about it is now about
-- the study to which it went; where nothing is left to decide, it is settled with it.
CREATE OR REPLACE FUNCTION leave_study(emptied bigint, successor bigint, by_user bigint, at_time timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  same_uid boolean;
BEGIN
  UPDATE grants g SET withdrawn_at = at_time, withdrawn_by = by_user WHERE g.study_id = emptied AND g.withdrawn_at IS NULL AND g.until > at_time;
  DELETE FROM study_access a WHERE a.study_id = emptied AND a.kind NOT IN ('owner', 'consent');

  SELECT e.study_instance_uid = s.study_instance_uid INTO STRICT same_uid FROM studies e, studies s
  WHERE e.study_id = emptied AND s.study_id = successor;
  UPDATE notices n SET settlement = 'correction', settled_at = at_time, settled_by = by_user
  WHERE emptied IN (n.study_id, n.other_study_id) AND n.settlement IS NULL AND n.other_study_id IS NOT NULL AND (
    n.study_id = n.other_study_id OR successor IN (n.study_id, n.other_study_id) OR (n.kind = 'other-patient' AND NOT same_uid)
    OR EXISTS (
      SELECT FROM notices k WHERE k.kind = n.kind AND k.settlement IS NULL
        AND k.study_id = CASE n.study_id WHEN emptied THEN successor ELSE n.study_id END
        AND k.other_study_id = CASE n.other_study_id WHEN emptied THEN successor ELSE n.other_study_id END));
  UPDATE notices n SET
    study_id = CASE n.study_id WHEN emptied THEN successor ELSE n.study_id END,
    other_study_id = CASE n.other_study_id WHEN emptied THEN successor ELSE n.other_study_id END
  WHERE emptied IN (n.study_id, n.other_study_id) AND n.settlement IS NULL AND n.other_study_id IS NOT NULL;
END $$;
