/** The whole index as rows of JSON, and back into an empty one. */

import { randomInt } from 'node:crypto';
import { DomainError } from '../../../gateway/domain/errors.ts';
import type { IndexBackup, IndexRows } from '../../../gateway/domain/operation/backup.ts';
import type { Database, Queryable } from '../postgres/pool.ts';

/**
 * Rows of a backup made since can be put back: as they are, or, of tables that a later migration changed, as `upToDate` makes them. A migration
 * that changes a table either does so there, or is named here.
 */
export const OLDEST_SCHEMA_THAT_FITS = 1;
/** Rows fetched, and put back, at a time. */
const ROWS_AT_A_TIME = 200;

/** In the order in which they can be put back: what is referred to first. `key` orders and pages. */
const TABLES: readonly { readonly name: string; readonly key: string }[] = [
  { name: 'installation', key: 'singleton' },
  { name: 'facilities', key: 'facility_id' },
  { name: 'facility_kinds', key: 'facility_id, since' },
  { name: 'ae_titles', key: 'ae_title' },
  { name: 'users', key: 'user_id' },
  { name: 'region_rights', key: 'revision' },
  { name: 'tokens', key: 'token_id' },
  { name: 'persons', key: 'person_id' },
  { name: 'patients', key: 'patient_no' },
  { name: 'patient_links', key: 'link_id' },
  { name: 'region_settings', key: 'key' },
  { name: 'patient_contacts', key: 'patient_no' },
  { name: 'roster_imports', key: 'import_id' },
  { name: 'roster_rows', key: 'import_id, line' },
  { name: 'roster_faults', key: 'import_id, n' },
  { name: 'roster_candidates', key: 'import_id, line, other_patient_no' },
  { name: 'authenticators', key: 'user_id' },
  { name: 'recovery_codes', key: 'user_id, code_hash' },
  { name: 'passkeys', key: 'passkey_id' },
  { name: 'mail_choices', key: 'user_id' },
  { name: 'studies', key: 'study_id' },
  { name: 'study_access', key: 'study_id, facility_id, grant_id' },
  { name: 'series', key: 'series_id' },
  { name: 'instances', key: 'instance_id' },
  { name: 'instance_versions', key: 'version_id' },
  { name: 'quarantine', key: 'quarantine_id' },
  { name: 'notices', key: 'notice_id' },
  { name: 'grants', key: 'grant_id' },
  // Before what names them.
  { name: 'kept_files', key: 'key' },
  // Before the notices, which say of each that hangs that it is to be settled.
  { name: 'notice_settlements', key: 'facility_id' },
  // As the notices: of each facility with rules it is said that they are to be settled.
  { name: 'release_settlements', key: 'facility_id' },
  { name: 'release_rules', key: 'facility_id, revision' },
  // Before the consents that stand on them: study_access says what was.
  { name: 'posted_notices', key: 'notice_id' },
  { name: 'consents', key: 'grant_id' },
  { name: 'emergencies', key: 'grant_id' },
  { name: 'emergency_patients', key: 'grant_id, patient_no' },
  { name: 'emergency_reviews', key: 'grant_id, facility_id' },
  { name: 'study_openings', key: 'study_id, facility_id' },
  { name: 'letters', key: 'letter_id' },
  { name: 'letter_studies', key: 'letter_id, study_id' },
  { name: 'letter_files', key: 'file_id' },
  { name: 'letter_templates', key: 'template_id' },
  { name: 'audit', key: 'seq' },
  { name: 'audit_head', key: 'singleton' },
  { name: 'audit_feeds', key: 'destination' },
  { name: 'unusual_uses', key: 'use_id' },
  { name: 'unusual_progress', key: 'singleton' },
  { name: 'unusual_rules', key: 'revision' },
  { name: 'tasks', key: 'task_id' },
];

/**
 * Of the moment, of one machine, or found out again: who is signed in or guessed at, what is on its way, what the operator was warned of,
 * how often lists have changed, what the scrub saw.
 */
const LEFT_OUT: readonly string[] = [
  'sessions',
  'half_sign_ins',
  'passkey_questions_answered',
  'known_devices',
  'ae_contacts',
  'sign_in_attempts',
  'mail_sender',
  'claims',
  'warnings',
  'study_lists',
  'patient_blocks',
  'damaged_objects',
  'scrub',
  'schema_migrations',
];

