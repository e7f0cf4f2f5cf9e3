import { expect, it } from 'vitest';
import { memoryOf, reclaimMemory, SPARE_BYTES_MAX, spareMemory } from './spare-memory.ts';

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
