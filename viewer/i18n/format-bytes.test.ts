import { expect, it } from 'vitest';
import { formatBytes } from './format-bytes.ts';

it('writes sizes in three digits', () => {
  expect([0, 999, 12_345, 123_456_789].map(formatBytes)).toEqual(['0 B', '999 B', '12.3 kB', '123 MB']);
});
