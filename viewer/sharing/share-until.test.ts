import { describe, expect, it } from 'vitest';
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
