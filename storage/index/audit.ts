/** The record. The chain's one order over all nodes is the lock on audit_head, taken in `append_audit` (0001-base.sql). */
import { createHash } from 'node:crypto';
import { AUDIT_GENESIS_HASH, type AuditEntry, type AuditRecord, canonicalAudit } from '../../gateway/domain/audit.ts';
import { DomainError } from '../../gateway/domain/errors.ts';
import type { AuditLog } from '../../gateway/domain/ports.ts';
import { groupCommit } from './group-commit.ts';
import { type Database, type Queryable, type Row, storable } from './pool.ts';

export const AUDIT_BATCH_MAX = 200;
export const AUDIT_WAITING_MAX = 20_000;
export const AUDIT_FIND_MAX = 1_000;
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
      const rows = await db.rows({
        text: `SELECT seq, at, entry, previous_hash, hash FROM audit
          WHERE ($1::text IS NULL OR study_instance_uid = $1) AND ($2::text IS NULL OR owner_facility_code = $2)
            AND ($3::text[] IS NULL OR action = ANY($3)) AND ($4::bigint IS NULL OR seq < $4)
            AND ($6::integer IS NULL OR study_ordinal = $6 OR study_ordinal NOT IN (
              SELECT s.ordinal FROM studies s JOIN facilities f USING (facility_id)
              WHERE s.study_instance_uid = $1 AND f.code = $2 AND s.number_of_instances > 0))
          ORDER BY seq DESC LIMIT $5`,
        values: [
          filter.studyInstanceUID ?? null,
          filter.ownerFacilityCode ?? null,
          filter.actions ?? null,
          filter.beforeSeq ?? null,
          Math.min(filter.limit, AUDIT_FIND_MAX),
          filter.ordinal ?? null,
        ],
      });
      return rows.map(toRecord);
    },

    verify: () => verify(db),
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

async function verify(db: Database): ReturnType<AuditLog['verify']> {
  let previousHash: string = AUDIT_GENESIS_HASH;
  let records = 0;
  for (;;) {
    // The head first: what is appended while the last page is read does not look like a loss.
    const [head] = await db.rows({ text: 'SELECT seq, hash FROM audit_head' });
    const rows = await db.rows({
      name: 'verify-audit',
      text: 'SELECT seq, at, entry, previous_hash, hash FROM audit WHERE seq > $1 ORDER BY seq LIMIT $2',
      values: [records, VERIFY_PAGE],
    });
    for (const row of rows) {
      const seq = records + 1;
      if (!isIntact(row, seq, previousHash)) return { intact: false, firstBrokenSeq: seq, records };
      previousHash = row['hash'];
      records = seq;
      if (records === Number(head?.['seq']) && previousHash !== head?.['hash']) return { intact: false, firstBrokenSeq: seq, records };
    }
    if (rows.length < VERIFY_PAGE) {
      return head === undefined || records < Number(head['seq'])
        ? { intact: false, firstBrokenSeq: records + 1, records }
        : { intact: true, records };
    }
  }
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

function toRecord(row: Row): AuditRecord {
  return {
    seq: Number(row['seq']),
    at: row['at'],
    entry: JSON.parse(row['entry']) as AuditEntry,
    previousHash: row['previous_hash'],
    hash: row['hash'],
  };
}
