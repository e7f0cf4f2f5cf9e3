import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hashNewPassword } from '../../gateway/auth/password-rule.ts';
import type { FacilityCode, StudyId, StudyInstanceUID, UserId } from '../../gateway/domain/identifiers.ts';
import type { ObjectStore } from '../../gateway/domain/imaging/object-store.ts';
import { NO_LOG } from '../../gateway/domain/operation/log.ts';
import { COMMAND_LINE } from '../../gateway/domain/people/credentials.ts';
import type { Facility } from '../../gateway/domain/people/facility.ts';
import { createReceiver } from '../../gateway/ingest/receive.ts';
import { type OpenedIndex, openIndex } from '../../storage/index/open.ts';
import { BACKED_UP_TABLES, TABLES_LEFT_OUT } from '../../storage/index/operation/backup.ts';
import { openFileObjects } from '../../storage/objects/files.ts';
import { signIn } from '../fixtures/api-client.ts';
import { smallFile } from '../fixtures/dicom/small-dicom.ts';
import { command, startGatewayProcess, temporaryFolder } from '../fixtures/gateway-process.ts';
import { UNRECORDED } from '../fixtures/servers/unrecorded.ts';

/**
 * A whole installation of 10,000 instances is backed up by one command and restored by another into a folder that was empty, with a heap that would
 * not hold it: what was counted, recorded and known before is there after.
 */
const STUDIES = 250;
const INSTANCES_A_STUDY = 40;
const INSTANCES = STUDIES * INSTANCES_A_STUDY;
const AT_ONCE = 48;
const SATO = { email: 'sato@h1.example', password: 'a long way from kagoshima 7' };
const SMALL_HEAP = { NODE_OPTIONS: '--max-old-space-size=160' };

const folder = temporaryFolder('backup-drill');
const first = join(folder, 'first');
const second = join(folder, 'second');
const file = join(folder, 'renkei.backup');
const key = join(folder, 'recovery.key');
const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

async function open(dataFolder: string): Promise<{ index: OpenedIndex; objects: ObjectStore; close(): Promise<void> }> {
  const index = await openIndex({ dataFolder });
  const objects = await openFileObjects({ root: join(dataFolder, 'objects') });
  return {
    index,
    objects,
    close: async () => {
      await objects.close();
      await index.close();
    },
  };
}

const pixels = new Uint8Array(Uint16Array.from([1, 2, 3, 4]).buffer);
const image = (n: number) => {
  const study = n % STUDIES;
  return smallFile({
    studyInstanceUID: `2.25.700.${study}`,
    seriesInstanceUID: `2.25.700.${study}.1`,
    sopInstanceUID: `2.25.700.${study}.1.${n}`,
    instanceNumber: n,
    patientID: `P-${study}`,
    rows: 2,
    columns: 2,
    pixels,
  });
};
async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** What must be the same before and after. */
async function facts({ index }: { index: OpenedIndex }) {
  const facilities = await index.people.facilities();
  const scope = (facilities.find(({ code }) => code === 'H1') as Facility).id;
  const studies = await index.studies.findStudies({ id: scope }, [], { offset: 0, limit: 1_000 }, new Date());
  let objects = 0;
  const digest = createHash('sha256');
  for await (const { key: name, bytes, sha256 } of index.studies.allObjects()) {
    objects += 1;
    digest.update(`${name} ${bytes} ${sha256}\n`);
  }
  const shared = studies.find(({ study }) => study.studyInstanceUID === '2.25.700.7');
  return {
    facilities: facilities.map(({ code, name, aeTitles }) => [code, name, aeTitles]),
    users: (await index.people.users()).map(({ email, job, administrator }) => [email, job, administrator]),
    studies: studies
      .map(({ study, numberOfStudyRelatedInstances }) => [study.studyInstanceUID, study.patientID, numberOfStudyRelatedInstances])
      .sort(),
    objects,
    digest: digest.digest('hex'),
    quarantined: (await index.ingest.quarantined({ limit: 10 })).map(({ reason, sha256 }) => [reason, sha256]),
    notices: (await index.notices.list(scope, 10)).map(({ kind, studyInstanceUID }) => [kind, studyInstanceUID]),
    shares: (await index.shares.sharesOf(shared?.id as never)).map(({ to, until }) => [to.code, until.toISOString()]),
  };
}

let before: Awaited<ReturnType<typeof facts>>;
const samples = [0, 1, 4_999, 9_999].map(image);
const nonsense = Buffer.from('no image at all '.repeat(50));

beforeAll(async () => {
  mkdirSync(first);
  mkdirSync(second);
  const stores = await open(first);
  const { index, objects } = stores;
  const facility = (code: string) =>
    index.people.createFacility(
      {
        code: code as FacilityCode,
        name: `${code}病院`,
        nameKana: '',
        nameRomaji: code,
        aeTitles: [{ aeTitle: `${code}_CT` }],
      },
      UNRECORDED,
    );
  const hospital = await facility('H1');
  const clinic = await facility('C1');
  const user = await index.people.createUser(
    {
      email: SATO.email,
      name: '佐藤 花子',
      nameKana: 'サトウ ハナコ',
      facilityId: hospital.id,
      job: 'radiographer',
      administrator: false,
      passwordHash: await hashNewPassword(SATO.password, [SATO.email]),
    },
    UNRECORDED,
  );
  const receiver = createReceiver({ objects, ingest: index.ingest, log: NO_LOG });
  const store = (bytes: Uint8Array) =>
    receiver.receive({ facility: hospital, source: { door: 'stow', userId: user.id as UserId } }, once(bytes));
  let next = 0;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let n = next++; n < INSTANCES; n = next++) expect((await store(image(n))).kind).toBe('stored');
    }),
  );
  await store(nonsense);
  await store(Buffer.concat([image(3).subarray(0, -1), Buffer.from([9])]));
  const study = await index.studies.study(hospital, { studyInstanceUID: '2.25.700.7' as StudyInstanceUID }, new Date());
  await index.shares.share(
    { studyId: study?.id as StudyId, toFacilityId: clinic.id, until: new Date('2030-01-01T00:00:00Z'), by: user.id },
    () => [{ action: 'study-shared', outcome: 'success', who: { kind: 'system' } }],
    COMMAND_LINE,
  );
  before = await facts(stores);
  await stores.close();
}, 300_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('without a key it is refused, and the sentence says how to make one', async () => {
  const refused = await command(first, ['backup', file]);
  expect(refused).toMatchObject({ status: 1, answer: { error: 'invalid', message: expect.stringContaining('backup key FILE') } });
});

