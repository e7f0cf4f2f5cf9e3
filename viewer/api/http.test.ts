import { expect, it } from 'vitest';
import { ApiError, isFinal, queryString } from './http.ts';

it.each([
  [404, true],
  [429, false],
  [500, false],
  [0, false],
])('status %s is final: %s', (status, expected) => {
  expect(isFinal(new ApiError(status, {}))).toBe(expected);
});

it('writes a query without its empty members', () => {
  expect(queryString({ q: 'a b', after: undefined, limit: 60 })).toBe('?q=a+b&limit=60');
});
