-- What the people of a job may do at a kind of facility, as the region says it (gateway/decisions/rights.md).

CREATE TABLE facility_kinds (
  facility_id bigint NOT NULL REFERENCES facilities,
  -- The first instant of a day of the region; the first row of a facility holds from 1970 on.
  since timestamptz NOT NULL,
  kind text COLLATE "C" NOT NULL,
  PRIMARY KEY (facility_id, since)
);
COMMENT ON TABLE facility_kinds IS 'What a facility is before the law, one row for each time that it became something else. Read by people.ts, sessions.ts and tokens.ts with each facility and user.';
COMMENT ON INDEX facility_kinds_pkey IS 'The kinds of a facility.';
INSERT INTO facility_kinds (facility_id, since, kind) SELECT facility_id, timestamptz '1970-01-01 00:00:00Z', 'hospital' FROM facilities;

CREATE TABLE region_rights (
  revision integer PRIMARY KEY CHECK (revision > 0),
  changed_at timestamptz NOT NULL,
  changed_by bigint REFERENCES users,
  -- What differs from the program's own table: job, kind of facility, act, scope, each within the one before.
  rights jsonb NOT NULL
);
COMMENT ON TABLE region_rights IS 'What a region says otherwise of rights, one row a change; the newest holds. Read by rights.ts, and by sessions.ts and tokens.ts with each user.';
COMMENT ON INDEX region_rights_pkey IS 'The newest; the one before it.';
