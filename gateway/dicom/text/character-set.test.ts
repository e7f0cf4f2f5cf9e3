import { describe, expect, it } from 'vitest';
import { type CharacterSetWarning, characterSet, type TextKind } from './character-set.ts';

const ESC = '\x1b';

/** Bytes written as Latin-1 text or hexadecimal. */
function decode(declared: string, bytes: string | Buffer, kind: TextKind = 'name') {
  const buffer = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
  const warnings = new Set<CharacterSetWarning>();
  const text = characterSet(declared.split('\\')).decode(buffer, 0, buffer.length, kind, (code) => warnings.add(code));
  return { text, warnings: [...warnings] };
}
const hex = (digits: string) => Buffer.from(digits.replaceAll(' ', ''), 'hex');

describe('PS3.3 C.12.1.1.2: every defined term', () => {
  it.each<[string, Buffer, string]>([
    ['ISO_IR 6', hex('41 42'), 'AB'],
    ['ISO_IR 100', hex('c4 e9 ff'), 'Äéÿ'],
    ['ISO_IR 101', hex('a3 b1 f8'), 'Łąř'],
    ['ISO_IR 109', hex('a6 f8'), 'Ĥĝ'],
    ['ISO_IR 110', hex('f2 d3'), 'ōĶ'],
    ['ISO_IR 144', hex('bb ee'), 'Лю'],
    ['ISO_IR 127', hex('e2 e1'), 'قف'],
    ['ISO_IR 126', hex('c4 e9'), 'Δι'],
    ['ISO_IR 138', hex('f9 f8'), 'שר'],
    ['ISO_IR 148', hex('fd fe'), 'ış'],
    ['ISO_IR 203', hex('a4 bc'), '€Œ'],
    ['ISO_IR 166', hex('c1 d2'), 'มา'],
    ['ISO_IR 13', hex('d4 cf c0 de'), 'ﾔﾏﾀﾞ'],
    ['ISO_IR 192', hex('e5 b1 b1 f0 a0 ae b7'), '山𠮷'],
    ['GB18030', hex('cd f5 94 39 da 33'), '王💩'],
    ['GBK', hex('d0 a1 b6 ab'), '小东'],
    ['ISO 2022 IR 149', hex('1b 24 29 43 b1 e8'), '김'],
    ['ISO 2022 IR 58', hex('1b 24 29 41 d5 c5'), '张'],
    ['ISO 2022 IR 87', hex('1b 24 42 3b 33 1b 28 42'), '山'],
    ['ISO 2022 IR 159', hex('1b 24 28 44 31 42 1b 28 42'), '俠'],
  ])('%s', (term, bytes, expected) => {
    expect(decode(term, bytes)).toEqual({ text: expected, warnings: [] });
  });
});

describe('PS3.5 annexes H, I and K: names as the standard writes them', () => {
  it.each<[string, string, Buffer, string]>([
    [
      'H.3.1: kanji and kana by escapes',
      '\\ISO 2022 IR 87',
      hex('59616d6164615e5461726f753d1b24423b3345441b28425e1b24424240 4f3a1b28423d1b2442246424 5e24401b28425e1b2442243f246d24261b2842'),
      'Yamada^Tarou=山田^太郎=やまだ^たろう',
    ],
    [
      'H.3.2: half-width katakana first, JIS X 0201 roman as G0',
      'ISO 2022 IR 13\\ISO 2022 IR 87',
      hex('d4cfc0de5ec0dbb33d1b24423b3345441b284a5e1b244242404f3a1b284a3d1b2442246424 5e24401b284a5e1b2442243f246d24261b284a'),
      'ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう',
    ],
    [
      'I.2: hangul; the escape is repeated behind each delimiter',
      '\\ISO 2022 IR 149',
      hex('486f6e675e47696c646f6e673d1b242943fbf35e1b242943d1ced4d73d1b242943c8ab5e1b242943b1e6b5bf'),
      'Hong^Gildong=洪^吉洞=홍^길동',
    ],
    ['K.2: GB 2312', '\\ISO 2022 IR 58', hex('5a68616e675e446f6e673d1b242941d5c55e1b242941b6ab'), 'Zhang^Dong=张^东'],
    ['Latin-1 with Greek in the second component', 'ISO 2022 IR 100\\ISO 2022 IR 126', hex('c45e1b2d46c4'), 'Ä^Δ'],
    ['a delimiter returns G1 to the first set', 'ISO 2022 IR 100\\ISO 2022 IR 126', hex('1b2d46c45ec4'), 'Δ^Ä'],
    ['also between groups', 'ISO 2022 IR 100\\ISO 2022 IR 126', hex('1b2d46c43dc4'), 'Δ=Ä'],
  ])('%s', (_name, declared, bytes, expected) => {
    expect(decode(declared, bytes)).toEqual({ text: expected, warnings: [] });
  });

  it.each<[string, TextKind, string, string]>([
    ['a backslash in LO', 'values', '\\', 'Δ\\Ä'],
    ['a backslash in LT is text', 'text', '\\', 'Δ\\Δ'],
    ['a caret in LO is text', 'values', '^', 'Δ^Δ'],
    ['a line feed', 'text', '\n', 'Δ\nÄ'],
    ['a form feed', 'text', '\f', 'Δ\fÄ'],
    ['a carriage return', 'text', '\r', 'Δ\rÄ'],
    ['a tab', 'text', '\t', 'Δ\tÄ'],
  ])('%s', (_name, kind, delimiter, expected) => {
    expect(decode('ISO 2022 IR 100\\ISO 2022 IR 126', `${ESC}-F\xc4${delimiter}\xc4`, kind).text).toBe(expected);
  });

  it('bytes of kanji that look like delimiters are none', () => {
    // 構 is 39 3D, 移 30 5C, 急 35 5E: equals sign, backslash and caret in their second bytes.
    expect(decode('\\ISO 2022 IR 87', `${ESC}$B9=0\\5^${ESC}(B^A`)).toEqual({ text: '構移急^A', warnings: [] });
  });

  it('the second byte of a GBK character may be a backslash', () => {
    expect(decode('GBK', hex('81 5c 5c 95 5e'), 'values').text).toBe('乗\\昢');
  });
});

