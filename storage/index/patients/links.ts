/** That two patients are one person: proposed, decided, undone. The desk's: it sees patients of every facility, and no study. */
import { DomainError } from '../../../gateway/domain/errors.ts';
import type { LinkId, PatientNo, UserId } from '../../../gateway/domain/identifiers.ts';
import { joinedBy } from '../../../gateway/domain/patients/joined-by.ts';
import type { LinkProposal, LinkState, Patient, PatientLink } from '../../../gateway/domain/patients/patient.ts';
import { type LinkIndex, PERSON_PATIENTS_MAX } from '../../../gateway/domain/patients/patient-index.ts';
import { demandProven } from '../people/proofs.ts';
import type { Database, Queryable, Row } from '../postgres/pool.ts';
import { appendAudit, recorded } from '../record/audit.ts';
import { PATIENT, patientsBy, toPatient } from './patients.ts';

const LINK = 'SELECT l.* FROM patient_links l';
/** Whom a decision joins or parts depends on all that were made before. */
export const ONE_AT_A_TIME = 'LOCK TABLE patient_links IN SHARE ROW EXCLUSIVE MODE';

export function linkIndex(db: Database, now: () => Date): LinkIndex {
  return {
    async patient(no) {
      return (await patientsBy(db, 'p.patient_no = $1', [no]))[0];
    },

    patientsOfPerson: (person) => patientsBy(db, 'p.person_id = $1', [person]),

    find: find(db),

    async goingBy(owner, patientID) {
      const patients = await patientsBy(db, 'o.code = $1 AND left(p.patient_id, 64) = left($2, 64) AND p.patient_id = $2', [
        owner,
        patientID,
      ]);
      const rows = await db.rows({
        text: 'SELECT patient_no, study_instance_uid, ordinal FROM studies WHERE patient_no = ANY ($1::bigint[])',
        values: [patients.map(({ no }) => no)],
      });
      return patients.map((patient) => ({
        patient,
        studies: rows
          .filter((row) => row['patient_no'] === patient.no)
          .map((row) => ({ studyInstanceUID: row['study_instance_uid'], ordinal: row['ordinal'] })),
      }));
    },

    async waiting({ limit, after }) {
      return withPatients(
        db,
        await db.rows({
          text: `${LINK} WHERE l.state = 'proposed' AND ($2::bigint IS NULL OR (coalesce(-l.score, '-infinity'), l.link_id) > (
              SELECT coalesce(-k.score, '-infinity'), k.link_id FROM patient_links k WHERE k.link_id = $2))
            ORDER BY l.score DESC NULLS FIRST, l.link_id LIMIT $1`,
          values: [limit, after ?? null],
        }),
      );
    },

    async linksOf(patient) {
      return withPatients(
        db,
        await db.rows({ text: `${LINK} WHERE $1 IN (l.patient_no, l.other_patient_no) ORDER BY l.link_id DESC`, values: [patient] }),
      );
    },

    propose: propose(db, now),

    link: (id) => linkById(db, id),

    decide: decide(db, now),

    separate: separate(db, now),
  };
}

const find =
  (db: Database): LinkIndex['find'] =>
  async ({ patientID, birthDate, name }, limit) => {
    const values: unknown[] = [limit];
    const conditions: string[] = [];
    const asked = (value: string) => `$${values.push(value)}`;
    if (patientID !== undefined)
      conditions.push(`left(p.patient_id, 64) = left(${asked(patientID)}, 64) AND p.patient_id = $${values.length}`);
    if (birthDate !== undefined) conditions.push(`p.patient_birth_date = ${asked(birthDate)}`);
    if (name !== undefined) {
      const part = asked(name);
      const groups = ['alphabetic', 'ideographic', 'phonetic'].map(
        (group) => `position(${part} IN replace(p.patient_name_${group}, ' ', '')) > 0`,
      );
      conditions.push(`(${groups.join(' OR ')})`);
    }
    if (conditions.length === 0) return [];
    const rows = await db.rows({ text: `${PATIENT} WHERE ${conditions.join(' AND ')} ORDER BY p.patient_no LIMIT $1`, values });
    return rows.map(toPatient);
  };

