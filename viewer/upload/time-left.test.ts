import { expect, it } from 'vitest';
import { TimeLeft } from './time-left.ts';

it.each<[string, readonly (readonly [seconds: number, bytes: number])[], number | undefined]>([
  ['nothing yet', [], undefined],
  ['one moment', [[0, 0]], undefined],
  [
    'too short to say',
    [
      [0, 0],
      [2, 500],
    ],
    undefined,
  ],
  [
    'nothing has moved',
    [
      [0, 100],
      [10, 100],
    ],
    undefined,
  ],
  [
    'even',
    [
      [0, 0],
      [5, 500],
      [10, 1000],
    ],
    90,
  ],
  [
    'by the last twenty seconds, not by a quick start',
    [
      [0, 0],
      [1, 5000],
      [11, 5100],
      [21, 5200],
      [31, 5300],
    ],
    470,
  ],
  [
    'all is done',
    [
      [0, 0],
      [10, 10_000],
    ],
    0,
  ],
])('%s', (_name, moments, expected) => {
  const left = new TimeLeft();
  for (const [seconds, bytes] of moments) left.note(seconds * 1000, bytes);
  expect(left.seconds(10_000)).toBe(expected);
});
