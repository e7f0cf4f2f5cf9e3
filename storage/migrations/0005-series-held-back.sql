-- A grant may hold series of its study back. A program of before would show them: it fails at its next question about a right instead, since
-- may_download of study_access has another name.

LOCK TABLE grants, study_access IN ACCESS EXCLUSIVE MODE;

ALTER TABLE grants ADD COLUMN held_back text[] COLLATE "C" NOT NULL DEFAULT '{}';
COMMENT ON COLUMN grants.held_back IS 'Series Instance UIDs of which nothing is given, whether they are there yet or not. Read by shares.ts.';

ALTER TABLE study_access RENAME COLUMN may_download TO may_take;
ALTER TABLE study_access ADD COLUMN held_back text[] COLLATE "C" NOT NULL DEFAULT '{}' CHECK (kind <> 'owner' OR held_back = '{}');
ALTER TABLE study_access ADD COLUMN held_back_state bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN study_access.held_back_state IS 'Another number, drawn, whenever held_back becomes another: what a page is told instead of UIDs, which could be guessed. Read by study-rows.ts.';
COMMENT ON COLUMN study_access.held_back IS 'The grant''s, copied. A series is there for who asks when some right of theirs does not hold it back. Read by study-rows.ts.';
