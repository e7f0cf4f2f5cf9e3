/** Two programs on one data folder that cannot see each other: other network, process and mount namespaces, as in two containers. */
import { existsSync, readdirSync, readFileSync, rmSync, unlinkSync, utimesSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FacilityCode } from '../../gateway/domain/identifiers.ts';
import { type OpenedIndex, openIndex } from '../../storage/index/open.ts';
import { openFileObjects } from '../../storage/objects/files.ts';
import { temporaryFolder } from '../fixtures/gateway-process.ts';
import { answersAgain } from '../fixtures/servers/index-drivers.ts';
import { CONTAINER, runIn, startIn, whyNoNamespaces } from '../fixtures/servers/namespaces.ts';
import { killTree } from '../fixtures/servers/postgres-server.ts';

const SETUP = new URL('../../gateway/setup.mjs', import.meta.url).pathname;
const OPEN = new URL('../../storage/index/open.ts', import.meta.url).href;
const FILES = new URL('../../storage/objects/files.ts', import.meta.url).href;
const refused = whyNoNamespaces();

const postmaster = (data: string) => Number(readFileSync(join(data, 'postgres/data/postmaster.pid'), 'utf8').split('\n')[0]);
const holding = (data: string) => `
  const { openIndex } = await import(${JSON.stringify(OPEN)});
  const index = await openIndex({ dataFolder: ${JSON.stringify(data)} });
  await index.people.createFacility({ code: 'INNER', name: 'I', nameKana: '', nameRomaji: '', aeTitles: [] }, () => []);
  console.log('open');
  process.stdin.resume();`;

// Where namespaces may not be made (an unprivileged build machine) there is nothing to run these in: `refused` says so, and was asserted.
describe.skipIf(refused !== undefined)('a data folder and two containers', () => {
  const folder = temporaryFolder('containers');
  const data = join(folder, 'data');
  let index: OpenedIndex;
  let started: number;

  beforeAll(async () => {
    index = await openIndex({ dataFolder: data });
    started = postmaster(data);
  });
  afterAll(async () => {
    await index?.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  });

  test.each<[string, readonly string[]]>([
    ['all namespaces its own', CONTAINER],
    ['a network of its own', ['--net']],
    ['processes of its own', ['--pid', '--mount', '--fork', '--kill-child', '--mount-proc']],
  ])('%s: a command is told who has the folder, and nothing is started', async (_, namespaces) => {
    const outcome = await runIn(namespaces, [SETUP, 'start', 'verify', '--json'], { RENKEI_DATA: data });
    expect(outcome.status).toBe(1);
    expect(JSON.parse(outcome.stdout)).toMatchObject({ error: 'conflict' });
    for (const part of ['in use', data, hostname(), `process ${process.pid} `, 'since 20', 'RENKEI_DATABASE_URL']) {
      expect(outcome.stderr).toContain(part);
    }
    expect(postmaster(data)).toBe(started);
    await index.probe();
  });

  test('the program itself ends with the same, and is never ready', async () => {
    const outcome = await runIn(CONTAINER, [SETUP, 'start'], { RENKEI_DATA: data, RENKEI_HTTP_PORT: '0', RENKEI_DIMSE_PORT: '0' });
    expect(outcome).toMatchObject({ status: 1, stdout: '' });
    expect(outcome.stderr).toContain('in use by another program');
    expect(postmaster(data)).toBe(started);
  });

  test('also when the lock file, or the note in it, was removed', async () => {
    unlinkSync(join(data, 'renkei.lock'));
    const outcome = await runIn(CONTAINER, [SETUP, 'start', 'verify', '--json'], { RENKEI_DATA: data });
    expect(outcome).toMatchObject({ status: 1 });
    expect(outcome.stderr).toContain('in use by another program');
    expect(postmaster(data)).toBe(started);
    await index.probe();
  });

  test.each<[string, readonly string[]]>([
    ['mounts of its own', ['--mount']],
    ['shared memory of its own', ['--ipc']],
  ])('%s, but the same network and processes: it shares the server', async (_, namespaces) => {
    const outcome = await runIn(namespaces, [SETUP, 'start', 'verify', '--json'], { RENKEI_DATA: data });
    expect(outcome).toMatchObject({ status: 0 });
    expect(postmaster(data)).toBe(started);
    await index.probe();
  });

  test('a server that was killed is started again by the program that has the folder, not by the other', async () => {
    killTree(started);
    const [outcome] = await Promise.all([
      runIn(CONTAINER, [SETUP, 'start', 'verify', '--json'], { RENKEI_DATA: data }),
      answersAgain(index),
    ]);
    // It came between the two, ended with its work done and left the folder; or it was refused. Never both at once.
    if (outcome.status !== 0) expect(outcome.stderr).toContain('in use by another program');
    expect((await index.audit.verify()).intact).toBe(true);
  });
});

describe.skipIf(refused !== undefined)('after a container', () => {
  const folder = temporaryFolder('after-container');
  const data = join(folder, 'data');
  afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));

  test('while it lives nobody else gets in; killed with all its processes, the next one has its rows', async () => {
    const inner = await startIn(CONTAINER, holding(data));
    await expect(openIndex({ dataFolder: data })).rejects.toMatchObject({ kind: 'conflict', message: expect.stringContaining('in use') });
    await inner.kill();
    expect(existsSync(join(data, 'postgres/data/postmaster.pid'))).toBe(true);
    const index = await openIndex({ dataFolder: data });
    expect(await index.people.facilityByCode('INNER' as FacilityCode)).toBeDefined();
    await index.close();
  });

  test('its stages are not swept while it lives, however old they look; once it is gone they are', async () => {
    const root = join(folder, 'objects');
    const staging = join(root, '.staging');
    const inner = await startIn(
      CONTAINER,
      `const { openFileObjects } = await import(${JSON.stringify(FILES)});
       const objects = await openFileObjects({ root: ${JSON.stringify(root)} });
       const staged = await objects.stage();
       await staged.write(new Uint8Array(3_000_000));
       await staged.read(0, 2_000_000);
       console.log('staged');
       process.stdin.resume();`,
    );
    const [stage = ''] = readdirSync(staging);
    expect(stage).not.toBe('');
    utimesSync(join(staging, stage), 0, 0);
    const objects = await openFileObjects({ root });
    expect(await objects.sweepStaged()).toBe(0);
    expect(readdirSync(staging)).toEqual([stage]);
    await inner.kill();
    expect(await objects.sweepStaged()).toBe(1);
    expect(readdirSync(staging)).toEqual([]);
    await objects.close();
    expect(readdirSync(`${staging}.owners`)).toEqual([]);
  });
});
