SELECT seq, at, entry, previous_hash, hash FROM audit
  WHERE (entry::json #>> '{who,facilityCode}') = $1
  ORDER BY seq DESC LIMIT $2;
