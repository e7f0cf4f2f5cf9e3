/** A look at the whole record that was broken off is taken up where it was, and passes nothing that it should find. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RecordProofs } from '../../../gateway/domain/record/record-proof.ts';
import { RESUMED_MS_MAX } from '../../../gateway/domain/record/record-proof.ts';
import { verifyRecord } from '../../../gateway/usecases/record/verify-record.ts';
import { type OpenedIndex, openIndex } from '../../../storage/index/open.ts';
import type { Database } from '../../../storage/index/postgres/pool.ts';
import { openObjects } from '../../../storage/objects/open.ts';
import { openRecordKey } from '../../../storage/record-key.ts';
import { recordProofs } from '../../../storage/record-proofs.ts';
import { temporaryFolder } from '../../fixtures/gateway-process.ts';
import { rehash, tampered } from '../../fixtures/servers/record-tampering.ts';

const ENTRIES = 90;
const PAGE = 2;
/** Where a note is made first: twenty pages. */
const NOTED = 40;
const NO_ANCHORS = { list: async () => ({ anchors: [], forged: 0 }), judge: () => 'ours' as const };
const NOW = Date.parse('2026-11-28T00:00:00Z');
const folder = temporaryFolder('record-resumed');
const region = join(folder, 'region');
let copies = 0;

interface Opened {
  readonly index: OpenedIndex;
  readonly proofs: RecordProofs;
}

async function opened<T>(data: string, work: (parts: Opened) => Promise<T>): Promise<T> {
  const index = await openIndex({ dataFolder: data });
  const objects = await openObjects({ dataFolder: data });
  try {
    return await work({ index, proofs: recordProofs({ objects, dataFolder: data, key: await openRecordKey(data, undefined) }) });
  } finally {
    await objects.close();
    await index.close();
  }
}

/** `killed`: the program ends when it has noted how far it came. */
async function verify({ index, proofs }: Opened, { now = NOW, killed = false, anew = false } = {}) {
  const audit: Pick<OpenedIndex['audit'], 'head' | 'verify'> = {
    head: () => index.audit.head(),
    verify: (points, options = {}) =>
      index.audit.verify(points, {
        ...options,
        page: PAGE,
        heard: async (to) => {
          await options.heard?.(to);
          if (killed) throw new Error('killed');
        },
      }),
  };
  const report = await verifyRecord({ audit, proofs, anchors: NO_ANCHORS, clock: { now: () => new Date(now) } }, { anew });
  return { ...report.verdict, resumedFrom: report.resumedFrom };
}

beforeAll(async () => {
  await opened(region, async (parts) => {
    const { index, proofs } = parts;
    for (let n = 0; n < ENTRIES; n += 1)
      await index.audit.append([{ action: 'study-viewed', outcome: 'success', who: { kind: 'anonymous' }, what: { count: n } }]);
    const head = await index.audit.head();
    const [tenth] = await index.database.rows({ text: 'SELECT seq, hash FROM audit WHERE seq = 10' });
    const checkpoint = { epoch: 1, kind: 'regular' as const, keeps: 0, at: '', why: '' };
    await proofs.append({ ...checkpoint, seq: 10, hash: tenth?.['hash'] });
    await proofs.append({ ...checkpoint, ...head });
    await expect(verify(parts, { killed: true })).rejects.toThrow('killed');
    expect(await proofs.progress()).toMatchObject({ seq: NOTED });
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));

const INTACT = { intact: true, entries: ENTRIES };
const sql = (text: string) => (database: Database) => database.rows({ text });
const swap = (seq: number) => sql(`UPDATE audit SET entry = replace(entry, 'success', 'refused') WHERE seq = ${seq}`);
const nothing = async () => {};
const rehashed = (change: (database: Database) => Promise<unknown>) => async (database: Database) => {
  await change(database);
  await rehash(database);
};

test.each<[string, (database: Database) => Promise<unknown>, Parameters<typeof verify>[1], object]>([
  ['nothing was done to it', nothing, {}, { ...INTACT, resumedFrom: NOTED }],
  ['it is to begin anew', nothing, { anew: true }, { ...INTACT, resumedFrom: undefined }],
  ['the time is over', nothing, { now: NOW + RESUMED_MS_MAX + 1 }, { ...INTACT, resumedFrom: undefined }],
  ['the clock was set back', nothing, { now: NOW - 1 }, { ...INTACT, resumedFrom: undefined }],
  ['an entry behind the mark was altered', swap(60), {}, { intact: false, firstBrokenSeq: 60, because: 'chain' }],
  ['the entry at the mark was altered', swap(NOTED), { anew: true }, { intact: false, firstBrokenSeq: NOTED, because: 'chain' }],
  ['the tail was cut', rehashed(sql('DELETE FROM audit WHERE seq > 70')), {}, { intact: false, firstBrokenSeq: 71, because: 'cut' }],
  ['cut to before the mark', rehashed(sql('DELETE FROM audit WHERE seq > 20')), {}, { intact: false, firstBrokenSeq: 21, because: 'cut' }],
  [
    'an entry before the mark was altered, all hashed anew',
    rehashed(swap(5)),
    {},
    { intact: false, firstBrokenSeq: 1, because: 'otherwise-noted' },
  ],
  ['one behind it, all hashed anew', rehashed(swap(60)), {}, { intact: false, firstBrokenSeq: 11, because: 'otherwise-noted' }],
])('%s', async (_name, change, how, expected) => {
  const data = await tampered(region, join(folder, `copy-${++copies}`), change);
  await opened(data, async (parts) => {
    expect(await verify(parts, how)).toMatchObject(expected);
    // It came to its end, whatever that was.
    expect(await parts.proofs.progress()).toBeUndefined();
  });
});

test('a mark that our key did not sign says nothing', async () => {
  const data = await tampered(region, join(folder, `copy-${++copies}`), swap(60));
  const file = join(data, 'record-verified.json');
  const kept = JSON.parse(readFileSync(file, 'utf8')) as object;
  await opened(data, async (parts) => {
    const [last] = await parts.index.database.rows({ text: 'SELECT hash FROM audit WHERE seq = 80' });
    for (const text of [JSON.stringify({ ...kept, seq: 80, hash: last?.['hash'] }), '{', '']) {
      writeFileSync(file, text);
      expect(await verify(parts)).toMatchObject({ intact: false, firstBrokenSeq: 60, resumedFrom: undefined });
    }
  });
});
