import { expect, test } from 'vitest';
import { createShareOfTime } from './share-of-time.ts';

const LIMITS = { share: 0.1, burstMs: 1_000, restMsMax: 5_000, usersMax: 2 };

/** Times in ms: [of whom, how long, until when, the rest it brings]. */
const CASES: readonly (readonly [string, readonly (readonly [string, number, number, number])[]])[] = [
  [
    'a burst costs no rest',
    [
      ['A', 600, 600, 0],
      ['A', 400, 1_000, 0],
    ],
  ],
  [
    'then ten times as long is to be done without',
    [
      ['A', 1_000, 1_000, 0],
      ['A', 100, 1_100, 1_000],
    ],
  ],
  [
    'who has done without may have it again',
    [
      ['A', 1_100, 1_100, 1_000],
      ['A', 50, 2_150, 500],
    ],
  ],
  [
    'what was not used is saved up, no more than a burst',
    [
      ['A', 1_000, 1_000, 0],
      ['A', 1_000, 1_000_000, 0],
      ['A', 10, 1_000_010, 100],
    ],
  ],
  [
    'no rest is longer than its bound, nor is the next one',
    [
      ['A', 60_000, 60_000, 5_000],
      ['A', 10, 65_010, 100],
    ],
  ],
  [
    'one does not pay for another',
    [
      ['A', 2_000, 2_000, 5_000],
      ['B', 500, 2_500, 0],
    ],
  ],
  [
    'of many, who is longest away begins anew',
    [
      ['A', 1_000, 1_000, 0],
      ['B', 1, 1_001, 0],
      ['C', 1, 1_002, 0],
      ['A', 1_000, 2_002, 0],
    ],
  ],
];

test.each(CASES)('%s', (_name, steps) => {
  const share = createShareOfTime(LIMITS);
  const rests = steps.map(([user, usedMs, nowMs]) => {
    share.used(user, usedMs, nowMs);
    return Math.round(share.restMs(user, nowMs));
  });
  expect(rests).toEqual(steps.map(([, , , rest]) => rest));
});

test('the rest passes with the time', () => {
  const share = createShareOfTime(LIMITS);
  share.used('A', 1_100, 1_100);
  expect([1_100, 1_600, 2_100, 9_000].map((now) => Math.round(share.restMs('A', now)))).toEqual([1_000, 500, 0, 0]);
});
