-- A second factor beside the password: the secret of an authenticator app (RFC 6238), codes for who has lost it, and who is between the two steps.

CREATE TABLE authenticators (
  user_id bigint PRIMARY KEY REFERENCES users,
  -- In force since; null while the first one is being set up.
  since timestamptz,
  sealed_secret text,
  -- The time step of the code that was used last: neither it nor one before it is taken again.
  last_step bigint NOT NULL DEFAULT 0,
  -- Shown, and not yet confirmed by a code.
  next_sealed_secret text,
  next_at timestamptz,
  CHECK ((since IS NULL) = (sealed_secret IS NULL)),
  CHECK ((next_at IS NULL) = (next_sealed_secret IS NULL))
);
COMMENT ON TABLE authenticators IS 'Secrets of authenticator apps, sealed with a key outside the database. Read by second-factors.ts and, at sign-in, people.ts credentials.';
COMMENT ON INDEX authenticators_pkey IS 'second-factors.ts; user-rows.ts asks of every user that is read whether one is in force.';

CREATE TABLE recovery_codes (
  user_id bigint NOT NULL REFERENCES users,
  code_hash text COLLATE "C" NOT NULL,
  used_at timestamptz,
  PRIMARY KEY (user_id, code_hash)
);
COMMENT ON TABLE recovery_codes IS 'Codes that stand in once each for a lost second factor, by their hash. Read by second-factors.ts.';
COMMENT ON INDEX recovery_codes_pkey IS 'second-factors.ts: a code that is used, and how many are left.';

CREATE TABLE half_sign_ins (
  half_hash text COLLATE "C" PRIMARY KEY,
  user_id bigint NOT NULL REFERENCES users,
  -- As it stood when it was given: under another one nothing begins.
  password_hash text NOT NULL,
  created_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL
);
COMMENT ON TABLE half_sign_ins IS 'Who gave the right password and not yet the second factor, by the hash of their cookie. Read by half-sign-ins.ts and by nothing that lets anybody do anything.';
COMMENT ON INDEX half_sign_ins_pkey IS 'half-sign-ins.ts halfSignIn; sessions.ts createSession uses it up.';
CREATE INDEX half_sign_ins_user ON half_sign_ins (user_id, created_at);
COMMENT ON INDEX half_sign_ins_user IS 'half-sign-ins.ts: the bound of a user.';
CREATE INDEX half_sign_ins_ends_at ON half_sign_ins (ends_at);
COMMENT ON INDEX half_sign_ins_ends_at IS 'half-sign-ins.ts removes what has ended.';

-- When its person last proved who they are; null: when they signed in.
ALTER TABLE sessions ADD COLUMN confirmed_at timestamptz;
COMMENT ON COLUMN sessions.confirmed_at IS 'Read by sessions.ts session: some acts are only done soon after it (gateway/auth/fresh.ts).';
