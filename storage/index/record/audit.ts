/** The record. The chain's one order over all nodes is the lock on audit_head, taken in `append_audit` (0001-base.sql). */
import { createHash } from 'node:crypto';
import { DomainError } from '../../../gateway/domain/errors.ts';
import {
  AUDIT_GENESIS_HASH,
  type AuditEntry,
  type ChainedEntry,
  canonicalAudit,
  type EntriesOf,
  RECORD_TIME_BACK_MS_MAX,
  type RecordedAct,
} from '../../../gateway/domain/record/audit.ts';
import type { AuditLog, RecordVerdict } from '../../../gateway/domain/record/audit-log.ts';
import { inCodes } from '../../../gateway/domain/record/former-words.ts';
import type { RecordPoint } from '../../../gateway/domain/record/record-proof.ts';
import { groupCommit } from '../postgres/group-commit.ts';
import { type Database, type Queryable, type Row, storable } from '../postgres/pool.ts';
import { recordQuery } from './find.ts';

export const AUDIT_BATCH_MAX = 200;
export const AUDIT_WAITING_MAX = 20_000;
const VERIFY_PAGE = 2_000;

export function auditLog(db: Database, now: () => Date): AuditLog {
  const append = groupCommit(
    async (calls: readonly (readonly AuditEntry[])[]) => {
      await appendAudit(db, calls.flat(), now());
      return calls.map(() => true);
    },
    (thrown) => thrown instanceof DomainError && thrown.kind === 'internal',
    { batchMax: AUDIT_BATCH_MAX, waitingMax: AUDIT_WAITING_MAX },
  );

  return {
    async append(entries) {
      if (entries.length > 0) await append(entries);
    },

    async find(filter) {
      const rows = await db.rows(recordQuery(filter));
      return rows.map(toRecord);
    },

    verify: (points = []) => verify(db, points),

    async head() {
      const head = await headOf(db);
      if (head === undefined) throw new DomainError('internal', 'the head of the record is missing');
      return head;
    },

    walk: (from, limit) => walk(db, from, Math.min(limit, VERIFY_PAGE)),
  };
}

/** For whoever must have the record in the transaction that does what it records. */
export async function appendAudit(on: Queryable, entries: readonly AuditEntry[], at: Date): Promise<void> {
  const canonical = entries.map((entry) => canonicalEntry(entry, at));
  await on.rows({
    name: 'append-audit',
    text: 'SELECT append_audit($1, $2, $3)',
    values: [canonical.map(({ entry }) => entry), canonical.map(({ untilSeq }) => untilSeq), entries.map(() => at)],
  });
}

/** What was made or changed, on record in the transaction that made it. */
export async function recorded<Made>(on: Queryable, made: Made, entries: EntriesOf<Made>, at: Date): Promise<Made> {
  const given = entries(made);
  if (given.length > 0) await appendAudit(on, given, at);
  return made;
}

/** The domain's canonical text ends with its number, which is known only under the lock: cut there. */
function canonicalEntry(given: AuditEntry, at: Date): { entry: string; untilSeq: string } {
  const text = canonicalAudit(0, at, storableEntry(given));
  const start = `{"at":"${at.toISOString()}","entry":`;
  const end = ',"seq":0}';
  if (!text.startsWith(start) || !text.endsWith(end)) throw new DomainError('internal', 'the canonical form of the record has changed');
  return { entry: text.slice(start.length, -end.length), untilSeq: text.slice(0, -'0}'.length) };
}

/** The entry as the chain holds it, for whoever must put it together in the database. */
export function canonicalEntryText(given: AuditEntry): string {
  return canonicalEntry(given, new Date(0)).entry;
}

/** PostgreSQL cannot read NUL or half a surrogate pair out of JSON, and a hostile UID may hold either. */
function storableEntry(entry: AuditEntry): AuditEntry {
  const text = JSON.stringify(entry);
  if (!/\\u(0000|d[89a-f])/i.test(text)) return entry;
  return JSON.parse(text, (_name, value: unknown) => (typeof value === 'string' ? storable(value) : value));
}

