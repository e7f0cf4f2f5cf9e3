import { describe, expect, it } from 'vitest';
import type { StudyOnLine } from '../../gateway/api/contract/patients.ts';
import { studyOf } from '../../test/fixtures/viewer/samples.ts';
import { chosenWith, lineOfTime } from './line-of-time.ts';

const on = (studyDate: string, n: number): StudyOnLine => ({ ...studyOf({ studyDate, studyInstanceUID: `2.25.${n}` }), bodyParts: [] });
const line = (dates: string) =>
  lineOfTime(
    dates
      .split(' ')
      .filter((date) => date !== '')
      .map((date, n) => on(date === '-' ? '' : date, n)),
  ).map((item) =>
    item.kind === 'year'
      ? `y${item.date.slice(0, 4)}`
      : item.kind === 'gap'
        ? `${item.months}m`
        : item.kind === 'letter'
          ? `letter ${item.letter.id}`
          : item.study.studyDate,
  );

describe('the line of time', () => {
  it.each([
    ['nothing', '', []],
    ['a year is told once', '20260301 20260115', ['y2026', '20260301', '20260115']],
    ['the turn of a year alone is no gap', '20260105 20251220', ['y2026', '20260105', 'y2025', '20251220']],
    ['two years and three months, less a day', '20260401 20240102', ['y2026', '20260401', '26m', 'y2024', '20240102']],
    ['two years and three months', '20260402 20240102', ['y2026', '20260402', '27m', 'y2024', '20240102']],
    ['half a year, less a day', '20260801 20260202', ['y2026', '20260801', '20260202']],
    ['half a year', '20260801 20260201', ['y2026', '20260801', '6m', '20260201']],
    ['two on one day', '20260301 20260301', ['y2026', '20260301', '20260301']],
    ['without a date, or with what is none', '20260301 - -', ['y2026', '20260301', 'y', '', '']],
    ['no day of the calendar', '20261345 20250101', ['y', '20261345', 'y2025', '20250101']],
  ])('%s', (_name, dates, expected) => {
    expect(line(dates)).toEqual(expected);
  });

  it('has a key of its own for each item, also where the same study is two facilities’', () => {
    const studies = [on('20260301', 1), { ...on('20260301', 1), exact: 'clinic~1' }, on('', 2), on('20200101', 3), on('20261301', 4)];
    const keys = lineOfTime(studies).map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
  });
});

it.each([
  ['', 'a', 'a'],
  ['a', 'b', 'a b'],
  ['a b', 'c', 'b c'],
  ['a b', 'a', 'b'],
])('chosen %j, then %s', (chosen, key, expected) => {
  expect(
    chosenWith(
      chosen.split(' ').filter((one) => one !== ''),
      key,
    ).join(' '),
  ).toBe(expected);
});
