import { describe, expect, test } from 'vitest';
import { isMailAddress, MAIL_AT_ONCE_EVERY_MS, MAIL_ATTEMPTS_MAX, mailDueAfter, mailRetryAfter } from './mail.ts';

test.each([
  ['taro@region.example', true],
  ['taro.yamada+ct@mail.region.example', true],
  ["o'brien@region.example", true],
  ['a@localhost', true],
  [`${'a'.repeat(64)}@region.example`, true],
  ['', false],
  ['taro', false],
  ['@region.example', false],
  ['taro@', false],
  ['taro@-region.example', false],
  ['taro@region..example', false],
  ['taro@region.example\r\nBcc: x@y.example', false],
  ['taro@region.example\n', false],
  ['taro@region.example ', false],
  ['taro yamada@region.example', false],
  ['a@region.example,b@region.example', false],
  ['<taro@region.example>', false],
  ['"a b"@region.example', false],
  ['太郎@region.example', false],
  ['taro@地域.example', false],
  [`${'a'.repeat(65)}@region.example`, false],
  [`a@${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(63)}.${'e'.repeat(63)}`, false],
])('%j is an address: %s', (text, is) => {
  expect(isMailAddress(text)).toBe(is);
});

describe('when it is looked again', () => {
  const at = (text: string) => new Date(text);
  test.each([
    ['before the hour', '2026-04-01T06:59:59+09:00', '2026-04-01T07:00:00+09:00'],
    ['at the hour', '2026-04-01T07:00:00+09:00', '2026-04-02T07:00:00+09:00'],
    ['late in the day', '2026-04-30T23:59:59+09:00', '2026-05-01T07:00:00+09:00'],
  ])('a mail a day, %s', (_, now, due) => {
    expect(mailDueAfter('daily', at(now), 'Asia/Tokyo')).toEqual(at(due));
  });

  test('at once, and never', () => {
    const now = at('2026-04-01T00:00:00Z');
    expect(mailDueAfter('at-once', now, 'Asia/Tokyo')?.getTime()).toBe(now.getTime() + MAIL_AT_ONCE_EVERY_MS);
    expect(mailDueAfter('off', now, 'Asia/Tokyo')).toBeUndefined();
  });
});

test('what was not taken is tried ever more seldom, and so often', () => {
  const now = new Date(0);
  const minutes = Array.from({ length: MAIL_ATTEMPTS_MAX }, (_, before) => mailRetryAfter(before, now)?.getTime()).map(
    (ms) => ms && ms / 60_000,
  );
  expect(minutes).toEqual([1, 2, 4, 8, 16, 32, 60, undefined]);
});
