/**
 * The one way to the database: connections, errors in the domain's words, transactions, and commits shared by calls that arrive together.
 */
import pg from 'pg';
import { DomainError } from '../../../gateway/domain/errors.ts';
import type { Log } from '../../../gateway/domain/operation/log.ts';

export const POOL_CONNECTIONS_MAX = 10;
export const CONNECT_TIMEOUT_MS = 5_000;
/** A statement that takes longer is ended by the server: nothing asked of the index is long. */
export const STATEMENT_TIMEOUT_MS = 30_000;
/** Of a search: anybody may write its words, and it must not occupy a processor for long. */
export const SEARCH_TIMEOUT_MS = 4_000;
/** When the server no longer answers at all, the call is given up so long after it should have. */
const NO_ANSWER_MS = 10_000;
const TRANSACTION_TRIES_MAX = 5;

export interface Query {
  readonly text: string;
  readonly values?: readonly unknown[];
  /** Given: the statement is prepared once a connection under this name. */
  readonly name?: string;
}

// biome-ignore lint/suspicious/noExplicitAny: a row is what the statement beside it says; pg cannot know.
export type Row = Record<string, any>;

export interface Queryable {
  /** @throws unavailable, full, conflict, busy, internal */
  rows<R extends Row = Row>(query: Query): Promise<R[]>;
}

export interface Database extends Queryable {
  /** Repeats when the server ended it for a deadlock or a conflict of order: `work` must hold no other state. */
  transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T>;
  readonly pool: pg.Pool;
}

export interface ConnectionTarget {
  connectionString?: string;
  host?: string;
  port?: number;
  user?: string;
  password?: string;
  database?: string;
}

/** @param statementMs a statement that takes longer is ended by the server */
export function connectionOptions(target: ConnectionTarget, statementMs: number = STATEMENT_TIMEOUT_MS): pg.ClientConfig {
  return {
    ...target,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    query_timeout: statementMs + NO_ANSWER_MS,
    application_name: 'renkei',
    // Isolation: what is looked for under a lock must be what is there once the lock is had. jit: compiling costs more than any of our statements. Parallel workers: two cores are better spent on two callers.
    options: `-c default_transaction_isolation=read\\ committed -c jit=off -c max_parallel_workers_per_gather=0 -c statement_timeout=${statementMs} -c idle_in_transaction_session_timeout=60000 -c timezone=UTC`,
  };
}

/** One connection of its own, ended afterwards. What it throws is pg's own. */
export async function withClient<T>(options: pg.ClientConfig, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(options);
  client.on('error', () => {});
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}

export function openDatabase(
  target: ConnectionTarget,
  log: Log,
  connectionsMax: number = POOL_CONNECTIONS_MAX,
  statementMs: number = STATEMENT_TIMEOUT_MS,
): Database {
  const pool = new pg.Pool({ ...connectionOptions(target, statementMs), max: connectionsMax, idleTimeoutMillis: 30_000 });
  // An idle connection whose server stops reports it here; unheard, it would end the process.
  pool.on('error', (cause) => log.error('database.connection-lost', {}, cause));

  return {
    pool,
    rows: (query) => run(pool, query),
    async transaction(work) {
      for (let attempt = 1; ; attempt++) {
        try {
          return await once(pool, work);
        } catch (thrown) {
          if (attempt < TRANSACTION_TRIES_MAX && isRepeatable(thrown)) continue;
          throw thrown;
        }
      }
    },
  };
}

async function once<T>(pool: pg.Pool, work: (tx: Queryable) => Promise<T>): Promise<T> {
  let client: pg.PoolClient;
  try {
    client = await pool.connect();
  } catch (thrown) {
    throw translate(thrown);
  }
  // A client in use whose server stops emits 'error' beside rejecting the query.
  const ignore = () => {};
  client.on('error', ignore);
  let broken: Error | undefined;
  try {
    await run(client, { text: 'BEGIN' });
    const result = await work({ rows: (query) => run(client, query) });
    await run(client, { text: 'COMMIT' });
    return result;
  } catch (thrown) {
    await client.query('ROLLBACK').catch((cause: Error) => {
      broken = cause;
    });
    throw thrown;
  } finally {
    client.off('error', ignore);
    client.release(broken);
  }
}

async function run<R extends Row>(on: pg.Pool | pg.PoolClient, query: Query): Promise<R[]> {
  try {
    const result = await on.query<R>({
      text: query.text,
      ...(query.values === undefined ? {} : { values: query.values as unknown[] }),
      ...(query.name === undefined ? {} : { name: query.name }),
    } as pg.QueryConfig);
    return result.rows;
  } catch (thrown) {
    throw translate(thrown);
  }
}

/** Deadlock or failed serialisation: the same work may succeed when done again. */
export function isRepeatable(thrown: unknown): boolean {
  const code = sqlState(thrown instanceof DomainError ? thrown.cause : thrown);
  return code === '40P01' || code === '40001';
}

const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT',
]);

/** PostgreSQL's SQLSTATE, appendix A of its manual, in the domain's words. */
export function translate(thrown: unknown): DomainError {
  if (thrown instanceof DomainError) return thrown;
  const code = sqlState(thrown);
  const message = thrown instanceof Error ? thrown.message : '';
  const failed = (kind: DomainError['kind'], text: string) =>
    new DomainError(kind, text, { cause: thrown, ...(code === '' ? {} : { ids: { code } }) });

  if (code === '53100' || code === 'ENOSPC') return failed('full', 'the database has no space left');
  if (code === '23505')
    return new DomainError('conflict', 'it exists already', { cause: thrown, ids: { code, constraint: constraintOf(thrown) } });
  if (code === '23503') return failed('not-found', 'what it refers to does not exist');
  if (code === '57014') return failed('unavailable', 'the database took too long');
  if (code === '28P01' || code === '28000' || code === '3D000') {
    return failed('unavailable', 'the database refuses this user, password or database name');
  }
  if (/^(08|53|57P|58)/.test(code) || code === '25006' || code === '40P01' || code === '40001' || UNREACHABLE.has(code)) {
    return failed('unavailable', 'the database does not answer');
  }
  if (
    /Connection terminated|timeout exceeded when trying to connect|Query read timeout|Cannot use a pool|not queryable|closed the connection/i.test(
      message,
    )
  ) {
    return failed('unavailable', 'the database does not answer');
  }
  return failed('internal', 'unexpected database failure');
}

function constraintOf(thrown: unknown): string | undefined {
  const name = (thrown as { constraint?: unknown }).constraint;
  return typeof name === 'string' ? name : undefined;
}

function sqlState(thrown: unknown): string {
  const code = (thrown as { code?: unknown } | undefined | null)?.code;
  return typeof code === 'string' ? code : '';
}

/** PostgreSQL text holds no NUL and no half of a surrogate pair; a header may. Shown as U+FFFD, the bytes stay in the original. */
export function storable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: NUL is what is looked for.
  return /[\u0000\uD800-\uDFFF]/.test(text) ? text.replace(/\u0000/g, '\uFFFD').replace(/\p{Surrogate}/gu, '\uFFFD') : text;
}
