/** The whole chain walked, page after page: the next is read while one is hashed. */
import { hash } from 'node:crypto';
import { AUDIT_GENESIS_HASH, RECORD_TIME_BACK_MS_MAX } from '../../../gateway/domain/record/audit.ts';
import type { RecordVerdict, VerifiedTo, VerifyOptions } from '../../../gateway/domain/record/audit-log.ts';
import type { RecordPoint } from '../../../gateway/domain/record/record-proof.ts';
import type { Database, Row } from '../postgres/pool.ts';

const VERIFY_PAGE = 5_000;
/** Pages between two notes of how far it came. */
const PAGES_A_NOTE = 20;

const GENESIS: VerifiedTo = { seq: 0, hash: AUDIT_GENESIS_HASH, at: undefined, timesBackwards: 0 };

export async function verifyChain(
  db: Database,
  points: readonly RecordPoint[],
  { from, heard, page = VERIFY_PAGE }: VerifyOptions = {},
): Promise<RecordVerdict> {
  // What does not stand as it did is walked from the beginning, so that it is said where it first does not fit.
  const start = from !== undefined && (await stands(db, from, points)) ? from : GENESIS;
  const chain = new Chain(start, points);
  let next = pageAfter(db, start.seq, page);
  for (let pages = 1; ; pages += 1) {
    const { head, rows } = await next;
    const last = rows.length < page;
    if (!last) {
      next = pageAfter(db, Number(rows.at(-1)?.['seq']), page);
      // Not waited for where this page breaks.
      next.catch(() => {});
    }
    for (const row of rows) {
      const broken = chain.add(row, head);
      if (broken !== undefined) return broken;
    }
    if (last) return chain.end(head, () => headOf(db));
    if (pages % PAGES_A_NOTE === 0) await heard?.(chain.to);
  }
}

/** That entry is there as it was, and so is each that a point before it vouches for. */
async function stands(db: Database, { seq, hash: noted }: RecordPoint, points: readonly RecordPoint[]): Promise<boolean> {
  const wanted = [...points.filter((point) => point.seq <= seq), { seq, hash: noted }];
  const rows = await db.rows({
    text: 'SELECT seq, hash FROM audit WHERE seq = ANY ($1::bigint[])',
    values: [wanted.map((point) => point.seq)],
  });
  const there = new Map(rows.map((row) => [Number(row['seq']), row['hash']]));
  return wanted.every((point) => there.get(point.seq) === point.hash);
}

/** As far as it has been walked. */
class Chain {
  #at: RecordPoint;
  #before: Date | undefined;
  #backwards: number;
  /** The last entry that a point vouches for. */
  #proven = 0;
  readonly #waiting: RecordPoint[];

  constructor(start: VerifiedTo, points: readonly RecordPoint[]) {
    this.#at = start;
    this.#before = start.at;
    this.#backwards = start.timesBackwards;
    this.#waiting = points.filter(({ seq }) => seq > start.seq);
    this.#proven = Math.max(0, ...points.filter(({ seq }) => seq <= start.seq).map(({ seq }) => seq));
  }

  get to(): VerifiedTo {
    return { ...this.#at, at: this.#before, timesBackwards: this.#backwards };
  }

  /** Undefined: it follows. */
  add(row: Row, head: RecordPoint | undefined): RecordVerdict | undefined {
    const seq = this.#at.seq + 1;
    const at = row['at'] as Date;
    if (!follows(row, seq, this.#at.hash)) return broken(seq, 'chain');
    this.#at = { seq, hash: row['hash'] };
    if (seq === head?.seq && this.#at.hash !== head.hash) return broken(seq, 'chain');
    for (const waiting = this.#waiting; waiting[0] !== undefined && waiting[0].seq <= seq; waiting.shift()) {
      if (waiting[0].hash !== this.#at.hash) return broken(this.#proven + 1, 'otherwise-noted');
      this.#proven = seq;
    }
    const back = this.#before !== undefined && at.getTime() < this.#before.getTime() - RECORD_TIME_BACK_MS_MAX;
    if (back && row['action'] !== 'clock-stepped') this.#backwards += 1;
    this.#before = at;
    return undefined;
  }

  async end(head: RecordPoint | undefined, headNow: () => Promise<RecordPoint | undefined>): Promise<RecordVerdict> {
    const { seq } = this.#at;
    if (head === undefined || seq < head.seq || this.#waiting.length > 0) return broken(seq + 1, 'cut');
    // Read after the entries, it cannot be behind them; set back, the next entry would take a number that is taken.
    const now = await headNow();
    if (now === undefined || now.seq < seq) return broken((now?.seq ?? 0) + 1, 'chain');
    return { intact: true, entries: seq, ...(this.#backwards === 0 ? {} : { timesBackwards: this.#backwards }) };
  }
}

function broken(firstBrokenSeq: number, because: 'chain' | 'cut' | 'otherwise-noted'): RecordVerdict {
  return { intact: false, firstBrokenSeq, entries: firstBrokenSeq - 1, because };
}

/** The text is hashed as it stands: time and number have one form each, so that no other entry gives the same bytes. */
function follows(row: Row, seq: number, previousHash: string): boolean {
  if (Number(row['seq']) !== seq || row['previous_hash'] !== previousHash) return false;
  const text = `${previousHash}\n{"at":"${(row['at'] as Date).toISOString()}","entry":${row['entry']},"seq":${seq}}`;
  return hash('sha256', text, 'hex') === row['hash'];
}

interface Page {
  readonly head: RecordPoint | undefined;
  readonly rows: readonly Row[];
}

async function pageAfter(db: Database, seq: number, limit: number): Promise<Page> {
  // The head first: what is appended while the page is read does not look like a loss.
  const head = await headOf(db);
  const rows = await db.rows({
    name: 'verify-chain',
    text: 'SELECT seq, at, entry, previous_hash, hash, action FROM audit WHERE seq > $1 ORDER BY seq LIMIT $2',
    values: [seq, limit],
  });
  return { head, rows };
}

export async function headOf(db: Database): Promise<RecordPoint | undefined> {
  const [head] = await db.rows({ name: 'audit-head', text: 'SELECT seq, hash FROM audit_head' });
  return head === undefined ? undefined : { seq: Number(head['seq']), hash: head['hash'] };
}
