SELECT seq, at, entry, previous_hash, hash FROM audit
  WHERE user_id = $1
  ORDER BY seq DESC LIMIT $2;
