import { describe, expect, it } from 'vitest';
import { addDays, ageOn, daToInput, eraYear, formatDA, formatInstant, formatTM, inputToDA, parseDA } from './dates.ts';

describe('parseDA', () => {
  it.each([
    ['20240229', { year: 2024, month: 2, day: 29 }],
    ['1999.09.09', { year: 1999, month: 9, day: 9 }],
    ['20230229', undefined],
    ['20231301', undefined],
    ['', undefined],
    ['2023', undefined],
    ['不明', undefined],
  ])('%s', (da, expected) => {
    expect(parseDA(da)).toEqual(expected);
  });
});

describe('formatDA', () => {
  it('writes each language its own way', () => {
    expect(formatDA('19620514', 'ja')).toBe('1962/05/14');
    expect(formatDA('19620514', 'en')).toBe('14 May 1962');
    expect(formatDA('19710918', 'en')).toBe('18 Sep 1971');
  });
  it('shows what it cannot read', () => {
    expect(formatDA('unknown', 'ja')).toBe('unknown');
    expect(formatDA('', 'en')).toBe('');
  });
});

describe('eraYear', () => {
  it.each([
    ['19620514', 'S37'],
    ['19890107', 'S64'],
    ['19890108', 'H1'],
    ['20190430', 'H31'],
    ['20190501', 'R1'],
    ['19260101', 'T15'],
    ['18000101', ''],
    ['bad', ''],
  ])('%s → %s', (da, expected) => {
    expect(eraYear(da, 'ja')).toBe(expected);
  });
  it('is left out in English', () => {
    expect(eraYear('19620514', 'en')).toBe('');
  });
});

describe('ageOn', () => {
  it.each([
    ['the day before the birthday', '19620514', '20240513', { unit: 'years', count: 61 }],
    ['the birthday', '19620514', '20240514', { unit: 'years', count: 62 }],
    ['born on a leap day', '20000229', '20240228', { unit: 'years', count: 23 }],
    ['under two years', '20230110', '20241209', { unit: 'months', count: 22 }],
    ['under a month', '20240101', '20240131', { unit: 'days', count: 30 }],
    ['on the day of birth', '20240101', '20240101', { unit: 'days', count: 0 }],
    ['before birth', '20240102', '20240101', undefined],
    ['no birth date', '', '20240101', undefined],
  ])('%s', (_name, birth, on, expected) => {
    expect(ageOn(birth, on)).toEqual(expected);
  });
});

describe('formatTM', () => {
  it.each([
    ['094100.000000', '09:41'],
    ['0941', '09:41'],
    ['09', '09:00'],
    ['09:41:00', '09:41'],
    ['', ''],
    ['99', ''],
  ])('%s → %s', (tm, expected) => {
    expect(formatTM(tm)).toBe(expected);
  });
});

it('moves over the end of a year and back into an input', () => {
  expect(addDays('20241231', 1)).toBe('20250101');
  expect(addDays('20240301', -1)).toBe('20240229');
  expect(daToInput('20240229')).toBe('2024-02-29');
  expect(inputToDA('2024-02-29')).toBe('20240229');
});

it('an instant has the day as a date has it, and the time beside it', () => {
  const at = new Date(2026, 8, 3, 7, 5).toISOString();
  expect(formatInstant(at, 'ja')).toBe('2026/09/03 07:05');
  expect(formatInstant(at, 'en')).toBe('3 Sep 2026 07:05');
});
