(SELECT seq, at, entry, previous_hash, hash FROM audit
  WHERE patient_id = $2
  ORDER BY seq DESC LIMIT $1)
UNION ALL
(SELECT seq, at, entry, previous_hash, hash FROM audit
  WHERE study_instance_uid = $2 AND patient_id IS DISTINCT FROM $2
  ORDER BY seq DESC LIMIT $1)
ORDER BY seq DESC LIMIT $1;
