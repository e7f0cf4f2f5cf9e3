import { expect, test } from 'vitest';
import { isBirthDate, likenessOfBirthDates } from './birth-date-slips.ts';

test.each([
  ['19500412', '19500412', 'same'],
  ['19500412', '19500418', 'one-digit'],
  ['19500412', '19600412', 'one-digit'],
  ['19500412', '19500421', 'digits-swapped'],
  ['19540412', '19450412', 'digits-swapped'],
  ['19500412', '19501204', 'day-and-month-swapped'],
  ['19500412', '20130412', 'other-era'], // 昭和25 and 平成25
  ['19150412', '19290412', 'other-era'], // 大正4 and 昭和4
  ['19950412', '20250412', 'other-era'], // 平成7 and 令和7
  ['19500412', '19510412', 'next-year'],
  ['19500412', '19500101', 'day-unknown'],
  ['19500412', '19500401', 'day-unknown'],
  ['19500412', '19771130', 'differs'],
  ['19500412', '', 'unknown'],
  ['', '', 'unknown'],
  ['19501340', '19501340', 'unknown'],
  ['1950041', '1950041', 'unknown'],
  ['１９５００４１２', '19500412', 'unknown'],
])('%s and %s: %s', (one, other, likeness) => {
  expect([likenessOfBirthDates(one, other), likenessOfBirthDates(other, one)]).toEqual([likeness, likeness]);
});

test.each([
  ['20000229', true],
  ['19000229', false],
  ['20250431', false],
  ['00000000', false],
  ['18500101', false],
])('%s is a birth date: %s', (date, is) => {
  expect(isBirthDate(date)).toBe(is);
});