const propose =
  (db: Database, now: () => Date): LinkIndex['propose'] =>
  ({ patient, other }, by, entries, proven) =>
    db.transaction(async (tx) => {
      const at = now();
      await demandProven(tx, proven, at);
      const known = (await patientsBy(tx, 'p.patient_no = ANY ($1::bigint[])', [[patient, other]])).map(({ no }) => no);
      if (!known.includes(patient) || !known.includes(other)) throw new DomainError('not-found', 'there is no such patient');
      const [made] = await keepProposals(tx, [{ patient, other, reasons: [] }], by, at);
      const link = made === undefined ? undefined : await linkById(tx, made);
      if (link === undefined)
        throw new DomainError('conflict', 'they are joined, wait, or were refused', { ids: { reason: 'link-known' } });
      return recorded(tx, link, entries, at);
    });

/** Pairs that are neither joined, nor waiting, nor refused: those that were new. */
export async function keepProposals(
  db: Queryable,
  proposals: readonly LinkProposal[],
  by: UserId | undefined,
  at: Date,
): Promise<readonly LinkId[]> {
  if (proposals.length === 0) return [];
  const rows = await db.rows({
    text: `INSERT INTO patient_links (patient_no, other_patient_no, state, score, reasons, proposed_at, proposed_by)
      SELECT q.patient, q.other, 'proposed', q.score, q.reasons, $2, $3
      FROM json_to_recordset($1) AS q(patient bigint, other bigint, score real, reasons text[])
        JOIN patients a ON a.patient_no = q.patient JOIN patients b ON b.patient_no = q.other
      WHERE a.person_id <> b.person_id
      ON CONFLICT (least(patient_no, other_patient_no), greatest(patient_no, other_patient_no)) WHERE state <> 'undone' DO NOTHING
      RETURNING link_id`,
    values: [JSON.stringify(proposals), at, by ?? null],
  });
  return rows.map((row) => row['link_id'] as LinkId);
}

/** Both persons' patients, in order of number: whoever joins, separates or gives anything of them waits, in the order of locks of 0023-notices-in-pieces.sql. */
async function lockPatients(tx: Queryable, patients: readonly PatientNo[]): Promise<readonly Row[]> {
  await tx.rows({ text: 'SELECT hold_persons_of($1::bigint[])', values: [patients] });
  return tx.rows({
    text: `SELECT patient_no, person_id FROM patients WHERE person_id IN (SELECT person_id FROM patients WHERE patient_no = ANY ($1::bigint[]))
      ORDER BY patient_no`,
    values: [patients],
  });
}

const decide =
  (db: Database, now: () => Date): LinkIndex['decide'] =>
  (id, { state, by }, entries, proven) =>
    db.transaction(async (tx) => {
      const at = now();
      await demandProven(tx, proven, at);
      await tx.rows({ text: ONE_AT_A_TIME });
      const waiting = await linkById(tx, id);
      if (waiting === undefined) throw new DomainError('not-found', 'there is no such link');
      if (waiting.state !== 'proposed') throw new DomainError('conflict', 'it has been decided', { ids: { reason: 'link-decided' } });
      if (state === 'confirmed') await join(tx, waiting);
      else if (waiting.patient.personId === waiting.other.personId)
        throw new DomainError('conflict', 'they are one person over others: separate them first', { ids: { reason: 'link-joined' } });
      await tx.rows({
        text: 'UPDATE patient_links SET state = $2, decided_at = $3, decided_by = $4 WHERE link_id = $1',
        values: [id, state, at, by],
      });
      const decided = { ...waiting, state, decidedAt: at, decidedBy: by } as const;
      await appendAudit(tx, entries(decided), at);
      return decided;
    });

