import { describe, expect, it } from 'vitest';
import { isUnread } from './notices-seen.ts';

describe('isUnread', () => {
  it.each([
    ['never looked', '2026-11-24T00:00:00.000Z', null, true],
    ['newer than the last look', '2026-11-24T00:00:00.001Z', '2026-11-24T00:00:00.000Z', true],
    ['the one that was seen', '2026-11-24T00:00:00.000Z', '2026-11-24T00:00:00.000Z', false],
    ['older', '2026-11-23T23:59:59.999Z', '2026-11-24T00:00:00.000Z', false],
    ['what was remembered is no time', '2026-11-24T00:00:00.000Z', 'yesterday', true],
    ['what happened has no time', '', '2026-11-24T00:00:00.000Z', false],
  ])('%s', (_name, at, seen, expected) => {
    expect(isUnread(at, seen)).toBe(expected);
  });
});
