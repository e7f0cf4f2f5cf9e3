/** A database that an earlier version of the program made opens with everything in it. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import type { FacilityCode, FacilityId, PersonId, StudyId, StudyInstanceUID, UserId } from '../../gateway/domain/identifiers.ts';
import type { IndexRows } from '../../gateway/domain/operation/backup.ts';
import { NO_LOG } from '../../gateway/domain/operation/log.ts';
import { COMMAND_LINE } from '../../gateway/domain/people/credentials.ts';
import { canonicalJson } from '../../gateway/domain/record/audit.ts';
import { type OpenedIndex, openIndex } from '../../storage/index/open.ts';
import { BACKED_UP_TABLES, indexBackup, OLDEST_SCHEMA_THAT_FITS } from '../../storage/index/operation/backup.ts';
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

/** Name and type of every column, but what a trigger says of a row that does not, and what null says as well. */
const COLUMNS = `SELECT table_name, column_name, data_type, is_nullable = 'YES' AS may_be_null FROM information_schema.columns
  WHERE table_schema = 'public' AND (table_name, column_name) NOT IN (('studies', 'patient_no'), ('facilities', 'left_at'), ('tokens', 'by_command'),
    ('users', 'password_by_other')) ORDER BY table_name, ordinal_position`;
/** Their former rows are renewed by `upToDate`. */
const RENEWED = ['grants', 'study_access'];

