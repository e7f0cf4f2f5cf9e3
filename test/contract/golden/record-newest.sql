SELECT seq, at, entry, previous_hash, hash FROM audit
  ORDER BY seq DESC LIMIT $1;
