import { expect, test } from 'vitest';
import { parseJsonBody } from './json-body.ts';

test.each([
  ['{"a":["山田",{"b":null}],"c":1.5}', { a: ['山田', { b: null }], c: 1.5 }],
  ['"😀 \\ud83d\\ude00 \\\\u0000"', '😀 😀 \\u0000'],
  [' 1 ', 1],
])('%s is taken', (text, value) => {
  expect(parseJsonBody(Buffer.from(text))).toEqual(value);
});

test.each<readonly [string, string | Uint8Array]>([
  ['nothing', ''],
  ['half of it', '{"a":'],
  ['two values', '1 2'],
  ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0x22])],
  ['half of a character', Buffer.from([0x22, 0xe5, 0xb1, 0x22])],
  ['UTF-16', Buffer.from('{"a":1}', 'utf16le')],
  ['U+0000 in a value', '{"a":["x\\u0000y"]}'],
  ['U+0000 in a name', '{"a\\u0000":1}'],
  ['half a surrogate', '["\\ud800"]'],
  ['the other half', '["x\\udc00"]'],
  ['__proto__', '{"a":{"__proto__":{"administrator":true}}}'],
])('%s is invalid', (_name, text) => {
  expect(() => parseJsonBody(Buffer.from(text))).toThrow(expect.objectContaining({ kind: 'invalid' }));
});

test('depth costs no stack', () => {
  const depth = 100_000;
  expect(() => parseJsonBody(Buffer.from('['.repeat(depth) + ']'.repeat(depth)))).not.toThrow(RangeError);
});