async function verify(db: Database, points: readonly RecordPoint[]): Promise<RecordVerdict> {
  const waiting = [...points];
  /** The last entry that a point vouches for. */
  let proven = 0;
  let at: RecordPoint = { seq: 0, hash: AUDIT_GENESIS_HASH };
  let before: Date | undefined;
  let backwards = 0;
  const broken = (firstBrokenSeq: number, because: 'chain' | 'cut' | 'otherwise-noted'): RecordVerdict => ({
    intact: false,
    firstBrokenSeq,
    entries: firstBrokenSeq - 1,
    because,
  });
  for (;;) {
    // The head first: what is appended while the last page is read does not look like a loss.
    const head = await headOf(db);
    const rows = await pageAfter(db, at.seq, VERIFY_PAGE);
    for (const row of rows) {
      const seq = at.seq + 1;
      if (!isIntact(row, seq, at.hash)) return broken(seq, 'chain');
      at = { seq, hash: row['hash'] };
      if (seq === head?.seq && at.hash !== head.hash) return broken(seq, 'chain');
      for (; waiting[0] !== undefined && waiting[0].seq <= seq; waiting.shift()) {
        if (waiting[0].hash !== at.hash) return broken(proven + 1, 'otherwise-noted');
        proven = seq;
      }
      if (before !== undefined && row['at'].getTime() < before.getTime() - RECORD_TIME_BACK_MS_MAX && row['action'] !== 'clock-stepped')
        backwards += 1;
      before = row['at'];
    }
    if (rows.length < VERIFY_PAGE) {
      if (head === undefined || at.seq < head.seq || waiting.length > 0) return broken(at.seq + 1, 'cut');
      // Read after the entries, it cannot be behind them; set back, the next entry would take a number that is taken.
      const headNow = await headOf(db);
      if (headNow === undefined || headNow.seq < at.seq) return broken((headNow?.seq ?? 0) + 1, 'chain');
      return { intact: true, entries: at.seq, ...(backwards === 0 ? {} : { timesBackwards: backwards }) };
    }
  }
}

async function walk(
  db: Database,
  from: RecordPoint,
  limit: number,
): Promise<{ readonly to: RecordPoint } | { readonly brokenSeq: number }> {
  if (from.seq > 0) {
    const [row] = await pageAfter(db, from.seq - 1, 1);
    if (row === undefined || Number(row['seq']) !== from.seq || row['hash'] !== from.hash) return { brokenSeq: from.seq };
  }
  let at = from;
  for (const row of await pageAfter(db, from.seq, limit)) {
    if (!isIntact(row, at.seq + 1, at.hash)) return { brokenSeq: at.seq + 1 };
    at = { seq: at.seq + 1, hash: row['hash'] };
  }
  return { to: at };
}

async function headOf(db: Database): Promise<RecordPoint | undefined> {
  const [head] = await db.rows({ name: 'audit-head', text: 'SELECT seq, hash FROM audit_head' });
  return head === undefined ? undefined : { seq: Number(head['seq']), hash: head['hash'] };
}

function pageAfter(db: Database, seq: number, limit: number): Promise<Row[]> {
  return db.rows({
    name: 'verify-audit',
    text: 'SELECT seq, at, entry, previous_hash, hash, action FROM audit WHERE seq > $1 ORDER BY seq LIMIT $2',
    values: [seq, limit],
  });
}

function isIntact(row: Row, seq: number, previousHash: string): boolean {
  if (Number(row['seq']) !== seq || row['previous_hash'] !== previousHash) return false;
  try {
    const canonical = canonicalAudit(seq, row['at'], JSON.parse(row['entry']));
    if (canonical !== `{"at":"${row['at'].toISOString()}","entry":${row['entry']},"seq":${seq}}`) return false;
    return createHash('sha256').update(`${previousHash}\n${canonical}`).digest('hex') === row['hash'];
  } catch {
    return false;
  }
}

function toRecord(row: Row): ChainedEntry {
  return {
    seq: Number(row['seq']),
    at: row['at'],
    entry: inCodes(JSON.parse(row['entry']) as RecordedAct),
    previousHash: row['previous_hash'],
    hash: row['hash'],
  };
}
