-- Whom the studies of a facility are of, and which patients of different facilities are one person (gateway/decisions/patients.md).

LOCK TABLE studies IN ACCESS EXCLUSIVE MODE;

CREATE TABLE persons (
  person_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY
);
COMMENT ON TABLE persons IS 'The network''s persons, each a number: what is known of one is known of its patients. Read through patients.';
COMMENT ON INDEX persons_pkey IS 'Reference from patients.';

CREATE TABLE patients (
  patient_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  facility_id bigint NOT NULL REFERENCES facilities,
  -- SHA-256 of identifier and issuer, which may be too long for an index; without an identifier of the one study that names the patient.
  identity bytea NOT NULL,
  -- 2 …: others who go by the same identifier, though name and birth date are not theirs.
  ordinal integer NOT NULL CHECK (ordinal > 0),
  patient_id text COLLATE "C" NOT NULL,
  issuer_of_patient_id text COLLATE "C" NOT NULL,
  patient_name text NOT NULL,
  patient_name_alphabetic text COLLATE "C" NOT NULL,
  patient_name_ideographic text COLLATE "C" NOT NULL,
  patient_name_phonetic text COLLATE "C" NOT NULL,
  patient_birth_date text COLLATE "C" NOT NULL,
  patient_sex text COLLATE "C" NOT NULL,
  -- At first one of its own; whoever is found to be the same comes to have the same.
  person_id bigint NOT NULL REFERENCES persons
);
COMMENT ON TABLE patients IS 'One row a (facility, Patient ID, issuer), with what the newest study said of it. Read by patients.ts and links.ts.';
COMMENT ON INDEX patients_pkey IS 'Join from studies.';
CREATE UNIQUE INDEX patients_identity ON patients (facility_id, identity, ordinal);
COMMENT ON INDEX patients_identity IS 'patient_of.';
CREATE INDEX patients_person ON patients (person_id);
COMMENT ON INDEX patients_person IS 'patients.ts: all patients of a person.';

CREATE INDEX patients_patient_id ON patients (left(patient_id, 64)) WHERE patient_id <> '';
COMMENT ON INDEX patients_patient_id IS 'links.ts find by PatientID. The first 64 characters, so that an over-long value is still storable.';
CREATE INDEX patients_birth_date ON patients (patient_birth_date) WHERE patient_birth_date <> '';
COMMENT ON INDEX patients_birth_date IS 'links.ts find by birth date.';

CREATE TABLE patient_links (
  link_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  patient_no bigint NOT NULL REFERENCES patients,
  other_patient_no bigint NOT NULL REFERENCES patients,
  state text COLLATE "C" NOT NULL CHECK (state IN ('proposed', 'confirmed', 'rejected', 'undone')),
  -- How likely, in the matcher's units, and why, as its codes; empty: somebody said so.
  score real,
  reasons text[] COLLATE "C" NOT NULL,
  proposed_at timestamptz NOT NULL,
  proposed_by bigint REFERENCES users,
  decided_at timestamptz,
  decided_by bigint REFERENCES users,
  undone_at timestamptz,
  undone_by bigint REFERENCES users,
  CHECK (patient_no <> other_patient_no),
  CHECK ((state = 'proposed') = (decided_at IS NULL)),
  CHECK ((state = 'undone') = (undone_at IS NOT NULL))
);
COMMENT ON TABLE patient_links IS 'That two patients are one person: proposed, decided, undone. Those that are joined by confirmed ones, over others too, are one person. Read by links.ts.';
COMMENT ON INDEX patient_links_pkey IS 'links.ts decide.';
CREATE UNIQUE INDEX patient_links_pair ON patient_links (least(patient_no, other_patient_no), greatest(patient_no, other_patient_no)) WHERE state <> 'undone';
COMMENT ON INDEX patient_links_pair IS 'links.ts propose: two patients are joined, refused or waiting once.';
CREATE INDEX patient_links_waiting ON patient_links (score DESC NULLS FIRST, link_id) WHERE state = 'proposed';
COMMENT ON INDEX patient_links_waiting IS 'links.ts waiting: the review queue, the likeliest first.';
CREATE INDEX patient_links_patient ON patient_links (patient_no);
COMMENT ON INDEX patient_links_patient IS 'links.ts: the links of a patient.';
CREATE INDEX patient_links_other ON patient_links (other_patient_no);
COMMENT ON INDEX patient_links_other IS 'links.ts: the links of a patient.';

ALTER TABLE studies ADD COLUMN patient_no bigint REFERENCES patients;

-- Some group of a name is the same.
CREATE FUNCTION shares_name(
  a_alphabetic text, a_ideographic text, a_phonetic text, b_alphabetic text, b_ideographic text, b_phonetic text
) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (a_alphabetic <> '' AND a_alphabetic = b_alphabetic) OR (a_ideographic <> '' AND a_ideographic = b_ideographic)
  OR (a_phonetic <> '' AND a_phonetic = b_phonetic);

-- Two that go by one identifier at one facility and are not the same: neither the birth date nor any group of the name is the same, and one of the
-- two is said by both. What one leaves out contradicts nothing.
CREATE FUNCTION is_other_patient(
  a_birth_date text, a_alphabetic text, a_ideographic text, a_phonetic text,
  b_birth_date text, b_alphabetic text, b_ideographic text, b_phonetic text
) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN NOT (a_birth_date <> '' AND a_birth_date = b_birth_date)
  AND NOT shares_name(a_alphabetic, a_ideographic, a_phonetic, b_alphabetic, b_ideographic, b_phonetic)
  AND ((a_birth_date <> '' AND b_birth_date <> '') OR (a_alphabetic <> '' AND b_alphabetic <> '')
    OR (a_ideographic <> '' AND b_ideographic <> '') OR (a_phonetic <> '' AND b_phonetic <> ''));

