import { expect, test } from 'vitest';
import { secretLine } from './secret-line.ts';

test.each([
  ['one line', Buffer.from('ひみつ 1'), 'ひみつ 1'],
  ['a line with its end', Buffer.from('secret\n'), 'secret'],
  ['an end of Windows', Buffer.from('secret\r\nsecond\r\n'), 'secret'],
  ['an end of old', Buffer.from('secret\rsecond'), 'secret'],
  ['a byte order mark', Buffer.from('\ufeffsecret\r\n'), 'secret'],
  ['white space, which may be meant', Buffer.from(' secret \n'), ' secret '],
  ['nothing', Buffer.alloc(0), ''],
  ['an empty first line', Buffer.from('\nsecret\n'), ''],
])('%s', (_name, bytes, secret) => {
  expect(secretLine(bytes)).toBe(secret);
});

test.each([
  ['UTF-16 with its mark', Buffer.from('\ufeffsecret\r\n', 'utf16le')],
  ['UTF-16 without', Buffer.from('secret\r\n', 'utf16le')],
  ['Shift_JIS', Buffer.from([0x82, 0xd0, 0x82, 0xdd])],
])('%s is none', (_name, bytes) => {
  expect(() => secretLine(bytes)).toThrow('is not text in UTF-8');
});
