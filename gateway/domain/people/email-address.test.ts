import { expect, it } from 'vitest';
import { plainEmailAddress } from './email-address.ts';

it.each([
  ['sato@example.jp', 'sato@example.jp'],
  ['Sato@Example.JP ', 'sato@example.jp'],
  ['ｓａｔｏ＠ｅｘａｍｐｌｅ．ｊｐ', 'sato@example.jp'],
  ['　sato１@example.jp　', 'sato1@example.jp'],
])('%s', (typed, expected) => {
  expect(plainEmailAddress(typed)).toBe(expected);
});
