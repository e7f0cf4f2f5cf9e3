import { describe, expect, it } from 'vitest';
import { prefetchOrder } from './prefetch-order.ts';

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
