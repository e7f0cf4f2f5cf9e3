SELECT seq, at, entry, previous_hash, hash FROM audit
  WHERE action = $1
    AND (entry::json #>> '{who,facilityCode}') = $2
  ORDER BY seq DESC LIMIT $3;
