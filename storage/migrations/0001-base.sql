-- The first schema. Identifiers are bigint; UIDs and keys compare as bytes (COLLATE "C").
-- Empty string means "present but empty or absent", as in gateway/domain/imaging/study.ts.

CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gin;

-- ── Facilities and people ────────────────────────────────────────────────────

CREATE TABLE facilities (
  facility_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  code text COLLATE "C" NOT NULL,
  name text NOT NULL,
  name_kana text NOT NULL,
  name_romaji text NOT NULL,
  created_at timestamptz NOT NULL
);
COMMENT ON TABLE facilities IS 'Who owns and receives studies. Read by people.ts (directory), studies.ts and query.ts (owner of a study).';
COMMENT ON INDEX facilities_pkey IS 'Joins from studies, users and shares.';
CREATE UNIQUE INDEX facilities_code ON facilities (code);
COMMENT ON INDEX facilities_code IS 'people.ts facilityByCode; one facility a code.';

CREATE TABLE ae_titles (
  ae_title text COLLATE "C" PRIMARY KEY,
  facility_id bigint NOT NULL REFERENCES facilities,
  address_range text,
  certificate_sha256 text,
  -- Where it answers, when we are to ask it (C-ECHO).
  host text,
  port integer CHECK (port BETWEEN 1 AND 65535)
);
COMMENT ON TABLE ae_titles IS 'Calling AE titles. A title belongs to one facility only. Read by people.ts facilityByAETitle at each DIMSE association.';
COMMENT ON INDEX ae_titles_pkey IS 'people.ts facilityByAETitle.';
CREATE TABLE ae_contacts (
  ae_title text COLLATE "C" PRIMARY KEY,
  received_at timestamptz,
  failed_at timestamptz,
  error text
);
COMMENT ON TABLE ae_contacts IS 'When a registered AE title last sent something, and what last went wrong with it. Read by people.ts facilities.';
COMMENT ON INDEX ae_contacts_pkey IS 'people.ts facilities and noteAEContact.';
CREATE INDEX ae_titles_facility ON ae_titles (facility_id);
COMMENT ON INDEX ae_titles_facility IS 'people.ts: the titles of a facility.';

CREATE TABLE users (
  user_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email text NOT NULL,
  name text NOT NULL,
  name_kana text NOT NULL,
  facility_id bigint REFERENCES facilities,
  job text NOT NULL,
  administrator boolean NOT NULL,
  language text,
  password_hash text NOT NULL,
  disabled_at timestamptz,
  created_at timestamptz NOT NULL
);
COMMENT ON TABLE users IS 'People who sign in. Read by people.ts at sign-in and with every session or token.';
COMMENT ON INDEX users_pkey IS 'people.ts userById; joins from sessions, tokens and shares.';
CREATE UNIQUE INDEX users_email ON users (lower(email));
COMMENT ON INDEX users_email IS 'people.ts credentials; one account an address, whatever the case.';

CREATE TABLE sessions (
  session_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id_hash text COLLATE "C" NOT NULL,
  user_id bigint NOT NULL REFERENCES users,
  csrf_token text NOT NULL,
  created_at timestamptz NOT NULL,
  -- Moves with what its person does, not with what an open page asks by itself.
  used_at timestamptz NOT NULL,
  idle interval NOT NULL,
  ends_at timestamptz NOT NULL,
  remote_address text NOT NULL,
  device text NOT NULL
);
COMMENT ON TABLE sessions IS 'Browser sessions, by the hash of their cookie. Read by sessions.ts session with every browser request.';
COMMENT ON INDEX sessions_pkey IS 'sessions.ts endSessionById.';
CREATE UNIQUE INDEX sessions_id_hash ON sessions (id_hash);
COMMENT ON INDEX sessions_id_hash IS 'sessions.ts session.';
CREATE INDEX sessions_ends_at ON sessions (ends_at);
COMMENT ON INDEX sessions_ends_at IS 'sessions.ts createSession removes what has ended.';
CREATE INDEX sessions_user ON sessions (user_id, used_at);
COMMENT ON INDEX sessions_user IS 'sessions.ts: the list of a user, and the bound on it; people.ts updateUser ends those of a disabled account or an old password.';

CREATE TABLE known_devices (
  user_id bigint NOT NULL REFERENCES users,
  device_hash text COLLATE "C" NOT NULL,
  signed_in_at timestamptz NOT NULL,
  PRIMARY KEY (user_id, device_hash)
);
COMMENT ON TABLE known_devices IS 'Browsers on which a user has signed in, by the hash of their cookie: others'' guesses do not make them wait. Read by people.ts credentials.';
COMMENT ON INDEX known_devices_pkey IS 'people.ts credentials; sessions.ts rememberDevice.';

CREATE TABLE tokens (
  token_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  token_hash text COLLATE "C" NOT NULL,
  user_id bigint NOT NULL REFERENCES users,
  name text NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz
);
COMMENT ON TABLE tokens IS 'Bearer tokens, by their hash. Read by tokens.ts token with every program''s request.';
COMMENT ON INDEX tokens_pkey IS 'tokens.ts revokeToken.';
CREATE UNIQUE INDEX tokens_token_hash ON tokens (token_hash);
COMMENT ON INDEX tokens_token_hash IS 'tokens.ts token.';
CREATE INDEX tokens_user ON tokens (user_id);
COMMENT ON INDEX tokens_user IS 'tokens.ts tokensOf, and the bound on them.';
CREATE INDEX tokens_ended ON tokens (least(revoked_at, expires_at));
COMMENT ON INDEX tokens_ended IS 'tokens.ts createToken removes what ended long ago.';

CREATE UNLOGGED TABLE sign_in_attempts (
  key text COLLATE "C" PRIMARY KEY,
  account text COLLATE "C",
  failures integer NOT NULL,
  last_at timestamptz NOT NULL,
  next_at timestamptz
);
COMMENT ON TABLE sign_in_attempts IS 'Guesses at passwords, by hashes of account, device and network; unlogged, since a crash of the database may forget them. Read by sign-in-attempts.ts with every sign-in.';
COMMENT ON INDEX sign_in_attempts_pkey IS 'sign-in-attempts.ts admitAttempt.';
CREATE INDEX sign_in_attempts_account ON sign_in_attempts (account);
COMMENT ON INDEX sign_in_attempts_account IS 'sign-in-attempts.ts clearAttempts; people.ts updateUser unlocks.';
CREATE INDEX sign_in_attempts_last_at ON sign_in_attempts (last_at);
COMMENT ON INDEX sign_in_attempts_last_at IS 'sign-in-attempts.ts removes the oldest.';

CREATE TABLE warnings (
  code text COLLATE "C" NOT NULL,
  detail text COLLATE "C" NOT NULL,
  first_at timestamptz NOT NULL,
  last_at timestamptz NOT NULL,
  count bigint NOT NULL,
  PRIMARY KEY (code, detail)
);
COMMENT ON TABLE warnings IS 'What the operator should change; at most 100, of 30 days. Read by warnings.ts list for the administrator''s page.';
COMMENT ON INDEX warnings_pkey IS 'warnings.ts raise.';

-- ── Studies, series, instances ───────────────────────────────────────────────

CREATE TABLE studies (
  study_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  facility_id bigint NOT NULL REFERENCES facilities,
  study_instance_uid text COLLATE "C" NOT NULL,
  -- 1 for the first study that the facility holds under the UID; 2 … for those of other patients. Part of the study's address.
  ordinal integer NOT NULL CHECK (ordinal > 0),
  -- Changes when any attribute below does; spares the comparison of all of them with each instance.
  attributes_digest text COLLATE "C" NOT NULL,
  patient_id text COLLATE "C" NOT NULL,
  issuer_of_patient_id text COLLATE "C" NOT NULL,
  patient_name text NOT NULL,
  patient_name_alphabetic text COLLATE "C" NOT NULL,
  patient_name_ideographic text COLLATE "C" NOT NULL,
  patient_name_phonetic text COLLATE "C" NOT NULL,
  patient_birth_date text COLLATE "C" NOT NULL,
  patient_sex text COLLATE "C" NOT NULL,
  study_date text COLLATE "C" NOT NULL,
  study_time text COLLATE "C" NOT NULL,
  accession_number text COLLATE "C" NOT NULL,
  dicom_study_id text COLLATE "C" NOT NULL,
  study_description text COLLATE "C" NOT NULL,
  referring_physician_name text NOT NULL,
  referring_physician_name_alphabetic text COLLATE "C" NOT NULL,
  referring_physician_name_ideographic text COLLATE "C" NOT NULL,
  referring_physician_name_phonetic text COLLATE "C" NOT NULL,
  -- DICOM JSON text, given back by includefield, never searched.
  attributes text NOT NULL,
  -- Made by search-text.ts; copied into study_access.
  search_text text COLLATE "C" NOT NULL,
  modalities text[] NOT NULL DEFAULT '{}',
  number_of_series integer NOT NULL DEFAULT 0,
  number_of_instances integer NOT NULL DEFAULT 0,
  -- As in series.
  more_images integer NOT NULL DEFAULT 0,
  number_of_clips integer NOT NULL DEFAULT 0,
  first_received_at timestamptz NOT NULL,
  last_received_at timestamptz NOT NULL,
  complete_at timestamptz
) WITH (fillfactor = 80);
COMMENT ON TABLE studies IS 'One row a (facility, Study Instance UID, patient: same_patient), with the attributes of its newest received instance. A study whose instances have all gone elsewhere by a settled correction stays with no instances and is not listed. Read by query.ts and studies.ts, always through study_access; written by ingest.ts.';
COMMENT ON INDEX studies_pkey IS 'Join from study_access; completeness; derivation.';
CREATE UNIQUE INDEX studies_uid ON studies (study_instance_uid, facility_id, ordinal);
COMMENT ON INDEX studies_uid IS 'finish_instances: the studies under a UID, the first of which is the lock of all; studies.ts study and query.ts by StudyInstanceUID.';
CREATE INDEX studies_patient_id ON studies (left(patient_id, 64)) WHERE patient_id <> '';
COMMENT ON INDEX studies_patient_id IS 'query.ts by PatientID. The first 64 characters, so that an over-long value is still storable.';
CREATE INDEX studies_accession_number ON studies (left(accession_number, 64)) WHERE accession_number <> '';
COMMENT ON INDEX studies_accession_number IS 'query.ts by AccessionNumber. The first 64 characters, as above.';
CREATE INDEX studies_incomplete ON studies (study_id) WHERE complete_at IS NULL;
COMMENT ON INDEX studies_incomplete IS 'ingest.ts completeQuietStudies. Not on last_received_at: a row must stay updatable in place with every instance.';

