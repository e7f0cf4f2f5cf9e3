import { expect, it } from 'vitest';
import { passwordFlaw } from './new-password.ts';

it.each([
  ['short', 'short', 'short'],
  ['quite long enough', 'quite long enougg', 'mismatch'],
  ['quite long enough', 'quite long enough', undefined],
  ['kR7#qw2!', 'kR7#qw2!', undefined],
  ['kR7qw2xm', 'kR7qw2xm', 'short'],
  ['東京都港区芝公園四丁目二番', '東京都港区芝公園四丁目二番', undefined],
] as const)('password %s / %s', (next, repeat, expected) => {
  expect(passwordFlaw(next, repeat)).toBe(expected);
});
