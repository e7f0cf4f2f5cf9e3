-- News by mail: to which address, how often and of what; and which process sends.

CREATE TABLE mail_choices (
  user_id bigint PRIMARY KEY REFERENCES users,
  mode text COLLATE "C" NOT NULL DEFAULT 'off' CHECK (mode IN ('off', 'at-once', 'daily')),
  kinds text[] NOT NULL,
  -- Of the page on which it was asked for; who has chosen one for the account is written to in that.
  language text COLLATE "C" NOT NULL CHECK (language IN ('ja', 'en')),
  -- Its reader has typed the code that was sent to it.
  address text,
  pending_address text,
  -- A mail with a code is due.
  code_due_at timestamptz,
  code_attempts integer NOT NULL DEFAULT 0,
  code_hash text COLLATE "C",
  code_until timestamptz,
  code_tries integer NOT NULL DEFAULT 0,
  -- Within a day from then, so many were asked for.
  codes_since timestamptz,
  codes integer NOT NULL DEFAULT 0,
  -- What was new up to then is told.
  told_until timestamptz,
  news_due_at timestamptz,
  news_attempts integer NOT NULL DEFAULT 0,
  -- The last mail to the address did not arrive.
  failed_at timestamptz,
  CHECK (mode = 'off' OR address IS NOT NULL),
  CHECK ((news_due_at IS NULL) = (mode = 'off'))
);
COMMENT ON TABLE mail_choices IS 'One row an account, which is also its place in the queue: no more than a mail with a code and a mail with news can wait for anybody. Read by mail.ts.';
COMMENT ON INDEX mail_choices_pkey IS 'mail.ts: one''s own.';
CREATE INDEX mail_choices_code_due ON mail_choices (code_due_at) WHERE code_due_at IS NOT NULL;
COMMENT ON INDEX mail_choices_code_due IS 'mail.ts codesDue.';
CREATE INDEX mail_choices_news_due ON mail_choices (news_due_at) WHERE news_due_at IS NOT NULL;
COMMENT ON INDEX mail_choices_news_due IS 'mail.ts newsDue.';

CREATE TABLE mail_sender (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  leased_by text COLLATE "C" NOT NULL,
  leased_until timestamptz NOT NULL
);
COMMENT ON TABLE mail_sender IS 'Which process sends mail now. Read by mail.ts lease.';
COMMENT ON INDEX mail_sender_pkey IS 'mail.ts lease.';
