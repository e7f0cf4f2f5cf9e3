import { describe, expect, it } from 'vitest';
import { isMet, median, pairedRatio, printed } from './report.ts';

describe('a table of ratios', () => {
  it.each([
    { name: 'an odd number', values: [3, 1, 2], expected: 2 },
    { name: 'an even number: the upper of the two', values: [1, 4, 3, 2], expected: 3 },
    { name: 'numbers, not texts', values: [10, 9, 100], expected: 10 },
  ])('median of $name', ({ values, expected }) => {
    expect(median(values)).toBe(expected);
  });

  it('has no median of nothing', () => {
    expect(() => median([])).toThrow('no rounds');
  });

  it('compares neighbours in time: a round in which both were slow does not count for one of them', () => {
    expect(pairedRatio([1, 10, 1], [2, 20, 2])).toBe(0.5);
  });

  it.each([
    { name: 'at most, at it', ratio: 2, goal: { atMost: 2 }, expected: true },
    { name: 'at most, over', ratio: 2.01, goal: { atMost: 2 }, expected: false },
    { name: 'at least, at it', ratio: 0.7, goal: { atLeast: 0.7 }, expected: true },
    { name: 'at least, under', ratio: 0.69, goal: { atLeast: 0.7 }, expected: false },
    { name: 'not a number', ratio: Number.NaN, goal: { atMost: 2 }, expected: false },
  ])('$name', ({ ratio, goal, expected }) => {
    expect(isMet({ ratio, goal })).toBe(expected);
  });

  it('judges nothing without a goal', () => {
    expect(isMet({ ratio: 1 })).toBeUndefined();
  });

  it('prints a missed goal as missed, with what limits it', () => {
    const text = printed({
      title: 'T',
      rows: [{ what: 'wall', ours: '3 s', peer: 'peer 1 s', ratio: 3, goal: { atMost: 2 }, limit: 'the disk' }],
    });
    expect(text).toMatch(/wall +3\.00 × +≤ 2 +MISSED +3 s \| peer 1 s\n +limited by: the disk/);
  });
});
