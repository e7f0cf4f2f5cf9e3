/** Rosters that were brought in: what was read of them, what it means beside who is known, and what came of it. */
import { DomainError } from '../../../gateway/domain/errors.ts';
import type { PatientNo } from '../../../gateway/domain/identifiers.ts';
import {
  type NewRoster,
  ROSTER_UNDO_DAYS_MAX,
  ROSTER_WAITS_DAYS_MAX,
  ROSTERS_WAITING_MAX,
  type RosterFilter,
  type RosterImportId,
  type RosterIndex,
} from '../../../gateway/domain/patients/roster-import.ts';
import { lockFacility } from '../people/facility-lock.ts';
import { demandProven } from '../people/proofs.ts';
import type { Database, Queryable } from '../postgres/pool.ts';
import { recorded } from '../record/audit.ts';
import { matchedBy } from './matching.ts';
import { patientsBy } from './patients.ts';
import { applyRoster, keepCounts, planRoster } from './roster-apply.ts';
import { demandWaiting, lockRoster, ROSTER, rosterBy, toDemographics, toRoster, toRosterRow } from './roster-rows.ts';
import { undoingOf, undoRoster } from './roster-undo.ts';

const ROWS_AT_ONCE = 1_000;

export function rosterIndex(db: Database, now: () => Date): RosterIndex {
  return {
    keep: keep(db, now),

    async list(of, { limit, after }) {
      const rows = await db.rows({
        text: `${ROSTER} WHERE ($1::bigint IS NULL OR i.facility_id = $1) AND ($3::bigint IS NULL OR i.import_id < $3)
          ORDER BY i.import_id DESC LIMIT $2`,
        values: [of ?? null, limit, after ?? null],
      });
      return rows.map(toRoster);
    },

    roster: (id, of) => rosterBy(db, id, of),

    async rows(id, { show, after, limit }) {
      const rows = await db.rows({
        text: `SELECT * FROM roster_rows WHERE import_id = $1 AND line > $2 AND ${SHOWN[show]} ORDER BY line LIMIT $3`,
        values: [id, after, limit],
      });
      return rows.map(toRosterRow);
    },

    async faults(id) {
      const rows = await db.rows({
        text: 'SELECT line, code, other_line FROM roster_faults WHERE import_id = $1 ORDER BY n',
        values: [id],
      });
      return rows.map((row) => ({ line: row['line'], code: row['code'], otherLine: row['other_line'] ?? undefined }));
    },

    candidates: candidates(db),

    claim: claim(db),

    async holdClaim(id, until) {
      await db.rows({ text: 'UPDATE roster_imports SET claimed_until = $2 WHERE import_id = $1', values: [id, until] });
    },

    plan: (id, planOf) => planRoster(db, id, planOf),

    stated: (id) => stated(db, id),
    known: () => known(db),

    checked: checked(db),
    apply: applyRoster(db, now),
    undoing: (id) => undoingOf(db, id),
    undo: undoRoster(db, now),
    discard: discard(db, now),
    forget: forget(db),
  };
}

const SHOWN = {
  new: "finding = 'new'",
  changed: "finding = 'changed'",
  same: "finding = 'same'",
  other: "finding = 'other'",
  doubled: 'doubled',
  stays: 'stays IS NOT NULL',
} as const satisfies Record<RosterFilter, string>;

type Page<Of extends 'stated' | 'known'> = ReturnType<RosterIndex[Of]> extends AsyncIterable<infer One> ? One : never;

const claim =
  (db: Database): RosterIndex['claim'] =>
  async (at, until) => {
    const [claimed] = await db.rows({
      text: `UPDATE roster_imports SET claimed_until = $2 WHERE import_id = (
            SELECT import_id FROM roster_imports WHERE state = 'checking' AND (claimed_until IS NULL OR claimed_until <= $1)
            ORDER BY import_id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING import_id`,
      values: [at, until],
    });
    return claimed === undefined ? undefined : rosterBy(db, claimed['import_id'] as RosterImportId, undefined);
  };

