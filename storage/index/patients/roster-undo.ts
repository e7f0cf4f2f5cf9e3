/** A roster that was applied, taken back: patients that came with it go, those that it changed are as before, unless something was built on them since. */
import { DomainError } from '../../../gateway/domain/errors.ts';
import type { PatientNo } from '../../../gateway/domain/identifiers.ts';
import { type Demographics, isSame } from '../../../gateway/domain/patients/demographics.ts';
import {
  type RosterImport,
  type RosterImportId,
  type RosterIndex,
  type RosterUndoing,
  STAYS_BECAUSE,
  type StaysBecause,
} from '../../../gateway/domain/patients/roster-import.ts';
import { demandProven } from '../people/proofs.ts';
import type { Database, Queryable } from '../postgres/pool.ts';
import { recorded } from '../record/audit.ts';
import { ONE_AT_A_TIME } from './links.ts';
import { matchedBy } from './matching.ts';
import { changePatients } from './roster-apply.ts';
import { lockRoster, rosterBy, toDemographics } from './roster-rows.ts';

const ROWS_AT_ONCE = 500;

/** A line that made or changed a patient. */
interface Touched {
  readonly line: number;
  readonly no: PatientNo;
  readonly made: boolean;
  readonly before: Demographics | undefined;
  /** As it was applied. */
  readonly after: Demographics;
  readonly stays: StaysBecause | undefined;
}

/** r = roster_rows, i = its import. Of who was changed, decisions and images are no hindrance: they are of the patient, who stays in any case. */
const STAYS = `CASE
    WHEN EXISTS (SELECT FROM roster_rows later JOIN roster_imports li USING (import_id) WHERE later.patient_no = r.patient_no
      AND li.state = 'applied' AND later.import_id <> i.import_id AND (li.applied_at, li.import_id) > (i.applied_at, i.import_id)) THEN 'later-import'
    WHEN r.finding = 'new' AND EXISTS (SELECT FROM studies s WHERE s.patient_no = r.patient_no) THEN 'images'
    WHEN r.finding = 'new' AND EXISTS (SELECT FROM patient_links l WHERE r.patient_no IN (l.patient_no, l.other_patient_no)
      AND (l.state <> 'proposed' OR l.proposed_by IS NOT NULL)) THEN 'decided'
    WHEN r.finding = 'new' AND EXISTS (SELECT FROM consents c WHERE c.patient_no = r.patient_no) THEN 'consent' END`;

/** By line, as they stand now. Those that are gone are no matter any more. */
async function* touched(tx: Queryable, id: RosterImportId): AsyncGenerator<readonly Touched[]> {
  for (let after = 0; ; ) {
    const rows = await tx.rows({
      text: `SELECT r.line, r.patient_no, r.finding, r.before, coalesce(r.after, r.said) AS after, ${STAYS} AS stays
        FROM roster_rows r JOIN roster_imports i USING (import_id)
        WHERE r.import_id = $1 AND r.line > $2 AND r.finding IN ('new', 'changed') AND r.patient_no IS NOT NULL ORDER BY r.line LIMIT ${ROWS_AT_ONCE}`,
      values: [id, after],
    });
    if (rows.length === 0) return;
    const numbers = rows.map((row) => row['patient_no'] as PatientNo);
    const now = new Map((await matchedBy(tx, 'p.patient_no = ANY ($1::bigint[])', [numbers])).map((patient) => [patient.no, patient]));
    yield rows.map((row) => {
      const no = row['patient_no'] as PatientNo;
      const made = row['finding'] === 'new';
      const applied = toDemographics(row['after']);
      const known = now.get(no);
      const changed =
        known === undefined ||
        !isSame({ name: known.patientName, birthDate: known.patientBirthDate, sex: known.patientSex, contact: known.contact }, applied);
      const stays = (row['stays'] as StaysBecause | null) ?? (changed ? 'changed-since' : undefined);
      return {
        line: row['line'],
        no,
        made,
        before: row['before'] === null ? undefined : toDemographics(row['before']),
        after: applied,
        stays,
      };
    });
    after = rows.at(-1)?.['line'];
  }
}

export async function undoingOf(db: Queryable, id: RosterImportId): Promise<RosterUndoing> {
  const { applied } = await rosterBy(db, id, undefined);
  const tally = emptyTally();
  const numbers: PatientNo[] = [];
  for await (const lines of touched(db, id)) {
    count(tally, lines);
    numbers.push(...takenBack(lines));
  }
  if (applied !== undefined) tally.withdrawn = await waitingPairs(db, numbers, applied.at);
  return tally;
}