test('rows of the oldest schema that a backup may be of fit into the tables of today', async () => {
  server = await startPostgresServer();
  const steps = await readMigrations();
  const columnsAfter = async (count: number) => {
    const url = (await server?.createDatabase()) ?? '';
    await migrate({ connectionString: url }, NO_LOG, steps.slice(0, count));
    return query(url, COLUMNS);
  };
  const [oldest, today] = [await columnsAfter(OLDEST_SCHEMA_THAT_FITS), await columnsAfter(steps.length)];
  const held = oldest.filter(({ table_name: table }) => BACKED_UP_TABLES.includes(String(table)) && !RENEWED.includes(String(table)));
  const tables = new Set(held.map(({ table_name: table }) => table));
  expect(tables.size).toBeGreaterThan(8);
  expect(today.filter(({ table_name: table }) => tables.has(table))).toEqual(held);
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

const THEN = '2026-11-01T00:00:00+00:00';
const UNTIL = '2031-11-01T00:00:00+00:00';
const NAMES = Object.fromEntries(
  ['patient', 'referring_physician'].flatMap((who) =>
    ['alphabetic', 'ideographic', 'phonetic'].map((group) => [`${who}_name_${group}`, '']),
  ),
);
const study = {
  ...{
    study_id: 5,
    facility_id: 1,
    study_instance_uid: '1.2.3',
    ordinal: 1,
    attributes_digest: '',
    patient_id: 'P1',
    issuer_of_patient_id: '',
  },
  ...{
    ...NAMES,
    patient_name: '{}',
    referring_physician_name: '{}',
    patient_birth_date: '',
    patient_sex: '',
    study_date: '20261101',
    study_time: '',
  },
  ...{ accession_number: '', dicom_study_id: '', study_description: '', attributes: '{}', search_text: '', modalities: ['CT'] },
  ...{ number_of_series: 1, number_of_instances: 1, more_images: 0, number_of_clips: 0, first_received_at: THEN, last_received_at: THEN },
};
const facilityRow = (id: number) => ({ facility_id: id, code: `F${id}`, name: '病院', name_kana: '', name_romaji: '', created_at: THEN });
const access = (facility: number, kind: string, share: number | null) => ({
  ...{ study_id: 5, facility_id: facility, kind, share_id: share, until: share === null ? null : UNTIL, granted_at: THEN },
  ...{ study_date: '20261101', study_time: '000000', search_text: '', modalities: ['CT'], listed: true, opened_at: null },
});
const shareRow = (id: number, to: number, revoked: string | null) => ({
  ...{ share_id: id, study_id: 5, to_facility_id: to, until: UNTIL, created_at: THEN, created_by: 4 },
  ...{ revoked_at: revoked, revoked_by: revoked === null ? null : 4 },
});
/** As schema 3 held them: a study that is shared with the second facility, and was with the third. */
const SHARED: Readonly<Record<string, readonly object[]>> = {
  facilities: [facilityRow(1), facilityRow(2), facilityRow(3)],
  users: [
    {
      ...{ user_id: 4, email: 'a@b.example', name: '佐藤', name_kana: '', facility_id: 1, job: 'physician', administrator: false },
      ...{ password_hash: 'x', created_at: THEN },
    },
  ],
  studies: [study],
  study_access: [access(1, 'owner', null), access(2, 'share', 7)],
  shares: [shareRow(7, 2, null), shareRow(8, 3, THEN)],
};

async function expectSharedAsBefore({ studies, shares, patients, links }: OpenedIndex): Promise<void> {
  const now = new Date();
  const [patient] = await patients.patientsOf(['5' as StudyId]);
  expect(await links.patientsOfPerson(patient?.personId as PersonId)).toMatchObject([
    { no: patient?.no, patientID: 'P1', owner: { code: 'F1' } },
  ]);
  const rightsOf = async (id: string, job?: 'nurse') =>
    (await studies.study({ id: id as FacilityId, ...(job && { job }) }, { studyInstanceUID: '1.2.3' as StudyInstanceUID }, now))?.rights;
  const whole = { mayDownload: true, heldBack: [], heldBackState: '0' };
  const share = { kind: 'share', grantId: '7', audience: 'facility', notBefore: undefined, until: new Date(UNTIL), ...whole };
  expect(await rightsOf('1')).toEqual([{ kind: 'owner' }]);
  expect(await rightsOf('2')).toEqual([share]);
  expect(await rightsOf('3')).toBeUndefined();
  const listed = await studies.listStudies({ id: '2' as FacilityId }, { words: [], modalities: ['CT'] }, { limit: 5 }, now);
  expect(listed.studies.map(({ rights }) => rights)).toEqual([[share]]);
  const kept = await shares.sharesOf('5' as StudyId);
  expect(kept.map(({ id, to, until, mayDownload, revokedAt }) => [id, to.id, until, mayDownload, revokedAt])).toEqual([
    ['8', '3', new Date(UNTIL), true, new Date(THEN)],
    ['7', '2', new Date(UNTIL), true, undefined],
  ]);
  const who = { kind: 'person' } as const;
  const [studyId, toFacilityId, by] = ['5' as StudyId, '2' as FacilityId, '4' as UserId];
  const wish = { studyId, toFacilityId, to: { job: 'nurse' }, until: new Date(UNTIL), by } as const;
  const made = await shares.share(wish, () => [{ action: 'study-shared', outcome: 'success', who }], COMMAND_LINE);
  expect((await rightsOf('2', 'nurse'))?.length).toBe(2);
  expect(
    (await shares.revoke(kept[1]?.id as never, studyId, by, { action: 'share-revoked', outcome: 'success', who }, COMMAND_LINE))?.id,
  ).toBe('7');
  expect(await rightsOf('2')).toBeUndefined();
  expect(await rightsOf('2', 'nurse')).toMatchObject([{ grantId: made.id, audience: 'job:nurse' }]);
}

/** As schema 4 held the same. */
const GRANTED: Readonly<Record<string, readonly object[]>> = {
  ...SHARED,
  study_access: [access(1, 'owner', null), access(2, 'share', 7)].map(({ share_id, ...same }) => ({
    ...{ ...same, grant_id: share_id, audience: 'facility', not_before: null, may_download: true, alone: true },
  })),
  shares: [],
  grants: [shareRow(7, 2, null), shareRow(8, 3, THEN)].map(({ share_id, to_facility_id, revoked_at, revoked_by, ...same }) => ({
    ...{ ...same, grant_id: share_id, facility_id: to_facility_id, withdrawn_at: revoked_at, withdrawn_by: revoked_by },
    ...{ kind: 'share', job: null, user_id: null, not_before: null, may_download: true },
  })),
};

const FORMERLY = [
  [3, SHARED],
  [4, GRANTED],
] as const;

async function fill(databaseUrl: string, tables: Readonly<Record<string, readonly object[]>>): Promise<void> {
  for (const [table, rows] of Object.entries(tables)) {
    if (rows.length === 0) continue;
    const given = JSON.stringify(rows);
    const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))].join(', ');
    await query(
      databaseUrl,
      `INSERT INTO ${table} (${columns}) OVERRIDING SYSTEM VALUE SELECT ${columns} FROM json_populate_recordset(NULL::${table}, '${given}')`,
    );
  }
}

