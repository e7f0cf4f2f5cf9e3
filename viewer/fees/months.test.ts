import { expect, test } from 'vitest';
import { monthsBack } from './months.ts';

test.each([
  ['20261128', ['2026-11', '2026-10'], '2024-11'],
  ['20270101', ['2027-01', '2026-12'], '2025-01'],
])('%s', (today, first, last) => {
  const months = monthsBack(today);
  expect(months.slice(0, 2)).toEqual(first);
  expect(months.at(-1)).toBe(last);
});
