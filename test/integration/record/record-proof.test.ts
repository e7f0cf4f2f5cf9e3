import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { readConfig } from '../../../gateway/config.ts';
import { main, startGateway } from '../../../gateway/main.ts';
import { openIndex } from '../../../storage/index/open.ts';
import type { Database } from '../../../storage/index/postgres/pool.ts';
import { temporaryFolder } from '../../fixtures/gateway-process.ts';
import { rehash, tampered } from '../../fixtures/servers/record-tampering.ts';

const folder = temporaryFolder('record-proof');
const region = join(folder, 'region');
let copies = 0;
let last = 0;

const settings = (data: string, more: Readonly<Record<string, string>> = {}) => ({
  RENKEI_DATA: data,
  RENKEI_HTTP_PORT: '0',
  RENKEI_DIMSE_PORT: '0',
  RENKEI_LOG: 'silent',
  ...more,
});

async function command(data: string, words: readonly string[], more: Readonly<Record<string, string>> = {}) {
  let stdout = '';
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += String(text);
    return true;
  });
  try {
    const status = await main([...words, '--json'], settings(data, more));
    return { status, answer: JSON.parse(stdout) as Record<string, unknown> };
  } finally {
    spy.mockRestore();
  }
}
const verify = (data: string, more?: Readonly<Record<string, string>>) => command(data, ['audit', 'verify'], more);

/** A gateway lives on the folder for a while; `during` it acts are recorded. Closing it in order leaves a checkpoint. */
async function live(data: string, acts: number): Promise<void> {
  const gateway = await startGateway(readConfig(settings(data)));
  for (let n = 0; n < acts; n++) {
    await gateway.stores.index.audit.append([
      { action: 'study-viewed', outcome: 'success', who: { kind: 'anonymous' }, what: { count: n } },
    ]);
  }
  await gateway.close();
}

beforeAll(async () => {
  mkdirSync(region);
  await live(region, 12);
  await live(region, 8);
  last = Number((await verify(region)).answer['records']);
});
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));

const changed = (change: (database: Database) => Promise<unknown>) => tampered(region, join(folder, `copy-${++copies}`), change);

const sql = (text: string) => (database: Database) => database.rows({ text });
const swap = (seq: number) => sql(`UPDATE audit SET entry = replace(entry, 'success', 'refused') WHERE seq = ${seq}`);
const then =
  (...steps: readonly ((database: Database) => Promise<unknown>)[]) =>
  async (database: Database) => {
    for (const step of steps) await step(database);
  };

test('untouched it is intact, and was signed at each end of the program', async () => {
  const { status, answer } = await verify(region);
  expect(status).toBe(0);
  expect(answer).toMatchObject({ intact: true, records: last });
  expect(answer['checkpoints']).toBeGreaterThanOrEqual(3);
});

test('the key is this program’s alone, and the database does not know it', async () => {
  expect(statSync(join(region, 'record-key.pem')).mode & 0o777).toBe(0o600);
  const key = readFileSync(join(region, 'record-key.pem'), 'utf8').split('\n')[1] ?? '';
  const index = await openIndex({ dataFolder: region });
  const tables = await index.database.rows<{ name: string }>({
    text: `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'`,
  });
  for (const { name } of tables) {
    const [found] = await index.database.rows({
      text: `SELECT count(*)::integer AS n FROM ${name} t WHERE t::text LIKE $1`,
      values: [`%${key}%`],
    });
    expect(found?.['n']).toBe(0);
  }
  await index.close();
});

describe('found, with whatever was done to the database', () => {
  test.each<[string, (database: Database) => Promise<unknown>, () => object]>([
    ['one entry changed', swap(10), () => ({ firstBrokenSeq: 10, because: 'chain' })],
    ['one entry deleted', sql('DELETE FROM audit WHERE seq = 10'), () => ({ firstBrokenSeq: 10, because: 'chain' })],
    ['the tail cut, the head left', sql('DELETE FROM audit WHERE seq > 15'), () => ({ firstBrokenSeq: 16, because: 'cut' })],
    [
      'the tail cut, the head set back',
      then(sql('DELETE FROM audit WHERE seq > 15'), rehash),
      () => ({ firstBrokenSeq: 16, because: 'cut' }),
    ],
    [
      'the last entry cut, the head set back',
      then(sql('DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)'), rehash),
      () => ({ firstBrokenSeq: last, because: 'cut' }),
    ],
    ['all but the first cut', then(sql('DELETE FROM audit WHERE seq > 1'), rehash), () => ({ firstBrokenSeq: 2, because: 'cut' })],
    [
      'the first entries cut, the rest hashed anew',
      then(sql('DELETE FROM audit WHERE seq < 5'), rehash),
      () => ({ because: 'otherwise-noted' }),
    ],
    ['one in the middle changed, all hashed anew', then(swap(8), rehash), () => ({ because: 'otherwise-noted' })],
    ['the first changed, all hashed anew', then(swap(1), rehash), () => ({ because: 'otherwise-noted', firstBrokenSeq: 1 })],
    ['the last changed, all hashed anew', then((database) => swap(last)(database), rehash), () => ({ because: 'otherwise-noted' })],
    [
      'an entry put in, all hashed anew',
      then(
        sql(`INSERT INTO audit (seq, at, entry, previous_hash, hash) SELECT 1000, at, entry, '', '' FROM audit WHERE seq = 3`),
        rehash,
        sql('DELETE FROM audit WHERE seq = 7'),
        rehash,
      ),
      () => ({ because: 'otherwise-noted' }),
    ],
    [
      'the tail cut and as much put in its place',
      then(
        sql('DELETE FROM audit WHERE seq > 15'),
        sql(
          `INSERT INTO audit (seq, at, entry, previous_hash, hash) SELECT 100 + n, now(), '{"action":"sign-in"}', '', '' FROM generate_series(1, 90) n`,
        ),
        rehash,
      ),
      () => ({ because: 'otherwise-noted' }),
    ],
    ['the head alone', sql(`UPDATE audit_head SET hash = repeat('a', 64)`), () => ({ because: 'chain' })],
    [
      'the head alone set back',
      sql('UPDATE audit_head SET (seq, hash) = (SELECT seq, hash FROM audit WHERE seq = 9)'),
      () => ({ firstBrokenSeq: 10, because: 'chain' }),
    ],
    ['all of it emptied', then(sql('DELETE FROM audit'), rehash), () => ({ firstBrokenSeq: 1, because: 'cut' })],
  ])('%s', async (_, change, expected) => {
    const data = await changed(change);
    const { status, answer } = await verify(data);
    expect(status).toBe(1);
    expect(answer).toMatchObject({ intact: false, ...expected() });
  });

  test('also when what lies in the object store was removed: the newest is in the data folder', async () => {
    const data = await changed(then(sql('DELETE FROM audit WHERE seq > 15'), rehash));
    rmSync(join(data, 'objects/record'), { recursive: true });
    expect((await verify(data)).answer).toMatchObject({ intact: false, firstBrokenSeq: 16, checkpoints: 1 });
  });

  test('also when the newest in the data folder was removed: older ones are in the object store', async () => {
    const data = await changed(then(swap(3), rehash));
    rmSync(join(data, 'record-newest.json'));
    expect((await verify(data)).answer).toMatchObject({ intact: false, because: 'otherwise-noted' });
  });
});

