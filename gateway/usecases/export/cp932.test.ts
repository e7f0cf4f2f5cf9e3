import { expect, it } from 'vitest';
import { cp932 } from './cp932.ts';

const hex = (text: string) => cp932(text).bytes.toString('hex');

// Codes from Microsoft's table of code page 932.
it.each([
  ['letters', 'A,"\r\n', '412c220d0a'],
  ['kana of one byte', 'ｱﾝ', 'b1dd'],
  ['kanji', '中央病院', '9286899b956189' + '40'],
  ['NEC’s own signs', '①Ⅳ㈱', '87408757878a'],
  ['IBM’s own kanji, by IBM’s code', '髙﨑', 'fbfcfab1'],
  ['a sign that has several codes', '∵¬', '81e681ca'],
  ['the wave dash of either table', '〜～', '81608160'],
  ['minus and dash of either table', '−－—―', '817c817c815c815c'],
  ['a backslash stays one', '\\', '5c'],
])('%s', (_name, text, expected) => {
  expect(hex(text)).toBe(expected);
  expect(cp932(text).replaced).toBe(0);
});

it.each([
  ['a kanji that has none', '𠮷田', '81ac9363', 1],
  ['another of JIS X 0213', '鷗', '81ac', 1],
  ['a sign of private use', '\ue000', '81ac', 1],
  ['emoji and a combined mark', '😀か\u3099', '81ac82a981ac', 2],
])('%s stands as 〓 and is counted', (_name, text, expected, replaced) => {
  expect(hex(text)).toBe(expected);
  expect(cp932(text).replaced).toBe(replaced);
});

it('is what the platform reads back, for every character of the table that the platform knows', () => {
  const decoder = new TextDecoder('shift_jis', { fatal: true });
  const all = Array.from({ length: 0xffff }, (_unused, point) => point)
    .filter((point) => point >= 0x20 && point !== 0x7f && !(point >= 0xd800 && point <= 0xdfff))
    .map((point) => String.fromCodePoint(point))
    .filter((character) => cp932(character).replaced === 0 && !'〜‖—−¢£¬¥‾'.includes(character));
  expect(all.length).toBeGreaterThan(7_000);
  expect(decoder.decode(cp932(all.join('')).bytes)).toBe(all.join(''));
});
