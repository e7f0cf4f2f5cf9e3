/** A part of the data missing, empty or another's: the start is refused with the command that helps, the command works, the start works. */
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { readConfig } from '../../gateway/config.ts';
import type { ChainedEntry } from '../../gateway/domain/record/audit.ts';
import { main, startGateway } from '../../gateway/main.ts';
import { type OpenedIndex, openIndex } from '../../storage/index/open.ts';
import { smallFile } from '../fixtures/dicom/small-dicom.ts';
import { ADMINISTRATOR, command as commandProcess, startGatewayProcess, temporaryFolder } from '../fixtures/gateway-process.ts';

const folder = temporaryFolder('installation');
const backup = join(folder, 'region.backup');
const disc = join(folder, 'disc');

/** A region in use; each case works on a copy. */
const region = join(folder, 'region');
const other = join(folder, 'other');
let copies = 0;
function copyOf(source: string): string {
  const copy = join(folder, `copy-${++copies}`);
  cpSync(source, copy, { recursive: true, preserveTimestamps: true });
  return copy;
}

const settings = (data: string) => ({
  RENKEI_DATA: data,
  RENKEI_HTTP_PORT: '0',
  RENKEI_DIMSE_PORT: '0',
  RENKEI_ADMIN_EMAIL: ADMINISTRATOR.email,
  RENKEI_ADMIN_PASSWORD: ADMINISTRATOR.password,
  RENKEI_LOG: 'error',
});

/** The program with these words, in this process: its exit status and all it printed. */
async function run(data: string, words: readonly string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  const said = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((stream) =>
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      said[stream] += String(text);
      return true;
    }),
  );
  try {
    return { status: await main(words, settings(data)), ...said };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

async function command(data: string, words: readonly string[]): Promise<{ status: number; answer: Record<string, unknown> }> {
  const { status, stdout } = await run(data, [...words, '--json']);
  return { status, answer: JSON.parse(stdout) as Record<string, unknown> };
}

async function fill(data: string, code: string): Promise<void> {
  mkdirSync(data);
  expect(await command(data, ['facility', 'create', '--code', code, '--name', code])).toMatchObject({ status: 0 });
  expect(await command(data, ['import', disc, '--facility', code])).toMatchObject({ status: 0, answer: { stored: 3 } });
}

beforeAll(async () => {
  mkdirSync(disc);
  for (let n = 1; n <= 3; n++) writeFileSync(join(disc, `I${n}`), smallFile({ sopInstanceUID: `2.25.7.1.${n}`, instanceNumber: n }));
  await fill(region, 'H1');
  await fill(other, 'H2');
  expect(await command(region, ['backup', backup, '--plain'])).toMatchObject({ status: 0 });
});
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));

/** What `npm start` says when it is refused. */
async function refusal(data: string): Promise<string> {
  const { status, stdout, stderr } = await run(data, []);
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  return stderr;
}

async function inside<T>(data: string, work: (index: OpenedIndex) => Promise<T>): Promise<T> {
  const index = await openIndex({ dataFolder: data });
  try {
    return await work(index);
  } finally {
    await index.close();
  }
}

const firstRecord = async (data: string): Promise<ChainedEntry | undefined> =>
  inside(data, async (index) => (await index.audit.find({ limit: 1_000 })).at(-1));

/** It starts, and holds so many whole originals. */
async function startsWith(data: string, whole: number): Promise<void> {
  const gateway = await startGateway(readConfig(settings(data)));
  try {
    expect((await fetch(`http://127.0.0.1:${gateway.http}/readyz`)).status).toBe(200);
  } finally {
    await gateway.close();
  }
  expect(await command(data, ['verify'])).toMatchObject({ status: 0, answer: { whole, sound: true } });
  expect(await command(data, ['audit', 'verify'])).toMatchObject({ status: 0, answer: { intact: true } });
}

const idOf = (data: string, path: string) => (JSON.parse(readFileSync(join(data, path), 'utf8')) as { installation: string }).installation;

describe('a first start', () => {
  test('marks all parts alike, and its record begins with it', async () => {
    expect(idOf(region, 'installation.json')).toBe(idOf(region, 'objects/installation.json'));
    expect(idOf(region, 'installation.json')).not.toBe(idOf(other, 'installation.json'));
    const record = await firstRecord(copyOf(region));
    expect(record).toMatchObject({ seq: 1, entry: { action: 'installation-begun', what: { installation: 'first-start' } } });
  });
});

describe('index folder gone', () => {
  const gone = () => {
    const data = copyOf(region);
    rmSync(join(data, 'postgres'), { recursive: true });
    return data;
  };

  test('refused; commands that write are refused too; verify looks; restored: starts', async () => {
    const data = gone();
    const said = await refusal(data);
    for (const part of [
      'the index is empty',
      'holds images',
      'npm start -- restore FILE',
      'npm start -- reindex',
      'npm start -- start-new',
    ])
      expect(said).toContain(part);
    expect(await command(data, ['facility', 'create', '--code', 'X', '--name', 'X'])).toMatchObject({
      status: 1,
      answer: { error: 'conflict' },
    });
    expect(await command(data, ['verify'])).toMatchObject({
      status: 1,
      answer: { problems: { orphan: 3 }, sound: false, installation: expect.stringContaining('the index is empty') },
    });
    expect(await refusal(data)).toContain('the index is empty');
    expect(await command(data, ['restore', backup])).toMatchObject({ status: 0 });
    await startsWith(data, 3);
  });

  test('the same with the program in a process of its own', async () => {
    const data = gone();
    await expect(startGatewayProcess(data)).rejects.toThrow('npm start -- restore FILE');
    expect(await commandProcess(data, ['restore', backup])).toMatchObject({ status: 0 });
    const gateway = await startGatewayProcess(data);
    await gateway.stop();
  });

  test('reindexed without a backup: the facilities come back by their codes, on record', async () => {
    const data = gone();
    const report = await command(data, ['reindex']);
    expect(report).toMatchObject({ status: 0, answer: { indexed: 3, facilitiesCreated: ['H1'], complete: true } });
    await startsWith(data, 3);
    expect(await firstRecord(data)).toMatchObject({
      entry: { action: 'installation-begun', what: { installation: 'reindex', found: 'index-missing' } },
    });
    expect(await command(data, ['reindex'])).toMatchObject({ answer: { alreadyIndexed: 3, facilitiesCreated: [] } });
  });

  test('begun anew by the operator’s word: that is the first entry of the new record', async () => {
    const data = gone();
    expect(await command(data, ['start-new'])).toMatchObject({ status: 0, answer: { found: 'index-missing' } });
    const record = await firstRecord(data);
    expect(record).toMatchObject({ seq: 1, entry: { action: 'installation-begun', who: { through: 'command' } } });
    expect(record?.entry.what).toEqual({ installation: 'start-new', found: 'index-missing', objectsOf: idOf(region, 'installation.json') });
    await startsWith(data, 0);
  });
});

