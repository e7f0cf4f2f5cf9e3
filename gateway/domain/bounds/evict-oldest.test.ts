import { expect, test } from 'vitest';
import { evictOldest } from './evict-oldest.ts';

test.each([
  ['within its bound, all stay', 3, ['a', 'b', 'c']],
  ['past it, the oldest go', 2, ['b', 'c']],
  ['a bound of nothing leaves nothing', 0, []],
])('%s', (_, max, left) => {
  const map = new Map([...'abc'].map((key) => [key, 1]));
  evictOldest(map, max);
  expect([...map.keys()]).toEqual(left);
});

test('what was set again is the newest', () => {
  const map = new Map([...'abc'].map((key) => [key, 1]));
  map.delete('a');
  map.set('a', 2);
  evictOldest(map, 2);
  expect([...map.keys()]).toEqual(['c', 'a']);
});
