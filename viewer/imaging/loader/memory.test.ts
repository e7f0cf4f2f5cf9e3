import { describe, expect, it } from 'vitest';
import { leaving, memoryBudget, remoteness } from './memory.ts';
import { prefetchOrder } from './prefetch-order.ts';

const MIB = 2 ** 20;

describe('memory', () => {
  it.each([
    ['a PC that tells of 8 GiB, the most a browser tells', 8, false, 144],
    ['a PC of 4 GiB', 4, false, 144],
    ['a PC of 2 GiB', 2, false, 81],
    ['a browser that does not tell', undefined, false, 144],
    ['a small tablet', 1, true, 64],
    ['a large tablet', 8, true, 96],
  ] as const)('%s', (_name, gib, mobile, expectedMib) => {
    const { frameBytes, pictureBytes } = memoryBudget(gib, mobile);
    expect(Math.floor((frameBytes + pictureBytes + 1) / MIB)).toBe(expectedMib);
  });

  it('what is fetched first leaves last', () => {
    for (const direction of [1, -1]) {
      const far = prefetchOrder(50, 200, direction, 60).map((index) => remoteness(index, 50, direction));
      // Two ahead come before the one behind that is as far; no step in the order is a jump back by more than that.
      for (const [at, value] of far.entries()) expect(value).toBeGreaterThanOrEqual((far[at - 1] ?? 0) - 0.5);
    }
  });

  it.each([
    ['all fits', [5, 5, 5], 15, []],
    ['the farthest leaves', [5, 5, 5], 10, ['2']],
    ['until it fits', [5, 5, 5], 6, ['2', '1']],
    ['what is on screen stays, whatever it takes', [50, 5, 5], 10, ['2', '1']],
  ] as const)('%s', (_name, sizes, bytesMax, expected) => {
    const held = sizes.map((bytes, at) => ({ key: String(at), bytes, remoteness: at }));
    expect(leaving(held, bytesMax)).toEqual(expected);
  });
});
