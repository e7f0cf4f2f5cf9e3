import { describe, expect, it } from 'vitest';
import { characterSet } from '../../../gateway/dicom/text/character-set.ts';
import { headerText } from './header-text.ts';

const hex = (digits: string) => Buffer.from(digits.replaceAll(' ', ''), 'hex');
const asGateway = (bytes: Buffer, declared: string) =>
  characterSet(declared.split('\\')).decode(bytes, 0, bytes.length, 'name', () => undefined);

/** The person who takes images in sees the name that the gateway will show. */
describe('a name reads as in the gateway', () => {
  it.each<[string, string, Buffer, string]>([
    ['ASCII', '', Buffer.from('Yamada^Tarou'), 'Yamada^Tarou'],
    ['Latin-1', 'ISO_IR 100', hex('4d fc 6c 6c 65 72'), 'Müller'],
    ['UTF-8', 'ISO_IR 192', Buffer.from('Yamada^Tarou=山田^太郎=やまだ^たろう'), 'Yamada^Tarou=山田^太郎=やまだ^たろう'],
    ['GB18030', 'GB18030', hex('cd f5'), '王'],
    ['half-width katakana', 'ISO_IR 13', hex('d4 cf c0 de 5e c0 db b3'), 'ﾔﾏﾀﾞ^ﾀﾛｳ'],
    [
      'PS3.5 H.3.1: kanji and kana by escapes',
      '\\ISO 2022 IR 87',
      hex('59616d6164615e5461726f753d1b24423b3345441b28425e1b244242404f3a1b28423d1b24422464245e24401b28425e1b2442243f246d24261b2842'),
      'Yamada^Tarou=山田^太郎=やまだ^たろう',
    ],
    [
      'PS3.5 H.3.2: half-width katakana first',
      'ISO 2022 IR 13\\ISO 2022 IR 87',
      hex('d4cfc0de5ec0dbb33d1b24423b3345441b284a5e1b244242404f3a1b284a3d1b24422464245e24401b284a5e1b2442243f246d24261b284a'),
      'ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう',
    ],
    ['JIS X 0212', 'ISO 2022 IR 6\\ISO 2022 IR 159', hex('1b 24 28 44 31 42 1b 28 42'), '俠'],
    ['PS3.5 I.2: hangul', '\\ISO 2022 IR 149', hex('1b242943fbf35e1b242943d1ced4d7'), '洪^吉洞'],
    ['bytes of kanji that look like delimiters', '\\ISO 2022 IR 87', Buffer.from('\x1b$B9=0\\5^\x1b(B^A', 'latin1'), '構移急^A'],
    ['Shift_JIS undeclared', '', hex('8e52 9363 5e 91be 9859'), '山田^太郎'],
    ['Shift_JIS under ISO_IR 13', 'ISO_IR 13', hex('8e52 9363'), '山田'],
    ['UTF-8 undeclared', '', Buffer.from('山田^太郎'), '山田^太郎'],
    ['Latin-1 undeclared', '', hex('4a e9 72'), 'Jér'],
    ['escapes under a single-byte declaration', 'ISO_IR 6', Buffer.from('\x1b$B;3\x1b(B', 'latin1'), '山'],
    ['misspelt terms', 'iso-ir 100', hex('e9'), 'é'],
    ['UTF-8 by name', 'UTF-8', Buffer.from('é'), 'é'],
    ['an unknown term', 'ISO_IR 999', hex('41'), 'A'],
  ])('%s', (_name, declared, bytes, expected) => {
    expect(headerText(bytes, declared, 'PN')).toBe(expected);
    expect(asGateway(bytes, declared)).toBe(expected);
  });
});

it.each<[string, Buffer, string]>([
  ['padding', Buffer.from('Yamada \0'), 'Yamada'],
  ['a mark that turns the direction of writing', Buffer.from('a\u202eb'), 'a\ufffdb'],
  ['a value longer than any name', Buffer.alloc(5000, 0x41), 'A'.repeat(1024)],
])('%s', (_name, bytes, expected) => {
  expect(headerText(bytes, 'ISO_IR 192', 'PN')).toBe(expected);
});
