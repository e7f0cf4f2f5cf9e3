import type { Sha256 } from '../../../gateway/domain/identifiers.ts';
import type { StudyIndex } from '../../../gateway/domain/imaging/study-index.ts';
import type { Database } from '../postgres/pool.ts';

/**
 * $1 facility, $2 exams as JSON. Instances by instances_uid, studies by studies_uid, another birth date by studies_patient_id. The ordinal
 * is told when the Study Instance UID alone leads the owner to another study, as in claim_instances.
 */
const KEPT_OF = `SELECT coalesce(h.held, 0)::integer AS held, CASE WHEN h.leads THEN NULL ELSE h.ordinal END AS ordinal, EXISTS (
    SELECT FROM studies o WHERE o.facility_id = $1 AND o.patient_id <> '' AND left(o.patient_id, 64) = left(q.patient_id, 64)
      AND o.patient_id = q.patient_id AND o.number_of_instances > 0
      AND o.patient_birth_date <> '' AND q.patient_birth_date <> '' AND o.patient_birth_date <> q.patient_birth_date) AS other
  FROM json_to_recordset($2) AS q(n integer, study_instance_uid text, patient_id text, patient_birth_date text, instances text[])
    LEFT JOIN LATERAL (
      SELECT s.ordinal, count(DISTINCT i.sop_instance_uid) AS held, s.ordinal = 1 OR NOT EXISTS (
        SELECT FROM studies f WHERE f.study_instance_uid = s.study_instance_uid AND f.facility_id = s.facility_id
          AND f.ordinal < s.ordinal AND f.number_of_instances > 0) AS leads
      FROM studies s JOIN instances i ON i.study_id = s.study_id AND i.facility_id = $1 AND i.sop_instance_uid = ANY (q.instances)
      WHERE s.study_instance_uid = q.study_instance_uid AND s.facility_id = $1 AND s.patient_id = q.patient_id
      GROUP BY s.study_id ORDER BY held DESC, s.ordinal LIMIT 1
    ) h ON true
  ORDER BY q.n`;

/** What a facility is told of files that are about to be sent. */
export function whatIsKept(db: Database): Pick<StudyIndex, 'knownDigests' | 'keptOf'> {
  return { knownDigests: knownDigests(db), keptOf: keptOf(db) };
}

const knownDigests =
  (db: Database): StudyIndex['knownDigests'] =>
  async (scope, digests) => {
    const rows = await db.rows({
      text: `SELECT encode(v.sha256, 'hex') AS sha256 FROM unnest($2::text[]) AS d(digest) JOIN instance_versions v ON v.sha256 = decode(d.digest, 'hex')
        WHERE v.facility_id = $1`,
      values: [scope, digests.filter((digest) => /^[0-9a-f]{64}$/.test(digest))],
    });
    return new Set(rows.map((row) => row['sha256'] as Sha256));
  };

function keptOf(db: Database): StudyIndex['keptOf'] {
  return async (scope, studies) => {
    const asked = studies.map((study, n) => ({
      n,
      study_instance_uid: study.studyInstanceUID,
      patient_id: study.patientID,
      patient_birth_date: study.patientBirthDate,
      instances: study.sopInstanceUIDs,
    }));
    const rows = await db.rows({ name: 'kept-of', text: KEPT_OF, values: [scope, JSON.stringify(asked)] });
    return rows.map((row) => ({
      held: Number(row['held']),
      ...(row['ordinal'] === null ? {} : { ordinal: Number(row['ordinal']) }),
      otherBirthDate: row['other'] === true,
    }));
  };
}
