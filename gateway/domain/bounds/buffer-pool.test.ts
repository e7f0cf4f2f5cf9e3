import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createBufferPool, IDLE_BUFFER_MS_MAX } from './buffer-pool.ts';

const KIB = 1024;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a pool of buffers', () => {
  test.each([
    [1, 1],
    [16 * KIB, 16 * KIB],
    [16 * KIB + 1, 20 * KIB],
    [124 * KIB, 128 * KIB],
    [512 * KIB, 512 * KIB],
    [512 * KIB + 1, 640 * KIB],
    [4096 * KIB, 4096 * KIB],
  ])('for %i bytes gives one of %i', (bytes, length) => {
    expect(createBufferPool().take(bytes).length).toBe(length);
  });

  test('gives what was given back to who asks for about as much, and to one at a time', () => {
    const pool = createBufferPool();
    const first = pool.take(500 * KIB);
    const isFirst = (bytes: number) => pool.take(bytes) === first;
    expect(isFirst(500 * KIB)).toBe(false);
    pool.giveBack(first);
    expect(pool.idle).toBe(512 * KIB);
    expect([100, 512, 512].map((kib) => isFirst(kib * KIB))).toEqual([false, true, false]);
    expect(pool.idle).toBe(0);
  });

  test('keeps no more than its bound, and none that is small', () => {
    const pool = createBufferPool(1024 * KIB);
    const all = [1, 2, 3].map(() => pool.take(512 * KIB));
    for (const buffer of [...all, pool.take(KIB)]) pool.giveBack(buffer);
    expect(pool.idle).toBe(1024 * KIB);
  });

  test('lets go of all when nobody has taken any for a while', () => {
    const pool = createBufferPool();
    pool.giveBack(pool.take(512 * KIB));
    vi.advanceTimersByTime(IDLE_BUFFER_MS_MAX - 1);
    pool.giveBack(pool.take(512 * KIB));
    vi.advanceTimersByTime(IDLE_BUFFER_MS_MAX);
    expect(pool.idle).toBe(512 * KIB);
    vi.advanceTimersByTime(IDLE_BUFFER_MS_MAX);
    expect(pool.idle).toBe(0);
  });
});