async function* stated(db: Database, id: RosterImportId): AsyncGenerator<Page<'stated'>> {
  for (let after = 0; ; ) {
    const rows = await db.rows({
      text: `SELECT line, patient_id, coalesce(after, said) AS said, patient_no FROM roster_rows
            WHERE import_id = $1 AND line > $2 AND finding IN ('new', 'changed') ORDER BY line LIMIT ${ROWS_AT_ONCE}`,
      values: [id, after],
    });
    if (rows.length === 0) return;
    yield rows.map((row) => ({
      ...toDemographics(row['said']),
      line: row['line'] as number,
      patientID: row['patient_id'] as string,
      no: (row['patient_no'] as PatientNo | null) ?? undefined,
    }));
    after = rows.at(-1)?.['line'];
  }
}

async function* known(db: Database): AsyncGenerator<Page<'known'>> {
  for (let after: PatientNo | undefined; ; ) {
    const page = await matchedBy(
      db,
      `p.patient_no IN (SELECT patient_no FROM patients WHERE patient_no > $1 ORDER BY patient_no LIMIT ${ROWS_AT_ONCE})`,
      [after ?? 0],
    );
    if (page.length === 0) return;
    yield page;
    after = page.at(-1)?.no;
  }
}

const keep =
  (db: Database, now: () => Date): RosterIndex['keep'] =>
  (made, entries, proven) =>
    db.transaction(async (tx) => {
      const at = now();
      await demandProven(tx, proven, at);
      const { facilityId, kind, charset, counts, by } = made;
      await lockFacility(tx, facilityId);
      const [waiting] = await tx.rows({
        text: `SELECT count(*)::integer AS n FROM roster_imports WHERE facility_id = $1 AND state IN ('checking', 'ready')`,
        values: [facilityId],
      });
      if (waiting?.['n'] >= ROSTERS_WAITING_MAX)
        throw new DomainError('conflict', 'too many rosters wait to be applied', { ids: { reason: 'rosters-wait' } });
      const nothing = { new: 0, changed: 0, same: 0, other: 0, doubled: 0, candidates: 0, shared: 0 };
      const [row] = await tx.rows({
        text: `INSERT INTO roster_imports (facility_id, kind, charset, state, counts, read_at, read_by)
          VALUES ($1, $2, $3, 'checking', $4, $5, $6) RETURNING import_id`,
        values: [facilityId, kind, charset, JSON.stringify({ ...nothing, ...counts }), at, by],
      });
      const id = row?.['import_id'] as RosterImportId;
      await keepLines(tx, id, made);
      return recorded(tx, await rosterBy(tx, id, undefined), entries, at);
    });

async function keepLines(tx: Queryable, id: RosterImportId, { patients, faults }: NewRoster): Promise<void> {
  for (let from = 0; from < patients.length; from += ROWS_AT_ONCE) {
    const page = patients.slice(from, from + ROWS_AT_ONCE).map(({ line, patientID, ...said }) => ({ line, patient_id: patientID, said }));
    await tx.rows({
      text: `INSERT INTO roster_rows (import_id, line, patient_id, said)
        SELECT $1, q.line, q.patient_id, q.said FROM json_to_recordset($2) AS q (line integer, patient_id text, said jsonb)`,
      values: [id, JSON.stringify(page)],
    });
  }
  await tx.rows({
    text: `INSERT INTO roster_faults (import_id, n, line, code, other_line)
      SELECT $1, q.n, q.line, q.code, q.other FROM json_to_recordset($2) AS q (n integer, line integer, code text, other integer)`,
    values: [id, JSON.stringify(faults.map(({ line, code, otherLine }, n) => ({ n, line, code, other: otherLine })))],
  });
}