test('originals gone: refused; put back: starts', async () => {
  const data = copyOf(region);
  renameSync(join(data, 'objects'), join(folder, 'kept-objects'));
  const said = await refusal(data);
  for (const part of ['holds none of them', 'npm start -- verify', 'npm start -- start-new']) expect(said).toContain(part);
  expect(await command(data, ['verify'])).toMatchObject({ status: 1, answer: { problems: { missing: 3 } } });
  rmSync(join(data, 'objects'), { recursive: true });
  renameSync(join(folder, 'kept-objects'), join(data, 'objects'));
  await startsWith(data, 3);
});

test('originals gone for good: the operator’s word is on record, and it starts', async () => {
  const data = copyOf(region);
  rmSync(join(data, 'objects'), { recursive: true });
  expect(await command(data, ['start-new'])).toMatchObject({ status: 0, answer: { found: 'objects-missing' } });
  await (await startGateway(readConfig(settings(data)))).close();
  const newest = await inside(data, (index) => index.audit.find({ limit: 20, actions: ['installation-begun'] }));
  expect(newest[0]?.entry.what).toMatchObject({ installation: 'start-new', found: 'objects-missing' });
});

test.each([
  ['another cluster', 'postgres'],
  ['another region’s originals', 'objects'],
])('%s in its place: refused by name, also to reindex', async (_, part) => {
  const data = copyOf(region);
  rmSync(join(data, part), { recursive: true });
  cpSync(join(other, part), join(data, part), { recursive: true });
  const said = await refusal(data);
  for (const id of [idOf(region, 'installation.json'), idOf(other, 'installation.json')]) expect(said).toContain(id);
  expect(await command(data, ['reindex'])).toMatchObject({ status: 1, answer: { error: 'conflict' } });
});

test.each([
  ['emptied', "TRUNCATE audit; UPDATE audit_head SET seq = 0, hash = repeat('0', 64)", 'its record is empty'],
  ['dropped', 'DROP TABLE audit', 'table audit'],
])('the record %s: refused', async (_, change, words) => {
  const data = copyOf(region);
  await inside(data, (index) =>
    index.asOwner(async (database) => {
      for (const text of ['SET session_replication_role = replica', ...change.split('; ')]) await database.rows({ text });
    }),
  );
  const said = await refusal(data);
  expect(said).toContain(words);
  expect(said).toContain('npm start -- restore FILE');
});

test('a restore into a place that a first start had marked: one installation, and it starts', async () => {
  const data = join(folder, 'fresh');
  await startsWith(data, 0);
  expect(await command(data, ['restore', backup])).toMatchObject({ status: 0 });
  expect(idOf(data, 'objects/installation.json')).toBe(idOf(region, 'installation.json'));
  for (const part of ['originals']) cpSync(join(region, 'objects', part), join(data, 'objects', part), { recursive: true });
  await startsWith(data, 3);
});

test('the notes alone lost: written anew, nothing is asked', async () => {
  const data = copyOf(region);
  for (const note of ['installation.json', 'objects/installation.json']) rmSync(join(data, note));
  await startsWith(data, 3);
  expect(idOf(data, 'objects/installation.json')).toBe(idOf(region, 'installation.json'));
});

test('a note that is damaged: refused with its name, and removing it is enough', async () => {
  const data = copyOf(region);
  const processes: string[] = [];
  for (const note of ['installation.json', 'objects/installation.json']) {
    writeFileSync(join(data, note), '');
    // In a process of its own: what nobody waits for would end it without a sentence.
    const { status, stderr } = await commandProcess(data, [
      'share',
      '--study',
      '2.25.1',
      '--from',
      'H1',
      '--to',
      'H2',
      '--until',
      '2099-01-01',
    ]);
    processes.push(`${status} ${stderr}`);
    rmSync(join(data, note));
  }
  expect(processes).toEqual([
    expect.stringMatching(/^1 renkei: .*installation\.json is damaged/),
    expect.stringMatching(/^1 renkei: .*installation\.json is damaged/),
  ]);
  await startsWith(data, 3);
});

test('the administrator of the settings is made in the rebuilt index as at a first start', async () => {
  const data = copyOf(region);
  rmSync(join(data, 'postgres'), { recursive: true });
  await command(data, ['reindex']);
  const gateway = await startGateway(readConfig(settings(data)));
  const { email, password } = ADMINISTRATOR;
  const signIn = await fetch(`http://127.0.0.1:${gateway.http}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password }),
  });
  expect(signIn.status).toBe(200);
  await gateway.close();
});