/** Every table is in one of these lists, and a test says so. */
export const BACKED_UP_TABLES: readonly string[] = TABLES.map(({ name }) => name);
export const TABLES_LEFT_OUT = LEFT_OUT;

export function indexBackup(index: {
  readonly database: Database;
  readonly schemaVersion: number;
  asOwner<T>(work: (database: Database) => Promise<T>): Promise<T>;
}): IndexBackup {
  return {
    schemaVersion: index.schemaVersion,
    oldestSchemaVersion: OLDEST_SCHEMA_THAT_FITS,
    dump: () => dumpIndex(index.database),
    load: (rows, options) => index.asOwner((database) => loadIndex(database, rows, options)),
  };
}

/** All rows as of one instant. */
async function* dumpIndex(database: Database): AsyncGenerator<IndexRows> {
  const client = await database.pool.connect();
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    // Whoever writes the rows away may be slower than any question asked of the index.
    await client.query('SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0');
    for (const { name, key } of TABLES) {
      const columns = await writableColumns(client, name);
      await client.query(
        `DECLARE dump NO SCROLL CURSOR FOR SELECT row_to_json(t)::text AS row FROM (SELECT ${columns} FROM ${name} ORDER BY ${key}) t`,
      );
      for (;;) {
        const page = await client.query<{ row: string }>(`FETCH ${ROWS_AT_A_TIME} FROM dump`);
        if (page.rows.length === 0) break;
        yield { table: name, rows: page.rows.map(({ row }) => row) };
      }
      await client.query('CLOSE dump');
    }
    await client.query('COMMIT');
    client.release();
  } catch (thrown) {
    client.release(thrown instanceof Error ? thrown : true);
    throw thrown;
  }
}

async function loadIndex(
  database: Database,
  source: AsyncIterable<IndexRows>,
  { replace, beforeCommit }: { readonly replace: boolean; readonly beforeCommit: () => Promise<void> },
): Promise<{ rows: number }> {
  let begun = false;
  return database.transaction(async (tx) => {
    // The rows come only once: a transaction that the server ended cannot be done again from here.
    if (begun) throw new DomainError('unavailable', 'the database ended the restore; start it again');
    begun = true;
    await tx.rows({ text: 'SET LOCAL statement_timeout = 0' });
    await tx.rows({ text: 'SET LOCAL idle_in_transaction_session_timeout = 0' });
    await emptyIndex(tx, replace);
    // Until schema 26 files had no rows: those of what names them are made when all of it is there.
    await tx.rows({ text: 'SET CONSTRAINTS consents_document_fkey, posted_notices_document_fkey, letter_files_key_fkey DEFERRED' });
    let rows = 0;
    const columnsOf = new Map<string, string>();
    const ahead = randomInt(AHEAD_MIN, AHEAD_MAX);
    for await (const former of source) {
      const chunk = upToDate(former);
      const columns =
        columnsOf.get(chunk.table) ??
        (await writableColumns({ query: async (text: string) => ({ rows: await tx.rows({ text }) }) }, known(chunk.table)));
      columnsOf.set(chunk.table, columns);
      await putBack(tx, chunk, columns, ahead);
      rows += chunk.rows.length;
    }
    await tx.rows({ text: 'SELECT enter_named_files()' });
    await restoreSequences(tx, ahead);
    await tx.rows({ text: 'SELECT lists_changed(array_append(array_agg(facility_id), 0)) FROM facilities' });
    await beforeCommit();
    return { rows };
  });
}

/** A fresh start may have made its first administrator and the entries of that; nothing else may be there, unless it is to be replaced. */
async function emptyIndex(tx: Queryable, replace: boolean): Promise<void> {
  const [found] = await tx.rows({ text: 'SELECT EXISTS (SELECT FROM facilities) OR EXISTS (SELECT FROM studies) AS used' });
  if (found?.['used'] === true && !replace) {
    throw new DomainError(
      'conflict',
      'restore takes an empty installation; this one holds facilities or studies. --replace puts the backup in their place',
    );
  }
  // The record's triggers refuse this even to us; they are lifted and put back within the transaction.
  await tx.rows({ text: 'ALTER TABLE audit DISABLE TRIGGER USER' });
  await tx.rows({ text: 'ALTER TABLE audit_head DISABLE TRIGGER USER' });
  const ours = [...LEFT_OUT.filter((name) => name !== 'schema_migrations'), ...TABLES.map(({ name }) => name).reverse()];
  await tx.rows({ text: `TRUNCATE ${ours.join(', ')}` });
  await tx.rows({ text: 'ALTER TABLE audit ENABLE TRIGGER USER' });
  await tx.rows({ text: 'ALTER TABLE audit_head ENABLE TRIGGER USER' });
}