-- Whom a study is of: known already, or made. What the study says of it, it says of the patient from now on; what it leaves out stays.
-- Two transactions that make the same patients in another order end in a deadlock, which the caller of finish_instances repeats.
CREATE FUNCTION patient_of(given studies) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  key bytea := sha256(convert_to(
    CASE given.patient_id WHEN '' THEN E'\x1f' || given.study_id ELSE given.patient_id || E'\x1f' || given.issuer_of_patient_id END, 'UTF8'));
  known patients;
BEGIN
  LOOP
    SELECT p.* INTO known FROM patients p
    WHERE p.facility_id = given.facility_id AND p.identity = key AND (given.patient_id = '' OR NOT is_other_patient(
      p.patient_birth_date, p.patient_name_alphabetic, p.patient_name_ideographic, p.patient_name_phonetic,
      given.patient_birth_date, given.patient_name_alphabetic, given.patient_name_ideographic, given.patient_name_phonetic))
    -- Of several the one that says most of the same.
    ORDER BY (p.patient_birth_date <> '' AND p.patient_birth_date = given.patient_birth_date)::integer + shares_name(
      p.patient_name_alphabetic, p.patient_name_ideographic, p.patient_name_phonetic,
      given.patient_name_alphabetic, given.patient_name_ideographic, given.patient_name_phonetic)::integer DESC, p.ordinal LIMIT 1;
    EXIT WHEN FOUND;
    WITH person AS (INSERT INTO persons DEFAULT VALUES RETURNING person_id)
    INSERT INTO patients AS p (
      facility_id, identity, ordinal, patient_id, issuer_of_patient_id, patient_name, patient_name_alphabetic, patient_name_ideographic,
      patient_name_phonetic, patient_birth_date, patient_sex, person_id
    ) SELECT
      given.facility_id, key, (SELECT coalesce(max(o.ordinal), 0) + 1 FROM patients o WHERE o.facility_id = given.facility_id AND o.identity = key),
      given.patient_id, given.issuer_of_patient_id, given.patient_name, given.patient_name_alphabetic, given.patient_name_ideographic,
      given.patient_name_phonetic, given.patient_birth_date, given.patient_sex, person.person_id
    FROM person
    ON CONFLICT (facility_id, identity, ordinal) DO NOTHING RETURNING p.* INTO known;
    IF FOUND THEN
      RETURN known.patient_no;
    END IF;
  END LOOP;
  IF given.patient_name_alphabetic || given.patient_name_ideographic || given.patient_name_phonetic = '' THEN
    given.patient_name := known.patient_name;
    given.patient_name_alphabetic := known.patient_name_alphabetic;
    given.patient_name_ideographic := known.patient_name_ideographic;
    given.patient_name_phonetic := known.patient_name_phonetic;
  END IF;
  given.patient_birth_date := coalesce(nullif(given.patient_birth_date, ''), known.patient_birth_date);
  given.patient_sex := coalesce(nullif(given.patient_sex, ''), known.patient_sex);
  IF (given.patient_name, given.patient_birth_date, given.patient_sex) IS DISTINCT FROM (known.patient_name, known.patient_birth_date, known.patient_sex) THEN
    UPDATE patients p SET
      patient_name = given.patient_name, patient_name_alphabetic = given.patient_name_alphabetic,
      patient_name_ideographic = given.patient_name_ideographic, patient_name_phonetic = given.patient_name_phonetic,
      patient_birth_date = given.patient_birth_date, patient_sex = given.patient_sex
    WHERE p.patient_no = known.patient_no;
  END IF;
  RETURN known.patient_no;
END $$;

CREATE FUNCTION study_names_patient() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.patient_no := patient_of(NEW);
  RETURN NEW;
END $$;

-- Those that are there, in the order in which they came.
DO $$
DECLARE
  s studies;
BEGIN
  FOR s IN SELECT * FROM studies ORDER BY last_received_at, study_id LOOP
    UPDATE studies t SET patient_no = patient_of(s) WHERE t.study_id = s.study_id;
  END LOOP;
END $$;
ALTER TABLE studies ALTER COLUMN patient_no SET NOT NULL;
CREATE INDEX studies_patient ON studies (patient_no);
COMMENT ON INDEX studies_patient IS 'patients.ts: all studies of a patient.';

-- A backup that is put back says it itself.
CREATE TRIGGER study_names_patient BEFORE INSERT ON studies FOR EACH ROW WHEN (NEW.patient_no IS NULL) EXECUTE FUNCTION study_names_patient();
CREATE TRIGGER study_names_another BEFORE UPDATE OF patient_id, issuer_of_patient_id, patient_name, patient_birth_date, patient_sex ON studies
  FOR EACH ROW WHEN ((OLD.patient_id, OLD.issuer_of_patient_id, OLD.patient_name, OLD.patient_birth_date, OLD.patient_sex)
    IS DISTINCT FROM (NEW.patient_id, NEW.issuer_of_patient_id, NEW.patient_name, NEW.patient_birth_date, NEW.patient_sex))
  EXECUTE FUNCTION study_names_patient();
