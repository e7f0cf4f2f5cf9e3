/** Who may be the same as whom: looked up by what patients have in common, one process at a time. */
import type { PatientNo } from '../../../gateway/domain/identifiers.ts';
import { BLOCK_PATIENTS_MAX } from '../../../gateway/domain/patients/block-keys.ts';
import type { PatientContact } from '../../../gateway/domain/patients/demographics.ts';
import type { Patient } from '../../../gateway/domain/patients/patient.ts';
import type { MatchedPatient, MatchIndex } from '../../../gateway/domain/patients/patient-index.ts';
import type { Database, Queryable, Row } from '../postgres/pool.ts';
import { keepProposals } from './links.ts';
import { PATIENT_COLUMNS, toPatient } from './patients.ts';

/** Any number, the same in every version of this program: two that match at once would each miss what the other has not committed. */
const MATCHING_LOCK = 7_305_431_002;
/** A key that is longer tells no more by its end. */
const BLOCK_CHARS_MAX = 100;

export function matchIndex(db: Database): MatchIndex {
  return {
    matchSome: (limit, { keysOf, proposalsOf }, at) =>
      db.transaction(async (tx) => {
        const [turn] = await tx.rows({ text: 'SELECT pg_try_advisory_xact_lock($1) AS ours', values: [MATCHING_LOCK] });
        if (turn?.['ours'] !== true) return 0;
        const waiting = await tx.rows({
          text: `UPDATE patients SET to_match = false WHERE patient_no IN (SELECT patient_no FROM patients WHERE to_match ORDER BY patient_no LIMIT $1)
            RETURNING patient_no`,
          values: [limit],
        });
        if (waiting.length === 0) return 0;
        const patients = await matchedBy(tx, 'p.patient_no = ANY ($1::bigint[])', [waiting.map((row) => row['patient_no'])]);
        for (const patient of patients) await keepBlocks(tx, patient, keysOf(patient));
        for (const patient of patients) await keepProposals(tx, proposalsOf(patient, await near(tx, patient)), undefined, at);
        return patients.length;
      }),
  };
}

async function keepBlocks(tx: Queryable, { no }: Patient, keys: readonly string[]): Promise<void> {
  await tx.rows({ text: 'DELETE FROM patient_blocks WHERE patient_no = $1', values: [no] });
  await tx.rows({
    text: 'INSERT INTO patient_blocks (block, patient_no) SELECT DISTINCT left(block, $3), $1::bigint FROM unnest($2::text[]) block',
    values: [no, keys, BLOCK_CHARS_MAX],
  });
}

/** Who shares a key that tells something. */
async function near(tx: Queryable, { no }: Patient): Promise<readonly MatchedPatient[]> {
  const rows = await tx.rows({
    text: `SELECT DISTINCT o.patient_no FROM patient_blocks b CROSS JOIN LATERAL (
        SELECT array_agg(s.patient_no) AS patients FROM (SELECT patient_no FROM patient_blocks WHERE block = b.block LIMIT $2 + 1) s
      ) sharing CROSS JOIN LATERAL unnest(sharing.patients) o (patient_no)
      WHERE b.patient_no = $1 AND cardinality(sharing.patients) <= $2 AND o.patient_no <> $1`,
    values: [no, BLOCK_PATIENTS_MAX],
  });
  const numbers = rows.map((row) => row['patient_no'] as PatientNo);
  return numbers.length === 0 ? [] : matchedBy(tx, 'p.patient_no = ANY ($1::bigint[])', [numbers]);
}

/** c = patient_contacts */
const CONTACT = `LEFT JOIN patient_contacts c USING (patient_no)`;
const CONTACT_COLUMNS = 'c.postal_code, c.phone, c.insurer, c.insurance_symbol, c.insurance_number, c.insurance_branch';

/** p = patients, o = its facility. By number. */
export async function matchedBy(db: Queryable, condition: string, values: readonly unknown[]): Promise<readonly MatchedPatient[]> {
  const rows = await db.rows({
    text: `SELECT ${PATIENT_COLUMNS}, ${CONTACT_COLUMNS} FROM patients p JOIN facilities o ON o.facility_id = p.facility_id ${CONTACT}
      WHERE ${condition} ORDER BY p.patient_no`,
    values: [...values],
  });
  return rows.map((row) => ({ ...toPatient(row), contact: toContact(row) }));
}

function toContact(row: Row): PatientContact {
  const insurance = {
    insurer: row['insurer'] ?? '',
    symbol: row['insurance_symbol'] ?? '',
    number: row['insurance_number'] ?? '',
    branch: row['insurance_branch'] ?? '',
  };
  return {
    postalCode: row['postal_code'] ?? '',
    phone: row['phone'] ?? '',
    insurance: insurance.number === '' ? undefined : insurance,
  };
}