/**
 * Until schema 3 a share was no grant, and a facility had one right to a study (0004-grants.sql); until schema 4 nothing was held back
 * (0005-series-held-back.sql); until schema 13 no right reached the whole region (0014-audience-of-the-region.sql).
 */
export function upToDate({ table, rows }: IndexRows): IndexRows {
  const renewal = RENEWED[table];
  if (renewal === undefined) return { table, rows };
  const [name, newest, renewed] = renewal;
  return {
    table: name,
    rows: rows.map((row) => (newest !== undefined && row.includes(`"${newest}":`) ? row : JSON.stringify(renewed(JSON.parse(row))))),
  };
}

type Former = Readonly<Record<string, unknown>>;

/** `newest`: the column by which a row of today is known; undefined: each is renewed. */
const RENEWED: Readonly<Record<string, readonly [name: string, newest: string | undefined, renewed: (row: Former) => Former]>> = {
  shares: ['grants', 'held_back', (row) => ({ ...grantOf(row), held_back: [] })],
  grants: ['grants', 'held_back', (row) => ({ ...row, held_back: [] })],
  // Who is compared with whom is worked out anew.
  patients: ['patients', undefined, (row) => ({ ...row, to_match: true })],
  study_access: ['study_access', 'not_to', (row) => ({ ...accessOf('share_id' in row ? rightOf(row) : row), not_to: [] })],
};

function grantOf({ share_id, to_facility_id, revoked_at, revoked_by, ...same }: Former): Former {
  const renamed = { grant_id: share_id, facility_id: to_facility_id, withdrawn_at: revoked_at, withdrawn_by: revoked_by };
  return { ...same, ...renamed, kind: 'share', may_download: true };
}

function rightOf({ share_id, ...same }: Former): Former {
  return { ...same, grant_id: share_id, audience: 'facility', may_download: true, alone: true };
}

function accessOf(row: Former): Former {
  if ('held_back' in row) return row;
  const { may_download, ...same } = row;
  return { ...same, may_take: may_download, held_back: [], held_back_state: 0 };
}

function known(table: string): string {
  if (!TABLES.some(({ name }) => name === table)) throw new DomainError('invalid', 'the backup names a table that is not ours');
  return table;
}

/** By how much numbers of series go on after a restore; more than can have come between the backup and what was lost. */
const AHEAD_MIN = 1_000_000;
const AHEAD_MAX = 10_000_000;
/** A series' number and these tell caches one state of its metadata from another: none comes again with other headers. */
const STATE_COLUMNS: readonly string[] = ['revision', 'metadata_revision'];

async function putBack(tx: Queryable, { table, rows }: IndexRows, columns: string, ahead: number): Promise<void> {
  if (rows.length === 0) return;
  const values =
    table === 'series'
      ? columns
          .split(', ')
          .map((column) => (STATE_COLUMNS.includes(column) ? `${column} + ${ahead}` : column))
          .join(', ')
      : columns;
  await tx.rows({
    text: `INSERT INTO ${table} (${columns}) OVERRIDING SYSTEM VALUE SELECT ${values} FROM json_populate_recordset(NULL::${table}, $1::json)`,
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

/** The next number of every identity column goes on behind the highest that was put back; of series behind those that may have been lost, too. */
async function restoreSequences(tx: Queryable, ahead: number): Promise<void> {
  const identities = await tx.rows<{ table: string; column: string; sequence: string }>({
    text: `SELECT c.relname AS table, a.attname AS column, pg_get_serial_sequence(quote_ident(c.relname), a.attname) AS sequence
           FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
           WHERE a.attidentity <> '' AND c.relnamespace = current_schema()::regnamespace`,
  });
  for (const { table, column, sequence } of identities) {
    const next = table === 'series' ? ahead : 1;
    await tx.rows({ text: `SELECT setval('${sequence}', coalesce((SELECT max(${column}) FROM ${table}), 0) + ${next}, false)` });
  }
}