describe('a wrong or missing declaration degrades visibly and never throws', () => {
  it.each<[string, string, Buffer, string, CharacterSetWarning[]]>([
    ['UTF-8 undeclared', '', Buffer.from('山田^太郎'), '山田^太郎', ['charset-undeclared']],
    ['Shift_JIS undeclared', '', hex('8e52 9363 5e 91be 9859'), '山田^太郎', ['charset-undeclared']],
    ['Latin-1 undeclared', '', hex('4a e9 72'), 'Jér', ['charset-undeclared']],
    ['Shift_JIS under ISO_IR 13', 'ISO_IR 13', hex('8e52 9363'), '山田', ['charset-undecodable']],
    ['broken UTF-8', 'ISO_IR 192', hex('41 e5 b1'), 'A\ufffd', ['charset-undecodable']],
    ['half a kanji', '\\ISO 2022 IR 87', Buffer.from(`${ESC}$B;`, 'latin1'), '\ufffd', ['charset-undecodable']],
    ['an unknown escape', 'ISO_IR 100', Buffer.from(`A${ESC}%ZB`, 'latin1'), 'A\ufffd%ZB', ['charset-undecodable']],
    ['a lone ESC at the end', 'ISO_IR 100', Buffer.from(`A${ESC}`, 'latin1'), 'A\ufffd', ['charset-undecodable']],
    ['an unknown term', 'ISO_IR 999', hex('41'), 'A', ['charset-unknown']],
    ['an unknown term and UTF-8', 'KLINGON', Buffer.from('é'), 'é', ['charset-unknown', 'charset-undeclared']],
    ['the escape forgotten', '\\ISO 2022 IR 149', hex('b1 e8'), '김', []],
    ['misspelled terms', 'iso-ir 100', hex('e9'), 'é', []],
    ['ISO 8859-1 by name', 'ISO8859-1', hex('e9'), 'é', []],
    ['UTF-8 by name', 'UTF-8', Buffer.from('é'), 'é', []],
    ['escapes under a single-byte declaration', 'ISO_IR 6', Buffer.from(`${ESC}$B;3${ESC}(B`, 'latin1'), '山', []],
  ])('%s', (_name, declared, bytes, text, warnings) => {
    expect(decode(declared, bytes)).toEqual({ text, warnings });
  });

  it('any two bytes under any term', () => {
    for (const term of ['', 'ISO_IR 13', 'ISO_IR 100', '\\ISO 2022 IR 87', '\\ISO 2022 IR 149', 'ISO_IR 192', 'GB18030', 'X']) {
      for (let first = 0; first < 256; first += 1) {
        for (const second of [0x1b, 0x24, 0x40, 0x5c, 0x80, 0xff]) decode(term, Buffer.from([0x1b, first, second, first]));
      }
    }
  });
});

describe('JIS X 0201: 5C is a yen sign and 7E an overline, PS3.3 tables C.12-2 and C.12-3', () => {
  it.each<[name: string, declared: string, bytes: string, kind: TextKind, expected: string]>([
    ['text', 'ISO_IR 13', 'C:\\a~b', 'text', 'C:¥a‾b'],
    ['text beside katakana', 'ISO_IR 13', '\xb1\\\xb2~', 'text', 'ｱ¥ｲ‾'],
    ['values, which 5C parts', 'ISO_IR 13', 'a~\\b', 'values', 'a‾\\b'],
    ['a name', 'ISO_IR 13', 'A~^B\\C', 'name', 'A‾^B\\C'],
    ['code extensions that begin with it', 'ISO 2022 IR 13\\ISO 2022 IR 87', '\\100\x1b$B1_\x1b(J~', 'text', '¥100円‾'],
    ['behind ESC ( J', '\\ISO 2022 IR 87', 'a\\\x1b$B1_\x1b(J\\~', 'text', 'a\\円¥‾'],
    ['behind ESC ( J in values', '\\ISO 2022 IR 87', '\x1b(Ja~\\b~', 'values', 'a‾\\b~'],
    ['until ESC ( B', 'ISO 2022 IR 13', '\\\x1b(B\\~', 'text', '¥\\~'],
    ['again behind a line end', 'ISO 2022 IR 13\\ISO 2022 IR 87', '\x1b(B~\r\n~', 'text', '~\r\n‾'],
    ['ASCII again behind a delimiter', '\\ISO 2022 IR 87', '\x1b(J~^~', 'name', '‾^~'],
    ['not in ISO_IR 6', '', '\\~', 'text', '\\~'],
    ['not in ISO_IR 100', 'ISO_IR 100', '\\~', 'text', '\\~'],
    ['not in UTF-8', 'ISO_IR 192', '\\~', 'text', '\\~'],
    ['not in GB18030', 'GB18030', '\\~', 'text', '\\~'],
  ])('%s', (_name, declared, bytes, kind, expected) => {
    expect(decode(declared, bytes, kind)).toEqual({ text: expected, warnings: [] });
  });
});
