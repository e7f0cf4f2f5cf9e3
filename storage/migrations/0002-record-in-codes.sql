-- The record holds codes: the note about a clock set back says by how much, in ms, as `gateway/domain/record/audit.ts` types it. Entries that
-- stand there already stay as they were hashed; `former-words.ts` reads them.

CREATE OR REPLACE FUNCTION append_audit(entries text[], texts text[], at_times timestamptz[]) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  head audit_head;
  next_hash text;
  note text;
BEGIN
  SELECT * INTO head FROM audit_head FOR UPDATE;
  FOR n IN 1 .. cardinality(entries) LOOP
    -- Times do not run backwards untold, whichever node's clock was set and whether anybody saw it (RECORD_TIME_BACK_MS_MAX).
    IF at_times[n] < head.at - interval '10 seconds' THEN
      note := format(
        '{"action":"clock-stepped","outcome":"success","what":{"stepMs":%s},"who":{"kind":"system","through":"record"}}',
        round(extract(epoch FROM at_times[n] - head.at) * 1000));
      head.seq := head.seq + 1;
      next_hash := encode(sha256(convert_to(head.hash || E'\n' || format(
        '{"at":"%s","entry":%s,"seq":%s}', to_char(at_times[n] AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), note, head.seq), 'UTF8')), 'hex');
      INSERT INTO audit (seq, at, entry, previous_hash, hash) VALUES (head.seq, at_times[n], note, head.hash, next_hash);
      head.hash := next_hash;
    END IF;
    head.seq := head.seq + 1;
    next_hash := encode(sha256(convert_to(head.hash || E'\n' || texts[n] || head.seq || '}', 'UTF8')), 'hex');
    INSERT INTO audit (seq, at, entry, previous_hash, hash) VALUES (head.seq, at_times[n], entries[n], head.hash, next_hash);
    head.hash := next_hash;
    head.at := at_times[n];
  END LOOP;
  UPDATE audit_head SET seq = head.seq, hash = head.hash, at = head.at;
  RETURN head.seq;
END $$;
