/** What each line of a roster means beside who is known, and all of it carried out in one transaction. */
import type { FacilityId, PatientNo } from '../../../gateway/domain/identifiers.ts';
import type { Demographics, NumberedPatient, RosterPlan } from '../../../gateway/domain/patients/demographics.ts';
import type { MatchedPatient } from '../../../gateway/domain/patients/patient-index.ts';
import type { PlanOf, RosterImport, RosterImportId, RosterIndex } from '../../../gateway/domain/patients/roster-import.ts';
import { demandProven } from '../people/proofs.ts';
import type { Database, Queryable } from '../postgres/pool.ts';
import { recorded } from '../record/audit.ts';
import { matchedBy } from './matching.ts';
import { demandWaiting, lockRoster, rosterBy, toDemographics } from './roster-rows.ts';

const ROWS_AT_ONCE = 500;
/** Images of the same number arrive meanwhile: it is looked again who has it. */
const MAKING_TRIES_MAX = 3;

interface Line {
  readonly line: number;
  readonly patientID: string;
  readonly said: Demographics;
}
interface Planned extends Line {
  readonly plan: RosterPlan;
}

export async function planRoster(db: Database, id: RosterImportId, planOf: PlanOf): Promise<void> {
  const { facility } = await rosterBy(db, id, undefined);
  for await (const lines of linesOf(db, id)) await keepPlans(db, id, await planned(db, facility.id, lines, planOf));
}

export const applyRoster =
  (db: Database, now: () => Date): RosterIndex['apply'] =>
  (id, of, { planOf, by, entries, proven }) =>
    db.transaction(async (tx) => {
      const at = now();
      await demandProven(tx, proven, at);
      const roster = await lockRoster(tx, id, of);
      demandWaiting(roster, ['ready']);
      for await (const lines of linesOf(tx, id)) await applyLines(tx, roster, lines, planOf);
      await proposeCandidates(tx, id, at);
      await keepCounts(tx, roster);
      await tx.rows({
        text: "UPDATE roster_imports SET state = 'applied', applied_at = $2, applied_by = $3 WHERE import_id = $1",
        values: [id, at, by],
      });
      return recorded(tx, await rosterBy(tx, id, undefined), entries, at);
    });

async function* linesOf(tx: Queryable, id: RosterImportId): AsyncGenerator<readonly Line[]> {
  for (let after = 0; ; ) {
    const rows = await tx.rows({
      text: `SELECT line, patient_id, said FROM roster_rows WHERE import_id = $1 AND line > $2 ORDER BY line LIMIT ${ROWS_AT_ONCE}`,
      values: [id, after],
    });
    if (rows.length === 0) return;
    yield rows.map((row) => ({ line: row['line'], patientID: row['patient_id'], said: toDemographics(row['said']) }));
    after = rows.at(-1)?.['line'];
  }
}

async function planned(tx: Queryable, facility: FacilityId, lines: readonly Line[], planOf: PlanOf): Promise<readonly Planned[]> {
  const numbered = await numberedBy(
    tx,
    facility,
    lines.map(({ patientID }) => patientID),
  );
  return lines.map((line) => ({ ...line, plan: planOf(line.said, numbered.get(line.patientID) ?? []) }));
}

/** Whom the facility has under these numbers, of whatever issuer. */
async function numberedBy(tx: Queryable, facility: FacilityId, patientIDs: readonly string[]): Promise<Map<string, NumberedPatient[]>> {
  const patients = await matchedBy(
    tx,
    'p.facility_id = $1 AND left(p.patient_id, 64) = ANY ($2::text[]) AND p.patient_id = ANY ($2::text[])',
    [facility, patientIDs],
  );
  const doubled = await doubledOf(tx, patients);
  const found = new Map<string, NumberedPatient[]>();
  for (const { no, patientID, patientName, patientBirthDate, patientSex, contact } of patients) {
    const said = { name: patientName, birthDate: patientBirthDate, sex: patientSex, contact };
    found.set(patientID, [...(found.get(patientID) ?? []), { no, ...said, doubled: doubled.has(no) }]);
  }
  return found;
}

async function doubledOf(tx: Queryable, patients: readonly MatchedPatient[]): Promise<ReadonlySet<PatientNo>> {
  const rows = await tx.rows({
    text: `SELECT p.patient_no FROM patients p WHERE p.patient_no = ANY ($1::bigint[]) AND EXISTS (
        SELECT FROM patients o WHERE o.person_id = p.person_id AND o.facility_id = p.facility_id AND o.patient_id <> p.patient_id)`,
    values: [patients.map(({ no }) => no)],
  });
  return new Set(rows.map((row) => row['patient_no'] as PatientNo));
}