test('one command makes the backup', async () => {
  expect(await command(first, ['backup', 'key', key])).toMatchObject({ status: 0, answer: { recipient: expect.stringMatching(/^age1/) } });
  const made = await command(first, ['backup', file], SMALL_HEAP);
  expect(made, made.stderr).toMatchObject({ status: 0, answer: { file, images: { included: true, objects: INSTANCES + 2 } } });
  const bytes = readFileSync(file);
  expect(bytes.toString('latin1', 0, 21)).toBe('age-encryption.org/v1');
  for (const secret of ['2.25.700.1', 'sato@', 'P-17', 'argon2']) expect(bytes.includes(secret), secret).toBe(false);
});

test('another restores it into an empty folder: everything is as it was, and people sign in', async () => {
  const restored = await command(second, ['restore', file, '--identity', key], SMALL_HEAP);
  expect(restored, restored.stderr).toMatchObject({ status: 0, answer: { objects: INSTANCES + 2, leftOut: 0, signature: 'as expected' } });
  expect(await command(second, ['audit', 'verify'])).toMatchObject({ status: 0, answer: { intact: true } });
  const stores = await open(second);
  try {
    expect(await facts(stores)).toEqual(before);
    expect(before).toMatchObject({
      objects: INSTANCES + 1,
      shares: [['C1', '2030-01-01T00:00:00.000Z']],
      quarantined: [['not-dicom', sha(nonsense)]],
    });
    for await (const { key: name, sha256 } of stores.index.studies.allObjects()) {
      if (samples.some((sample) => sha(sample) === sha256)) expect(sha(await stores.objects.read(name))).toBe(sha256);
    }
    // A table that is added must be put into one of the two lists.
    const tables = await stores.index.database.rows({ text: "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1" });
    expect([...BACKED_UP_TABLES, ...TABLES_LEFT_OUT].sort()).toEqual(tables.map(({ tablename }) => tablename).sort());
    expect(await stores.index.database.rows({ text: 'SELECT count(*)::integer AS n FROM sessions' })).toEqual([{ n: 0 }]);
    // A viewer that had an answer from before the restore asks for its lists anew, whoever it is of.
    for (const { id } of await stores.index.people.facilities()) {
      expect(await stores.index.studies.listRevision(id, new Date())).not.toMatch(/^0 /);
    }
  } finally {
    await stores.close();
  }
  const gateway = await startGatewayProcess(second);
  try {
    await signIn(gateway.url, SATO);
  } finally {
    await gateway.stop();
  }
});

test('a second time it is refused, unless it is to take the place of what is there', async () => {
  expect(await command(second, ['restore', file, '--identity', key])).toMatchObject({ status: 1, answer: { error: 'conflict' } });
  expect(await command(second, ['restore', file, '--identity', key, '--replace'])).toMatchObject({
    status: 0,
    answer: { objects: INSTANCES + 2 },
  });
  expect(await command(second, ['verify'])).toMatchObject({ status: 0, answer: { whole: INSTANCES + 2, sound: true } });
});

test.each([
  ['cut', (bytes: Buffer) => bytes.subarray(0, bytes.length - 70_000), 'invalid'],
  ['with a changed byte', (bytes: Buffer) => Buffer.from(bytes).fill((bytes[900_000] ?? 0) ^ 0xff, 900_000, 900_001), 'invalid'],
] as const)('a file %s is refused, and nothing is there afterwards', async (_, change, error) => {
  const bad = join(folder, 'bad.backup');
  writeFileSync(bad, change(readFileSync(file)));
  const empty = join(folder, `empty-${sha(readFileSync(bad)).slice(0, 8)}`);
  mkdirSync(empty);
  expect(await command(empty, ['restore', bad, '--identity', key])).toMatchObject({ status: 1, answer: { error } });
  const stores = await open(empty);
  try {
    expect(await stores.index.people.facilities()).toEqual([]);
    for await (const object of stores.objects.list('originals/')) throw new Error(`${object.key} is there`);
  } finally {
    await stores.close();
  }
});

test('a backup that another installation signed is refused with its fingerprint, and taken when that is named', async () => {
  const other = join(folder, 'other');
  mkdirSync(other);
  const recipient = /public key: (age1\w+)/.exec(readFileSync(key, 'utf8'))?.[1] as string;
  const forged = join(folder, 'forged.backup');
  const made = await command(other, ['backup', forged], { RENKEI_BACKUP_RECIPIENT: recipient });
  expect(made.status).toBe(0);
  const target = join(folder, 'target');
  mkdirSync(target);
  expect(await command(target, ['restore', forged, '--identity', key])).toMatchObject({ status: 1, answer: { error: 'denied' } });
  expect(await command(target, ['restore', forged, '--identity', key, '--signed-by', made.answer['signedBy'] as string])).toMatchObject({
    status: 0,
  });
});
