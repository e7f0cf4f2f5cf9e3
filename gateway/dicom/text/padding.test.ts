import { expect, test } from 'vitest';
import { normaliseUID } from '../dictionary/uid.ts';
import { isSpace, isSpaceOrNul, isWhiteOrNul, withoutPadding } from './padding.ts';
import { parsePersonName } from './person-name.ts';

test.each([
  ['nothing', '', ''],
  ['only padding', ' \0 \0', ''],
  ['NUL leads on', '\0a', '\0a'],
  ['both ends', '  a b \0', 'a b'],
  ['line ends are no padding', 'a\r\n', 'a\r\n'],
])('padding: %s', (_name, given, expected) => {
  expect(withoutPadding(given, isSpace, isSpaceOrNul)).toBe(expected);
});

test('white space is what patterns take for it, and NUL', () => {
  for (let code = 0; code <= 0xffff; code++) {
    expect({ code, white: isWhiteOrNul(code) }).toEqual({ code, white: /[\s\0]/.test(String.fromCharCode(code)) });
  }
});

/** In square time each of these would take minutes, and the test would be ended. */
test.each([
  ['a UID', () => normaliseUID(`1${' '.repeat(2_000_000)}1`)],
  ['a name', () => parsePersonName(`A${'^'.repeat(2_000_000)}B`)],
  ['a text', () => withoutPadding(`A${' '.repeat(2_000_000)}B`, isSpace, isSpaceOrNul)],
])('%s full of padding in its middle is read in one pass', (_name, read) => {
  expect(read()).toBeDefined();
});
