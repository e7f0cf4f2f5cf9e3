/** Emergencies as the domain knows them. */
import type {
  Emergency,
  EmergencyCategory,
  EmergencyPatient,
  EmergencyReview,
  EmergencyVerdict,
} from '../../../gateway/domain/emergency/emergency.ts';
import type { EmergencyId, FacilityCode, FacilityId, PatientNo, UserId } from '../../../gateway/domain/identifiers.ts';
import type { Job } from '../../../gateway/domain/people/actor.ts';
import type { Queryable, Row } from '../postgres/pool.ts';

const EMERGENCY = `
  SELECT e.grant_id, e.job, e.category, e.reason, e.despite_objection, g.created_at, g.until, g.withdrawn_at, g.user_id,
    u.name AS reader_name, u.name_kana AS reader_kana, f.facility_id, f.code, f.name,
    (SELECT coalesce(sum(r.studies), 0)::integer FROM emergency_reviews r WHERE r.grant_id = e.grant_id) AS studies,
    (SELECT coalesce(json_agg(json_build_object('no', p.patient_no::text, 'facility', o.code, 'patientID', p.patient_id, 'patientName', p.patient_name,
        'patientBirthDate', p.patient_birth_date) ORDER BY p.patient_no = e.patient_no DESC, o.code, p.patient_no), '[]')
      FROM emergency_patients k JOIN patients p ON p.patient_no = k.patient_no JOIN facilities o ON o.facility_id = p.facility_id
      WHERE k.grant_id = e.grant_id) AS patients,
    (SELECT coalesce(json_agg(json_build_object('id', r.facility_id::text, 'code', o.code, 'name', o.name, 'verdict', r.verdict, 'words', r.words,
        'at', r.decided_at, 'by', r.decided_by::text, 'byRegion', r.by_region) ORDER BY o.code), '[]')
      FROM emergency_reviews r JOIN facilities o ON o.facility_id = r.facility_id WHERE r.grant_id = e.grant_id) AS reviews
  FROM emergencies e JOIN grants g ON g.grant_id = e.grant_id JOIN facilities f ON f.facility_id = g.facility_id JOIN users u ON u.user_id = g.user_id`;

/** e = emergencies, g = grants; $1 is the limit. The newest first; `first`: before them those of whom it is so. */
export async function emergenciesBy(
  db: Queryable,
  { where, values, first }: { readonly where: string; readonly values: readonly unknown[]; readonly first?: string },
  limit: number,
): Promise<readonly Emergency[]> {
  const order = first === undefined ? '' : `${first} DESC, `;
  const rows = await db.rows({ text: `${EMERGENCY} WHERE ${where} ORDER BY ${order}e.grant_id DESC LIMIT $1`, values: [limit, ...values] });
  return rows.map(toEmergency);
}

function toEmergency(row: Row): Emergency {
  return {
    id: row['grant_id'] as EmergencyId,
    reader: {
      id: row['user_id'] as UserId,
      name: row['reader_name'],
      nameKana: row['reader_kana'],
      job: row['job'] as Job,
      facility: { id: row['facility_id'] as FacilityId, code: row['code'] as FacilityCode, name: row['name'] },
    },
    category: row['category'] as EmergencyCategory,
    reason: row['reason'],
    despiteObjection: row['despite_objection'],
    openedAt: row['created_at'],
    until: row['until'],
    endedAt: row['withdrawn_at'] ?? undefined,
    patients: (row['patients'] as readonly Row[]).map(toPatient),
    studies: row['studies'],
    reviews: (row['reviews'] as readonly Row[]).map(toReview),
  };
}

function toPatient(row: Row): EmergencyPatient {
  return {
    no: row['no'] as PatientNo,
    facility: row['facility'] as FacilityCode,
    patientID: row['patientID'],
    patientName: JSON.parse(row['patientName']) as EmergencyPatient['patientName'],
    patientBirthDate: row['patientBirthDate'],
  };
}

function toReview(row: Row): EmergencyReview {
  const facility = { id: row['id'] as FacilityId, code: row['code'] as FacilityCode, name: row['name'] };
  if (row['verdict'] === null) return { facility, decided: undefined };
  const decided = {
    verdict: row['verdict'] as EmergencyVerdict,
    words: row['words'],
    at: new Date(row['at']),
    by: row['by'] as UserId,
    byRegion: row['byRegion'],
  };
  return { facility, decided };
}