CREATE TABLE study_access (
  study_id bigint NOT NULL REFERENCES studies,
  facility_id bigint NOT NULL REFERENCES facilities,
  kind text COLLATE "C" NOT NULL CHECK (kind IN ('owner', 'share')),
  share_id bigint,
  until timestamptz,
  granted_at timestamptz NOT NULL,
  -- Copies of the study's columns that lists search and sort by, so that a list reads one table.
  study_date text COLLATE "C" NOT NULL,
  study_time text COLLATE "C" NOT NULL,
  search_text text COLLATE "C" NOT NULL,
  modalities text[] NOT NULL,
  -- False while the study has no instances: they have all gone to another by a settled correction.
  listed boolean NOT NULL,
  -- When somebody of the facility first opened it.
  opened_at timestamptz,
  PRIMARY KEY (study_id, facility_id),
  CHECK ((kind = 'owner') = (share_id IS NULL) AND (kind = 'owner') = (until IS NULL))
) WITH (fillfactor = 90);
COMMENT ON TABLE study_access IS 'One row a study that a facility may see, its own included; kept in the transaction that causes it. Who is not here may not know. Read by query.ts and studies.ts.';
COMMENT ON INDEX study_access_pkey IS 'May this facility see this study: studies.ts study; query.ts when another index finds the study first.';
CREATE INDEX study_access_newest ON study_access (facility_id, study_date DESC, study_time DESC, study_id DESC);
COMMENT ON INDEX study_access_newest IS 'query.ts: a facility''s studies, newest first, by range of dates.';
CREATE INDEX study_access_owned ON study_access (facility_id, study_date DESC, study_time DESC, study_id DESC) WHERE kind = 'owner';
COMMENT ON INDEX study_access_owned IS 'query.ts listStudies, own studies only.';
CREATE INDEX study_access_shared ON study_access (facility_id, study_date DESC, study_time DESC, study_id DESC) WHERE kind = 'share';
COMMENT ON INDEX study_access_shared IS 'query.ts listStudies, studies of others only.';
CREATE INDEX study_access_arrived ON study_access (facility_id, granted_at DESC, study_id DESC);
COMMENT ON INDEX study_access_arrived IS 'query.ts listStudies: as they came in or were shared, newest first.';
CREATE INDEX study_access_arrived_owned ON study_access (facility_id, granted_at DESC, study_id DESC) WHERE kind = 'owner';
COMMENT ON INDEX study_access_arrived_owned IS 'query.ts listStudies, own studies only.';
CREATE INDEX study_access_arrived_shared ON study_access (facility_id, granted_at DESC, study_id DESC) WHERE kind = 'share';
COMMENT ON INDEX study_access_arrived_shared IS 'query.ts listStudies, studies of others only.';
CREATE INDEX study_access_unopened ON study_access (facility_id, study_date DESC, study_time DESC, study_id DESC) WHERE opened_at IS NULL;
COMMENT ON INDEX study_access_unopened IS 'query.ts listStudies, what nobody of the facility has opened.';
CREATE INDEX study_access_arrived_unopened ON study_access (facility_id, granted_at DESC, study_id DESC) WHERE opened_at IS NULL;
COMMENT ON INDEX study_access_arrived_unopened IS 'query.ts listStudies, the same as they came in.';
CREATE INDEX study_access_ends ON study_access (facility_id, until) WHERE until IS NOT NULL;
COMMENT ON INDEX study_access_ends IS 'query.ts listRevision: the share of a facility that ended last.';
CREATE INDEX study_access_words ON study_access USING gin (facility_id, search_text gin_trgm_ops, modalities);
COMMENT ON INDEX study_access_words IS 'query.ts: words in names, IDs and descriptions, and modalities, within one facility.';
CREATE INDEX study_access_until ON study_access (until) WHERE until IS NOT NULL;
COMMENT ON INDEX study_access_until IS 'ingest.ts completeQuietStudies clears away ended shares.';

CREATE TABLE study_lists (
  facility_id bigint PRIMARY KEY REFERENCES facilities,
  revision bigint NOT NULL
) WITH (fillfactor = 50);
COMMENT ON TABLE study_lists IS 'How often what a facility''s lists show has changed, except by time alone: written by lists_changed in each transaction that does. Read by query.ts listRevision.';
COMMENT ON INDEX study_lists_pkey IS 'query.ts listRevision; lists_changed.';

CREATE TABLE series (
  series_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  study_id bigint NOT NULL REFERENCES studies,
  series_instance_uid text COLLATE "C" NOT NULL,
  attributes_digest text COLLATE "C" NOT NULL,
  modality text COLLATE "C" NOT NULL,
  series_number integer,
  series_description text COLLATE "C" NOT NULL,
  body_part_examined text COLLATE "C" NOT NULL,
  performed_procedure_step_start_date text COLLATE "C" NOT NULL,
  performed_procedure_step_start_time text COLLATE "C" NOT NULL,
  -- One of each an item of the Request Attributes Sequence, in its order: keys of one item are matched together (PS3.4 C.2.2.2.6).
  scheduled_procedure_step_ids text[] COLLATE "C" NOT NULL DEFAULT '{}',
  requested_procedure_ids text[] COLLATE "C" NOT NULL DEFAULT '{}',
  attributes text NOT NULL,
  number_of_instances integer NOT NULL DEFAULT 0,
  -- Frames that are no clip's, less instances: 0 where each instance is one image; below 0 where some are clips or have no image.
  more_images integer NOT NULL DEFAULT 0,
  number_of_clips integer NOT NULL DEFAULT 0,
  revision integer NOT NULL DEFAULT 0,
  metadata_key text COLLATE "C",
  metadata_etag text,
  metadata_revision integer
) WITH (fillfactor = 80);
COMMENT ON TABLE series IS 'One row a (study, Series Instance UID). Read by studies.ts and query.ts; written by ingest.ts.';
COMMENT ON INDEX series_pkey IS 'Join from instances; tasks.';
CREATE UNIQUE INDEX series_uid ON series (study_id, series_instance_uid);
COMMENT ON INDEX series_uid IS 'Identity, for ingest.ts; studies.ts seriesOf and seriesByUID.';
CREATE INDEX series_instance_uid ON series (series_instance_uid);
COMMENT ON INDEX series_instance_uid IS 'query.ts by SeriesInstanceUID without the study.';

-- instances, instance_versions: no foreign keys. Their only writer is finish_instances, which has just locked the rows they
-- point at; a check by trigger with each of the region's images would cost more than the insert.
CREATE TABLE instances (
  instance_id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  facility_id bigint NOT NULL,
  study_id bigint NOT NULL,
  series_id bigint NOT NULL,
  version_id bigint NOT NULL,
  sop_instance_uid text COLLATE "C" NOT NULL,
  sop_class_uid text COLLATE "C" NOT NULL,
  instance_number integer,
  rows integer,
  columns integer,
  bits_allocated integer,
  number_of_frames integer NOT NULL,
  -- Its frames follow each other in time (gateway/domain/imaging/study.ts).
  clip boolean NOT NULL DEFAULT false,
  -- In which order the instances of a series are read, and the frame that stands for this one (gateway/domain/imaging/reading-order.ts).
  reading_key text COLLATE "C" NOT NULL DEFAULT '',
  opening_frame integer NOT NULL DEFAULT 1
) WITH (fillfactor = 95);
COMMENT ON TABLE instances IS 'One row a (series, SOP Instance UID), as its newest version (version_id) says. One UID in two places of a facility is two rows, and its owner is told. Read by studies.ts and query.ts; written by ingest.ts and settle_notice.';
COMMENT ON INDEX instances_pkey IS 'query.ts and studies.ts: the instances of a page, by their ids; finish_instances: a new version.';
CREATE UNIQUE INDEX instances_uid ON instances (sop_instance_uid, facility_id, series_id);
COMMENT ON INDEX instances_uid IS 'Identity, and where else the UID is held, for ingest.ts; studies.ts pixels; query.ts by SOPInstanceUID.';
CREATE INDEX instances_series ON instances (series_id, instance_number);
COMMENT ON INDEX instances_series IS 'studies.ts instancesOf, metadataOf; query.ts findInstances.';

