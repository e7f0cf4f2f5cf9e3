import { expect, it } from 'vitest';
import { nextRow } from './study-list.tsx';

it.each([
  ['ArrowDown', 3, 4],
  ['ArrowUp', 3, 2],
  ['PageDown', 3, 11],
  ['Home', 3, 0],
  ['End', 3, 99],
  ['a', 3, undefined],
  ['ArrowDown', Number.NaN, undefined],
])('%s from row %s', (key, from, expected) => {
  expect(nextRow(key, from, 8, 100)).toBe(expected);
});
