-- Consents, as of 0013-consents.sql and 0014-audience-of-the-region.sql, but that: what a patient left out stays left out when it is corrected into
-- another study; those who receive studies of one patient do not wait for each other; and a notice that hangs in place of another, or that hung once,
-- settles nothing.

-- A study came, is of another patient, of another day, or holds what it did not hold. Whoever consents or links holds the patient alone; who brings
-- studies of it shares that.
CREATE OR REPLACE FUNCTION study_under_consents() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  person bigint;
BEGIN
  SELECT p.person_id INTO person FROM patients p WHERE p.patient_no = NEW.patient_no FOR SHARE;
  IF EXISTS (SELECT FROM patients p JOIN consents k ON k.patient_no = p.patient_no WHERE p.person_id = person)
    OR (TG_OP = 'UPDATE' AND EXISTS (SELECT FROM study_access a WHERE a.study_id = NEW.study_id AND a.kind = 'consent')) THEN
    PERFORM settle_consents(ARRAY[NEW.study_id], NEW.last_received_at, TG_OP = 'UPDATE');
  END IF;
  RETURN NULL;
END $$;

-- As in 0017-emergencies.sql, but that the patient is shared here, too: who held it after sharing it above would wait for another who does the same.
CREATE OR REPLACE FUNCTION study_under_emergencies() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  person bigint;
BEGIN
  SELECT p.person_id INTO person FROM patients p WHERE p.patient_no = NEW.patient_no FOR SHARE;
  IF EXISTS (SELECT FROM patients p JOIN emergencies e ON e.patient_no = p.patient_no WHERE p.person_id = person)
    OR (TG_OP = 'UPDATE' AND EXISTS (SELECT FROM study_access a WHERE a.study_id = NEW.study_id AND a.kind = 'emergency')) THEN
    PERFORM settle_emergencies(ARRAY[NEW.study_id], NEW.last_received_at, TG_OP = 'UPDATE');
  END IF;
  RETURN NULL;
END $$;

-- A notice was put up or taken down: of those of whom silence is taken for consent there.
CREATE OR REPLACE FUNCTION notice_under_consents() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Of a backup that is put back.
  IF TG_OP = 'INSERT' AND NEW.removed_at IS NOT NULL THEN RETURN NULL; END IF;
  PERFORM pg_advisory_xact_lock(7305431002);
  -- With another beside it nothing lapses and nothing stands again.
  IF EXISTS (SELECT FROM posted_notices n WHERE n.facility_id = NEW.facility_id AND n.notice_id <> NEW.notice_id AND n.removed_at IS NULL) THEN
    RETURN NULL;
  END IF;
  PERFORM settle_consents(ARRAY(
    SELECT s.study_id FROM studies s JOIN patients p ON p.patient_no = s.patient_no
    WHERE s.facility_id = NEW.facility_id AND p.person_id IN (
      SELECT t.person_id FROM consents k JOIN patients t ON t.patient_no = k.patient_no WHERE k.needs_notice AND t.facility_id = NEW.facility_id)),
    clock_timestamp());
  RETURN NULL;
END $$;

-- A study is empty since a settlement. What was given of it ends: no address leads to it any more. What consents open of it stays, as its owner's right does: it is
-- not listed, and what it may come to hold again is of the same patient. A consent that leaves it out leaves out where it went, too. What waits for a decision
-- about it is now about the study to which it went; where nothing is left to decide, it is settled with it.
CREATE OR REPLACE FUNCTION leave_study(emptied bigint, successor bigint, by_user bigint, at_time timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  same_uid boolean;
BEGIN
  UPDATE grants g SET withdrawn_at = at_time, withdrawn_by = by_user WHERE g.study_id = emptied AND g.withdrawn_at IS NULL AND g.until > at_time;
  DELETE FROM study_access a WHERE a.study_id = emptied AND a.kind NOT IN ('owner', 'consent');
  UPDATE consents k SET except_studies = k.except_studies || successor
  WHERE emptied = ANY (k.except_studies) AND successor <> ALL (k.except_studies);
  IF FOUND THEN PERFORM settle_consents(ARRAY[successor], at_time); END IF;

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