async function join(tx: Queryable, { patient, other }: PatientLink): Promise<void> {
  const locked = await lockPatients(tx, [patient.no, other.no]);
  if (locked.length > PERSON_PATIENTS_MAX)
    throw new DomainError('conflict', 'too many patients for one person', { ids: { reason: 'person-too-large' } });
  const refused = await tx.rows({
    text: `SELECT FROM patient_links l JOIN patients a ON a.patient_no = l.patient_no JOIN patients b ON b.patient_no = l.other_patient_no
      WHERE l.state = 'rejected' AND l.patient_no = ANY ($1::bigint[]) AND l.other_patient_no = ANY ($1::bigint[]) AND a.person_id <> b.person_id`,
    values: [locked.map((row) => row['patient_no'])],
  });
  if (refused.length > 0)
    throw new DomainError('conflict', 'two of them were found to be different people', { ids: { reason: 'link-refused' } });
  await tx.rows({
    text: `UPDATE patients SET person_id = (SELECT person_id FROM patients WHERE patient_no = $2)
      WHERE person_id = (SELECT person_id FROM patients WHERE patient_no = $1)`,
    values: [patient.no, other.no],
  });
}

const separate =
  (db: Database, now: () => Date): LinkIndex['separate'] =>
  (patient, by, entries, proven) =>
    db.transaction(async (tx) => {
      const at = now();
      await demandProven(tx, proven, at);
      await tx.rows({ text: ONE_AT_A_TIME });
      const group = (await lockPatients(tx, [patient])).map((row) => row['patient_no'] as PatientNo);
      if (group.length === 0) throw new DomainError('not-found', 'there is no such patient');
      if (group.length === 1) throw new DomainError('conflict', 'it is joined with nobody', { ids: { reason: 'not-joined' } });
      const undone = await tx.rows({
        text: `UPDATE patient_links SET state = 'undone', undone_at = $2, undone_by = $3
          WHERE $1 IN (patient_no, other_patient_no) AND state = 'confirmed' RETURNING *`,
        values: [patient, at, by],
      });
      await regroup(tx, group);
      const links = await withPatients(tx, undone);
      await appendAudit(tx, entries(links), at);
      return links;
    });

/** Patients that were one person: those whom what is still confirmed joins stay together, the first of them under the number they had. */
async function regroup(tx: Queryable, group: readonly PatientNo[]): Promise<void> {
  const links = await tx.rows({
    text: "SELECT patient_no, other_patient_no FROM patient_links WHERE state = 'confirmed' AND patient_no = ANY ($1::bigint[])",
    values: [group],
  });
  const [, ...others] = joinedBy(
    group,
    links.map((row) => [row['patient_no'], row['other_patient_no']] as [PatientNo, PatientNo]),
  );
  for (const patients of others)
    await tx.rows({
      text: `WITH another AS (INSERT INTO persons DEFAULT VALUES RETURNING person_id)
        UPDATE patients SET person_id = another.person_id FROM another WHERE patient_no = ANY ($1::bigint[])`,
      values: [patients],
    });
}

async function linkById(db: Queryable, id: LinkId): Promise<PatientLink | undefined> {
  return (await withPatients(db, await db.rows({ text: `${LINK} WHERE l.link_id = $1`, values: [id] })))[0];
}

async function withPatients(db: Queryable, rows: readonly Row[]): Promise<readonly PatientLink[]> {
  if (rows.length === 0) return [];
  const numbers = [...new Set(rows.flatMap((row) => [row['patient_no'] as PatientNo, row['other_patient_no'] as PatientNo]))];
  const patients = new Map((await patientsBy(db, 'p.patient_no = ANY ($1::bigint[])', [numbers])).map((patient) => [patient.no, patient]));
  return rows.map((row) => ({
    id: row['link_id'] as LinkId,
    patient: patients.get(row['patient_no'] as PatientNo) as Patient,
    other: patients.get(row['other_patient_no'] as PatientNo) as Patient,
    state: row['state'] as LinkState,
    score: row['score'] ?? undefined,
    reasons: row['reasons'],
    proposedAt: row['proposed_at'],
    proposedBy: (row['proposed_by'] as UserId | null) ?? undefined,
    decidedAt: row['decided_at'] ?? undefined,
    decidedBy: (row['decided_by'] as UserId | null) ?? undefined,
    undoneAt: row['undone_at'] ?? undefined,
  }));
}
