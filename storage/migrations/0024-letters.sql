-- Letters between facilities. Sending one makes a grant of kind `referral` of each study that is bound to it, to the receiving facility; such a grant lives and dies
-- apart from shares and consents of the same study, and ends when the letter is recalled or declined: gateway/decisions/referrals.md.

LOCK TABLE facilities, patients, studies, grants, study_access IN ACCESS EXCLUSIVE MODE;

ALTER TABLE grants
  DROP CONSTRAINT grants_kind_check,
  DROP CONSTRAINT grants_subject_check,
  ADD CONSTRAINT grants_kind_check CHECK (kind IN ('share', 'consent', 'emergency', 'referral')),
  ADD CONSTRAINT grants_subject_check CHECK (
    (kind IN ('share', 'referral')) = (study_id IS NOT NULL) AND (kind = 'consent') = (facility_id IS NULL) AND (kind <> 'emergency' OR user_id IS NOT NULL));
COMMENT ON TABLE grants IS 'What was given: a study to a facility or some of it, by itself or with a letter, as a consent the studies of a person, or taken by a doctor in an emergency; from when until when, and what for. Rights are read from study_access, never from here. Read by shares.ts, letters.ts, consents.ts, emergencies.ts and notices.ts.';
CREATE INDEX grants_referral ON grants (facility_id) WHERE kind = 'referral' AND withdrawn_at IS NULL;
COMMENT ON INDEX grants_referral IS 'facility_left_letters.';

ALTER TABLE study_access
  DROP CONSTRAINT study_access_kind_check,
  ADD CONSTRAINT study_access_kind_check CHECK (kind IN ('owner', 'share', 'consent', 'emergency', 'referral'));

CREATE TABLE letters (
  letter_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind text COLLATE "C" NOT NULL CHECK (kind IN ('referral', 'reply', 'counter-referral')),
  state text COLLATE "C" NOT NULL DEFAULT 'draft'
    CHECK (state IN ('draft', 'sent', 'received', 'opened', 'answered', 'closed', 'recalled', 'declined')),
  revision integer NOT NULL DEFAULT 1,
  in_reply_to bigint REFERENCES letters,
  from_facility_id bigint NOT NULL REFERENCES facilities,
  to_facility_id bigint REFERENCES facilities,
  to_user_id bigint REFERENCES users,
  patient_no bigint REFERENCES patients,
  -- What is written: gateway/domain/referral/letter-content.ts.
  content jsonb NOT NULL,
  -- What the receiver states.
  first_visit boolean NOT NULL DEFAULT false,
  visited_on text COLLATE "C" NOT NULL DEFAULT '',
  gist_written boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL,
  created_by bigint NOT NULL REFERENCES users,
  sent_at timestamptz,
  sent_by bigint REFERENCES users,
  -- When what is bound to it is open no more.
  until timestamptz,
  received_at timestamptz,
  opened_at timestamptz,
  opened_by bigint REFERENCES users,
  answered_at timestamptz,
  closed_at timestamptz,
  recalled_at timestamptz,
  declined_at timestamptz,
  reason text NOT NULL DEFAULT '',
  -- It waits for its receiver: such letters are the first of a list.
  waits boolean NOT NULL GENERATED ALWAYS AS (state IN ('sent', 'received', 'opened')) STORED,
  CHECK (to_facility_id <> from_facility_id),
  CHECK (state = 'draft' OR (to_facility_id IS NOT NULL AND sent_at IS NOT NULL AND sent_by IS NOT NULL AND until IS NOT NULL))
);
COMMENT ON TABLE letters IS 'Letters and their drafts. Read by letters.ts.';
COMMENT ON INDEX letters_pkey IS 'letters.ts.';
CREATE INDEX letters_from ON letters (from_facility_id, waits DESC, sent_at DESC, letter_id DESC) WHERE state <> 'draft';
COMMENT ON INDEX letters_from IS 'letters.ts list: those that a facility sent.';
CREATE INDEX letters_to ON letters (to_facility_id, waits DESC, sent_at DESC, letter_id DESC) WHERE state <> 'draft';
COMMENT ON INDEX letters_to IS 'letters.ts list: those that came to a facility.';
CREATE INDEX letters_drafts ON letters (from_facility_id, letter_id DESC) WHERE state = 'draft';
COMMENT ON INDEX letters_drafts IS 'letters.ts list and draft.';
CREATE INDEX letters_patient ON letters (patient_no) WHERE patient_no IS NOT NULL;
COMMENT ON INDEX letters_patient IS 'letters.ts lettersOf: marks on a line of time.';
CREATE INDEX letters_reply ON letters (in_reply_to) WHERE in_reply_to IS NOT NULL;
COMMENT ON INDEX letters_reply IS 'letters.ts: the replies to a letter.';
CREATE INDEX letters_came ON letters (to_facility_id, sent_at DESC) WHERE state IN ('sent', 'recalled');
COMMENT ON INDEX letters_came IS 'letters.ts news: what came and nobody has received, and what was recalled.';
CREATE INDEX letters_declined ON letters (from_facility_id, declined_at DESC) WHERE state = 'declined';
COMMENT ON INDEX letters_declined IS 'letters.ts news: what was declined.';

