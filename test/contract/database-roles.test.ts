/** The program's everyday role in the database: it does its work, and can alter neither the record nor the schema. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FacilityCode } from '../../gateway/domain/identifiers.ts';
import type { Log } from '../../gateway/domain/operation/log.ts';
import { type OpenedIndex, openIndex } from '../../storage/index/open.ts';
import { type PostgresServer, startPostgresServer } from '../fixtures/servers/postgres-server.ts';
import { UNRECORDED } from '../fixtures/servers/unrecorded.ts';

const REFUSED: readonly (readonly [string, string])[] = [
  ['change an entry', `UPDATE audit SET entry = '{}'`],
  ['delete entries', 'DELETE FROM audit'],
  ['empty the record', 'TRUNCATE audit'],
  ['write past append_audit', `INSERT INTO audit (seq, at, entry, previous_hash, hash) VALUES (99, now(), '{}', '', '')`],
  ['set the head back', 'UPDATE audit_head SET seq = 0'],
  ['remove the head', 'DELETE FROM audit_head'],
  ['switch the triggers off', 'ALTER TABLE audit DISABLE TRIGGER USER'],
  ['switch all triggers of the session off', 'SET session_replication_role = replica'],
  ['drop a trigger', 'DROP TRIGGER audit_append_only ON audit'],
  ['make a trigger', 'CREATE TRIGGER mine BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION refuse_change()'],
  ['make a rule', 'CREATE RULE mine AS ON INSERT TO audit DO INSTEAD NOTHING'],
  ['drop the record', 'DROP TABLE audit'],
  ['rename the record', 'ALTER TABLE audit RENAME TO other'],
  ['own the record', 'ALTER TABLE audit OWNER TO current_user'],
  [
    'replace append_audit',
    `CREATE OR REPLACE FUNCTION append_audit(a text[], b text[], c timestamptz[]) RETURNS bigint LANGUAGE sql RETURN 1`,
  ],
  ['turn append_audit’s path', `ALTER FUNCTION append_audit(text[], text[], timestamptz[]) SET search_path = pg_temp`],
  ['replace the refusal', 'DROP FUNCTION refuse_change CASCADE'],
  ['put a table before the record', 'CREATE TABLE mine (n integer)'],
  ['put a temporary table before the record', 'CREATE TEMP TABLE audit_head (n integer)'],
  ['make a schema', 'CREATE SCHEMA mine'],
  ['drop the schema', 'DROP SCHEMA public CASCADE'],
  ['say which migrations there were', 'DELETE FROM schema_migrations'],
  ['become a superuser', "DO $$ BEGIN EXECUTE format('ALTER ROLE %I SUPERUSER', current_user); END $$"],
  ['become the owner', `DO $$ BEGIN EXECUTE format('SET ROLE %I', (SELECT tableowner FROM pg_tables WHERE tablename = 'audit')); END $$`],
];

/** As the database's container makes it, `gateway/operation/compose.yaml`. */
function makeEverydayRole({ hostname, port, username, pathname }: URL): void {
  const script = new URL('../../gateway/operation/compose-database.sh', import.meta.url).pathname;
  const server = { PGHOST: hostname, PGPORT: port, POSTGRES_USER: username, POSTGRES_DB: pathname.slice(1) };
  execFileSync('sh', [script], {
    env: { ...process.env, ...server, EVERYDAY_PASSWORD: "it's a secret" },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

const heard: string[] = [];
const log: Log = { info: () => {}, warn: (event) => void heard.push(event), error: () => {} };

describe.each(['embedded', 'a server of the region’s'])('%s', (kind) => {
  const folder = mkdtempSync(join(tmpdir(), 'renkei-roles-'));
  let server: PostgresServer | undefined;
  let index: OpenedIndex;
  let databaseUrl: string | undefined;
  let databaseAdminUrl: string | undefined;

  beforeAll(async () => {
    if (kind !== 'embedded') {
      server = await startPostgresServer();
      databaseAdminUrl = await server.createDatabase();
      makeEverydayRole(new URL(databaseAdminUrl));
      databaseUrl = databaseAdminUrl.replace('postgres@', 'renkei@');
    }
    heard.length = 0;
    index = await openIndex({
      dataFolder: folder,
      log,
      ...(databaseUrl === undefined ? {} : { databaseUrl }),
      ...(databaseAdminUrl === undefined ? {} : { databaseAdminUrl }),
    });
  });
  afterAll(async () => {
    await index?.close();
    await server?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  test('it is no superuser, and nothing is to be warned of', async () => {
    expect(
      await index.database.rows({ text: 'SELECT rolsuper, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user' }),
    ).toEqual([{ rolsuper: false, rolcreaterole: false, rolcreatedb: false }]);
    expect(heard).not.toContain('record.role-may-alter');
  });

  test.each(REFUSED)('it may not %s', async (_, text) => {
    await index.audit.append([{ action: 'sign-in', outcome: 'success', who: { kind: 'anonymous' } }]);
    const before = await index.audit.verify();
    await expect(index.database.rows({ text })).rejects.toMatchObject({ cause: { code: '42501' } });
    expect(before).toMatchObject({ intact: true });
    expect(await index.audit.verify()).toEqual(before);
  });

  test('it does its work', async () => {
    const facility = await index.people.createFacility(
      {
        code: 'H1' as FacilityCode,
        name: 'H',
        nameKana: '',
        nameRomaji: '',
        aeTitles: [],
      },
      UNRECORDED,
    );
    expect(await index.people.facilityByCode(facility.code)).toMatchObject({ id: facility.id });
  });

  test('opened again nothing is granted anew', async () => {
    const granted: string[] = [];
    const again = await openIndex({
      dataFolder: folder,
      log: { ...log, info: (event) => void granted.push(event) },
      ...(databaseUrl === undefined ? {} : { databaseUrl }),
      ...(databaseAdminUrl === undefined ? {} : { databaseAdminUrl }),
    });
    await again.close();
    expect(granted).not.toContain('database.role-prepared');
  });

  if (kind !== 'embedded') {
    test('a node that knows the everyday role alone opens it too', async () => {
      const node = await openIndex({ dataFolder: folder, log, databaseUrl: databaseUrl as string });
      await node.audit.append([{ action: 'sign-in', outcome: 'success', who: { kind: 'anonymous' } }]);
      await node.close();
      expect(heard).not.toContain('record.role-may-alter');
    });

    test('the everyday role alone cannot set up an empty database, and says what to do', async () => {
      const empty = (await server?.createDatabase())?.replace('postgres@', 'renkei@') as string;
      await expect(openIndex({ dataFolder: folder, log, databaseUrl: empty })).rejects.toMatchObject({
        kind: 'denied',
        message: expect.stringContaining('RENKEI_DATABASE_ADMIN_URL'),
      });
    });

    test('two addresses of different databases are refused', async () => {
      const other = (await server?.createDatabase()) as string;
      const mixed = openIndex({
        dataFolder: folder,
        log,
        databaseUrl: other.replace('postgres@', 'renkei@'),
        databaseAdminUrl: databaseAdminUrl as string,
      });
      await expect(mixed).rejects.toMatchObject({ kind: 'conflict', message: expect.stringContaining('different databases') });
    });

    test('one role for all works, with a warning', async () => {
      heard.length = 0;
      const alone = await openIndex({ dataFolder: folder, log, databaseUrl: (await server?.createDatabase()) as string });
      await alone.close();
      expect(heard).toContain('record.role-may-alter');
    });
  }
});
