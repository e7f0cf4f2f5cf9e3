import { describe, expect, test } from 'vitest';
import { isMonth, MONTHS_LOOKED_BACK, monthBounds, monthsLater } from './fee-month.ts';

test.each([
  ['2026-10', true],
  ['2026-00', false],
  ['2026-13', false],
  ['2026-1', false],
  ['0000-01', false],
  ['9999-12', false],
  ['2026-10-01', false],
  ['２０２６-10', false],
  ['', false],
])('%s is a month: %s', (text, expected) => expect(isMonth(text)).toBe(expected));

test.each([
  ['2026-10', 1, '2026-11'],
  ['2026-12', 1, '2027-01'],
  ['2026-02', -2, '2025-12'],
])('%s and %i months', (month, months, expected) => expect(monthsLater(month, months)).toBe(expected));

describe('a month begins and ends as the region’s clocks say', () => {
  test.each([
    ['Asia/Tokyo', '2026-10', '2026-09-30T15:00:00.000Z', '2026-10-31T14:59:59.999Z'],
    ['Asia/Tokyo', '2028-02', '2028-01-31T15:00:00.000Z', '2028-02-29T14:59:59.999Z'],
    ['Asia/Tokyo', '2026-12', '2026-11-30T15:00:00.000Z', '2026-12-31T14:59:59.999Z'],
    ['UTC', '2026-10', '2026-10-01T00:00:00.000Z', '2026-10-31T23:59:59.999Z'],
    ['Europe/Berlin', '2026-10', '2026-09-30T22:00:00.000Z', '2026-10-31T22:59:59.999Z'],
  ])('%s %s', (timeZone, month, from, to) => {
    expect(monthBounds(month, timeZone)).toEqual({ from: new Date(from), to: new Date(to) });
  });
});

test('the longest interval of a rule is looked back over', () => expect(MONTHS_LOOKED_BACK).toBe(2));
