/** The record. The chain's one order over all nodes is the lock on audit_head, taken in `append_audit` (0001-base.sql). */
import { createHash } from 'node:crypto';
import { DomainError } from '../../../gateway/domain/errors.ts';
import {
  type AuditEntry,
  type ChainedEntry,
  canonicalAudit,
  type EntriesOf,
  type RecordedAct,
} from '../../../gateway/domain/record/audit.ts';
import type { AuditLog } from '../../../gateway/domain/record/audit-log.ts';
import { inCodes } from '../../../gateway/domain/record/former-words.ts';
import { withPurpose } from '../../../gateway/domain/record/purpose.ts';
import type { RecordPoint } from '../../../gateway/domain/record/record-proof.ts';
import { groupCommit } from '../postgres/group-commit.ts';
import { type Database, type Queryable, type Row, storable } from '../postgres/pool.ts';
import { recordCount, recordQuery } from './find.ts';
import { headOf, verifyChain } from './verify.ts';

export const AUDIT_BATCH_MAX = 200;
export const AUDIT_WAITING_MAX = 20_000;
const WALK_PAGE = 2_000;

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

    async count(filter) {
      const [found] = await db.rows(recordCount(filter));
      return Number(found?.['n'] ?? 0);
    },

    verify: (points = [], options) => verifyChain(db, points, options),

    async head() {
      const head = await headOf(db);
      if (head === undefined) throw new DomainError('internal', 'the head of the record is missing');
      return head;
    },

    walk: (from, limit) => walk(db, from, Math.min(limit, WALK_PAGE)),
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
  const text = canonicalAudit(0, at, withPurpose(storableEntry(given)));
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

function pageAfter(db: Database, seq: number, limit: number): Promise<Row[]> {
  return db.rows({
    name: 'walk-audit',
    text: 'SELECT seq, at, entry, previous_hash, hash FROM audit WHERE seq > $1 ORDER BY seq LIMIT $2',
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

export function toRecord(row: Row): ChainedEntry {
  return {
    seq: Number(row['seq']),
    at: row['at'],
    entry: inCodes(JSON.parse(row['entry']) as RecordedAct),
    previousHash: row['previous_hash'],
    hash: row['hash'],
  };
}
