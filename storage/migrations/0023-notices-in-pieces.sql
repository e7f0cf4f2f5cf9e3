-- A hospital's notice is put up or taken down in a short transaction; what that opens or closes is settled afterwards, some persons at a time. Before, all others who settle
-- consents, receptions of every hospital among them, waited until the last of that hospital's studies was done, and were refused when that took too long.
--
-- The order of locks of whoever settles consents or emergencies, in one transaction: the desk's own (one decision on links at a time); the notices and facilities (advisory lock 7305431002,
-- shared); studies by (facility, UID, ordinal); patients by number; rights; tasks; lists by facility; the head of the record. `hold_persons_of` takes the first
-- of them so, for whoever gives, withdraws, links, parts, notes a death or opens an emergency. What arrives takes its studies and patients one by one as it makes them and comes to the
-- notices last (finish_instances): where that crosses another, the server ends one of the two, which is done again.

CREATE TABLE notice_settlements (
  facility_id bigint PRIMARY KEY REFERENCES facilities,
  changed_at timestamptz NOT NULL,
  -- Another one with each change: who has settled an earlier one has not settled this.
  revision uuid NOT NULL DEFAULT gen_random_uuid()
);
COMMENT ON TABLE notice_settlements IS 'Facilities where the first notice was put up or the last taken down, until what stands on it is settled. Read by posted-notices.ts, which goes on with what a process that died left.';
COMMENT ON INDEX notice_settlements_pkey IS 'posted-notices.ts; there are hardly ever any rows.';

-- As in 0019-consents-narrower.sql, but that it settles nothing itself.
CREATE OR REPLACE FUNCTION notice_under_consents() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Of a backup that is put back.
  IF TG_OP = 'INSERT' AND NEW.removed_at IS NOT NULL THEN RETURN NULL; END IF;
  -- Whoever settles has ended, or begins when this has: nobody who saw the notices as they were is left when the pieces begin.
  PERFORM pg_advisory_xact_lock(7305431002);
  -- With another beside it nothing lapses and nothing stands again.
  IF EXISTS (SELECT FROM posted_notices n WHERE n.facility_id = NEW.facility_id AND n.notice_id <> NEW.notice_id AND n.removed_at IS NULL) THEN
    RETURN NULL;
  END IF;
  INSERT INTO notice_settlements AS n (facility_id, changed_at) VALUES (NEW.facility_id, clock_timestamp())
  ON CONFLICT (facility_id) DO UPDATE SET changed_at = excluded.changed_at, revision = excluded.revision;
  RETURN NULL;
END $$;

-- Settles the studies at this facility of so many persons after that one of whom silence is taken for consent there. Gives the last of them; null: it was the last piece.
CREATE FUNCTION settle_notice(given bigint, settled_revision uuid, after bigint, most integer) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  persons bigint[];
BEGIN
  SELECT array_agg(d.person_id) INTO persons FROM (
    SELECT DISTINCT p.person_id FROM consents k JOIN patients p ON p.patient_no = k.patient_no
    WHERE k.needs_notice AND p.facility_id = given AND p.person_id > after ORDER BY p.person_id LIMIT most) d;
  IF persons IS NULL THEN
    DELETE FROM notice_settlements n WHERE n.facility_id = given AND n.revision = settled_revision;
    RETURN NULL;
  END IF;
  PERFORM settle_consents(ARRAY(
    SELECT s.study_id FROM patients p JOIN studies s ON s.patient_no = p.patient_no
    WHERE p.person_id = ANY (persons) AND s.facility_id = given), clock_timestamp());
  RETURN persons[cardinality(persons)];
END $$;

-- All of the persons of these patients are held.
CREATE FUNCTION hold_persons_of(given bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  persons bigint[];
BEGIN
  PERFORM pg_advisory_xact_lock_shared(7305431002);
  LOOP
    persons := ARRAY(SELECT DISTINCT p.person_id FROM patients p WHERE p.patient_no = ANY (given) ORDER BY p.person_id);
    PERFORM FROM studies s JOIN patients p ON p.patient_no = s.patient_no WHERE p.person_id = ANY (persons)
      ORDER BY s.facility_id, s.study_instance_uid, s.ordinal FOR NO KEY UPDATE OF s;
    PERFORM FROM patients p WHERE p.person_id = ANY (persons) ORDER BY p.patient_no FOR NO KEY UPDATE;
    -- While this waited, a patient may have become somebody else's.
    EXIT WHEN persons = ARRAY(SELECT DISTINCT p.person_id FROM patients p WHERE p.patient_no = ANY (given) ORDER BY p.person_id);
  END LOOP;
END $$;

CREATE OR REPLACE FUNCTION hold_person_of(given bigint) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
  PERFORM hold_persons_of(ARRAY[given]);
  RETURN (SELECT p.person_id FROM patients p WHERE p.patient_no = given);
END $$;
