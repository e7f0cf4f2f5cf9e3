-- Unusual use of images, found in the record, waits for somebody to look at it (gateway/decisions/unusual-use.md).

CREATE TABLE unusual_uses (
  use_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  rule text COLLATE "C" NOT NULL,
  -- As the record names them: whoever they were then.
  user_id bigint NOT NULL REFERENCES users,
  facility_code text COLLATE "C",
  day date NOT NULL,
  -- The same of the same patient; '': it is about several.
  patient_key text COLLATE "C" NOT NULL,
  owner_facility_code text COLLATE "C",
  patient_id text COLLATE "C",
  -- Numbers of the rule, never a name.
  reason jsonb NOT NULL,
  -- Numbers of the record that it rests on, in order.
  evidence bigint[] NOT NULL,
  first_at timestamptz NOT NULL,
  last_at timestamptz NOT NULL,
  decided_at timestamptz,
  decided_by bigint REFERENCES users,
  decision text COLLATE "C",
  words text,
  CHECK ((decided_at IS NULL) = (decision IS NULL) AND (decided_at IS NULL) = (decided_by IS NULL) AND (decided_at IS NULL) = (words IS NULL)),
  CHECK (decided_by <> user_id)
);
COMMENT ON TABLE unusual_uses IS 'One line a rule, person, day and patient: waiting to be looked at, or decided. Read by unusual.ts.';
COMMENT ON INDEX unusual_uses_pkey IS 'unusual.ts decide.';
CREATE UNIQUE INDEX unusual_uses_waiting_line ON unusual_uses (user_id, day, rule, patient_key) WHERE decided_at IS NULL;
COMMENT ON INDEX unusual_uses_waiting_line IS 'unusual.ts judgeSome: what is found again before it is decided is one line.';
CREATE INDEX unusual_uses_waiting ON unusual_uses (use_id) WHERE decided_at IS NULL;
COMMENT ON INDEX unusual_uses_waiting IS 'unusual.ts list of those that wait.';
CREATE INDEX unusual_uses_decided ON unusual_uses (use_id DESC) WHERE decided_at IS NOT NULL;
COMMENT ON INDEX unusual_uses_decided IS 'unusual.ts list of those that were decided.';

CREATE TABLE unusual_progress (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  seq bigint NOT NULL
);
COMMENT ON TABLE unusual_progress IS 'One row: up to which number of the record it was looked at. Read by unusual.ts.';
COMMENT ON INDEX unusual_progress_pkey IS 'One row only.';
-- What lies before this version is not looked at afterwards: years of it would wait at once.
INSERT INTO unusual_progress (seq) SELECT seq FROM audit_head;

CREATE TABLE unusual_rules (
  revision integer PRIMARY KEY CHECK (revision > 0),
  changed_at timestamptz NOT NULL,
  changed_by bigint NOT NULL REFERENCES users,
  -- What a region says otherwise than the program's own rules, within their bounds.
  region jsonb NOT NULL
);
COMMENT ON TABLE unusual_rules IS 'What a region says otherwise of the rules for unusual use, one row a change; the newest holds. Read by unusual.ts.';
COMMENT ON INDEX unusual_rules_pkey IS 'The newest.';