test.each(FORMERLY)(
  'from schema %i: who was given what sees all of it, by grants with the numbers that they had',
  async (schema, tables) => {
    server = await startPostgresServer();
    const databaseUrl = await server.createDatabase();
    await migrate({ connectionString: databaseUrl }, NO_LOG, (await readMigrations()).slice(0, schema));
    await fill(databaseUrl, tables);
    const [grants, id] = schema < 4 ? ['shares', 'share_id'] : ['grants', 'grant_id'];
    await query(databaseUrl, `SELECT setval(pg_get_serial_sequence('${grants}', '${id}'), 8)`);
    index = await openIndex({ dataFolder: folder, log: NO_LOG, databaseUrl });
    await expectSharedAsBefore(index);
  },
);

test.each(FORMERLY)('a backup of schema %i is put back as grants', async (_schema, tables) => {
  const head = { singleton: true, seq: 0, hash: '0'.repeat(64), at: null };
  index = await openIndex({ dataFolder: mkdtempSync(join(folder, 'restored-')), log: NO_LOG });
  async function* rows() {
    for (const [table, former] of [...Object.entries(tables), ['audit_head', [head]] as const]) {
      if (former.length === 0) continue;
      yield { table, rows: former.map((row) => JSON.stringify(row)) };
    }
  }
  await indexBackup(index).load(rows(), { replace: true, beforeCommit: async () => {} });
  await expectSharedAsBefore(index);
});

test('from schema 13: what a patient let the region see is a row of the region, and each facility has opened what it had', async () => {
  server = await startPostgresServer();
  const databaseUrl = await server.createDatabase();
  await migrate({ connectionString: databaseUrl }, NO_LOG, (await readMigrations()).slice(0, 13));
  const { facilities = [], users = [] } = SHARED;
  const right = (facility: number, kind: string, alone: boolean) => {
    const { share_id: _, ...same } = access(facility, kind, null);
    return { ...same, grant_id: null, audience: 'facility', may_take: true, alone, held_back: [], held_back_state: 0 };
  };
  const consented = (facility: number, grant: number, opened: string | null) => ({
    ...right(facility, 'consent', false),
    ...{ grant_id: grant, until: UNTIL, opened_at: opened },
  });
  const kept = { until: UNTIL, created_at: THEN, created_by: 4, kind: 'consent', may_download: true, held_back: [] };
  await fill(databaseUrl, {
    ...{ facilities, users, studies: [study] },
    study_access: [right(1, 'owner', true), ...[consented(2, 7, THEN), consented(3, 7, null), consented(2, 8, THEN)]],
    grants: [
      { ...kept, grant_id: 7 },
      { ...kept, grant_id: 8 },
    ],
  });
  await query(databaseUrl, "SELECT setval(pg_get_serial_sequence('facilities', 'facility_id'), 3)");
  for (const [grant, to] of [
    [7, 'NULL'],
    [8, "'{2}'"],
  ])
    await query(
      databaseUrl,
      `INSERT INTO consents SELECT ${grant}, patient_no, 'law', NULL, 'statute', NULL, NULL, '1', ${to}, '{}', '{}', NULL, NULL, '{}', false, false FROM patients`,
    );

  index = await openIndex({ dataFolder: folder, log: NO_LOG, databaseUrl });
  const { people, studies } = index;
  const names = { code: 'F4' as FacilityCode, name: '病院', nameKana: '', nameRomaji: '', aeTitles: [] };
  const newcomer = await people.createFacility({ ...names, kinds: [] }, () => []);
  const seenBy = async (id: string) => {
    const page = await studies.listStudies({ id: id as FacilityId }, { words: [], modalities: [] }, { limit: 5 }, new Date());
    return page.studies.map(({ rights, openedAt }) => [
      ...rights.map((right) => (right.kind === 'owner' ? 'owner' : `${right.audience} ${right.grantId}`)).sort(),
      openedAt?.toISOString(),
    ]);
  };
  const opened = new Date(THEN).toISOString();
  expect(await seenBy('1')).toEqual([['owner', undefined]]);
  expect(await seenBy('2')).toEqual([['facility 8', 'region 7', opened]]);
  expect(await seenBy('3')).toEqual([['region 7', undefined]]);
  expect(await seenBy(newcomer.id)).toEqual([['region 7', undefined]]);
});