test('a checkpoint that was changed is told, and the rest still compared', async () => {
  const data = await changed(async () => {});
  const store = join(data, 'objects/record/000001');
  const [name = ''] = readdirSync(store);
  writeFileSync(join(store, name), readFileSync(join(store, name), 'utf8').replace(/"seq":\d+/, '"seq":3'));
  expect(await verify(data)).toMatchObject({ status: 1, answer: { intact: true, checkpointsForged: 1 } });
});

test('checkpoints of another key are counted, and prove nothing', async () => {
  const data = await changed(then(swap(8), rehash));
  rmSync(join(data, 'record-key.pem'));
  const { status, answer } = await verify(data);
  expect({ status, checkpoints: answer['checkpoints'] }).toEqual({ status: 0, checkpoints: 0 });
  expect(answer['checkpointsOfOtherKeys']).toBeGreaterThanOrEqual(3);
});

test.each([
  ['no such file', undefined, 'cannot be read'],
  ['no key', 'hello', 'no private key'],
])('RENKEI_RECORD_KEY with %s is refused in words', async (_, text, words) => {
  const file = join(folder, 'wrong.pem');
  if (text !== undefined) writeFileSync(file, text);
  const { status, answer } = await verify(region, { RENKEI_RECORD_KEY: file });
  expect(status).toBe(1);
  expect(answer).toMatchObject({ error: 'invalid', message: expect.stringContaining(words) });
  rmSync(file, { force: true });
});

test('one key for several nodes: what one signed, another compares', async () => {
  const data = await changed(then(sql('DELETE FROM audit WHERE seq > 15'), rehash));
  const key = join(folder, 'shared.pem');
  cpSync(join(data, 'record-key.pem'), key);
  for (const own of ['record-key.pem', 'record-newest.json']) rmSync(join(data, own));
  expect((await verify(data, { RENKEI_RECORD_KEY: key })).answer).toMatchObject({ intact: false, because: 'cut' });
});

test('the operator’s word: start-new goes on from the record as it is, and is compared from there on', async () => {
  const data = await changed(then(sql('DELETE FROM audit WHERE seq > 15'), rehash));
  expect(await command(data, ['start-new'])).toMatchObject({ status: 0 });
  expect((await verify(data)).answer).toMatchObject({ intact: true });
  await live(data, 5);
  const { answer } = await verify(data);
  expect(answer).toMatchObject({ intact: true });
  const again = await openIndex({ dataFolder: data });
  await again.asOwner((database) =>
    database.transaction(async (tx) => {
      await tx.rows({ text: 'SET LOCAL session_replication_role = replica' });
      await then(swap(4), rehash)({ ...database, rows: (query) => tx.rows(query) });
    }),
  );
  await again.close();
  expect((await verify(data)).answer).toMatchObject({ intact: false, because: 'otherwise-noted' });
});

test('times do not run backwards untold: the record notes it itself', async () => {
  const data = await changed(async () => {});
  let now = new Date(Date.now() + 3_600_000);
  const index = await openIndex({ dataFolder: data, now: () => now });
  const act = { action: 'sign-in', outcome: 'success', who: { kind: 'anonymous' } } as const;
  await index.audit.append([act]);
  now = new Date(now.getTime() - 9_000);
  await index.audit.append([act]);
  now = new Date(now.getTime() - 86_400_000);
  await index.audit.append([act, act]);
  const [, , note, before] = await index.audit.find({ limit: 4 });
  expect(note?.entry).toMatchObject({ action: 'clock-stepped', what: { stepMs: -86_400_000 } });
  expect(before?.entry.action).toBe('sign-in');
  expect(await index.audit.verify()).toEqual({ intact: true, entries: last + 5 });
  await index.close();
});