CREATE TABLE instance_versions (
  version_id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  instance_id bigint NOT NULL,
  facility_id bigint NOT NULL,
  received_at timestamptz NOT NULL,
  source text NOT NULL,
  object_key text COLLATE "C" NOT NULL,
  bytes bigint NOT NULL,
  sha256 bytea NOT NULL,
  transfer_syntax_uid text COLLATE "C" NOT NULL,
  data_set_offset bigint NOT NULL,
  warnings text[] NOT NULL,
  frames bytea NOT NULL,
  metadata_gzip bytea NOT NULL
) WITH (toast_tuple_target = 4080);
-- Already compressed: a second attempt would only cost.
ALTER TABLE instance_versions ALTER COLUMN metadata_gzip SET STORAGE EXTERNAL, ALTER COLUMN frames SET STORAGE EXTERNAL;
COMMENT ON TABLE instance_versions IS 'Every object ever received for an instance: where its bytes are, its header as gzipped DICOM JSON, its frame index (frame-index.ts). Never deleted, and changed in one way only: a settled correction makes it a version of the instance at the new place. Read by studies.ts, query.ts; written by ingest.ts.';
COMMENT ON INDEX instance_versions_pkey IS 'Join from instances; studies.ts allObjects.';
CREATE UNIQUE INDEX instance_versions_instance ON instance_versions (instance_id, sha256);
COMMENT ON INDEX instance_versions_instance IS 'ingest.ts: the versions kept of an instance; the same bytes once.';
CREATE INDEX instance_versions_sha256 ON instance_versions (sha256, facility_id);
COMMENT ON INDEX instance_versions_sha256 IS 'studies.ts knownDigests (uploads resume behind them) and hasObject.';

-- ── Reception ────────────────────────────────────────────────────────────────

