SELECT seq, at, entry, previous_hash, hash FROM audit
  WHERE action = ANY($1::text[])
    AND user_id = $2
    AND seq >= $3
    AND seq < $4
  ORDER BY seq DESC LIMIT $5;
