SELECT seq, at, entry, previous_hash, hash FROM audit
  WHERE (entry::json ->> 'outcome') = 'refused'
  ORDER BY seq DESC LIMIT $1;
