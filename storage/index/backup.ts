/** The whole index as lines of JSON, and back into an empty one. Sessions and claims are of the moment and are left out. */
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { DomainError } from '../../gateway/domain/errors.ts';
import type { ByteStream } from '../../gateway/domain/ports.ts';
import type { Database, Queryable } from './pool.ts';

const FORMAT = 'renkei-index';
/** Rows fetched, and put back, at a time. */
const ROWS_AT_A_TIME = 500;
/** One row of an instance with a very large header. */
const LINE_CHARS_MAX = 512 * 1024 * 1024;

/** In the order in which they can be put back: what is referred to first. `key` orders and pages. */
const TABLES: readonly { readonly name: string; readonly key: string }[] = [
  { name: 'facilities', key: 'facility_id' },
  { name: 'ae_titles', key: 'ae_title' },
  { name: 'users', key: 'user_id' },
  { name: 'tokens', key: 'token_id' },
  { name: 'studies', key: 'study_id' },
  { name: 'study_access', key: 'study_id, facility_id' },
  { name: 'series', key: 'series_id' },
  { name: 'instances', key: 'instance_id' },
  { name: 'instance_versions', key: 'version_id' },
  { name: 'quarantine', key: 'quarantine_id' },
  { name: 'notices', key: 'notice_id' },
  { name: 'shares', key: 'share_id' },
  { name: 'audit', key: 'seq' },
  { name: 'audit_head', key: 'singleton' },
  { name: 'jobs', key: 'job_id' },
];

/** All rows as of one instant. The first line says what it is, the last how many rows there were: a file cut short is noticed. */
export async function* dumpIndex(database: Database, schemaVersion: number): ByteStream {
  const client = await database.pool.connect();
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await client.query('SET LOCAL statement_timeout = 0');
    let rows = 0;
    yield line({ format: FORMAT, schemaVersion });
    for (const { name, key } of TABLES) {
      const columns = await writableColumns(client, name);
      await client.query(
        `DECLARE dump NO SCROLL CURSOR FOR SELECT row_to_json(t)::text AS row FROM (SELECT ${columns} FROM ${name} ORDER BY ${key}) t`,
      );
      for (;;) {
        const page = await client.query<{ row: string }>(`FETCH ${ROWS_AT_A_TIME} FROM dump`);
        if (page.rows.length === 0) break;
        rows += page.rows.length;
        yield Buffer.from(page.rows.map(({ row }) => `{"table":"${name}","row":${row}}\n`).join(''));
      }
      await client.query('CLOSE dump');
    }
    yield line({ end: true, rows });
    await client.query('COMMIT');
    client.release();
  } catch (thrown) {
    client.release(thrown instanceof Error ? thrown : true);
    throw thrown;
  }
}

/** Puts a dump back, all or nothing. @throws conflict when the index is not empty; invalid when the file is none, cut short, or of another schema */
export async function loadIndex(database: Database, schemaVersion: number, source: ByteStream): Promise<{ rows: number }> {
  return database.transaction(async (tx) => {
    await tx.rows({ text: 'SET LOCAL statement_timeout = 0' });
    await emptyIndex(tx);
    let rows = 0;
    let ended = false;
    let table = '';
    let waiting: string[] = [];
    const flush = async () => {
      await putBack(tx, table, waiting);
      rows += waiting.length;
      waiting = [];
    };
    let first = true;
    for await (const text of createInterface({ input: Readable.from(source), crlfDelay: Number.POSITIVE_INFINITY })) {
      if (text.length > LINE_CHARS_MAX) throw new DomainError('invalid', 'the backup holds a row that is too large');
      const entry = parsed(text);
      if (first) {
        if (entry['format'] !== FORMAT) throw new DomainError('invalid', 'the file is no backup of an index');
        if (entry['schemaVersion'] !== schemaVersion)
          throw new DomainError('invalid', `the backup is of schema ${entry['schemaVersion']}, the index of ${schemaVersion}`);
        first = false;
      } else if (entry['end'] === true) {
        await flush();
        ended = entry['rows'] === rows;
      } else {
        const name = String(entry['table']);
        if (name !== table || waiting.length >= ROWS_AT_A_TIME) await flush();
        table = name;
        waiting.push(JSON.stringify(entry['row']));
      }
    }
    if (!ended) throw new DomainError('invalid', 'the backup is cut short');
    await restoreSequences(tx);
    return { rows };
  });
}

/** A fresh start may have made its first administrator and records of that; nothing else may be there. */
async function emptyIndex(tx: Queryable): Promise<void> {
  const [found] = await tx.rows({ text: 'SELECT EXISTS (SELECT FROM facilities) OR EXISTS (SELECT FROM studies) AS used' });
  if (found?.['used'] === true) throw new DomainError('conflict', 'restore takes an empty database; this one holds facilities or studies');
  // The record's triggers refuse this even to us; for an empty region they are lifted and put back within the transaction.
  await tx.rows({ text: 'ALTER TABLE audit DISABLE TRIGGER USER' });
  await tx.rows({ text: 'ALTER TABLE audit_head DISABLE TRIGGER USER' });
  for (const { name } of [...TABLES].reverse()) await tx.rows({ text: `DELETE FROM ${name === 'users' ? 'sessions' : name}` });
  await tx.rows({ text: 'DELETE FROM users' });
  await tx.rows({ text: 'ALTER TABLE audit ENABLE TRIGGER USER' });
  await tx.rows({ text: 'ALTER TABLE audit_head ENABLE TRIGGER USER' });
}

async function putBack(tx: Queryable, table: string, rows: readonly string[]): Promise<void> {
  if (rows.length === 0) return;
  if (!TABLES.some(({ name }) => name === table)) throw new DomainError('invalid', 'the backup names a table that is not ours');
  const columns = await writableColumns({ query: async (text: string) => ({ rows: await tx.rows({ text }) }) }, table);
  await tx.rows({
    text: `INSERT INTO ${table} (${columns}) OVERRIDING SYSTEM VALUE SELECT ${columns} FROM json_populate_recordset(NULL::${table}, $1::json)`,
    values: [`[${rows.join(',')}]`],
  });
}

/** All columns but generated ones, which PostgreSQL fills in itself. */
async function writableColumns(client: { query(text: string): Promise<{ rows: { columns?: string }[] }> }, table: string): Promise<string> {
  const found = await client.query(
    `SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) AS columns FROM pg_attribute
     WHERE attrelid = '${table}'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''`,
  );
  return found.rows[0]?.columns ?? '';
}

/** The next number of every identity column goes on behind the highest that was put back. */
async function restoreSequences(tx: Queryable): Promise<void> {
  const identities = await tx.rows<{ table: string; column: string; sequence: string }>({
    text: `SELECT c.relname AS table, a.attname AS column, pg_get_serial_sequence(quote_ident(c.relname), a.attname) AS sequence
           FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
           WHERE a.attidentity <> '' AND c.relnamespace = current_schema()::regnamespace`,
  });
  for (const { table, column, sequence } of identities) {
    await tx.rows({ text: `SELECT setval('${sequence}', coalesce((SELECT max(${column}) FROM ${table}), 0) + 1, false)` });
  }
}

function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch (cause) {
    throw new DomainError('invalid', 'the backup holds a line that is no JSON', { cause });
  }
}

function line(entry: Readonly<Record<string, unknown>>): Uint8Array {
  return Buffer.from(`${JSON.stringify(entry)}\n`);
}
