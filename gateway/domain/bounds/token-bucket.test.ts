import { expect, it } from 'vitest';
import { createTokenBuckets } from './token-bucket.ts';

/** Two a second, five at most: whose bucket, what it takes, the clock, what was left before. */
const CASES: readonly (readonly [string, readonly (readonly [string, number, number, number])[]])[] = [
  ['begins full', [['A', 0, 1_000, 5]]],
  [
    'fills at its rate',
    [
      ['A', 5, 0, 5],
      ['A', 0, 250, 0.5],
      ['A', 0, 1_000, 2],
    ],
  ],
  [
    'never past its most',
    [
      ['A', 1, 0, 5],
      ['A', 0, 3_600_000, 5],
    ],
  ],
  [
    'one does not pay for another',
    [
      ['A', 5, 0, 5],
      ['B', 0, 0, 5],
      ['A', 0, 0, 0],
    ],
  ],
  [
    'a debt is paid back first',
    [
      ['A', 7, 0, 5],
      ['A', 0, 1_000, 0],
    ],
  ],
  [
    'of many, who asked longest ago begins anew',
    [
      ['A', 5, 0, 5],
      ['B', 5, 0, 5],
      ['A', 0, 0, 0],
      ['C', 0, 0, 5],
      ['A', 0, 0, 0],
      ['B', 0, 0, 5],
    ],
  ],
];

it.each(CASES)('%s', (_, steps) => {
  let nowMs = 0;
  const buckets = createTokenBuckets(2, () => nowMs);
  for (const [key, taken, atMs, left] of steps) {
    nowMs = atMs;
    const bucket = buckets.refilled(key, 2, 5);
    expect(bucket.left).toBe(left);
    bucket.left -= taken;
  }
});
