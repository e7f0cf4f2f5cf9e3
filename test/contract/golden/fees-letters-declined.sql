SELECT seq, at, entry, previous_hash, hash FROM audit
  WHERE action = $1
    AND (entry::json #>> '{what,otherFacilityCode}') = $2
    AND at >= $3::timestamptz
    AND seq > CASE WHEN EXISTS (SELECT FROM audit b WHERE b.action = 'clock-stepped' AND b.at <= $3::timestamptz + interval '2 minutes'
      AND coalesce((b.entry::json #>> '{what,stepMs}')::numeric, CASE WHEN b.entry LIKE '%"back %' THEN -1e15 ELSE 0 END) < 0
      AND b.at - coalesce((b.entry::json #>> '{what,stepMs}')::numeric, -1e12)::double precision * interval '1 millisecond' >= $3::timestamptz - interval '2 minutes') THEN 0 ELSE coalesce((SELECT b.seq FROM audit b WHERE b.at < $3::timestamptz - interval '1 minute' ORDER BY b.at DESC LIMIT 1), 0) END
    AND at <= $4::timestamptz
    AND seq < CASE WHEN EXISTS (SELECT FROM audit b WHERE b.action = 'clock-stepped' AND b.at <= $4::timestamptz + interval '2 minutes'
      AND coalesce((b.entry::json #>> '{what,stepMs}')::numeric, CASE WHEN b.entry LIKE '%"back %' THEN -1e15 ELSE 0 END) < 0
      AND b.at - coalesce((b.entry::json #>> '{what,stepMs}')::numeric, -1e12)::double precision * interval '1 millisecond' >= $4::timestamptz - interval '2 minutes') THEN 9223372036854775807 ELSE coalesce((SELECT b.seq FROM audit b WHERE b.at > $4::timestamptz + interval '1 minute' ORDER BY b.at LIMIT 1), 9223372036854775807) END
  ORDER BY seq DESC LIMIT $5;
