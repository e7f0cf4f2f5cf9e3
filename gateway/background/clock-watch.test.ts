import { expect, test } from 'vitest';
import { DomainError } from '../domain/errors.ts';
import type { AuditEntry } from '../domain/record/audit.ts';
import { CLOCK_COMPARE_EVERY_MS, CLOCK_STEP_MS_MAX, startClockWatch } from './clock-watch.ts';

/** A clock and a steady one, and looks that end when the script of moves is at its end. */
async function watched(
  moves: readonly { readonly wall: number; readonly steady: number; readonly aheadMs?: number | 'away' }[],
  failures = 0,
  begins: number | 'away' = 0,
) {
  let wall = 1_000_000;
  let steady = 0;
  let left = failures;
  let aheadMs = begins;
  let compared = 0;
  const warned: string[] = [];
  const told: string[] = [];
  const recorded: AuditEntry[] = [];
  const logged: [string, unknown][] = [];
  const counted: unknown[] = [];
  const script = [...moves];
  let watch: { stop(): Promise<void> } | undefined;
  let ended: Promise<void> | undefined;
  await new Promise<void>((resolve) => {
    watch = startClockWatch({
      audit: {
        async append(entries) {
          if (left-- > 0) throw new DomainError('unavailable', 'away');
          recorded.push(...entries);
        },
      },
      clock: { now: () => new Date(wall) },
      steady: () => steady,
      log: {
        info: (event) => void told.push(event),
        warn: (event, fields) => void (event === 'clock.stepped' ? logged.push([event, fields]) : told.push(event)),
        error: (event) => void told.push(event),
      },
      counters: { add: (name, by, labels) => void counted.push([name, by, labels]) },
      databaseClock: {
        async compare() {
          compared++;
          if (aheadMs === 'away') throw new DomainError('unavailable', 'away');
          return aheadMs;
        },
      },
      warnings: { raise: async (code, detail, count) => void warned.push(`${code} ${detail} ${count}`) },
      machine: 'node-1',
      async pause() {
        const move = script.shift();
        if (move === undefined) {
          ended = watch?.stop();
          resolve();
          return;
        }
        wall += move.wall;
        steady += move.steady;
        aheadMs = move.aheadMs ?? aheadMs;
      },
    });
  });
  await ended;
  return { recorded, logged, counted, compared, warned, told };
}

const STILL = { wall: 1_000, steady: 1_000 };

test.each([
  ['runs on', [STILL, STILL], []],
  ['is slewed', Array.from({ length: 50 }, () => ({ wall: 1_500, steady: 1_000 })), []],
  ['steps by just what is allowed', [{ wall: 1_000 + CLOCK_STEP_MS_MAX, steady: 1_000 }], []],
  ['is set back a day', [STILL, { wall: 1_000 - 86_400_000, steady: 1_000 }, STILL], [-86_400_000]],
  ['is set forward', [{ wall: 7_201_000, steady: 1_000 }, STILL], [7_200_000]],
  [
    'is set back and right again',
    [
      { wall: -59_000, steady: 1_000 },
      { wall: 61_000, steady: 1_000 },
    ],
    [-60_000, 60_000],
  ],
])('a clock that %s', async (_, moves, steps) => {
  const { recorded, logged, counted } = await watched(moves);
  expect(recorded.map(({ action, what }) => [action, what])).toEqual(steps.map((stepMs) => ['clock-stepped', { stepMs }]));
  expect(logged).toHaveLength(steps.length);
  expect(counted).toEqual(steps.map((stepMs) => ['clock_steps', 1, { direction: stepMs < 0 ? 'backwards' : 'forwards' }]));
});

test('a step that cannot be put on record now is put there later', async () => {
  const { recorded } = await watched([{ wall: -59_000, steady: 1_000 }, STILL, STILL], 2);
  expect(recorded.map(({ what }) => what)).toEqual([{ stepMs: -60_000 }]);
});

const MINUTE = { wall: CLOCK_COMPARE_EVERY_MS, steady: CLOCK_COMPARE_EVERY_MS };
const WARNED = 'clock-drift node-1 1';

test.each<[string, number | 'away', Parameters<typeof watched>[0], { compared: number; told: string[]; warned: string[] }]>([
  ['is compared at start and each minute', 0, [STILL, STILL, MINUTE, STILL], { compared: 2, told: [], warned: [] }],
  ['differs by less than is told', 1_999, [STILL], { compared: 1, told: [], warned: [] }],
  ['is ahead from the start', 2_000, [STILL, MINUTE], { compared: 2, told: ['clock.drifts'], warned: [WARNED, WARNED] }],
  ['falls behind', 0, [{ ...MINUTE, aheadMs: -3_000 }], { compared: 2, told: ['clock.drifts'], warned: [WARNED] }],
  ['is set right', 3_000, [{ ...MINUTE, aheadMs: 0 }], { compared: 2, told: ['clock.drifts', 'clock.agrees-again'], warned: [WARNED] }],
  ['was set: at once', 0, [{ wall: -59_000, steady: 1_000, aheadMs: -60_000 }], { compared: 3, told: ['clock.refused'], warned: [WARNED] }],
  [
    'is refused, until it is right: with each look',
    59_999,
    [{ ...MINUTE, aheadMs: 60_000 }, STILL, { ...STILL, aheadMs: 0 }, STILL],
    { compared: 4, told: ['clock.drifts', 'clock.refused', 'clock.agrees-again'], warned: [WARNED, WARNED] },
  ],
  [
    'cannot be compared now: with the next look',
    'away',
    [STILL, { ...STILL, aheadMs: 5_000 }, STILL],
    { compared: 3, told: ['clock.not-compared', 'clock.drifts'], warned: [WARNED] },
  ],
])('beside the database’s, a clock that %s', async (_, begins, moves, expected) => {
  const { compared, told, warned } = await watched(moves, 0, begins);
  expect({ compared, told, warned }).toEqual(expected);
});
