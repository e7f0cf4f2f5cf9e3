import { expect, test } from 'vitest';
import { DomainError } from '../domain/errors.ts';
import type { AuditEntry } from '../domain/record/audit.ts';
import { CLOCK_STEP_MS_MAX, startClockWatch } from './clock-watch.ts';

/** A clock and a steady one, and looks that end when the script of moves is at its end. */
async function watched(moves: readonly { readonly wall: number; readonly steady: number }[], failures = 0) {
  let wall = 1_000_000;
  let steady = 0;
  let left = failures;
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
      log: { info: () => {}, warn: (event, fields) => void logged.push([event, fields]), error: () => {} },
      counters: { add: (name, by, labels) => void counted.push([name, by, labels]) },
      async pause() {
        const move = script.shift();
        if (move === undefined) {
          ended = watch?.stop();
          resolve();
          return;
        }
        wall += move.wall;
        steady += move.steady;
      },
    });
  });
  await ended;
  return { recorded, logged, counted };
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