test('from schema 24, and from a backup of then: files that consents, notices and letters name have rows, and none of these is removed', async () => {
  server = await startPostgresServer();
  const databaseUrl = await server.createDatabase();
  await migrate({ connectionString: databaseUrl }, NO_LOG, (await readMigrations()).slice(0, 24));
  const [scan, photograph, pdf] = ['a', 'b', 'c'].map((digit) => digit.repeat(64));
  const keys = [`consents/F1/${scan}.png`, `consents/F1/${photograph}.jpg`, `letters/F1/${pdf}.pdf`];
  const { facilities = [], users = [] } = SHARED;
  const kept = { until: UNTIL, created_at: THEN, created_by: 4, kind: 'consent', may_download: true, held_back: [] };
  await fill(databaseUrl, { ...{ facilities, users, studies: [study] }, grants: [7, 8].map((grant_id) => ({ ...kept, grant_id })) });
  const named = { document_key: keys[1], document_type: 'image/jpeg', filed_at: THEN, filed_by: 4 };
  const letter = { letter_id: 3, kind: 'referral', revision: 1, from_facility_id: 1, content: {}, created_at: THEN, created_by: 4 };
  const file = { name: 'a', kind: 'pdf', bytes: 9, sha256: pdf, key: keys[2], added_at: THEN, added_by: 4 };
  // Two consents of one form.
  for (const grant of [7, 8])
    await query(
      databaseUrl,
      `INSERT INTO consents SELECT ${grant}, patient_no, 'paper', NULL, NULL, '${keys[0]}', 'image/png', '1', NULL, '{}', '{}', NULL, NULL, '{}', false, false FROM patients`,
    );
  const state = { state: 'draft', first_visit: false, visited_on: '', gist_written: false, reason: '' };
  await fill(databaseUrl, {
    posted_notices: [{ notice_id: 1, facility_id: 1, version: '1', posted_on: '2026-04-01', ...named }],
    letters: [{ ...letter, ...state }],
    letter_files: [{ file_id: 5, letter_id: 3, ...file }],
  });

  index = await openIndex({ dataFolder: folder, log: NO_LOG, databaseUrl });
  const { keptFiles } = index;
  const expectEntered = async () => {
    const found = [];
    for await (const { key, sha256, type, bytes, facilityCode } of keptFiles.all()) found.push([key, sha256, type, bytes, facilityCode]);
    expect(found).toEqual([
      [keys[0], scan, 'image/png', undefined, 'F1'],
      [keys[1], photograph, 'image/jpeg', undefined, 'F1'],
      [keys[2], pdf, 'pdf', 9, 'F1'],
    ]);
    expect(
      await keptFiles.removeUnnamed(
        new Date('2099-01-01'),
        async () => {},
        () => [],
      ),
    ).toBeUndefined();
  };
  await expectEntered();
  const backup = indexBackup(index);
  const rows: IndexRows[] = [];
  for await (const chunk of backup.dump()) rows.push(chunk);
  expect(rows.map(({ table }) => table)).toContain('kept_files');
  const ofThen = async function* () {
    yield* rows.filter(({ table }) => table !== 'kept_files');
  };
  await backup.load(ofThen(), { replace: true, beforeCommit: async () => {} });
  await expectEntered();
});

test('whichever 0010 a database ran, as it landed or as it was for a while changed in place, it has the same functions today', async () => {
  server = await startPostgresServer();
  const steps = await readMigrations();
  const [landed, told] = [steps[9]?.sql ?? '', steps[19]?.sql ?? ''];
  const rightTold = /CREATE OR REPLACE FUNCTION right_told[^;]*;/.exec(told)?.[0] ?? '';
  const inPlace = `${rightTold}${landed.replace(/json_build_object\([^()]*r\.held_back_state::text\)/g, 'right_told(r)')}`;
  expect(inPlace.match(/json_agg\(right_told\(r\) ORDER/g)).toHaveLength(2);
  const functionsOf = async (sql: string) => {
    const url = (await server?.createDatabase()) ?? '';
    const before = steps.slice(0, 19).map((step) => (step.version === 10 ? { ...step, sql } : step));
    await migrate({ connectionString: url }, NO_LOG, before);
    await migrate({ connectionString: url }, NO_LOG, steps);
    return query(
      url,
      "SELECT p.proname, pg_get_functiondef(p.oid) FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.prokind = 'f' ORDER BY 1, 2",
    );
  };
  const functions = await functionsOf(landed);
  expect(functions.map(({ proname }) => proname)).toEqual(expect.arrayContaining(['right_told', 'rights_to', 'studies_told']));
  expect(await functionsOf(inPlace)).toEqual(functions);
});
