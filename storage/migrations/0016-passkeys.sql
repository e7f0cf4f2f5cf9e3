-- Passkeys (WebAuthn): the public halves of keys on people's devices, and the questions that they have answered lately.

CREATE TABLE passkeys (
  passkey_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id bigint NOT NULL REFERENCES users,
  -- base64url, as the device chose it.
  credential_id text COLLATE "C" NOT NULL,
  -- COSE, base64url.
  public_key text NOT NULL,
  -- Never goes down: one that does not rise is of a copy of the key. 0 for ever where a device does not count.
  sign_count bigint NOT NULL,
  transports text[] NOT NULL,
  name text NOT NULL,
  created_at timestamptz NOT NULL,
  last_used_at timestamptz
);
COMMENT ON TABLE passkeys IS 'Public keys alone: nobody signs in with what stands here. Read by passkeys.ts; user-rows.ts asks of every user that is read whether there is one.';
COMMENT ON INDEX passkeys_pkey IS 'passkeys.ts: one that is named anew, removed or used.';
CREATE UNIQUE INDEX passkeys_credential ON passkeys (credential_id);
COMMENT ON INDEX passkeys_credential IS 'passkeys.ts passkey: whose key is shown.';
CREATE INDEX passkeys_user ON passkeys (user_id);
COMMENT ON INDEX passkeys_user IS 'passkeys.ts passkeysOf; user-rows.ts with every user.';

CREATE TABLE passkey_questions_answered (
  question_hash text COLLATE "C" PRIMARY KEY,
  -- Older ones are refused for their age.
  ends_at timestamptz NOT NULL
);
COMMENT ON TABLE passkey_questions_answered IS 'Each answer that was right, for some minutes, so that it is not taken again. Read by passkeys.ts.';
COMMENT ON INDEX passkey_questions_answered_pkey IS 'passkeys.ts: an answer that comes again.';
CREATE INDEX passkey_questions_answered_ends_at ON passkey_questions_answered (ends_at);
COMMENT ON INDEX passkey_questions_answered_ends_at IS 'passkeys.ts removes what has ended.';