async function keepPlans(tx: Queryable, id: RosterImportId, lines: readonly Planned[]): Promise<void> {
  const rows = lines.map(({ line, plan }) => ({
    line,
    finding: plan.finding,
    patient_no: 'patient' in plan && plan.finding !== 'other' ? plan.patient.no : null,
    before: plan.finding === 'changed' || plan.finding === 'other' ? demographicsOf(plan.patient) : null,
    after: plan.finding === 'changed' ? plan.after : null,
    doubled: 'patient' in plan && plan.finding !== 'other' && plan.patient.doubled,
  }));
  await tx.rows({
    text: `UPDATE roster_rows r SET finding = q.finding, patient_no = q.patient_no, before = q.before, after = q.after, doubled = q.doubled
      FROM json_to_recordset($2) AS q (line integer, finding text, patient_no bigint, before jsonb, after jsonb, doubled boolean)
      WHERE r.import_id = $1 AND r.line = q.line`,
    values: [id, JSON.stringify(rows)],
  });
}

function demographicsOf({ name, birthDate, sex, contact }: Demographics): Demographics {
  return { name, birthDate, sex, contact };
}

async function applyLines(tx: Queryable, { id, facility }: RosterImport, given: readonly Line[], planOf: PlanOf): Promise<void> {
  let lines = given;
  for (let tries = 1; lines.length > 0; tries++) {
    const plans = await planned(tx, facility.id, lines, planOf);
    const made = await makePatients(
      tx,
      facility.id,
      plans.filter(({ plan }) => plan.finding === 'new'),
    );
    const left = plans.filter(({ plan, line }) => plan.finding === 'new' && !made.has(line));
    const done = plans.filter(({ plan, line }) => plan.finding !== 'new' || made.has(line));
    await changePatients(
      tx,
      done.flatMap(({ plan }) => (plan.finding === 'changed' ? [{ no: plan.patient.no, after: plan.after }] : [])),
    );
    await keepPlans(tx, id, done);
    await keepMade(tx, id, made);
    await keepContacts(tx, id, made);
    if (left.length > 0 && tries === MAKING_TRIES_MAX) throw new Error('patients of the same numbers are made without end');
    lines = left;
  }
}

const NAME_COLUMNS = `patient_name text, alphabetic text, ideographic text, phonetic text, birth_date text, sex text`;

function namedColumns({ name, birthDate, sex }: Demographics) {
  return { patient_name: JSON.stringify(name.value), ...name.folded, birth_date: birthDate, sex };
}

/** Without an issuer: a list names none. Lines whose number was made meanwhile are left out. */
async function makePatients(tx: Queryable, facility: FacilityId, lines: readonly Planned[]): Promise<ReadonlyMap<number, PatientNo>> {
  if (lines.length === 0) return new Map();
  const rows = await tx.rows({
    text: `WITH said AS MATERIALIZED (
        SELECT q.*, row_number() OVER (ORDER BY q.line) AS n FROM json_to_recordset($2) AS q (line integer, patient_id text, ${NAME_COLUMNS})
      ), people AS (INSERT INTO persons SELECT FROM said RETURNING person_id
      ), numbered AS (SELECT person_id, row_number() OVER (ORDER BY person_id) AS n FROM people
      ), made AS (
        INSERT INTO patients (facility_id, identity, ordinal, patient_id, issuer_of_patient_id, patient_name, patient_name_alphabetic,
          patient_name_ideographic, patient_name_phonetic, patient_birth_date, patient_sex, person_id)
        SELECT $1, sha256(convert_to(s.patient_id || E'\\x1f', 'UTF8')), 1, s.patient_id, '', s.patient_name, s.alphabetic, s.ideographic,
          s.phonetic, s.birth_date, s.sex, n.person_id
        FROM said s JOIN numbered n USING (n) ORDER BY s.patient_id
        ON CONFLICT (facility_id, identity, ordinal) DO NOTHING RETURNING patient_no, patient_id
      ) SELECT s.line, m.patient_no FROM made m JOIN said s ON s.patient_id = m.patient_id`,
    values: [facility, JSON.stringify(lines.map(({ line, patientID, said }) => ({ line, patient_id: patientID, ...namedColumns(said) })))],
  });
  return new Map(rows.map((row) => [row['line'] as number, row['patient_no'] as PatientNo]));
}

/** What is new of them is looked at again, contacts too. */
export async function changePatients(
  tx: Queryable,
  changes: readonly { readonly no: PatientNo; readonly after: Demographics }[],
): Promise<void> {
  if (changes.length === 0) return;
  await tx.rows({
    text: `UPDATE patients p SET patient_name = q.patient_name, patient_name_alphabetic = q.alphabetic, patient_name_ideographic = q.ideographic,
        patient_name_phonetic = q.phonetic, patient_birth_date = q.birth_date, patient_sex = q.sex, to_match = true
      FROM json_to_recordset($1) AS q (no bigint, ${NAME_COLUMNS}) WHERE p.patient_no = q.no`,
    values: [JSON.stringify(changes.map(({ no, after }) => ({ no, ...namedColumns(after) })))],
  });
  await upsertContacts(tx, changes);
}