const candidates =
  (db: Database): RosterIndex['candidates'] =>
  async (id, { skip, limit }) => {
    const rows = await db.rows({
      text: `SELECT c.line, r.patient_id, coalesce(r.after, r.said) AS said, c.other_patient_no, c.score, c.reasons, (
            SELECT coalesce(array_agg(DISTINCT d.line ORDER BY d.line), '{}') FROM patients o
              JOIN patients same ON same.person_id = o.person_id
              JOIN roster_candidates d ON d.other_patient_no = same.patient_no AND d.import_id = c.import_id AND d.line <> c.line
            WHERE o.patient_no = c.other_patient_no) AS also
        FROM roster_candidates c JOIN roster_rows r USING (import_id, line)
        WHERE c.import_id = $1 ORDER BY c.score DESC, c.line, c.other_patient_no OFFSET $2 LIMIT $3`,
      values: [id, skip, limit],
    });
    if (rows.length === 0) return [];
    const numbers = [...new Set(rows.map((row) => row['other_patient_no'] as PatientNo))];
    const others = new Map((await patientsBy(db, 'p.patient_no = ANY ($1::bigint[])', [numbers])).map((other) => [other.no, other]));
    return rows.flatMap((row) => {
      const other = others.get(row['other_patient_no'] as PatientNo);
      if (other === undefined) return [];
      const { line, patient_id: patientID, score, reasons, also: alsoLines } = row;
      return [{ line, patientID, said: toDemographics(row['said']), other, score, reasons, alsoLines }];
    });
  };

/** Of those who are one person already, or about whom somebody has decided, nothing is asked. */
const checked =
  (db: Database): RosterIndex['checked'] =>
  (id, found) =>
    db.transaction(async (tx) => {
      const roster = await lockRoster(tx, id, undefined);
      if (roster.state !== 'checking') return;
      await tx.rows({ text: 'DELETE FROM roster_candidates WHERE import_id = $1', values: [id] });
      for (let from = 0; from < found.length; from += ROWS_AT_ONCE) {
        await tx.rows({
          text: `INSERT INTO roster_candidates (import_id, line, other_patient_no, score, reasons)
            SELECT $1, q.line, q.other, q.score, q.reasons
            FROM json_to_recordset($2) AS q (line integer, other bigint, score real, reasons text[])
              JOIN roster_rows r ON r.import_id = $1 AND r.line = q.line JOIN patients o ON o.patient_no = q.other
            WHERE NOT EXISTS (SELECT FROM patients p WHERE p.patient_no = r.patient_no AND p.person_id = o.person_id)
              AND NOT EXISTS (SELECT FROM patient_links l WHERE l.state <> 'undone'
                AND least(l.patient_no, l.other_patient_no) = least(r.patient_no, q.other)
                AND greatest(l.patient_no, l.other_patient_no) = greatest(r.patient_no, q.other) AND r.patient_no IS NOT NULL)
            ON CONFLICT DO NOTHING`,
          values: [id, JSON.stringify(found.slice(from, from + ROWS_AT_ONCE))],
        });
      }
      await keepCounts(tx, roster);
      await tx.rows({ text: "UPDATE roster_imports SET state = 'ready', claimed_until = NULL WHERE import_id = $1", values: [id] });
    });

const discard =
  (db: Database, now: () => Date): RosterIndex['discard'] =>
  (id, of, { entries, proven }) =>
    db.transaction(async (tx) => {
      const at = now();
      await demandProven(tx, proven, at);
      const roster = await lockRoster(tx, id, of);
      demandWaiting(roster, ['checking', 'ready']);
      await tx.rows({ text: 'DELETE FROM roster_imports WHERE import_id = $1', values: [id] });
      await recorded(tx, roster, entries, at);
    });

const DAY_MS = 86_400_000;

const forget =
  (db: Database): RosterIndex['forget'] =>
  (at) =>
    db.transaction(async (tx) => {
      const [waits, undo] = [ROSTER_WAITS_DAYS_MAX, ROSTER_UNDO_DAYS_MAX].map((days) => new Date(at.getTime() - days * DAY_MS));
      const discarded = await tx.rows({
        text: "DELETE FROM roster_imports WHERE state IN ('checking', 'ready') AND read_at < $1 RETURNING import_id",
        values: [waits],
      });
      const over = await tx.rows({
        text: 'UPDATE roster_imports SET kept = false WHERE kept AND applied_at < $1 RETURNING import_id',
        values: [undo],
      });
      const ids = over.map((row) => row['import_id']);
      if (ids.length > 0) {
        await tx.rows({ text: 'DELETE FROM roster_rows WHERE import_id = ANY ($1::bigint[])', values: [ids] });
        await tx.rows({ text: 'DELETE FROM roster_faults WHERE import_id = ANY ($1::bigint[])', values: [ids] });
      }
      return discarded.length + over.length;
    });
