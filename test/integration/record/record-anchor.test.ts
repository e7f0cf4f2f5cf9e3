/** A day's anchor that was printed finds what was done to the record since, though everything else that was signed has gone. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { readConfig } from '../../../gateway/config.ts';
import { main, startGateway } from '../../../gateway/main.ts';
import { openIndex } from '../../../storage/index/open.ts';
import type { Database } from '../../../storage/index/postgres/pool.ts';
import { appendAudit } from '../../../storage/index/record/audit.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { temporaryFolder } from '../../fixtures/gateway-process.ts';
import { rehash, tampered } from '../../fixtures/servers/record-tampering.ts';

const folder = temporaryFolder('record-anchor');
const region = join(folder, 'region');
let printed = '';
let copies = 0;

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

/** Three days, ten entries each, of which the last ends yesterday. */
async function fill(data: string): Promise<void> {
  const index = await openIndex({ dataFolder: data });
  for (const daysAgo of [3, 2, 1]) {
    const at = new Date(Date.now() - daysAgo * 86_400_000);
    const acts = Array.from({ length: 10 }, (_unused, n) => ({
      action: 'study-viewed' as const,
      outcome: 'success' as const,
      who: { kind: 'anonymous' as const },
      what: { count: n },
    }));
    await index.asOwner((database) => database.transaction((tx) => appendAudit(tx, acts, at)));
  }
  await index.close();
}

beforeAll(async () => {
  mkdirSync(region);
  await fill(region);
  const gateway = await startGateway(readConfig(settings(region)));
  await eventually(async () => (await gateway.stores.anchors.list()).anchors.length === 3);
  await gateway.close();
  const { answer } = await command(region, ['audit', 'anchors']);
  [printed = ''] = answer['anchors'] as string[];
});
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));

test('each day that is over has one, newest first, with how many entries it had', async () => {
  const { status, answer } = await command(region, ['audit', 'anchors']);
  expect(status).toBe(0);
  const numbers = (answer['anchors'] as string[]).map((text) => [/seq: (\d+)/, /count: (\d+)/].map((one) => Number(one.exec(text)?.[1])));
  expect(numbers).toEqual([
    [30, 10],
    [20, 10],
    [10, 10],
  ]);
  expect(printed).toMatch(
    /^RENKEI RECORD ANCHOR 1\nday: \d{4}-\d\d-\d\d\nepoch: 1\nseq: 30\ncount: 10\nhash: [0-9a-f]{64}\nkey: [0-9a-f]{16}\nsignature: \S{88}\n$/,
  );
});

test.each<[string, (text: string) => string]>([
  ['as it was printed', (text) => text],
  ['quoted in a mail, with other lines about it', (text) => `本日分です。\n\n${text.replace(/^/gm, '> ')}\n-- \n事務局`],
  ['broken into short lines', (text) => text.replace(/(.{20})/g, '$1\n')],
  ['in one line', (text) => text.replaceAll('\n', ' ')],
  ['typed in full-width letters', (text) => text.replace(/[a-z0-9:]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) + 0xfee0))],
])('is compared %s', async (_name, change) => {
  const { status, answer } = await command(region, ['audit', 'verify', '--anchor', change(printed)]);
  expect([status, answer['intact'], answer['anchor']]).toEqual([0, true, 'compared']);
  expect(answer['anchors']).toBe(3);
});

test('is read from a file', async () => {
  const file = join(folder, 'anchor.txt');
  writeFileSync(file, printed);
  expect((await command(region, ['audit', 'verify', '--anchor', file])).answer).toMatchObject({ intact: true, anchor: 'compared' });
});

test.each<[string, (text: string) => string, string]>([
  ['its number changed', (text) => text.replace('seq: 30', 'seq: 29'), 'forged'],
  ['its day changed', (text) => text.replace(/day: \d{4}/, 'day: 2001'), 'forged'],
  ['its key another', (text) => text.replace(/key: .*/, `key: ${'0'.repeat(16)}`), 'other-key'],
])('%s: told, and no success', async (_name, change, expected) => {
  const { status, answer } = await command(region, ['audit', 'verify', '--anchor', change(printed)]);
  expect([status, answer['anchor']]).toEqual([1, expected]);
});

test('what is no anchor is said to be none', async () => {
  const { status, answer } = await command(region, ['audit', 'verify', '--anchor', 'nothing of the kind']);
  expect(status).toBe(1);
  expect(answer).toMatchObject({ error: 'invalid', message: expect.stringContaining('RENKEI RECORD ANCHOR') });
});

describe('with every checkpoint and every kept anchor gone, the printed one finds', () => {
  const sql = (text: string) => (database: Database) => database.rows({ text });
  const anew = (text: string) => async (database: Database) => {
    await sql(text)(database);
    await rehash(database);
  };
  test.each<[string, (database: Database) => Promise<unknown>, object]>([
    [
      'an entry altered, all hashed anew',
      anew(`UPDATE audit SET entry = replace(entry, 'success', 'refused') WHERE seq = 7`),
      { because: 'otherwise-noted' },
    ],
    ['an entry removed, all hashed anew', anew('DELETE FROM audit WHERE seq = 7'), {}],
    [
      'two entries swapped, all hashed anew',
      anew('UPDATE audit a SET entry = b.entry FROM audit b WHERE a.seq + b.seq = 11 AND a.seq IN (3, 8)'),
      { because: 'otherwise-noted' },
    ],
    ['the end cut, the head set back', anew('DELETE FROM audit WHERE seq > 25'), { because: 'cut', firstBrokenSeq: 26 }],
    [
      'an entry altered',
      sql(`UPDATE audit SET entry = replace(entry, 'success', 'refused') WHERE seq = 7`),
      { because: 'chain', firstBrokenSeq: 7 },
    ],
  ])('%s', async (_name, change, expected) => {
    const data = await tampered(region, join(folder, `copy-${++copies}`), change);
    for (const name of readdirSync(data)) if (name === 'record-newest.json') rmSync(join(data, name));
    for (const prefix of ['record', 'record-anchors']) rmSync(join(data, 'objects', prefix), { recursive: true, force: true });
    const { status, answer } = await command(data, ['audit', 'verify', '--anchor', printed]);
    expect(status).toBe(1);
    expect(answer).toMatchObject({ intact: false, ...expected });
    expect(answer['checkpoints']).toBe(0);
  });
});
