import { expect, test } from 'vitest';
import { AUDIT_GENESIS_HASH } from '../domain/record/audit.ts';
import {
  CHECKPOINTS_MAX,
  checkpointKey,
  pointsOf,
  type RecordCheckpoint,
  type RecordPoint,
  toThin,
} from '../domain/record/record-proof.ts';
import { LOOKS_BEFORE_TOLD, ROUNDS_A_CHECKPOINT, startRecordWatch } from './record-watch.ts';

/** A record whose hashes are what the test says, followed for as many rounds as the script has steps. */
async function followed(
  script: readonly ((hashes: string[], kept: RecordCheckpoint[]) => void)[],
  before: readonly RecordCheckpoint[] = [],
) {
  const hashes: string[] = [AUDIT_GENESIS_HASH];
  const newest: RecordCheckpoint[] = [];
  const stored: RecordCheckpoint[] = [...before];
  const told: unknown[] = [];
  const steps = [...script];
  steps.shift()?.(hashes, stored);
  let ended: Promise<void> | undefined;
  let watch: ReturnType<typeof startRecordWatch> | undefined;
  await new Promise<void>((resolve) => {
    watch = startRecordWatch({
      audit: {
        head: async () => ({ seq: hashes.length - 1, hash: hashes.at(-1) ?? '' }),
        async walk(from: RecordPoint, limit: number) {
          if (hashes[from.seq] !== from.hash) return { brokenSeq: from.seq };
          const seq = Math.min(hashes.length - 1, from.seq + limit);
          return { to: { seq, hash: hashes[seq] ?? '' } };
        },
      },
      proofs: {
        read: async () => ({ proven: [...stored, ...newest.slice(-1)], ofOtherKeys: 0, forged: 0 }),
        keepNewest: async (checkpoint) => void newest.push(checkpoint),
        append: async (checkpoint) => void stored.push(checkpoint),
      },
      clock: { now: () => new Date(0) },
      log: { info: () => {}, warn: () => {}, error: (event, fields) => void told.push([event, fields?.['firstBrokenSeq']]) },
      counters: { add: (name) => void told.push(name) },
      async pause() {
        const step = steps.shift();
        if (step === undefined) {
          ended = watch?.stop();
          resolve();
          return;
        }
        step(hashes, stored);
      },
    });
  });
  await ended;
  return { newest, stored, told, intact: watch?.intact() };
}

const grow =
  (...added: string[]) =>
  (hashes: string[]) =>
    void hashes.push(...added);
const nothing = () => {};
const rounds = (count: number) => Array.from({ length: count }, () => nothing);
const checkpoint = (epoch: number, seq: number, hash: string, more: Partial<RecordCheckpoint> = {}): RecordCheckpoint => ({
  epoch,
  kind: 'regular',
  seq,
  hash,
  keeps: 0,
  at: '',
  why: '',
  ...more,
});

test('what is new is signed for beside the program at once, in the store at start, now and then and at the end', async () => {
  const { newest, stored, told, intact } = await followed([
    grow('a'),
    grow('b'),
    nothing,
    grow('c'),
    ...rounds(ROUNDS_A_CHECKPOINT),
    grow('d'),
  ]);
  expect(newest.map(({ seq, hash }) => [seq, hash])).toEqual([
    [1, 'a'],
    [2, 'b'],
    [3, 'c'],
    [4, 'd'],
  ]);
  expect(stored.map(({ seq }) => seq)).toEqual([1, 3, 4]);
  expect({ told, intact }).toEqual({ told: [], intact: true });
});

test('more entries than one walk takes are all followed in one round', async () => {
  const { newest } = await followed([grow(...Array.from({ length: 1_234 }, (_, n) => `h${n}`))]);
  expect(newest.at(-1)?.seq).toBe(1_234);
});

test.each<[string, (hashes: string[]) => void]>([
  ['cut', (hashes) => void hashes.splice(2)],
  ['hashed anew', (hashes) => void hashes.fill('x', 1)],
])('a record that was %s is told once, and never signed for', async (_, tamper) => {
  const { newest, stored, told, intact } = await followed([grow('a', 'b', 'c'), tamper, ...rounds(LOOKS_BEFORE_TOLD), grow('z'), nothing]);
  expect(told).toEqual(['record_breaks', ['record.broken', 3]]);
  expect(intact).toBe(false);
  expect([...newest, ...stored].every(({ hash }) => hash === 'c')).toBe(true);
});

test('what was done while no program ran is found by what was signed before', async () => {
  const { told } = await followed([grow('a', 'B'), ...rounds(LOOKS_BEFORE_TOLD)], [checkpoint(1, 2, 'b')]);
  expect(told).toContain('record_breaks');
});

test('a restore beside the running program is no break once its epoch has begun', async () => {
  const { told, stored, intact } = await followed([
    grow('a', 'b', 'c'),
    (hashes) => void hashes.splice(1, 3, 'A'),
    (_, stored_) => void stored_.push(checkpoint(2, 1, 'A', { kind: 'begin' })),
    ...rounds(ROUNDS_A_CHECKPOINT),
    grow('B'),
  ]);
  expect({ told, intact }).toEqual({ told: [], intact: true });
  expect(stored.at(-1)).toMatchObject({ epoch: 2, seq: 2, hash: 'B' });
});

test.each<[string, readonly RecordCheckpoint[], readonly number[]]>([
  ['one epoch: all, in order', [checkpoint(1, 9, 'i'), checkpoint(1, 3, 'c')], [3, 9]],
  [
    'another epoch that keeps a part',
    [checkpoint(1, 3, 'c'), checkpoint(1, 9, 'i'), checkpoint(2, 6, 'F', { kind: 'begin', keeps: 5 })],
    [3, 6],
  ],
  ['another that keeps nothing', [checkpoint(1, 3, 'c'), checkpoint(2, 1, 'A', { kind: 'begin' }), checkpoint(2, 4, 'D')], [1, 4]],
  [
    'a third that keeps less than the second',
    [checkpoint(1, 3, 'c'), checkpoint(2, 5, 'e', { kind: 'begin', keeps: 4 }), checkpoint(3, 2, 'b', { kind: 'begin', keeps: 1 })],
    [2],
  ],
  ['before any entry', [checkpoint(1, 0, AUDIT_GENESIS_HASH, { kind: 'begin' })], []],
])('%s', (_, proven, seqs) => {
  expect(pointsOf(proven).map(({ seq }) => seq)).toEqual(seqs);
});

test('objects of an epoch are bounded; its beginning, the newer half and every second old one stay', () => {
  let keys = [checkpointKey(checkpoint(7, 0, '', { kind: 'begin' }), 'w')];
  for (let seq = 1; seq <= 5_000; seq++) {
    keys.push(checkpointKey(checkpoint(7, seq, ''), 'w'));
    const gone = new Set(toThin(keys));
    keys = keys.filter((key) => !gone.has(key));
    expect(keys.length).toBeLessThanOrEqual(CHECKPOINTS_MAX);
  }
  expect(keys[0]).toContain('-begin-');
  expect(keys.slice(-100).map((key) => Number(key.slice(14, 29)))).toEqual(Array.from({ length: 100 }, (_, n) => 4_901 + n));
});
