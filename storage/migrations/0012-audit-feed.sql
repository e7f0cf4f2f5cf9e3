-- How far the record has been sent to a receiver of audit messages, so that nothing is left out or sent twice across restarts.

CREATE TABLE audit_feeds (
  destination text COLLATE "C" PRIMARY KEY,
  seq bigint NOT NULL DEFAULT 0,
  leased_by text COLLATE "C",
  leased_until timestamptz
);
COMMENT ON TABLE audit_feeds IS 'One row a receiver: the last entry that it has, and which node sends to it now. Read by feed.ts.';
COMMENT ON INDEX audit_feeds_pkey IS 'feed.ts.';
