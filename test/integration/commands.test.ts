import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { smallFile } from '../fixtures/dicom/small-dicom.ts';
import { command, type GatewayProcess, startGatewayProcess, temporaryFolder } from '../fixtures/gateway-process.ts';

/**
 * The command line as an operator uses it: with the program running and without. One JSON object on standard output, status 0 or not. Without it each
 * command starts a database first, so that each is tried once there.
 */
const folder = temporaryFolder('commands');
const disc = join(folder, 'disc');
const PASSPHRASE = { RENKEI_BACKUP_PASSPHRASE_FILE: join(folder, 'passphrase') };
const FACILITY = [
  'facility',
  'create',
  '--code',
  'H1',
  '--name',
  '第一病院',
  '--name-kana',
  'ダイイチ',
  '--ae',
  'H1_CT',
  '--ae',
  'H1_MR@10.0.0.0/8',
];
const USER = [
  'user',
  'create',
  '--email',
  'sato@h1.example',
  '--facility',
  'H1',
  '--job',
  '診療放射線技師',
  '--password',
  'ten-characters-1',
];

beforeAll(() => {
  mkdirSync(join(disc, 'IMAGES'), { recursive: true });
  for (let n = 1; n <= 5; n++)
    writeFileSync(join(disc, 'IMAGES', `I${n}`), smallFile({ sopInstanceUID: `2.25.1.1.${n}`, instanceNumber: n }));
  writeFileSync(join(folder, 'passphrase'), 'only for tests, and long\n');
  writeFileSync(join(disc, 'README.TXT'), 'How to open this disc');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const REFUSALS: readonly (readonly [name: string, args: readonly string[], error: string])[] = [
  ['an unknown command', ['dance'], 'invalid'],
  ['a facility that is there', FACILITY, 'conflict'],
  ['a job nobody has', [...USER.slice(0, -4), '--job', 'astronaut', '--password', 'ten-characters-1'], 'invalid'],
  ['a short password', [...USER.slice(0, 3), 'x@h1.example', ...USER.slice(4, -1), 'short'], 'invalid'],
  ['a token for nobody', ['token', 'create', '--user', 'nobody@h1.example'], 'not-found'],
  ['an import into nowhere', ['import', disc, '--facility', 'H9'], 'not-found'],
  ['an import of no folder', ['import', join(disc, 'absent'), '--facility', 'H1'], 'invalid'],
];

describe.each(['while the program does not run', 'while it runs'])('%s', (circumstances) => {
  const data = join(folder, circumstances === 'while it runs' ? 'running' : 'alone');
  let gateway: GatewayProcess | undefined;

  beforeAll(async () => {
    mkdirSync(data);
    gateway = circumstances === 'while it runs' ? await startGatewayProcess(data) : undefined;
  });

  afterAll(async () => {
    await gateway?.stop();
  });

  test('a facility, a user and a token are made; the token opens the door', async () => {
    expect(await command(data, FACILITY)).toMatchObject({ status: 0, answer: { code: 'H1', aeTitles: ['H1_CT', 'H1_MR'] } });
    expect(await command(data, USER)).toMatchObject({
      status: 0,
      answer: { email: 'sato@h1.example', job: 'radiographer', facility: 'H1' },
    });
    const made = await command(data, ['token', 'create', '--user', 'sato@h1.example', '--days', '1']);
    expect(made.status).toBe(0);
    expect(Object.keys(made.answer)).toEqual(['token']);
    const running = gateway ?? (await startGatewayProcess(data));
    const response = await fetch(`${running.url}/dicom-web/studies`, { headers: { authorization: `Bearer ${made.answer['token']}` } });
    expect([200, 204]).toContain(response.status);
    if (gateway === undefined) await running.stop();
  });

  test('a folder is imported; a second time there is nothing new', async () => {
    const first = await command(data, ['import', disc, '--facility', 'H1']);
    expect(first).toMatchObject({ status: 0, answer: { files: 6, stored: 5, duplicates: 0, notDicom: { count: 1 } } });
    if (gateway === undefined) return;
    const again = await command(data, ['import', disc, '--facility', 'H1']);
    expect(again).toMatchObject({ status: 0, answer: { stored: 0, duplicates: 5 } });
  });

  test('verify, reindex and audit verify find all in order', async () => {
    expect(await command(data, ['verify'])).toMatchObject({ status: 0, answer: { whole: 5, sound: true } });
    expect(await command(data, ['reindex'])).toMatchObject({ status: 0, answer: { alreadyIndexed: 5, indexed: 0 } });
    expect(await command(data, ['audit', 'verify'])).toMatchObject({ status: 0, answer: { intact: true } });
  });

  test('derived objects are made again, of a study, a facility or all; a study that nobody has is not found', async () => {
    expect(await command(data, ['derive', '--study', '2.25.1'])).toMatchObject({ status: 0, answer: { series: 1, failed: 0 } });
    const thumbnails = readdirSync(join(data, 'objects', 'derived', 'H1', '2.25.1', '2.25.1.1', 'thumbnail'));
    expect(thumbnails).toHaveLength(1);
    if (gateway === undefined) return;
    const path = join(data, 'objects', 'derived', 'H1', '2.25.1', '2.25.1.1', 'thumbnail', thumbnails[0] as string);
    const good = readFileSync(path);
    writeFileSync(path, 'damaged');
    expect(await command(data, ['derive', '--facility', 'H1'])).toMatchObject({ status: 0, answer: { series: 1, failed: 0 } });
    expect(readFileSync(path).equals(good)).toBe(true);
    expect(await command(data, ['derive', '--study', '2.25.404'])).toMatchObject({ status: 1, answer: { error: 'not-found' } });
    expect(await command(data, ['derive'])).toMatchObject({ status: 1, answer: { error: 'invalid' } });
  });

  test('a study is shared', async () => {
    expect(await command(data, ['facility', 'create', '--code', 'C1', '--name', '第一診療所'])).toMatchObject({ status: 0 });
    const until = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 'YYYY-MM-DD'.length);
    const shared = await command(data, ['share', '--study', '2.25.1', '--from', 'H1', '--to', 'C1', '--until', until]);
    expect(shared).toMatchObject({ status: 0, answer: { study: '2.25.1', from: 'H1', to: 'C1' } });
  });

  test('what a patient agreed to is put down, and opens what it covers', async () => {
    const until = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 'YYYY-MM-DD'.length);
    const add = (...more: readonly string[]) => command(data, ['consent', 'add', '--person', '1', ...more]);
    const made = await add('--basis', 'law', '--ground', 'statute', '--until', until);
    expect(made).toMatchObject({ status: 0, answer: { person: '1', facility: 'H1', to: 'region' } });
    expect(made.answer['studies']).toBeGreaterThan(0);
    if (gateway === undefined) return;
    expect(await add('--basis', 'paper')).toMatchObject({ status: 1, answer: { error: 'invalid' } });
    expect(await add('--basis', 'paper', '--document', 'nowhere.pdf')).toMatchObject({ status: 1, answer: { error: 'invalid' } });
    expect(await add('--basis', 'opt-out')).toMatchObject({ status: 1, answer: { error: 'invalid' } });
    expect(await add('--basis', 'law', '--facility', 'C1')).toMatchObject({ status: 1, answer: { error: 'not-found' } });
  });

  test('a backup is restored into an empty place, with record, accounts and studies', async () => {
    const file = join(folder, `${circumstances.length}.backup`);
    expect(await command(data, ['backup', file], PASSPHRASE)).toMatchObject({ status: 0, answer: { file, encryption: 'passphrase' } });
    const elsewhere = join(folder, `restored-${circumstances.length}`);
    mkdirSync(elsewhere);
    expect(await command(elsewhere, ['restore', file], PASSPHRASE)).toMatchObject({ status: 0, answer: { objects: 5 } });
    expect(await command(elsewhere, ['audit', 'verify'])).toMatchObject({ status: 0, answer: { intact: true } });
    if (gateway === undefined) return;
    expect(await command(elsewhere, ['verify'])).toMatchObject({ status: 0, answer: { whole: 5, sound: true } });
    expect(await command(elsewhere, ['token', 'create', '--user', 'sato@h1.example'])).toMatchObject({ status: 0 });
    expect(await command(elsewhere, ['restore', file], PASSPHRASE)).toMatchObject({ status: 1, answer: { error: 'conflict' } });
  });

  // Said by the command itself, whether the program runs or not.
  const refusals = circumstances === 'while it runs' ? REFUSALS : [];
  test.for(refusals)('%s is refused, said and counted as failure', async ([_, args, error]) => {
    const refused = await command(data, args);
    expect(refused).toMatchObject({ answer: { error } });
    expect(refused.status).not.toBe(0);
  });
});

test('a backup that was cut short is noticed and changes nothing', async () => {
  const file = join(folder, 'cut.backup');
  const whole = readFileSync(join(folder, `${'while it runs'.length}.backup`));
  writeFileSync(file, whole.subarray(0, whole.length - 40));
  const empty = join(folder, 'empty');
  mkdirSync(empty);
  expect((await command(empty, ['restore', file], PASSPHRASE)).status).not.toBe(0);
  expect(await command(empty, ['token', 'create', '--user', 'sato@h1.example'])).toMatchObject({ answer: { error: 'not-found' } });
});
