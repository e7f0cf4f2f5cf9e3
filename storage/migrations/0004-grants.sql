-- A share becomes the first kind of grant, in place: ids and what the record says of them stay. A study may be given several times to one
-- facility (to all of it, to a job, to a person), and each grant is a row of study_access that comes and goes by itself.
-- A program of before that still runs fails at its next question about a right, since share_id is gone: it could not tell who of a facility is
-- meant. What it was revoking while this ran fails too and is told to who asked, since this holds both tables from the beginning.

LOCK TABLE shares, study_access IN ACCESS EXCLUSIVE MODE;

ALTER TABLE shares RENAME TO grants;
ALTER TABLE grants RENAME COLUMN share_id TO grant_id;
ALTER TABLE grants RENAME COLUMN to_facility_id TO facility_id;
ALTER TABLE grants RENAME COLUMN revoked_at TO withdrawn_at;
ALTER TABLE grants RENAME COLUMN revoked_by TO withdrawn_by;
ALTER TABLE grants
  ADD COLUMN kind text COLLATE "C" NOT NULL DEFAULT 'share' CHECK (kind IN ('share')),
  -- Who of the facility is meant: one of these, or everybody.
  ADD COLUMN job text COLLATE "C",
  ADD COLUMN user_id bigint REFERENCES users,
  ADD COLUMN not_before timestamptz,
  ADD COLUMN may_download boolean NOT NULL DEFAULT true,
  ADD CHECK (job IS NULL OR user_id IS NULL),
  ADD CHECK (not_before < until);
COMMENT ON TABLE grants IS 'Who was given which study, from when until when, and what for. Rights are read from study_access, never from here. Read by shares.ts and notices.ts.';
COMMENT ON COLUMN grants.created_by IS 'Null: the command line. Read by shares.ts.';
ALTER INDEX shares_pkey RENAME TO grants_pkey;
COMMENT ON INDEX grants_pkey IS 'shares.ts revoke.';
ALTER INDEX shares_study RENAME TO grants_study;
COMMENT ON INDEX grants_study IS 'shares.ts sharesOf.';
DROP INDEX shares_live;
CREATE UNIQUE INDEX grants_live ON grants (study_id, facility_id, coalesce(job, ''), coalesce(user_id, 0)) WHERE withdrawn_at IS NULL AND kind = 'share';
COMMENT ON INDEX grants_live IS 'shares.ts share: one live share a study and audience.';

ALTER TABLE study_access RENAME COLUMN share_id TO grant_id;
ALTER TABLE study_access
  -- Who of the facility: gateway/domain/sharing/audience.ts.
  ADD COLUMN audience text COLLATE "C" NOT NULL DEFAULT 'facility',
  ADD COLUMN not_before timestamptz,
  ADD COLUMN may_download boolean NOT NULL DEFAULT true,
  -- No other row is of this study and facility, so that nothing is to be compared; false may be out of date, true never is.
  ADD COLUMN alone boolean NOT NULL DEFAULT true;
ALTER TABLE study_access DROP CONSTRAINT study_access_pkey;
CREATE UNIQUE INDEX study_access_right ON study_access (study_id, facility_id, coalesce(grant_id, 0));
COMMENT ON TABLE study_access IS 'One row a right to a study: its owner''s, and each grant to a facility or some of it; kept in the transaction that causes it. Who is in none of them may not know. Read by query.ts and studies.ts.';
COMMENT ON INDEX study_access_right IS 'By what rights may they see this study: studies.ts study; query.ts when another index finds the study first; shares.ts.';
CREATE INDEX study_access_begins ON study_access (facility_id, not_before) WHERE not_before IS NOT NULL;
COMMENT ON INDEX study_access_begins IS 'study-list.ts listRevision: the grant to a facility that began last.';

-- A study is empty since a settlement. What was given of it ends: no address leads to it any more. What waits for a decision about it is now about
-- the study to which it went; where nothing is left to decide, it is settled with it.
CREATE OR REPLACE FUNCTION leave_study(emptied bigint, successor bigint, by_user bigint, at_time timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  same_uid boolean;
BEGIN
  UPDATE grants g SET withdrawn_at = at_time, withdrawn_by = by_user WHERE g.study_id = emptied AND g.withdrawn_at IS NULL AND g.until > at_time;
  DELETE FROM study_access a WHERE a.study_id = emptied AND a.kind <> 'owner';

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
