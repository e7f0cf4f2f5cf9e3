import { describe, expect, it } from 'vitest';
import { leaving, memoryBudget, remoteness } from './memory.ts';
import { prefetchOrder } from './prefetch-order.ts';
import { memoryOf, reclaimMemory, SPARE_BYTES_MAX, spareMemory } from './spare-memory.ts';

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

describe('spare memory', () => {
  it('memory that is spare is taken once, by who needs just so much', () => {
    const memory = new ArrayBuffer(24);
    spareMemory(memory);
    expect(memoryOf(16)).not.toBe(memory);
    expect(memoryOf(24)).toBe(memory);
    expect(memoryOf(24)).not.toBe(memory);
  });

  it('who still holds what was reclaimed holds nothing, and not what is written there next', () => {
    const held = Uint16Array.of(1, 2, 3);
    reclaimMemory(held.buffer);
    const next = new Uint16Array(memoryOf(6));
    expect([...next]).toEqual([1, 2, 3]);
    next.fill(9);
    expect([held.length, held[0]]).toEqual([0, undefined]);
  });

  it('no more than so much is kept spare, and what is larger not at all', () => {
    const eighth = SPARE_BYTES_MAX / 8;
    const all = Array.from({ length: 9 }, () => new ArrayBuffer(eighth));
    for (const memory of [...all, new ArrayBuffer(SPARE_BYTES_MAX + 1)]) spareMemory(memory);
    const taken = Array.from({ length: 9 }, () => memoryOf(eighth));
    expect(taken.filter((memory) => all.includes(memory)).length).toBe(8);
  });
});

describe('prefetchOrder', () => {
  it.each([
    ['forwards: two ahead for one behind', 5, 20, 1, 6, [6, 7, 4, 8, 9, 3]],
    ['backwards', 5, 20, -1, 6, [4, 3, 6, 2, 1, 7]],
    ['at the start', 0, 5, 1, 10, [1, 2, 3, 4]],
    ['at the end', 4, 5, 1, 10, [3, 2, 1, 0]],
    ['a stack of one', 0, 1, 1, 10, []],
    ['no room', 5, 20, 1, 0, []],
  ])('%s', (_name, current, count, direction, max, expected) => {
    expect(prefetchOrder(current, count, direction, max)).toEqual(expected);
  });
  it('in the end brings the whole stack, each image once', () => {
    const order = prefetchOrder(37, 140, -1, 1000);
    expect(new Set(order).size).toBe(139);
    expect(order.length).toBe(139);
  });
});
