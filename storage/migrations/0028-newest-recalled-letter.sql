-- Live notices ask every second what is newest for each facility whose people have a page open; of what was recalled there was no index.

CREATE INDEX letters_recalled ON letters (to_facility_id, recalled_at DESC) WHERE state = 'recalled';
COMMENT ON INDEX letters_recalled IS 'news.ts: what was recalled lately.';