CREATE TABLE letter_studies (
  letter_id bigint NOT NULL REFERENCES letters ON DELETE CASCADE,
  study_id bigint NOT NULL REFERENCES studies,
  n smallint NOT NULL,
  -- Pairs of Series and SOP Instance UID, each joined by a blank: which images the writer wants looked at first.
  key_images text[] COLLATE "C" NOT NULL DEFAULT '{}',
  grant_id bigint REFERENCES grants,
  PRIMARY KEY (letter_id, study_id)
);
COMMENT ON TABLE letter_studies IS 'Studies that are bound to a letter. Rights are read from study_access, never from here. Read by letters.ts.';
COMMENT ON INDEX letter_studies_pkey IS 'letters.ts: the studies of a letter.';

CREATE TABLE letter_files (
  file_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  letter_id bigint NOT NULL REFERENCES letters ON DELETE CASCADE,
  name text NOT NULL,
  kind text COLLATE "C" NOT NULL CHECK (kind IN ('pdf', 'cda', 'fhir')),
  bytes bigint NOT NULL,
  sha256 text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  added_at timestamptz NOT NULL,
  added_by bigint NOT NULL REFERENCES users
);
COMMENT ON TABLE letter_files IS 'What is attached to a letter: its name, and its key in the object store. Read by letters.ts.';
COMMENT ON INDEX letter_files_pkey IS 'letters.ts removeFile.';
CREATE INDEX letter_files_letter ON letter_files (letter_id, file_id);
COMMENT ON INDEX letter_files_letter IS 'letters.ts: the files of a letter.';

CREATE TABLE letter_templates (
  template_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  facility_id bigint NOT NULL REFERENCES facilities,
  name text NOT NULL,
  department text NOT NULL,
  kind text COLLATE "C" NOT NULL CHECK (kind IN ('referral', 'reply', 'counter-referral')),
  content jsonb NOT NULL
);
COMMENT ON TABLE letter_templates IS 'What letters of a department begin with. Read by letter-templates.ts.';
COMMENT ON INDEX letter_templates_pkey IS 'letter-templates.ts.';
CREATE INDEX letter_templates_facility ON letter_templates (facility_id, department, name, template_id);
COMMENT ON INDEX letter_templates_facility IS 'letter-templates.ts: those of a facility.';

-- Who leaves the region sees nothing more of what letters opened to it.
CREATE FUNCTION facility_left_letters() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE grants g SET withdrawn_at = NEW.left_at WHERE g.facility_id = NEW.facility_id AND g.kind = 'referral' AND g.withdrawn_at IS NULL;
  DELETE FROM study_access a WHERE a.facility_id = NEW.facility_id AND a.kind = 'referral';
  PERFORM lists_changed(ARRAY[NEW.facility_id]);
  RETURN NULL;
END $$;
CREATE TRIGGER facility_left_letters AFTER UPDATE OF left_at ON facilities FOR EACH ROW
  WHEN (OLD.left_at IS NULL AND NEW.left_at IS NOT NULL) EXECUTE FUNCTION facility_left_letters();
