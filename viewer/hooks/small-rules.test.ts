import { describe, expect, it } from 'vitest';
import { ApiError, queryString } from '../api/http.ts';
import { signInProblem } from '../components/sign-in-form.tsx';
import { nextRow } from '../components/study-list.tsx';
import { formatBytes } from '../i18n/format-bytes.ts';
import { isFinal } from '../query-client.ts';
import { parseSearch, stringifySearch } from '../search-text.ts';
import { parseAETitles, writeAETitles } from './ae-titles.ts';
import { problemText } from './cell-problem.ts';
import { passwordFlaw } from './new-password.ts';
import { mayRunUntil, untilAfter } from './share-until.ts';

describe('shares', () => {
  it.each([
    ['2024-03-01', true],
    ['2024-02-29', false],
    ['2029-02-27', true],
    ['2040-01-01', false],
    ['', false],
  ])('may run until %s, asked on 2024-03-01: %s', (value, expected) => {
    expect(mayRunUntil(value, '20240301')).toBe(expected);
  });
  it('counts days over a leap day', () => {
    expect(untilAfter('20240228', 2)).toBe('2024-03-01');
  });
});

describe('AE titles', () => {
  it.each([
    ['', { entries: [] }],
    ['PACS1\n\n CT_ROOM 10.0.0.0/8 ', { entries: [{ aeTitle: 'PACS1' }, { aeTitle: 'CT_ROOM', addressRange: '10.0.0.0/8' }] }],
    ['"MY PACS"', { entries: [{ aeTitle: 'MY PACS' }] }],
    ['SEVENTEEN_LETTERS', { invalid: 'SEVENTEEN_LETTERS' }],
    ['BACK\\SLASH', { invalid: 'BACK\\SLASH' }],
    ['A B C', { invalid: 'A B C' }],
  ])('%j', (text, expected) => {
    expect(parseAETitles(text)).toEqual(expected);
  });
  it('are written as they are read', () => {
    const text = '"MY PACS" 10.0.0.0/8\nPACS1';
    const parsed = parseAETitles(text);
    expect('entries' in parsed ? writeAETitles(parsed.entries) : '').toBe(text);
  });
});

describe('what went wrong', () => {
  it.each([
    [new ApiError(401, { error: 'unauthenticated' }), 'wrong'],
    [new ApiError(503, { error: 'busy' }), 'locked'],
    [new ApiError(429, {}), 'locked'],
    [new ApiError(0, {}), 'other'],
    [new ApiError(500, {}), 'other'],
  ])('at sign-in, %s', (error, expected) => {
    expect(signInProblem(error)).toBe(expected);
  });
  it.each([
    [undefined, 'study.failedDecode'],
    [0, 'study.failedNetwork'],
    [401, 'study.failedSignIn'],
    [404, 'study.failedGone'],
    [406, 'study.failedDecode'],
    [503, 'study.failedServer'],
  ])('with a picture, status %s', (status, expected) => {
    expect(problemText({ status })).toBe(expected);
  });
  it.each([
    [404, true],
    [429, false],
    [500, false],
    [0, false],
  ])('status %s is final: %s', (status, expected) => {
    expect(isFinal(new ApiError(status, {}))).toBe(expected);
  });
});

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

it.each([
  ['short', 'short', 'short'],
  ['quite long enough', 'quite long enougg', 'mismatch'],
  ['quite long enough', 'quite long enough', undefined],
  ['kR7#qw2!', 'kR7#qw2!', undefined],
  ['kR7qw2xm', 'kR7qw2xm', 'short'],
  ['東京都港区芝公園四丁目二番', '東京都港区芝公園四丁目二番', undefined],
] as const)('password %s / %s', (next, repeat, expected) => {
  expect(passwordFlaw(next, repeat)).toBe(expected);
});

it('keeps digits in an address as text', () => {
  expect(parseSearch('?q=00012345&expired=true')).toEqual({ q: '00012345', expired: true });
  expect(stringifySearch({ q: '山田', date: undefined, modality: '' })).toBe('?q=%E5%B1%B1%E7%94%B0');
  expect(stringifySearch({})).toBe('');
  expect(queryString({ q: 'a b', after: undefined, limit: 60 })).toBe('?q=a+b&limit=60');
});

it('writes sizes in three digits', () => {
  expect([0, 999, 12_345, 123_456_789].map(formatBytes)).toEqual(['0 B', '999 B', '12.3 kB', '123 MB']);
});
