import { describe, expect, it } from 'vitest';
import { dateRange, isFiltered, parseStudyFilter, toggleModality, toStudyListQuery } from './study-filter.ts';

describe('parseStudyFilter', () => {
  it.each([
    ['nothing', {}, {}],
    [
      'everything',
      { q: '山田', modality: 'CT,MR', date: 'week', ownership: 'unopened', sort: 'exam' },
      { q: '山田', modality: 'CT,MR', date: 'week', ownership: 'unopened', sort: 'exam' },
    ],
    ['a preset wins over dates', { date: 'today', from: '20240101' }, { date: 'today' }],
    ['own dates', { from: '20240101', to: '20240131' }, { from: '20240101', to: '20240131' }],
    ['what nobody could mean', { q: 7, modality: 'ct,<b>', date: 'never', from: '1.1.2024', ownership: 'theirs', sort: 'up' }, { q: '7' }],
  ])('%s', (_name, search, expected) => {
    expect(parseStudyFilter(search)).toEqual(expected);
  });
});

it.each([
  ['today', { from: '20240301', to: '20240301' }],
  ['yesterday', { from: '20240229', to: '20240229' }],
  ['week', { from: '20240224', to: '20240301' }],
] as const)('dateRange %s', (preset, expected) => {
  expect(dateRange(preset, '20240301')).toEqual(expected);
});

it('asks the gateway for dates, not for presets', () => {
  expect(toStudyListQuery({ q: '  山田 ', date: 'today' }, '20240301')).toEqual({
    q: '山田',
    from: '20240301',
    to: '20240301',
    order: 'arrived',
  });
  expect(toStudyListQuery({ q: '   ' }, '20240301')).toEqual({ order: 'arrived' });
  expect(toStudyListQuery({ ownership: 'unopened', sort: 'exam' }, '20240301')).toEqual({ unopened: 'true', order: 'study-date' });
  expect(toStudyListQuery({ ownership: 'shared' }, '20240301')).toEqual({ ownership: 'shared', order: 'arrived' });
});

it('toggles a modality', () => {
  expect(toggleModality(undefined, ['MR'])).toBe('MR');
  expect(toggleModality('MR', ['CT'])).toBe('CT,MR');
  expect(toggleModality('CT,MR', ['CT'])).toBe('MR');
  expect(toggleModality('MR', ['MR'])).toBeUndefined();
  expect(toggleModality('CT', ['DX', 'CR'])).toBe('CR,CT,DX');
  expect(toggleModality('CR,CT', ['DX', 'CR'])).toBe('CT');
  expect(isFiltered({ sort: 'exam' })).toBe(false);
});
