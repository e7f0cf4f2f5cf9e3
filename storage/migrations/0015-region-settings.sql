-- What the region decides of itself, and which tokens were made on the command line.

CREATE TABLE region_settings (
  key text COLLATE "C" PRIMARY KEY,
  value jsonb NOT NULL,
  changed_at timestamptz NOT NULL
);
COMMENT ON TABLE region_settings IS 'A setting a row, as gateway/domain/people/region-settings.ts names and types them; one that is not there is as at first. Read by region-settings.ts, and user-rows.ts with every user.';
COMMENT ON INDEX region_settings_pkey IS 'region-settings.ts, user-rows.ts: one setting.';

-- By whoever owns the machine; null in older rows and of those made in a session.
ALTER TABLE tokens ADD COLUMN by_command boolean;
COMMENT ON COLUMN tokens.by_command IS 'Read by tokens.ts: such a token needs no second factor of its user.';
