import { describe, expect, test } from 'vitest';
import { CHECKED_FILES_MAX, CHECKED_FOR_MS, CHECKED_RANGES_MAX, CheckedRanges } from './checked-ranges.ts';

const STAMP = { dev: 1, ino: 2, size: 100, mtimeMs: 1_000.25, ctimeMs: 1_000.25 };
const LATER = 100_000;

function started(now = { ms: LATER }) {
  const checked = new CheckedRanges(() => now.ms);
  checked.add('a', STAMP, 10, 77);
  return { checked, now };
}

describe('a range that was found whole', () => {
  test('is known', () => {
    expect(started().checked.has('a', STAMP, 10, 77)).toBe(true);
  });

  test.each([
    ['another file', 'b', STAMP, 10, 77],
    ['another place', 'a', STAMP, 11, 77],
    ['another checksum', 'a', STAMP, 10, 78],
    ['written to', 'a', { ...STAMP, mtimeMs: 1_000.5 }, 10, 77],
    ['written to, its time set back', 'a', { ...STAMP, ctimeMs: 2_000 }, 10, 77],
    ['replaced', 'a', { ...STAMP, ino: 3 }, 10, 77],
    ['on another disk', 'a', { ...STAMP, dev: 3 }, 10, 77],
    ['of another length', 'a', { ...STAMP, size: 101 }, 10, 77],
  ] as const)('is not when it is %s', (_, key, stamp, offset, crc32) => {
    expect(started().checked.has(key, stamp, offset, crc32)).toBe(false);
  });

  test.each([
    ['after its time', CHECKED_FOR_MS],
    ['when the clock was set back', -1],
  ])('is not %s', (_, ms) => {
    const { checked, now } = started();
    now.ms += ms;
    expect(checked.has('a', STAMP, 10, 77)).toBe(false);
  });

  test('is looked at anew after its time, however often it is read', () => {
    const { checked, now } = started();
    now.ms += CHECKED_FOR_MS - 1;
    checked.add('a', STAMP, 20, 5);
    now.ms += 1;
    expect(checked.has('a', STAMP, 10, 77)).toBe(false);
    expect(checked.has('a', STAMP, 20, 5)).toBe(false);
  });

  test('is not remembered of a file that was written a moment ago', () => {
    const checked = new CheckedRanges(() => STAMP.mtimeMs + 1_500);
    checked.add('a', STAMP, 10, 77);
    expect(checked.has('a', STAMP, 10, 77)).toBe(false);
  });

  test('a file that was written to is forgotten whole', () => {
    const { checked } = started();
    const written = { ...STAMP, mtimeMs: 5_000, ctimeMs: 5_000 };
    checked.add('a', written, 20, 5);
    expect(checked.has('a', written, 10, 77)).toBe(false);
    expect(checked.has('a', written, 20, 5)).toBe(true);
  });

  test('files and ranges are bounded, the oldest go first', () => {
    const { checked } = started();
    for (let n = 1; n <= CHECKED_RANGES_MAX; n += 1) checked.add('a', STAMP, 10 + n, n);
    expect([checked.has('a', STAMP, 10, 77), checked.has('a', STAMP, 11, 1)]).toEqual([false, true]);
    for (let n = 0; n < CHECKED_FILES_MAX; n += 1) checked.add(`file ${n}`, STAMP, 0, n);
    expect([checked.has('a', STAMP, 11, 1), checked.has('file 0', STAMP, 0, 0)]).toEqual([false, true]);
  });
});
