/** A database that an earlier version of the program made opens with everything in it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { NO_LOG } from '../../gateway/domain/operation/log.ts';
import { canonicalJson } from '../../gateway/domain/record/audit.ts';
import { type OpenedIndex, openIndex } from '../../storage/index/open.ts';
import { OLDEST_SCHEMA_THAT_FITS } from '../../storage/index/operation/backup.ts';
import { migrate, readMigrations } from '../../storage/index/postgres/migrate.ts';
import { type PostgresServer, query, startPostgresServer } from '../fixtures/servers/postgres-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'renkei-upgrade-'));
let server: PostgresServer | undefined;
let index: OpenedIndex | undefined;

afterEach(async () => {
  await index?.close();
  await server?.remove();
  index = server = undefined;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Name and type of every column of every table, but which migrations there were. One that may be empty today and was not before takes all that was there. */
const COLUMNS = `SELECT table_name, column_name, data_type, is_nullable = 'YES' OR (table_name, column_name) = ('shares', 'created_by') FROM information_schema.columns
  WHERE table_schema = 'public' ORDER BY table_name, ordinal_position`;

test('rows of the oldest schema that a backup may be of fit into the tables of today', async () => {
  server = await startPostgresServer();
  const steps = await readMigrations();
  const columnsAfter = async (count: number) => {
    const url = (await server?.createDatabase()) ?? '';
    await migrate({ connectionString: url }, NO_LOG, steps.slice(0, count));
    return query(url, COLUMNS);
  };
  expect(await columnsAfter(OLDEST_SCHEMA_THAT_FITS)).toEqual(await columnsAfter(steps.length));
});

const AT = '2026-11-01T00:00:00.000Z';
const FIRST = { kind: 'person', userId: '1', job: 'physician', facilityCode: 'H1' };
/** As the version with schema 1 wrote them: rights and details in words. */
const FORMER = [
  { action: 'user-changed', outcome: 'success', who: FIRST, what: { detail: 'user 3: disabled' } },
  { action: 'study-viewed', outcome: 'success', who: FIRST, right: 'share 12', what: { studyInstanceUID: '1.2.3', count: 2 } },
  {
    action: 'access-refused',
    outcome: 'refused',
    who: FIRST,
    right: 'share has ended',
    what: { studyInstanceUID: '1.2.3', detail: 'study.view' },
  },
];

test('from schema 1: the record is whole, what was words is read as codes, and the function that writes it keeps its path', async () => {
  server = await startPostgresServer();
  const databaseAdminUrl = await server.createDatabase();
  await query(databaseAdminUrl, 'CREATE ROLE everyday LOGIN');
  const databaseUrl = databaseAdminUrl.replace('postgres@', 'everyday@');
  const [base] = await readMigrations();
  await migrate({ connectionString: databaseAdminUrl }, NO_LOG, base === undefined ? [] : [base]);
  for (const former of FORMER) {
    const entry = canonicalJson(former).replaceAll("'", "''");
    await query(
      databaseAdminUrl,
      `SELECT append_audit(ARRAY['${entry}'], ARRAY['{"at":"${AT}","entry":${entry},"seq":'], ARRAY['${AT}'::timestamptz])`,
    );
  }

  index = await openIndex({ dataFolder: folder, log: NO_LOG, databaseUrl, databaseAdminUrl });
  const found = await index.audit.find({ limit: 10 });
  expect(found.map(({ entry }) => entry).reverse()).toEqual([
    { action: 'user-changed', outcome: 'success', who: FIRST, what: { userId: '3', changes: ['disabled'] } },
    {
      action: 'study-viewed',
      outcome: 'success',
      who: FIRST,
      right: { kind: 'share', grant: '12' },
      what: { studyInstanceUID: '1.2.3', count: 2 },
    },
    {
      action: 'access-refused',
      outcome: 'refused',
      who: FIRST,
      refusal: 'share-has-ended',
      what: { studyInstanceUID: '1.2.3', asked: 'study.view' },
    },
  ]);
  await index.audit.append([{ action: 'sign-out', outcome: 'success', who: { kind: 'person', userId: '1' } }]);
  expect(await index.audit.verify()).toMatchObject({ intact: true, entries: FORMER.length + 1 });
  expect(await index.database.rows({ text: "SELECT proconfig FROM pg_proc WHERE proname = 'append_audit'" })).toEqual([
    { proconfig: ['search_path=public, pg_temp'] },
  ]);
});