async function upsertContacts(tx: Queryable, of: readonly { readonly no: PatientNo; readonly after: Demographics }[]): Promise<void> {
  const rows = of.map(({ no, after: { contact } }) => ({
    no,
    postal_code: contact.postalCode,
    phone: contact.phone,
    insurer: contact.insurance?.insurer ?? '',
    symbol: contact.insurance?.symbol ?? '',
    number: contact.insurance?.number ?? '',
    branch: contact.insurance?.branch ?? '',
  }));
  await tx.rows({
    text: `INSERT INTO patient_contacts (patient_no, postal_code, phone, insurer, insurance_symbol, insurance_number, insurance_branch)
      SELECT q.no, q.postal_code, q.phone, q.insurer, q.symbol, q.number, q.branch
      FROM json_to_recordset($1) AS q (no bigint, postal_code text, phone text, insurer text, symbol text, number text, branch text)
      ON CONFLICT (patient_no) DO UPDATE SET postal_code = excluded.postal_code, phone = excluded.phone, insurer = excluded.insurer,
        insurance_symbol = excluded.insurance_symbol, insurance_number = excluded.insurance_number, insurance_branch = excluded.insurance_branch`,
    values: [JSON.stringify(rows)],
  });
}

async function keepMade(tx: Queryable, id: RosterImportId, made: ReadonlyMap<number, PatientNo>): Promise<void> {
  await tx.rows({
    text: `UPDATE roster_rows r SET patient_no = q.no FROM json_to_recordset($2) AS q (line integer, no bigint)
      WHERE r.import_id = $1 AND r.line = q.line`,
    values: [id, JSON.stringify([...made].map(([line, no]) => ({ line, no })))],
  });
}

async function keepContacts(tx: Queryable, id: RosterImportId, made: ReadonlyMap<number, PatientNo>): Promise<void> {
  const rows = await tx.rows({
    text: 'SELECT patient_no, said FROM roster_rows WHERE import_id = $1 AND line = ANY ($2::integer[])',
    values: [id, [...made.keys()]],
  });
  await upsertContacts(
    tx,
    rows.map((row) => ({ no: row['patient_no'] as PatientNo, after: toDemographics(row['said']) })),
  );
}

/** The matcher's, whoever applied the roster. As worked out when it was compared. Whoever is gone, one person or decided about meanwhile is left out. */
async function proposeCandidates(tx: Queryable, id: RosterImportId, at: Date): Promise<void> {
  await tx.rows({
    text: `INSERT INTO patient_links (patient_no, other_patient_no, state, score, reasons, proposed_at)
      SELECT r.patient_no, c.other_patient_no, 'proposed', c.score, c.reasons, $2
      FROM roster_candidates c JOIN roster_rows r USING (import_id, line) JOIN patients a ON a.patient_no = r.patient_no
        JOIN patients b ON b.patient_no = c.other_patient_no
      WHERE c.import_id = $1 AND r.finding IN ('new', 'changed') AND a.person_id <> b.person_id
      ON CONFLICT (least(patient_no, other_patient_no), greatest(patient_no, other_patient_no)) WHERE state <> 'undone' DO NOTHING`,
    values: [id, at],
  });
}

/** What was found of its lines, counted. */
export async function keepCounts(tx: Queryable, { id }: RosterImport): Promise<void> {
  await tx.rows({
    text: `UPDATE roster_imports i SET counts = i.counts || (
        SELECT jsonb_build_object('new', count(*) FILTER (WHERE finding = 'new'), 'changed', count(*) FILTER (WHERE finding = 'changed'),
          'same', count(*) FILTER (WHERE finding = 'same'), 'other', count(*) FILTER (WHERE finding = 'other'),
          'doubled', count(*) FILTER (WHERE doubled))
        FROM roster_rows WHERE import_id = $1
      ) || (
        SELECT jsonb_build_object('candidates', coalesce(sum(n), 0), 'shared', coalesce(sum(n) FILTER (WHERE lines > 1), 0))
        FROM (SELECT count(*) AS n, count(DISTINCT c.line) AS lines FROM roster_candidates c JOIN patients o ON o.patient_no = c.other_patient_no
          WHERE c.import_id = $1 GROUP BY o.person_id) person
      ) WHERE i.import_id = $1`,
    values: [id],
  });
}
