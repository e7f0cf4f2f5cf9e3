-- Patients that may be one person are looked for as soon as something new is known of one (gateway/decisions/matching.md).

ALTER TABLE patients ADD COLUMN to_match boolean NOT NULL DEFAULT true;
COMMENT ON COLUMN patients.to_match IS 'Something is known of it that nobody was compared with yet. Read by matching.ts.';
CREATE INDEX patients_to_match ON patients (patient_no) WHERE to_match;
COMMENT ON INDEX patients_to_match IS 'matching.ts matchSome.';

CREATE TABLE patient_blocks (
  block text COLLATE "C" NOT NULL,
  patient_no bigint NOT NULL REFERENCES patients,
  PRIMARY KEY (block, patient_no)
);
COMMENT ON TABLE patient_blocks IS 'What patients have in common who are compared with each other: worked out again when it is lost. Read by matching.ts.';
COMMENT ON INDEX patient_blocks_pkey IS 'matching.ts near: who shares a key.';
CREATE INDEX patient_blocks_patient ON patient_blocks (patient_no);
COMMENT ON INDEX patient_blocks_patient IS 'matching.ts: the keys of a patient.';

CREATE FUNCTION patient_is_to_match() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.to_match := true;
  RETURN NEW;
END $$;
CREATE TRIGGER patient_is_to_match BEFORE UPDATE OF patient_name, patient_birth_date, patient_sex ON patients
  FOR EACH ROW WHEN ((OLD.patient_name, OLD.patient_birth_date, OLD.patient_sex) IS DISTINCT FROM (NEW.patient_name, NEW.patient_birth_date, NEW.patient_sex))
  EXECUTE FUNCTION patient_is_to_match();
