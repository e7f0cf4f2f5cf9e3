-- What facilities' own lists say of their patients: kept beside the images', brought in with a preview, and taken back (gateway/decisions/rosters.md).

CREATE TABLE patient_contacts (
  patient_no bigint PRIMARY KEY REFERENCES patients ON DELETE CASCADE,
  -- In the forms that are compared; '' is not known.
  postal_code text COLLATE "C" NOT NULL,
  phone text COLLATE "C" NOT NULL,
  insurer text COLLATE "C" NOT NULL,
  insurance_symbol text COLLATE "C" NOT NULL,
  insurance_number text COLLATE "C" NOT NULL,
  insurance_branch text COLLATE "C" NOT NULL
);
COMMENT ON TABLE patient_contacts IS 'What only a facility''s own list says of a patient. Read by matching.ts and rosters.ts.';
COMMENT ON INDEX patient_contacts_pkey IS 'Join from patients.';

CREATE TABLE roster_imports (
  import_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  facility_id bigint NOT NULL REFERENCES facilities,
  kind text COLLATE "C" NOT NULL CHECK (kind IN ('csv', 'receipts')),
  charset text COLLATE "C" NOT NULL,
  state text COLLATE "C" NOT NULL CHECK (state IN ('checking', 'ready', 'applied', 'undone')),
  -- How many lines, patients and so on, as gateway/domain/patients/roster-import.ts names them.
  counts jsonb NOT NULL,
  undoing jsonb,
  read_at timestamptz NOT NULL,
  read_by bigint NOT NULL REFERENCES users,
  applied_at timestamptz,
  applied_by bigint REFERENCES users,
  undone_at timestamptz,
  undone_by bigint REFERENCES users,
  -- Somebody compares it until then.
  claimed_until timestamptz,
  -- Its lines are there still.
  kept boolean NOT NULL DEFAULT true,
  CHECK ((state IN ('applied', 'undone')) = (applied_at IS NOT NULL)),
  CHECK ((state = 'undone') = (undone_at IS NOT NULL))
);
COMMENT ON TABLE roster_imports IS 'One row a file that was brought in. Read by rosters.ts.';
COMMENT ON INDEX roster_imports_pkey IS 'rosters.ts: all facilities, the newest first.';
CREATE INDEX roster_imports_facility ON roster_imports (facility_id, import_id);
COMMENT ON INDEX roster_imports_facility IS 'rosters.ts: those of a facility, the newest first.';
CREATE INDEX roster_imports_checking ON roster_imports (import_id) WHERE state = 'checking';
COMMENT ON INDEX roster_imports_checking IS 'rosters.ts claim.';

CREATE TABLE roster_rows (
  import_id bigint NOT NULL REFERENCES roster_imports ON DELETE CASCADE,
  line integer NOT NULL,
  patient_id text COLLATE "C" NOT NULL,
  -- Demographics, as gateway/domain/patients/demographics.ts has them; before and after of who is changed.
  said jsonb NOT NULL,
  finding text COLLATE "C" CHECK (finding IN ('new', 'changed', 'same', 'other')),
  patient_no bigint REFERENCES patients ON DELETE SET NULL,
  before jsonb,
  after jsonb,
  doubled boolean NOT NULL DEFAULT false,
  stays text COLLATE "C",
  PRIMARY KEY (import_id, line)
);
COMMENT ON TABLE roster_rows IS 'One row a patient of a file that was brought in. Read by rosters.ts.';
COMMENT ON INDEX roster_rows_pkey IS 'rosters.ts: the lines of an import, in order.';
CREATE INDEX roster_rows_patient ON roster_rows (patient_no) WHERE patient_no IS NOT NULL;
COMMENT ON INDEX roster_rows_patient IS 'rosters.ts: whether a later import names the patient.';

CREATE TABLE roster_faults (
  import_id bigint NOT NULL REFERENCES roster_imports ON DELETE CASCADE,
  n integer NOT NULL,
  line integer NOT NULL,
  code text COLLATE "C" NOT NULL,
  other_line integer,
  PRIMARY KEY (import_id, n)
);
COMMENT ON TABLE roster_faults IS 'Faulty lines, of each number and reason alone. Read by rosters.ts.';
COMMENT ON INDEX roster_faults_pkey IS 'rosters.ts: those of an import, in order.';

CREATE TABLE roster_candidates (
  import_id bigint NOT NULL,
  line integer NOT NULL,
  other_patient_no bigint NOT NULL REFERENCES patients ON DELETE CASCADE,
  score real NOT NULL,
  reasons text[] COLLATE "C" NOT NULL,
  PRIMARY KEY (import_id, line, other_patient_no),
  FOREIGN KEY (import_id, line) REFERENCES roster_rows ON DELETE CASCADE
);
COMMENT ON TABLE roster_candidates IS 'Of a line, who may be the same person; they wait at the desk once the import is applied. Read by rosters.ts.';
COMMENT ON INDEX roster_candidates_pkey IS 'rosters.ts: those of an import.';
CREATE INDEX roster_candidates_other ON roster_candidates (other_patient_no);
COMMENT ON INDEX roster_candidates_other IS 'When a patient is removed.';

-- As in 0007-patients.sql, and whoever is found is kept until the study is there: an import that is undone removes patients of whom there is nothing.
CREATE OR REPLACE FUNCTION patient_of(given studies) RETURNS bigint LANGUAGE plpgsql AS $$
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
      given.patient_name_alphabetic, given.patient_name_ideographic, given.patient_name_phonetic)::integer DESC, p.ordinal LIMIT 1
    FOR KEY SHARE;
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

-- Removes patients that came with an import and of whom there is nothing else; returns those that something refers to, and that stay.
CREATE FUNCTION remove_patients(given bigint[]) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
  stay bigint[] := '{}';
  one bigint;
  person bigint;
BEGIN
  FOREACH one IN ARRAY given LOOP
    BEGIN
      DELETE FROM patient_blocks WHERE patient_no = one;
      DELETE FROM patient_links WHERE one IN (patient_no, other_patient_no) AND state = 'proposed' AND proposed_by IS NULL;
      DELETE FROM patients WHERE patient_no = one RETURNING person_id INTO person;
      DELETE FROM persons p WHERE p.person_id = person AND NOT EXISTS (SELECT FROM patients o WHERE o.person_id = person);
    EXCEPTION WHEN foreign_key_violation THEN
      stay := stay || one;
    END;
  END LOOP;
  RETURN stay;
END $$;
