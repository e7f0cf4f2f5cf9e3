-- Files that people hand in beside images (what shows a consent, a notice's photograph, what is with a letter) have a row each, from before their bytes get their name
-- until after these are gone. While a consent, a notice or a letter names one, no row of it can be removed: the keys below are foreign. What nothing names is counted,
-- bounded and removed after a day: gateway/decisions/consents.md.
--
-- In the order of locks of 0023-notices-in-pieces.sql these rows come after the patients and before rights, tasks, lists and the head of the record: by key, where there are
-- several. Whoever names one, hands it in again, takes it out of a draft or removes it holds its row, so that these are in turn.
-- Who puts up a notice holds its photograph before the notices: should a consent name the same file at that moment, the server ends one of the two, which is done again.

LOCK TABLE consents, posted_notices, letter_files IN ACCESS EXCLUSIVE MODE;

CREATE TABLE kept_files (
  key text COLLATE "C" PRIMARY KEY,
  facility_id bigint NOT NULL REFERENCES facilities,
  kind text COLLATE "C" NOT NULL CHECK (kind IN ('consent', 'letter')),
  -- As its kind tells files apart: a media type, or a kind of letter file.
  type text COLLATE "C" NOT NULL,
  sha256 text COLLATE "C" GENERATED ALWAYS AS (substring(key FROM '([0-9a-f]{64})\.[a-z]+$')) STORED,
  -- Null: of before this table.
  bytes bigint,
  -- Null: its bytes are on their way, or were when a process died.
  kept_at timestamptz,
  kept_by bigint REFERENCES users,
  -- Null: something names it.
  unnamed_since timestamptz
);
COMMENT ON TABLE kept_files IS 'Files beside images: consents'' documents, notices'' photographs, what is with letters. Read by kept-files.ts, damage.ts, consents.ts, posted-notices.ts and letters.ts.';
COMMENT ON INDEX kept_files_pkey IS 'kept-files.ts.';
CREATE INDEX kept_files_unnamed ON kept_files (facility_id, kind) WHERE unnamed_since IS NOT NULL;
COMMENT ON INDEX kept_files_unnamed IS 'kept-files.ts claim: how many of a facility nothing names.';
CREATE INDEX kept_files_left ON kept_files (unnamed_since) WHERE unnamed_since IS NOT NULL;
COMMENT ON INDEX kept_files_left IS 'kept-files.ts removeUnnamed.';

CREATE INDEX consents_document ON consents (document_key) WHERE document_key IS NOT NULL;
COMMENT ON INDEX consents_document IS 'file_is_named, and the foreign key.';
CREATE INDEX posted_notices_document ON posted_notices (document_key) WHERE document_key IS NOT NULL;
COMMENT ON INDEX posted_notices_document IS 'file_is_named, and the foreign key.';
CREATE INDEX letter_files_key ON letter_files (key);
COMMENT ON INDEX letter_files_key IS 'file_is_named, and the foreign key.';

-- What something names and has no row: of before this table, or of a backup of then.
CREATE FUNCTION enter_named_files() RETURNS void LANGUAGE sql AS $$
  INSERT INTO kept_files (key, facility_id, kind, type, bytes, kept_at, kept_by)
  SELECT DISTINCT ON (n.key) n.* FROM (
    SELECT k.document_key AS key, p.facility_id, 'consent' AS kind, k.document_type AS type, NULL::bigint AS bytes, g.created_at AS kept_at, g.created_by
    FROM consents k JOIN patients p ON p.patient_no = k.patient_no JOIN grants g ON g.grant_id = k.grant_id WHERE k.document_key IS NOT NULL
    UNION ALL
    SELECT n.document_key, n.facility_id, 'consent', n.document_type, NULL, n.filed_at, n.filed_by FROM posted_notices n WHERE n.document_key IS NOT NULL
    UNION ALL
    SELECT a.key, l.from_facility_id, 'letter', a.kind, a.bytes, a.added_at, a.added_by FROM letter_files a JOIN letters l ON l.letter_id = a.letter_id
  ) n ORDER BY n.key, n.kept_at
  ON CONFLICT (key) DO NOTHING
$$;
SELECT enter_named_files();

-- Deferred only where a backup is put back that may be of before this table.
ALTER TABLE consents ADD CONSTRAINT consents_document_fkey FOREIGN KEY (document_key) REFERENCES kept_files DEFERRABLE;
ALTER TABLE posted_notices ADD CONSTRAINT posted_notices_document_fkey FOREIGN KEY (document_key) REFERENCES kept_files DEFERRABLE;
ALTER TABLE letter_files ADD CONSTRAINT letter_files_key_fkey FOREIGN KEY (key) REFERENCES kept_files DEFERRABLE;

CREATE FUNCTION file_is_named(given text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM consents k WHERE k.document_key = given) OR EXISTS (SELECT FROM posted_notices n WHERE n.document_key = given)
    OR EXISTS (SELECT FROM letter_files a WHERE a.key = given)
$$;

-- The row is held whether anything changes in it or not: whoever takes the file out of another draft meanwhile looks afterwards.
CREATE FUNCTION name_files(given text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM kept_files f WHERE f.key = ANY (given) ORDER BY f.key FOR NO KEY UPDATE;
  UPDATE kept_files f SET unnamed_since = NULL WHERE f.key = ANY (given) AND f.unnamed_since IS NOT NULL;
END $$;
CREATE FUNCTION document_named() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM name_files(ARRAY(SELECT c.document_key FROM come c WHERE c.document_key IS NOT NULL));
  RETURN NULL;
END $$;
CREATE TRIGGER document_named AFTER INSERT ON consents REFERENCING NEW TABLE AS come FOR EACH STATEMENT EXECUTE FUNCTION document_named();
CREATE TRIGGER document_named AFTER INSERT ON posted_notices REFERENCING NEW TABLE AS come FOR EACH STATEMENT EXECUTE FUNCTION document_named();
CREATE FUNCTION letter_file_named() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM name_files(ARRAY(SELECT c.key FROM come c));
  RETURN NULL;
END $$;
CREATE TRIGGER letter_file_named AFTER INSERT ON letter_files REFERENCING NEW TABLE AS come FOR EACH STATEMENT EXECUTE FUNCTION letter_file_named();

-- Taken out of a draft, or thrown away with it.
CREATE FUNCTION letter_file_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM kept_files f WHERE f.key IN (SELECT g.key FROM gone g) ORDER BY f.key FOR NO KEY UPDATE;
  UPDATE kept_files f SET unnamed_since = clock_timestamp()
  WHERE f.key IN (SELECT g.key FROM gone g) AND f.unnamed_since IS NULL AND NOT file_is_named(f.key);
  RETURN NULL;
END $$;
CREATE TRIGGER letter_file_gone AFTER DELETE ON letter_files REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION letter_file_gone();