CREATE TABLE claims (
  claim_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  facility_id bigint NOT NULL,
  sop_instance_uid text COLLATE "C" NOT NULL,
  object_key text COLLATE "C" NOT NULL,
  sha256 bytea NOT NULL,
  bytes bigint NOT NULL,
  source text NOT NULL,
  claimed_at timestamptz NOT NULL,
  swept_until timestamptz
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
COMMENT ON TABLE claims IS 'Instances between claim and finish; holds what is in flight, so it is small. Read by ingest.ts abandonedClaims.';
COMMENT ON INDEX claims_pkey IS 'ingest.ts finish and release.';

CREATE TABLE quarantine (
  quarantine_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  facility_id bigint NOT NULL REFERENCES facilities,
  source text NOT NULL,
  reason text NOT NULL,
  object_key text COLLATE "C" NOT NULL,
  bytes bigint NOT NULL,
  sha256 bytea NOT NULL,
  at timestamptz NOT NULL,
  -- When it was received again: it is in the index then, or in a newer row here.
  settled_at timestamptz
);
COMMENT ON TABLE quarantine IS 'What could not be read, kept aside. Read by ingest.ts quarantined, for administrators.';
COMMENT ON INDEX quarantine_pkey IS 'ingest.ts quarantined, newest first.';

CREATE TABLE notices (
  notice_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  facility_id bigint NOT NULL,
  kind text COLLATE "C" NOT NULL CHECK (kind IN ('new-version', 'patient-changed', 'image-damaged', 'other-patient', 'same-instance')),
  study_id bigint NOT NULL,
  -- Of other-patient and same-instance: the study that held the UID before; of same-instance it may be study_id.
  other_study_id bigint,
  -- Of the newest event; null when no one instance stands for it.
  sop_instance_uid text COLLATE "C",
  since timestamptz NOT NULL,
  at timestamptz NOT NULL,
  count integer NOT NULL,
  settlement text COLLATE "C" CHECK (settlement IN ('correction', 'two-objects')),
  settled_at timestamptz,
  settled_by bigint REFERENCES users,
  CHECK ((kind IN ('other-patient', 'same-instance')) = (other_study_id IS NOT NULL)),
  CHECK (settlement IS NULL OR other_study_id IS NOT NULL),
  CHECK ((settlement IS NULL) = (settled_at IS NULL) AND (settlement IS NULL) = (settled_by IS NULL))
);
COMMENT ON TABLE notices IS 'What a facility''s people must be told: one row for what happens to a study within a day, so a whole study sent again is one; and one a pair of places that claim the same UID, until it is settled. Ids only. Read by notices.ts; written by tell_owner and settle_notice.';
COMMENT ON INDEX notices_pkey IS 'Last word in the order of notices.ts; settle_notice.';
CREATE INDEX notices_newest ON notices (facility_id, at DESC, notice_id DESC);
COMMENT ON INDEX notices_newest IS 'notices.ts list.';
CREATE INDEX notices_study ON notices (study_id, kind, since);
COMMENT ON INDEX notices_study IS 'tell_owner: the notice that this one adds to; settle_notice: the others about the same two places.';
CREATE INDEX notices_waiting ON notices (other_study_id) WHERE settlement IS NULL AND other_study_id IS NOT NULL;
COMMENT ON INDEX notices_waiting IS 'leave_study: what waits for a decision about a study that is empty now.';

-- ── Shares ───────────────────────────────────────────────────────────────────

CREATE TABLE shares (
  share_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  study_id bigint NOT NULL REFERENCES studies,
  to_facility_id bigint NOT NULL REFERENCES facilities,
  until timestamptz NOT NULL,
  created_at timestamptz NOT NULL,
  created_by bigint NOT NULL REFERENCES users,
  revoked_at timestamptz,
  revoked_by bigint REFERENCES users
);
COMMENT ON TABLE shares IS 'Who was given which study until when. Rights are read from study_access, never from here. Read by shares.ts.';
COMMENT ON INDEX shares_pkey IS 'shares.ts revoke.';
CREATE INDEX shares_study ON shares (study_id);
COMMENT ON INDEX shares_study IS 'shares.ts sharesOf.';
CREATE UNIQUE INDEX shares_live ON shares (study_id, to_facility_id) WHERE revoked_at IS NULL;
COMMENT ON INDEX shares_live IS 'shares.ts share: one live share a study and facility.';

-- ── The record ───────────────────────────────────────────────────────────────

CREATE TABLE audit (
  seq bigint PRIMARY KEY,
  at timestamptz(3) NOT NULL,
  -- The canonical JSON that was hashed (gateway/domain/record/audit.ts).
  entry text COLLATE "C" NOT NULL,
  previous_hash text COLLATE "C" NOT NULL,
  hash text COLLATE "C" NOT NULL,
  -- Generated, so that what is searched cannot differ from what was hashed.
  action text COLLATE "C" GENERATED ALWAYS AS (entry::json ->> 'action') STORED,
  study_instance_uid text COLLATE "C" GENERATED ALWAYS AS (entry::json #>> '{what,studyInstanceUID}') STORED,
  owner_facility_code text COLLATE "C" GENERATED ALWAYS AS (entry::json #>> '{what,ownerFacilityCode}') STORED,
  study_ordinal integer GENERATED ALWAYS AS (coalesce((entry::json #>> '{what,ordinal}')::integer, 1)) STORED,
  user_id text COLLATE "C" GENERATED ALWAYS AS (entry::json #>> '{who,userId}') STORED,
  patient_id text COLLATE "C" GENERATED ALWAYS AS (entry::json #>> '{what,patientID}') STORED
);
COMMENT ON TABLE audit IS 'The record: append-only, hash-chained in one order over all nodes. Read by audit.ts.';
COMMENT ON INDEX audit_pkey IS 'audit.ts verify and find.';
CREATE INDEX audit_study ON audit (study_instance_uid, seq) WHERE study_instance_uid IS NOT NULL;
COMMENT ON INDEX audit_study IS 'audit.ts find: who got or opened a study.';
CREATE INDEX audit_action ON audit (action, seq);
COMMENT ON INDEX audit_action IS 'audit.ts find by action.';
CREATE INDEX audit_user ON audit (user_id, seq) WHERE user_id IS NOT NULL;
COMMENT ON INDEX audit_user IS 'audit.ts find by who.';
CREATE INDEX audit_patient ON audit (patient_id, seq) WHERE patient_id IS NOT NULL;
COMMENT ON INDEX audit_patient IS 'audit.ts find by patient.';
CREATE INDEX audit_at ON audit (at);
COMMENT ON INDEX audit_at IS 'audit.ts find by date: the first and last number of those days.';

CREATE TABLE audit_head (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  seq bigint NOT NULL,
  hash text COLLATE "C" NOT NULL,
  -- The last record's time; null before the first.
  at timestamptz(3)
) WITH (fillfactor = 50);
COMMENT ON TABLE audit_head IS 'One row: the last record''s number and hash. Its lock gives the chain one order. Read by append_audit and audit.ts verify (a chain cut short differs from it).';
COMMENT ON INDEX audit_head_pkey IS 'One row only.';
INSERT INTO audit_head (seq, hash) VALUES (0, repeat('0', 64));

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the record is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_head_one_row BEFORE DELETE OR TRUNCATE ON audit_head FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- entries: canonical JSON of each entry. texts: what audit.ts will hash, up to where its number goes.
-- With the rights of its owner: the program's everyday role may call this and read, and can write to the record in no other way (roles.ts).
CREATE FUNCTION append_audit(entries text[], texts text[], at_times timestamptz[]) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  head audit_head;
  next_hash text;
  note text;
BEGIN
  SELECT * INTO head FROM audit_head FOR UPDATE;
  FOR n IN 1 .. cardinality(entries) LOOP
    -- Times do not run backwards untold, whichever node's clock was set and whether anybody saw it (RECORD_TIME_BACK_MS_MAX).
    IF at_times[n] < head.at - interval '10 seconds' THEN
      note := format(
        '{"action":"clock-stepped","outcome":"success","what":{"detail":"back %s ms in the record"},"who":{"kind":"system","through":"record"}}',
        round(extract(epoch FROM head.at - at_times[n]) * 1000));
      head.seq := head.seq + 1;
      next_hash := encode(sha256(convert_to(head.hash || E'\n' || format(
        '{"at":"%s","entry":%s,"seq":%s}', to_char(at_times[n] AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), note, head.seq), 'UTF8')), 'hex');
      INSERT INTO audit (seq, at, entry, previous_hash, hash) VALUES (head.seq, at_times[n], note, head.hash, next_hash);
      head.hash := next_hash;
    END IF;
    head.seq := head.seq + 1;
    next_hash := encode(sha256(convert_to(head.hash || E'\n' || texts[n] || head.seq || '}', 'UTF8')), 'hex');
    INSERT INTO audit (seq, at, entry, previous_hash, hash) VALUES (head.seq, at_times[n], entries[n], head.hash, next_hash);
    head.hash := next_hash;
    head.at := at_times[n];
  END LOOP;
  UPDATE audit_head SET seq = head.seq, hash = head.hash, at = head.at;
  RETURN head.seq;
END $$;

-- ── Whose this is ────────────────────────────────────────────────────────────

CREATE TABLE installation (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  installation_id text COLLATE "C" NOT NULL,
  begun_at timestamptz NOT NULL
);
COMMENT ON TABLE installation IS 'One row: the id that object store and data folder carry too. Read by installation.ts at start.';
COMMENT ON INDEX installation_pkey IS 'One row only.';

-- ── Later work ───────────────────────────────────────────────────────────────

CREATE TABLE tasks (
  task_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind text COLLATE "C" NOT NULL,
  subject text COLLATE "C" NOT NULL,
  due_at timestamptz NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  -- Rises with each lease: a worker whose lease ran out can no longer end the task.
  lease integer NOT NULL DEFAULT 0,
  leased_until timestamptz,
  queued_anew boolean NOT NULL DEFAULT false,
  failed_at timestamptz,
  error text
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
COMMENT ON TABLE tasks IS 'Later work, one row a (kind, subject). Read by tasks.ts lease.';
COMMENT ON INDEX tasks_pkey IS 'tasks.ts finish and retry.';
CREATE UNIQUE INDEX tasks_subject ON tasks (kind, subject);
COMMENT ON INDEX tasks_subject IS 'tasks.ts enqueue, ingest.ts finish: queueing again moves the due time.';
CREATE INDEX tasks_due ON tasks (due_at) WHERE failed_at IS NULL;
COMMENT ON INDEX tasks_due IS 'tasks.ts lease.';

CREATE FUNCTION enqueue_task(task_kind text, task_subject text, due timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  -- With every image of a series the due time moves; it is written at most once a second.
  IF EXISTS (
    SELECT FROM tasks t WHERE t.kind = task_kind AND t.subject = task_subject AND t.failed_at IS NULL
      AND t.due_at > due - interval '1 second' AND t.due_at <= due AND (t.leased_until IS NULL OR t.queued_anew)
  ) THEN
    RETURN;
  END IF;
  INSERT INTO tasks AS t (kind, subject, due_at) VALUES (task_kind, task_subject, due)
  ON CONFLICT (kind, subject) DO UPDATE
    SET due_at = excluded.due_at, queued_anew = t.leased_until IS NOT NULL, failed_at = NULL, error = NULL,
        attempts = CASE WHEN t.failed_at IS NULL THEN t.attempts ELSE 0 END;
END $$;

-- ── Damage ───────────────────────────────────────────────────────────────────

CREATE TABLE damaged_objects (
  object_key text COLLATE "C" PRIMARY KEY,
  facility_id bigint NOT NULL,
  problem text COLLATE "C" NOT NULL,
  found_by text COLLATE "C" NOT NULL,
  found_at timestamptz NOT NULL,
  seen_at timestamptz NOT NULL
);
COMMENT ON TABLE damaged_objects IS 'Originals and quarantined objects that are not what was received; a row goes when its object is whole again. Read by damage.ts, for administrators.';
COMMENT ON INDEX damaged_objects_pkey IS 'damage.ts report, mended, list.';

CREATE TABLE scrub (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  pass bigint NOT NULL,
  stage text COLLATE "C" NOT NULL,
  position text COLLATE "C" NOT NULL,
  pass_began_at timestamptz NOT NULL,
  last_pass_ended_at timestamptz,
  objects bigint NOT NULL,
  bytes bigint NOT NULL,
  damaged bigint NOT NULL,
  held_by text COLLATE "C",
  held_until timestamptz
);
COMMENT ON TABLE scrub IS 'One row: how far the reading of everything kept has come, and which process is at it. Read by damage.ts.';
COMMENT ON INDEX scrub_pkey IS 'One row only.';

-- ── Ingest ───────────────────────────────────────────────────────────────────

-- The time of a study as six digits, for sorting.
CREATE FUNCTION sortable_time(tm text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN rpad(left(regexp_replace(replace(tm, ':', ''), '[^0-9].*$', ''), 6), 6, '0');

-- TM as HHMMSS.FFFFFF, for matching by value or range (PS3.4 C.2.2.2.5).
CREATE FUNCTION full_time(tm text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (sortable_time(tm) || '.' || rpad(left(split_part(tm, '.', 2), 6), 6, '0')) COLLATE "C";

-- All that is said of who the patient is: the identifier and its issuer, the birth date, the name as searches fold it.
CREATE FUNCTION patient_text(patient_id text, issuer text, birth_date text, alphabetic text, ideographic text, phonetic text)
RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN patient_id || E'\x1f' || issuer || E'\x1f' || birth_date || E'\x1f' || alphabetic || E'\x1f' || ideographic || E'\x1f' || phonetic;

-- Whether two headers of one facility and one Study Instance UID name the same patient (gateway/decisions/ingest.md). Two identifiers decide, whatever
-- the spelling of the name. Without both, name and birth date do: what one does not say contradicts nothing, but where both have a name,
-- some group of it must be the same, or, when they share no group, the birth date.
CREATE FUNCTION same_patient(
  a_id text, a_issuer text, a_birth_date text, a_alphabetic text, a_ideographic text, a_phonetic text,
  b_id text, b_issuer text, b_birth_date text, b_alphabetic text, b_ideographic text, b_phonetic text
) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
  WHEN a_id <> '' AND b_id <> '' THEN a_id = b_id AND (a_issuer = b_issuer OR a_issuer = '' OR b_issuer = '')
  WHEN a_birth_date <> '' AND b_birth_date <> '' AND a_birth_date <> b_birth_date THEN false
  WHEN (a_alphabetic <> '' AND b_alphabetic <> '' AND a_alphabetic <> b_alphabetic)
    OR (a_ideographic <> '' AND b_ideographic <> '' AND a_ideographic <> b_ideographic)
    OR (a_phonetic <> '' AND b_phonetic <> '' AND a_phonetic <> b_phonetic) THEN false
  WHEN a_alphabetic || a_ideographic || a_phonetic = '' OR b_alphabetic || b_ideographic || b_phonetic = '' THEN true
  WHEN (a_alphabetic <> '' AND a_alphabetic = b_alphabetic)
    OR (a_ideographic <> '' AND a_ideographic = b_ideographic)
    OR (a_phonetic <> '' AND a_phonetic = b_phonetic) THEN true
  ELSE a_birth_date <> '' AND a_birth_date = b_birth_date
END;

-- Claims many instances in one transaction; gives a row (n, claim_id) for each claim made, and a row a version already kept, with where it is.
CREATE FUNCTION claim_instances(batch json, at timestamptz)
RETURNS TABLE (
  n integer, claim_id bigint, object_key text, sha256 text, data_set_offset bigint, bytes bigint,
  study_instance_uid text, series_instance_uid text, ordinal integer, leads boolean
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  r record;
  kept record;
  known boolean;
BEGIN
  -- A lost claim loses nothing that was acknowledged: gateway/decisions/claims.md.
  PERFORM set_config('synchronous_commit', 'off', true);
  FOR r IN
    SELECT i.* FROM json_to_recordset(batch) AS i(
      n integer, facility_id bigint, sop_instance_uid text, object_key text, sha256 text, bytes bigint, source text)
  LOOP
    n := r.n;
    known := false;
    claim_id := NULL;
    FOR kept IN
      SELECT v.object_key, encode(v.sha256, 'hex') AS sha256, v.data_set_offset, v.bytes,
        s.study_instance_uid, e.series_instance_uid, s.ordinal,
        -- Whether the Study Instance UID alone leads the owner there; likewise in finish_instances.
        s.ordinal = 1 OR NOT EXISTS (
          SELECT FROM studies f WHERE f.study_instance_uid = s.study_instance_uid AND f.facility_id = s.facility_id
            AND f.ordinal < s.ordinal AND f.number_of_instances > 0) AS leads
      FROM instances o JOIN instance_versions v ON v.instance_id = o.instance_id
        JOIN series e ON e.series_id = o.series_id JOIN studies s ON s.study_id = o.study_id
      WHERE o.sop_instance_uid = r.sop_instance_uid AND o.facility_id = r.facility_id ORDER BY v.version_id DESC
    LOOP
      object_key := kept.object_key; sha256 := kept.sha256; data_set_offset := kept.data_set_offset; bytes := kept.bytes;
      study_instance_uid := kept.study_instance_uid; series_instance_uid := kept.series_instance_uid;
      ordinal := kept.ordinal; leads := kept.leads;
      known := known OR kept.sha256 = r.sha256;
      RETURN NEXT;
    END LOOP;
    IF NOT known THEN
      object_key := NULL; sha256 := NULL; data_set_offset := NULL; bytes := NULL;
      INSERT INTO claims AS c (facility_id, sop_instance_uid, object_key, sha256, bytes, source, claimed_at)
      VALUES (r.facility_id, r.sop_instance_uid, r.object_key, decode(r.sha256, 'hex'), r.bytes, r.source, at)
      RETURNING c.claim_id INTO claim_id;
      RETURN NEXT;
    END IF;
  END LOOP;
END $$;

-- Adds to the notice about the same, or makes one: of the last day, or, when it asks for a decision, one that waits for it still.
-- The caller holds the study's lock.
CREATE FUNCTION tell_owner(
  told_kind text, told_facility bigint, told_study bigint, told_other bigint, told_instance text, times integer, told_at timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  UPDATE notices n SET at = greatest(n.at, told_at), count = n.count + times, sop_instance_uid = told_instance
  WHERE n.study_id = told_study AND n.kind = told_kind AND n.other_study_id IS NOT DISTINCT FROM told_other
    AND CASE WHEN told_other IS NULL THEN n.since > told_at - interval '1 day' ELSE n.settlement IS NULL END;
  IF NOT FOUND THEN
    INSERT INTO notices (facility_id, kind, study_id, other_study_id, sop_instance_uid, since, at, count)
    VALUES (told_facility, told_kind, told_study, told_other, told_instance, told_at, told_at, times);
  END IF;
END $$;

-- Counts of series and studies, exact by addition; what follows from them: whether a study is listed, its modalities, what must be derived
-- anew. A study that holds something from now on, beside another of the same UID that does: its owner is told. Each array holds a
-- series once for each instance that came to it, left it, or changed in it; `changed`: studies whose series or their modalities did.
CREATE FUNCTION count_instances(came bigint[], gone bigint[], touched bigint[], changed bigint[], received timestamptz, derive_due timestamptz)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  r record;
  known record;
  held bigint;
BEGIN
  FOR r IN
    SELECT c.series_id, sum(c.added)::integer AS added, sum(c.touched)::integer AS touched FROM (
      SELECT unnest(came) AS series_id, 1 AS added, 1 AS touched
      UNION ALL SELECT unnest(gone), -1, 1
      UNION ALL SELECT unnest(touched), 0, 1
    ) c GROUP BY c.series_id ORDER BY c.series_id
  LOOP
    UPDATE series e SET number_of_instances = e.number_of_instances + r.added, revision = e.revision + r.touched
    WHERE e.series_id = r.series_id RETURNING e.study_id, e.number_of_instances INTO known;
    UPDATE studies s SET
      number_of_instances = s.number_of_instances + r.added,
      number_of_series = s.number_of_series
        + CASE WHEN known.number_of_instances > 0 AND known.number_of_instances = r.added THEN 1
               WHEN known.number_of_instances = 0 AND r.added < 0 THEN -1 ELSE 0 END,
      -- Rises with every change, whatever the clocks of the nodes say: what is remembered of the study elsewhere goes by it.
      last_received_at = greatest(s.last_received_at + interval '1 millisecond', received),
      complete_at = NULL
    WHERE s.study_id = known.study_id
    RETURNING s.study_id, s.facility_id, s.study_instance_uid, s.number_of_instances INTO known;
    IF known.number_of_instances IN (0, r.added) THEN
      UPDATE study_access a SET listed = known.number_of_instances > 0
      WHERE a.study_id = known.study_id AND a.listed <> (known.number_of_instances > 0);
      IF r.added > 0 THEN
        SELECT o.study_id INTO held FROM studies o
        WHERE o.study_instance_uid = known.study_instance_uid AND o.facility_id = known.facility_id
          AND o.study_id <> known.study_id AND o.number_of_instances > 0 ORDER BY o.ordinal LIMIT 1;
        IF FOUND THEN
          PERFORM tell_owner('other-patient', known.facility_id, known.study_id, held, NULL, 1, received);
        END IF;
      END IF;
    END IF;
    PERFORM enqueue_task('derive-series', r.series_id::text, derive_due);
  END LOOP;

  IF cardinality(changed) > 0 THEN
    FOR r IN
      SELECT d.study_id, coalesce(array_agg(DISTINCT e.modality ORDER BY e.modality)
        FILTER (WHERE e.modality <> '' AND e.number_of_instances > 0), '{}') AS modalities
      FROM (SELECT DISTINCT unnest(changed) AS study_id) d LEFT JOIN series e ON e.study_id = d.study_id
      GROUP BY d.study_id ORDER BY d.study_id
    LOOP
      UPDATE studies s SET modalities = r.modalities WHERE s.study_id = r.study_id AND s.modalities <> r.modalities;
      UPDATE study_access a SET modalities = r.modalities WHERE a.study_id = r.study_id AND a.modalities <> r.modalities;
    END LOOP;
  END IF;
END $$;

-- Images and clips of series that have others than one image an instance, and of their studies.
CREATE FUNCTION recount_images(given bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  r record;
BEGIN
  FOR r IN
    SELECT e.series_id, e.study_id, c.more, c.clips, c.more - e.more_images AS more_by, c.clips - e.number_of_clips AS clips_by
    FROM series e CROSS JOIN LATERAL (
      SELECT coalesce(sum(CASE WHEN i.clip THEN 0 ELSE i.number_of_frames END - 1), 0) AS more, count(*) FILTER (WHERE i.clip) AS clips FROM instances i WHERE i.series_id = e.series_id
    ) c WHERE e.series_id = ANY(given) ORDER BY e.series_id
  LOOP
    CONTINUE WHEN r.more_by = 0 AND r.clips_by = 0;
    UPDATE series e SET more_images = r.more, number_of_clips = r.clips WHERE e.series_id = r.series_id;
    UPDATE studies s SET more_images = s.more_images + r.more_by, number_of_clips = s.number_of_clips + r.clips_by WHERE s.study_id = r.study_id;
  END LOOP;
END $$;

-- What these facilities' lists show has changed. In the order of locks after tasks, before the head of the record.
CREATE FUNCTION lists_changed(given bigint[]) RETURNS void LANGUAGE sql AS $$
  INSERT INTO study_lists AS l (facility_id, revision)
  -- Begins anywhere: after a restore no number comes again that a viewer has seen with other rows.
  SELECT DISTINCT g, (random() * 2 ^ 52)::bigint FROM unnest(given) g WHERE g IS NOT NULL ORDER BY g
  ON CONFLICT (facility_id) DO UPDATE SET revision = l.revision + 1
$$;

-- Who sees any of these studies in a list.
CREATE FUNCTION seen_by(given bigint[]) RETURNS bigint[] LANGUAGE sql STABLE AS $$
  SELECT array_agg(DISTINCT a.facility_id) FROM study_access a WHERE a.study_id = ANY(given)
$$;

-- Finishes many instances in one transaction, their receptions on the record among it. Arguments as ingest.ts makes them: each instance
-- names its study (a patient under a UID) and series by their numbers in this batch (study, series), which of the variants of their
-- attributes its header holds (study_variant, series_variant), and which reception it belongs to (null: none).
-- given_receptions: the canonical JSON of an entry in three pieces, between which its action and its count go.
-- Order of locks, always: studies by (facility, UID), the first study under a UID before the others; SOP Instance UIDs by name; series by
-- id; tasks by series; lists by facility; the head of the record last. The caller repeats a batch that the server ended for a deadlock.
CREATE FUNCTION finish_instances(
  given_instances json, given_studies json, given_series json, given_receptions json, metadata bytea[], frame_indexes bytea[],
  received timestamptz, derive_due timestamptz
)
RETURNS TABLE (
  n integer, outcome text, study text, series text, instance text,
  study_instance_uid text, series_instance_uid text, ordinal integer, leads boolean
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  r record;
  known record;
  found_study studies;
  first_held boolean;
  study_ids bigint[] := '{}';
  series_ids bigint[] := '{}';
  found_digest text;
  found_id bigint;
  new_instance bigint;
  new_version bigint;
  added_to_series bigint[] := '{}';
  touched_series bigint[] := '{}';
  framed_series bigint[] := '{}';
  fresh boolean[] := '{}';
  lost boolean[] := '{}';
  modality_changed bigint[] := '{}';
  outcomes text[] := '{}';
  at_version bigint[] := '{}';
  -- Of each study its ordinal, of each reception how many were stored and renewed.
  ordinals integer[] := '{}';
  stored_count integer[] := '{}';
  renewed_count integer[] := '{}';
  kind text[];
  entries text[] := '{}';
BEGIN
  -- 1. End the claims: one that is gone, or was handed to a sweeper, can no longer vouch for its bytes. And which bytes are new: headers
  -- of bytes that were kept before change nothing.
  FOR r IN
    SELECT i.* FROM json_to_recordset(given_instances) AS i(n integer, claim_id bigint, facility_id bigint, sop_instance_uid text, sha256 text)
    ORDER BY i.n
  LOOP
    lost[r.n] := false;
    IF r.claim_id IS NOT NULL THEN
      DELETE FROM claims c WHERE c.claim_id = r.claim_id AND c.swept_until IS NULL;
      lost[r.n] := NOT FOUND;
    END IF;
    fresh[r.n] := NOT lost[r.n] AND NOT EXISTS (
      SELECT FROM instances o JOIN instance_versions v ON v.instance_id = o.instance_id
      WHERE o.sop_instance_uid = r.sop_instance_uid AND o.facility_id = r.facility_id AND v.sha256 = decode(r.sha256, 'hex'));
  END LOOP;

  -- 2. Studies: of each patient under a UID the newest of the batch decides the attributes; who came first is first under the UID.
  FOR r IN
    SELECT * FROM (
      SELECT DISTINCT ON (i.study) i.study, i.sop_instance_uid, s.*, min(i.n) OVER (PARTITION BY i.study) AS first_n
      FROM json_to_recordset(given_instances) AS i(n integer, study integer, study_variant integer, sop_instance_uid text)
      JOIN json_to_recordset(given_studies) AS s(
        n integer, facility_id bigint, study_instance_uid text, attributes_digest text, patient_id text, issuer_of_patient_id text,
        patient_name text, patient_name_alphabetic text, patient_name_ideographic text, patient_name_phonetic text,
        patient_birth_date text, patient_sex text, study_date text, study_time text, accession_number text, dicom_study_id text,
        study_description text, referring_physician_name text, referring_physician_name_alphabetic text,
        referring_physician_name_ideographic text, referring_physician_name_phonetic text, attributes text, search_text text
      ) ON s.n = i.study_variant
      WHERE fresh[i.n]
      ORDER BY i.study, i.n DESC
    ) b ORDER BY facility_id, study_instance_uid COLLATE "C", first_n
  LOOP
    LOOP
      PERFORM FROM studies s
      WHERE s.study_instance_uid = r.study_instance_uid AND s.facility_id = r.facility_id AND s.ordinal = 1 FOR NO KEY UPDATE;
      first_held := FOUND;
      SELECT s.* INTO found_study FROM studies s
      WHERE s.study_instance_uid = r.study_instance_uid AND s.facility_id = r.facility_id AND same_patient(
          s.patient_id, s.issuer_of_patient_id, s.patient_birth_date,
          s.patient_name_alphabetic, s.patient_name_ideographic, s.patient_name_phonetic,
          r.patient_id, r.issuer_of_patient_id, r.patient_birth_date,
          r.patient_name_alphabetic, r.patient_name_ideographic, r.patient_name_phonetic)
      -- Of several that may be meant the one that says it best, then one that holds something, then the first.
      ORDER BY s.patient_id = r.patient_id DESC, s.issuer_of_patient_id = r.issuer_of_patient_id DESC,
        (s.patient_name_alphabetic <> '' AND s.patient_name_alphabetic = r.patient_name_alphabetic)
          OR (s.patient_name_ideographic <> '' AND s.patient_name_ideographic = r.patient_name_ideographic)
          OR (s.patient_name_phonetic <> '' AND s.patient_name_phonetic = r.patient_name_phonetic) DESC,
        s.patient_birth_date = r.patient_birth_date DESC, s.number_of_instances > 0 DESC, s.ordinal LIMIT 1
      FOR NO KEY UPDATE;
      EXIT WHEN FOUND;
      -- With the first one's lock nobody else makes the second, third …; without it only the first may be made. When another node has just
      -- done that, all is looked up again: it may be the same patient.
      INSERT INTO studies AS s (
        facility_id, study_instance_uid, ordinal, attributes_digest, patient_id, issuer_of_patient_id,
        patient_name, patient_name_alphabetic, patient_name_ideographic, patient_name_phonetic,
        patient_birth_date, patient_sex, study_date, study_time, accession_number, dicom_study_id,
        study_description, referring_physician_name, referring_physician_name_alphabetic,
        referring_physician_name_ideographic, referring_physician_name_phonetic, attributes, search_text,
        first_received_at, last_received_at
      ) SELECT
        r.facility_id, r.study_instance_uid, CASE WHEN first_held THEN max(o.ordinal) + 1 ELSE 1 END, r.attributes_digest, r.patient_id, r.issuer_of_patient_id,
        r.patient_name, r.patient_name_alphabetic, r.patient_name_ideographic, r.patient_name_phonetic,
        r.patient_birth_date, r.patient_sex, r.study_date, r.study_time, r.accession_number, r.dicom_study_id,
        r.study_description, r.referring_physician_name, r.referring_physician_name_alphabetic,
        r.referring_physician_name_ideographic, r.referring_physician_name_phonetic, r.attributes, r.search_text,
        received, received - interval '1 millisecond'
      FROM studies o WHERE o.study_instance_uid = r.study_instance_uid AND o.facility_id = r.facility_id
      ON CONFLICT (study_instance_uid, facility_id, ordinal) DO NOTHING RETURNING s.* INTO found_study;
      IF FOUND THEN
        INSERT INTO study_access (study_id, facility_id, kind, granted_at, study_date, study_time, search_text, modalities, listed)
        VALUES (
          found_study.study_id, r.facility_id, 'owner', received, r.study_date, sortable_time(r.study_time), r.search_text, '{}', false);
        EXIT;
      END IF;
    END LOOP;
    study_ids[r.study] := found_study.study_id;
    ordinals[r.study] := found_study.ordinal;
    -- A header that says less of the patient than is known takes nothing away.
    IF found_study.attributes_digest <> r.attributes_digest
      AND (found_study.patient_id = '' OR r.patient_id <> '')
      AND (found_study.issuer_of_patient_id = '' OR r.issuer_of_patient_id <> '')
      AND (found_study.patient_birth_date = '' OR r.patient_birth_date <> '')
      AND (found_study.patient_name_alphabetic || found_study.patient_name_ideographic || found_study.patient_name_phonetic = ''
        OR r.patient_name_alphabetic || r.patient_name_ideographic || r.patient_name_phonetic <> '')
    THEN
      UPDATE studies s SET
        attributes_digest = r.attributes_digest, patient_id = r.patient_id, issuer_of_patient_id = r.issuer_of_patient_id,
        patient_name = r.patient_name, patient_name_alphabetic = r.patient_name_alphabetic,
        patient_name_ideographic = r.patient_name_ideographic, patient_name_phonetic = r.patient_name_phonetic,
        patient_birth_date = r.patient_birth_date, patient_sex = r.patient_sex, study_date = r.study_date, study_time = r.study_time,
        accession_number = r.accession_number, dicom_study_id = r.dicom_study_id, study_description = r.study_description,
        referring_physician_name = r.referring_physician_name,
        referring_physician_name_alphabetic = r.referring_physician_name_alphabetic,
        referring_physician_name_ideographic = r.referring_physician_name_ideographic,
        referring_physician_name_phonetic = r.referring_physician_name_phonetic,
        attributes = r.attributes, search_text = r.search_text
      WHERE s.study_id = found_study.study_id;
      UPDATE study_access a SET study_date = r.study_date, study_time = sortable_time(r.study_time), search_text = r.search_text
      WHERE a.study_id = found_study.study_id
        AND (a.study_date, a.study_time, a.search_text) IS DISTINCT FROM (r.study_date, sortable_time(r.study_time), r.search_text);
      IF patient_text(
          found_study.patient_id, found_study.issuer_of_patient_id, found_study.patient_birth_date,
          found_study.patient_name_alphabetic, found_study.patient_name_ideographic, found_study.patient_name_phonetic
        ) <> patient_text(
          r.patient_id, r.issuer_of_patient_id, r.patient_birth_date,
          r.patient_name_alphabetic, r.patient_name_ideographic, r.patient_name_phonetic)
      THEN
        PERFORM tell_owner('patient-changed', r.facility_id, found_study.study_id, NULL, r.sop_instance_uid, 1, received);
      END IF;
    ELSIF found_study.attributes_digest <> r.attributes_digest
      AND ((found_study.patient_birth_date <> '' AND r.patient_birth_date <> '' AND found_study.patient_birth_date <> r.patient_birth_date)
        OR (found_study.patient_name_alphabetic <> '' AND r.patient_name_alphabetic <> ''
          AND found_study.patient_name_alphabetic <> r.patient_name_alphabetic)
        OR (found_study.patient_name_ideographic <> '' AND r.patient_name_ideographic <> ''
          AND found_study.patient_name_ideographic <> r.patient_name_ideographic)
        OR (found_study.patient_name_phonetic <> '' AND r.patient_name_phonetic <> ''
          AND found_study.patient_name_phonetic <> r.patient_name_phonetic))
      -- The study does not follow it, so the next header of the kind differs again: once a day is enough.
      AND NOT EXISTS (
        SELECT FROM notices n WHERE n.study_id = found_study.study_id AND n.kind = 'patient-changed' AND n.since > received - interval '1 day')
    THEN
      PERFORM tell_owner('patient-changed', r.facility_id, found_study.study_id, NULL, r.sop_instance_uid, 1, received);
    END IF;
  END LOOP;

  -- 3. Series, likewise.
  FOR r IN
    SELECT * FROM (
      SELECT DISTINCT ON (i.series) i.series, i.n AS newest_n, study_ids[i.study] AS study_id, e.*
      FROM json_to_recordset(given_instances) AS i(n integer, study integer, series integer, series_variant integer)
      JOIN json_to_recordset(given_series) AS e(
        n integer, series_instance_uid text, attributes_digest text, modality text, series_number integer,
        series_description text, body_part_examined text, performed_procedure_step_start_date text,
        performed_procedure_step_start_time text, scheduled_procedure_step_ids text[], requested_procedure_ids text[], attributes text
      ) ON e.n = i.series_variant
      WHERE fresh[i.n]
      ORDER BY i.series, i.n DESC
    ) b ORDER BY newest_n
  LOOP
    found_id := NULL;
    SELECT e.series_id, e.attributes_digest INTO found_id, found_digest FROM series e
    WHERE e.study_id = r.study_id AND e.series_instance_uid = r.series_instance_uid;
    IF found_id IS NULL THEN
      -- The study's lock is held: nobody else makes this series now.
      INSERT INTO series AS e (
        study_id, series_instance_uid, attributes_digest, modality, series_number, series_description, body_part_examined,
        performed_procedure_step_start_date, performed_procedure_step_start_time, scheduled_procedure_step_ids, requested_procedure_ids,
        attributes
      ) VALUES (
        r.study_id, r.series_instance_uid, r.attributes_digest, r.modality, r.series_number, r.series_description,
        r.body_part_examined, r.performed_procedure_step_start_date, r.performed_procedure_step_start_time,
        r.scheduled_procedure_step_ids, r.requested_procedure_ids, r.attributes
      ) RETURNING e.series_id INTO found_id;
      modality_changed := modality_changed || r.study_id;
    ELSIF found_digest <> r.attributes_digest THEN
      UPDATE series e SET
        attributes_digest = r.attributes_digest, modality = r.modality, series_number = r.series_number,
        series_description = r.series_description, body_part_examined = r.body_part_examined,
        performed_procedure_step_start_date = r.performed_procedure_step_start_date,
        performed_procedure_step_start_time = r.performed_procedure_step_start_time,
        scheduled_procedure_step_ids = r.scheduled_procedure_step_ids, requested_procedure_ids = r.requested_procedure_ids,
        attributes = r.attributes
      WHERE e.series_id = found_id;
      modality_changed := modality_changed || r.study_id;
    END IF;
    series_ids[r.series] := found_id;
  END LOOP;

  -- 4. Instances and versions. A place is never left: the same UID elsewhere in the facility stays there, and the owner is told.
  FOR r IN
    SELECT i.* FROM json_to_recordset(given_instances) AS i(
      n integer, study integer, series integer, reception integer, facility_id bigint, sop_instance_uid text, sop_class_uid text,
      instance_number integer, rows integer, columns integer, bits_allocated integer, number_of_frames integer, clip boolean, reading_key text, opening_frame integer, source text, object_key text, bytes bigint,
      sha256 text, transfer_syntax_uid text, data_set_offset bigint, warnings text[])
    ORDER BY i.sop_instance_uid COLLATE "C", i.facility_id, i.n
  LOOP
    IF lost[r.n] THEN
      outcomes[r.n] := 'lost';
      CONTINUE;
    END IF;
    IF fresh[r.n] THEN
      -- Two nodes with one UID in two places must see each other: no row stands for the UID in all of them.
      PERFORM pg_advisory_xact_lock(hashtextextended(r.sop_instance_uid, r.facility_id));
    END IF;
    -- The same bytes, wherever they are now.
    SELECT v.version_id INTO new_version FROM instances o JOIN instance_versions v ON v.instance_id = o.instance_id
    WHERE o.sop_instance_uid = r.sop_instance_uid AND o.facility_id = r.facility_id AND v.sha256 = decode(r.sha256, 'hex') LIMIT 1;
    IF FOUND THEN
      at_version[r.n] := new_version;
      outcomes[r.n] := 'duplicate';
      CONTINUE;
    END IF;

    new_version := nextval('instance_versions_version_id_seq');
    UPDATE instances o SET
      version_id = new_version, sop_class_uid = r.sop_class_uid, instance_number = r.instance_number, rows = r.rows, columns = r.columns,
      bits_allocated = r.bits_allocated, number_of_frames = r.number_of_frames, clip = r.clip,
      reading_key = r.reading_key, opening_frame = r.opening_frame
    WHERE o.sop_instance_uid = r.sop_instance_uid AND o.facility_id = r.facility_id AND o.series_id = series_ids[r.series]
    RETURNING o.instance_id INTO new_instance;
    IF FOUND THEN
      outcomes[r.n] := 'new-version';
      IF r.reception IS NOT NULL THEN
        renewed_count[r.reception] := coalesce(renewed_count[r.reception], 0) + 1;
      END IF;
      touched_series := touched_series || series_ids[r.series];
      framed_series := framed_series || series_ids[r.series];
    ELSE
      SELECT o.instance_id, o.study_id INTO known FROM instances o
      WHERE o.sop_instance_uid = r.sop_instance_uid AND o.facility_id = r.facility_id ORDER BY o.instance_id LIMIT 1;
      -- Another patient under the same Study Instance UID is told of as such, below.
      IF FOUND AND NOT EXISTS (
        SELECT FROM studies a JOIN studies b ON b.study_instance_uid = a.study_instance_uid
        WHERE a.study_id = known.study_id AND b.study_id = study_ids[r.study] AND a.study_id <> b.study_id)
      THEN
        PERFORM tell_owner('same-instance', r.facility_id, study_ids[r.study], known.study_id, r.sop_instance_uid, 1, received);
      END IF;
      new_instance := nextval('instances_instance_id_seq');
      INSERT INTO instances (
        instance_id, facility_id, study_id, series_id, version_id, sop_instance_uid, sop_class_uid, instance_number, rows, columns,
        bits_allocated, number_of_frames, clip, reading_key, opening_frame
      ) VALUES (
        new_instance, r.facility_id, study_ids[r.study], series_ids[r.series], new_version, r.sop_instance_uid, r.sop_class_uid,
        r.instance_number, r.rows, r.columns, r.bits_allocated, r.number_of_frames, r.clip,
        r.reading_key, r.opening_frame);
      outcomes[r.n] := 'stored';
      IF r.reception IS NOT NULL THEN
        stored_count[r.reception] := coalesce(stored_count[r.reception], 0) + 1;
      END IF;
      added_to_series := added_to_series || series_ids[r.series];
      IF r.number_of_frames <> 1 OR r.clip THEN
        framed_series := framed_series || series_ids[r.series];
      END IF;
    END IF;
    at_version[r.n] := new_version;
    INSERT INTO instance_versions (
      version_id, instance_id, facility_id, received_at, source, object_key, bytes, sha256, transfer_syntax_uid, data_set_offset,
      warnings, frames, metadata_gzip
    ) VALUES (
      new_version, new_instance, r.facility_id, received, r.source, r.object_key, r.bytes, decode(r.sha256, 'hex'),
      r.transfer_syntax_uid, r.data_set_offset, r.warnings, frame_indexes[r.n], metadata[r.n]);
  END LOOP;

  -- 5. Counts, and what follows from them.
  PERFORM count_instances(added_to_series, '{}', touched_series, modality_changed, received, derive_due);
  IF cardinality(framed_series) > 0 THEN
    PERFORM recount_images(framed_series);
  END IF;

  -- 6. The owner of what has another version now is told, once a study.
  IF 'new-version' = ANY(outcomes) THEN
    FOR r IN
      SELECT i.facility_id, study_ids[i.study] AS study_id, count(*)::integer AS times, (array_agg(i.sop_instance_uid ORDER BY i.n DESC))[1] AS newest
      FROM json_to_recordset(given_instances) AS i(n integer, facility_id bigint, study integer, sop_instance_uid text)
      WHERE outcomes[i.n] = 'new-version' GROUP BY 1, 2
    LOOP
      PERFORM tell_owner('new-version', r.facility_id, r.study_id, NULL, r.newest, r.times, received);
    END LOOP;
  END IF;

  IF cardinality(study_ids) > 0 THEN
    PERFORM lists_changed(seen_by(study_ids));
  END IF;

  -- 7. What was received goes on record: one entry a sender, series and kind in this batch.
  FOR r IN
    SELECT p.* FROM json_to_recordset(given_receptions) AS p(n integer, study integer, first text, second text, third text) ORDER BY p.n
  LOOP
    FOREACH kind SLICE 1 IN ARRAY ARRAY[
      ['study-received', coalesce(stored_count[r.n], 0)::text], ['instance-new-version', coalesce(renewed_count[r.n], 0)::text]
    ] LOOP
      CONTINUE WHEN kind[2] = '0';
      entries := entries || (r.first || kind[1] || r.second || kind[2]
        || CASE WHEN ordinals[r.study] = 1 THEN '' ELSE ',"ordinal":' || ordinals[r.study] END || r.third);
    END LOOP;
  END LOOP;
  IF cardinality(entries) > 0 THEN
    PERFORM append_audit(
      entries,
      ARRAY(SELECT '{"at":"' || to_char(received AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') || '","entry":' || e.entry || ',"seq":'
        FROM unnest(entries) WITH ORDINALITY AS e(entry, o) ORDER BY e.o),
      array_fill(received, ARRAY[cardinality(entries)]));
  END IF;

  -- 8. Where each is now. One by one: a join over all of a batch is planned for a thousand rows and reads whole tables for four.
  FOR at_n IN 1 .. coalesce(array_length(outcomes, 1), 0) LOOP
    n := at_n;
    outcome := outcomes[at_n];
    study := NULL; series := NULL; instance := NULL; study_instance_uid := NULL; series_instance_uid := NULL; ordinal := NULL; leads := NULL;
    -- By its version, which stays when a settlement under way takes the instance of a duplicate elsewhere.
    SELECT s.study_id, e.series_id, i.instance_id, s.study_instance_uid, e.series_instance_uid, s.ordinal,
      s.ordinal = 1 OR NOT EXISTS (
        SELECT FROM studies f WHERE f.study_instance_uid = s.study_instance_uid AND f.facility_id = s.facility_id
          AND f.ordinal < s.ordinal AND f.number_of_instances > 0)
    INTO study, series, instance, study_instance_uid, series_instance_uid, ordinal, leads
    FROM instance_versions v JOIN instances i ON i.instance_id = v.instance_id JOIN series e ON e.series_id = i.series_id
      JOIN studies s ON s.study_id = i.study_id
    WHERE v.version_id = at_version[at_n];
    RETURN NEXT;
  END LOOP;
END $$;

-- Settles two places that claim one UID, once. `correction`: the new place is the right one. An instance that is at both becomes versions of
-- the one there; when it is the patient that was corrected, everything else of the former study goes there too. Nothing is lost: every
-- version stays, under its own name in the object store. Gives how many instances left their former place; null: there is no such
-- notice that waits. Order of locks as in finish_instances.
CREATE FUNCTION settle_notice(
  given_notice bigint, given_facility bigint, given_settlement text, given_user bigint, given_at timestamptz, derive_due timestamptz
) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  told notices;
  r record;
  target bigint;
  target_series bigint;
  came bigint[] := '{}';
  gone bigint[] := '{}';
  touched bigint[] := '{}';
  decided_at timestamptz;
  seeing bigint[];
BEGIN
  SELECT * INTO told FROM notices n WHERE n.notice_id = given_notice AND n.facility_id = given_facility AND n.other_study_id IS NOT NULL;
  IF NOT FOUND THEN RETURN NULL; END IF;
  PERFORM FROM studies s JOIN studies t ON t.study_instance_uid = s.study_instance_uid AND t.facility_id = s.facility_id
  WHERE t.study_id IN (told.study_id, told.other_study_id)
  ORDER BY s.facility_id, s.study_instance_uid, s.ordinal FOR NO KEY UPDATE OF s;
  UPDATE notices n SET settlement = given_settlement, settled_at = given_at, settled_by = given_user
  WHERE n.study_id = told.study_id AND n.other_study_id = told.other_study_id AND n.settlement IS NULL
    AND (n.notice_id = given_notice OR told.kind = 'other-patient');
  IF NOT FOUND THEN RETURN NULL; END IF;
  IF given_settlement <> 'correction' THEN RETURN 0; END IF;
  SELECT max(n.settled_at) INTO decided_at FROM notices n
  WHERE n.study_id = told.study_id AND n.other_study_id = told.other_study_id AND n.settlement = 'two-objects';

  FOR r IN
    SELECT o.instance_id, o.sop_instance_uid, o.series_id, e.series_instance_uid
    FROM instances o JOIN series e ON e.series_id = o.series_id
    WHERE o.study_id = told.other_study_id AND (
      told.kind = 'other-patient' OR EXISTS (
        SELECT FROM instances x WHERE x.sop_instance_uid = o.sop_instance_uid AND x.study_id = told.study_id
          AND CASE WHEN told.study_id = told.other_study_id THEN x.instance_id > o.instance_id ELSE true END
          -- What was said before to be two objects stays two.
          AND (decided_at IS NULL OR decided_at < (
            SELECT max(first_at) FROM (
              SELECT min(v.received_at) AS first_at FROM instance_versions v
              WHERE v.instance_id IN (o.instance_id, x.instance_id) GROUP BY v.instance_id) f))))
    ORDER BY o.sop_instance_uid, o.instance_id
  LOOP
    SELECT x.instance_id, x.series_id INTO target, target_series
    FROM instances x JOIN series e ON e.series_id = x.series_id
    WHERE x.sop_instance_uid = r.sop_instance_uid AND x.study_id = told.study_id AND x.instance_id <> r.instance_id
    ORDER BY told.study_id <> told.other_study_id AND e.series_instance_uid = r.series_instance_uid DESC, x.instance_id DESC LIMIT 1;
    IF FOUND THEN
      UPDATE instance_versions v SET instance_id = target WHERE v.instance_id = r.instance_id;
      DELETE FROM instances o WHERE o.instance_id = r.instance_id;
      touched := touched || target_series;
    ELSE
      INSERT INTO series AS e (
        study_id, series_instance_uid, attributes_digest, modality, series_number, series_description, body_part_examined,
        performed_procedure_step_start_date, performed_procedure_step_start_time, scheduled_procedure_step_ids, requested_procedure_ids,
        attributes
      ) SELECT told.study_id, e.series_instance_uid, e.attributes_digest, e.modality, e.series_number, e.series_description,
        e.body_part_examined, e.performed_procedure_step_start_date, e.performed_procedure_step_start_time,
        e.scheduled_procedure_step_ids, e.requested_procedure_ids, e.attributes
      FROM series e WHERE e.series_id = r.series_id
      ON CONFLICT (study_id, series_instance_uid) DO NOTHING;
      SELECT e.series_id INTO STRICT target_series FROM series e
      WHERE e.study_id = told.study_id AND e.series_instance_uid = r.series_instance_uid;
      UPDATE instances o SET study_id = told.study_id, series_id = target_series WHERE o.instance_id = r.instance_id;
      came := came || target_series;
    END IF;
    gone := gone || r.series_id;
  END LOOP;
  seeing := seen_by(ARRAY[told.study_id, told.other_study_id]);
  PERFORM count_instances(came, gone, touched, ARRAY[told.study_id, told.other_study_id], given_at, derive_due);
  PERFORM recount_images(came || gone || touched);
  IF EXISTS (SELECT FROM studies s WHERE s.study_id = told.other_study_id AND s.number_of_instances = 0) THEN
    PERFORM leave_study(told.other_study_id, told.study_id, given_user, given_at);
  END IF;
  PERFORM lists_changed(seeing);
  RETURN cardinality(gone);
END $$;

-- A study is empty since a settlement. Its shares end: no address leads to them any more. What waits for a decision about it is now about the
-- study to which it went; where nothing is left to decide, it is settled with it.
CREATE FUNCTION leave_study(emptied bigint, successor bigint, by_user bigint, at_time timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  same_uid boolean;
BEGIN
  UPDATE shares h SET revoked_at = at_time, revoked_by = by_user WHERE h.study_id = emptied AND h.revoked_at IS NULL AND h.until > at_time;
  DELETE FROM study_access a WHERE a.study_id = emptied AND a.kind = 'share';

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