export const undoRoster =
  (db: Database, now: () => Date): RosterIndex['undo'] =>
  (id, of, { by, entries, proven }) =>
    db.transaction(async (tx) => {
      const at = now();
      await demandProven(tx, proven, at);
      // What somebody decides meanwhile is decided before or after.
      await tx.rows({ text: ONE_AT_A_TIME });
      const roster = await lockRoster(tx, id, of);
      if (roster.state !== 'applied' || roster.applied === undefined || !roster.kept)
        throw new DomainError('conflict', 'the roster cannot be undone', { ids: { reason: 'roster-not-applied' } });
      // An image that arrives meanwhile is of the patient before or after.
      await tx.rows({
        text: `SELECT FROM patients WHERE patient_no IN (SELECT patient_no FROM roster_rows WHERE import_id = $1 AND finding IN ('new', 'changed'))
          ORDER BY patient_no FOR UPDATE`,
        values: [id],
      });
      const tally = emptyTally();
      for await (const lines of touched(tx, id)) await takeBack(tx, roster, lines, tally);
      await tx.rows({
        text: "UPDATE roster_imports SET state = 'undone', undone_at = $2, undone_by = $3, undoing = $4 WHERE import_id = $1",
        values: [id, at, by, JSON.stringify(tally)],
      });
      return recorded(tx, await rosterBy(tx, id, undefined), entries, at);
    });

async function takeBack(tx: Queryable, { id, applied }: RosterImport, lines: readonly Touched[], tally: Tally): Promise<void> {
  const since = applied?.at ?? new Date(0);
  tally.withdrawn += await waitingPairs(tx, takenBack(lines), since);
  await tx.rows({ text: `DELETE FROM patient_links l WHERE ${WAITING}`, values: [takenBack(lines), since] });
  const inUse = await removePatients(
    tx,
    lines.filter(({ made, stays }) => made && stays === undefined).map(({ no }) => no),
  );
  const settled = lines.map((line) => (inUse.has(line.no) ? { ...line, stays: 'other-use' as const } : line));
  await changePatients(
    tx,
    settled.flatMap(({ no, made, before, stays }) => (made || before === undefined || stays !== undefined ? [] : [{ no, after: before }])),
  );
  await tx.rows({
    text: `UPDATE roster_rows r SET stays = q.stays FROM json_to_recordset($2) AS q (line integer, stays text)
      WHERE r.import_id = $1 AND r.line = q.line`,
    values: [id, JSON.stringify(settled.filter(({ stays }) => stays !== undefined).map(({ line, stays }) => ({ line, stays })))],
  });
  count(tally, settled);
}

/** Pairs that the matcher made since, of patients that are taken back; what still holds of who is restored is found anew. */
const WAITING = `l.state = 'proposed' AND l.proposed_by IS NULL AND l.proposed_at >= $2
  AND (l.patient_no = ANY ($1::bigint[]) OR l.other_patient_no = ANY ($1::bigint[]))`;

function takenBack(lines: readonly Touched[]): readonly PatientNo[] {
  return lines.filter(({ stays }) => stays === undefined).map(({ no }) => no);
}

async function waitingPairs(tx: Queryable, patients: readonly PatientNo[], since: Date): Promise<number> {
  const [found] = await tx.rows({ text: `SELECT count(*)::integer AS n FROM patient_links l WHERE ${WAITING}`, values: [patients, since] });
  return found?.['n'] ?? 0;
}

/** Returns those that something refers to, and that stay. */
async function removePatients(tx: Queryable, patients: readonly PatientNo[]): Promise<ReadonlySet<PatientNo>> {
  const [row] = await tx.rows({ text: 'SELECT remove_patients($1::bigint[])::text[] AS stay', values: [patients] });
  return new Set((row?.['stay'] ?? []) as PatientNo[]);
}

interface Tally {
  removed: number;
  restored: number;
  withdrawn: number;
  stays: Record<StaysBecause, number>;
}

function emptyTally(): Tally {
  const stays = Object.fromEntries(STAYS_BECAUSE.map((why) => [why, 0])) as Record<StaysBecause, number>;
  return { removed: 0, restored: 0, withdrawn: 0, stays };
}

function count(tally: Tally, lines: readonly Touched[]): void {
  for (const { made, stays } of lines) {
    if (stays !== undefined) tally.stays[stays]++;
    else if (made) tally.removed++;
    else tally.restored++;
  }
}
