/** Brings the schema up to this program's version. Several processes may call it at once. */
import { randomInt } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import pg from 'pg';
import { DomainError } from '../../../gateway/domain/errors.ts';
import type { Log } from '../../../gateway/domain/operation/log.ts';
import { type ConnectionTarget, connectionOptions, translate } from './pool.ts';

const FOLDER = new URL('../../migrations/', import.meta.url);
/** SQLSTATE 42501. */
const INSUFFICIENT_PRIVILEGE = '42501';
/** Any number, the same in every version of this program. */
const MIGRATION_LOCK = 7_305_431_001;

interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}

/** Numbered without gaps from 1: `0001-base.sql`. */
export async function readMigrations(folder: URL = FOLDER): Promise<readonly Migration[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{4}-[a-z0-9-]+\.sql$/.test(name)).sort();
  const migrations = await Promise.all(
    names.map(async (name) => ({ version: Number(name.slice(0, 4)), name, sql: await readFile(new URL(name, folder), 'utf8') })),
  );
  migrations.forEach(({ version, name }, n) => {
    if (version !== n + 1) throw new DomainError('internal', `migration ${name} is out of order`);
  });
  return migrations;
}

/**
 * @param afterwards Runs on the same connection, under the same lock, when all steps are done.
 * @throws conflict when the schema is newer than this program; denied when it is older and this role may not change it; unavailable
 */
export async function migrate(
  target: ConnectionTarget,
  log: Log,
  migrations?: readonly Migration[],
  afterwards?: (client: pg.Client, stepsDone: number) => Promise<void>,
): Promise<number> {
  const steps = migrations ?? (await readMigrations());
  // A migration may run longer than any other statement, and waiting for another process's is part of it.
  const client = new pg.Client({
    ...connectionOptions(target),
    query_timeout: 0,
    options: '-c statement_timeout=0 -c timezone=UTC',
  } as pg.ClientConfig);
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const current = await currentVersion(client);
    if (current > steps.length) {
      throw new DomainError('conflict', `the database has schema ${current}, this program knows ${steps.length}: run the newer program`);
    }
    for (const step of steps.slice(current)) {
      await client.query('BEGIN');
      await client.query(step.sql);
      if (step.version === 1) await countFromElsewhere(client);
      await client.query('INSERT INTO schema_migrations (version, name) VALUES ($1, $2)', [step.version, step.name]);
      await client.query('COMMIT');
      log.info('database.migrated', { version: step.version });
    }
    await afterwards?.(client, steps.length - current);
    return steps.length;
  } catch (thrown) {
    if ((thrown as { code?: unknown }).code === INSUFFICIENT_PRIVILEGE) {
      throw new DomainError(
        'denied',
        "this database role may not set up the schema: name the schema's owner in RENKEI_DATABASE_ADMIN_URL",
        {
          cause: thrown,
        },
      );
    }
    throw translate(thrown);
  } finally {
    // Ends the transaction and the lock with it.
    await client.end().catch(() => {});
  }
}

/** A series' number, which is a safe integer of JavaScript, and its revision, to which each restore adds up to 10,000,000 of 2^31. */
const FIRST_SERIES_MAX = 2 ** 48;
const FIRST_REVISION_MAX = 10 ** 9;

/**
 * In a new database the numbers of series and their revisions begin anywhere: caches tell states of a series' metadata by them, and what they
 * were told by an index that was lost must not come again, with other headers, from the one that was rebuilt in its place.
 */
async function countFromElsewhere(client: pg.Client): Promise<void> {
  await client.query(`ALTER TABLE series ALTER COLUMN series_id RESTART WITH ${randomInt(1, FIRST_SERIES_MAX)};
    ALTER TABLE series ALTER COLUMN revision SET DEFAULT ${randomInt(FIRST_REVISION_MAX)}`);
}

/** 0: nothing is there yet. A role that may not create anything can still ask. */
async function currentVersion(client: pg.Client): Promise<number> {
  const there = await client.query<{ there: boolean }>("SELECT to_regclass('schema_migrations') IS NOT NULL AS there");
  if (there.rows[0]?.there !== true) {
    await client.query(`CREATE TABLE schema_migrations (version integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now());
      COMMENT ON TABLE schema_migrations IS 'Which migrations this database has. Read by migrate.ts at start.'`);
  }
  const found = await client.query<{ version: number }>('SELECT coalesce(max(version), 0) AS version FROM schema_migrations');
  return found.rows[0]?.version ?? 0;
}
