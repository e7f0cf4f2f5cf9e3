import { describe, expect, it } from 'vitest';
import { charsetFor, directoryName, directoryText, encodeText } from './directory-text.ts';

const ESC = '\x1b';

describe('text of a directory record', () => {
  it.each([
    ['Yamada^Tarou', ''],
    ['山田^太郎', '\\ISO 2022 IR 87'],
    ['ヤマダ', '\\ISO 2022 IR 87'],
    ['ﾔﾏﾀﾞ', 'ISO_IR 192'],
    ['髙橋', 'ISO_IR 192'],
    ['𠮷野', 'ISO_IR 192'],
    ['Müller', 'ISO_IR 192'],
    ['①', 'ISO_IR 192'],
  ])('%s is written in %s', (text, charset) => {
    expect(charsetFor(['plain', text])).toBe(charset);
  });

  it('goes back to ASCII before each delimiter, PS3.5 H.3.1', () => {
    expect(encodeText('Yamada^Tarou=山田^太郎', '\\ISO 2022 IR 87').toString('latin1')).toBe(
      `Yamada^Tarou=${ESC}$B;3ED${ESC}(B^${ESC}$BB@O:${ESC}(B`,
    );
  });

  it.each([
    ['a control character', 'a\u0000b\u001b$B', 'LO', 'a b $B'],
    ['a delimiter of values', 'a\\b', 'LO', 'a b'],
    ['half a character', 'a\ud842', 'LO', 'a'],
    ['what is too long', '鷗'.repeat(90), 'LO', '鷗'.repeat(64)],
    ['characters of two units', '𠮷'.repeat(90), 'LO', '𠮷'.repeat(64)],
    ['a code in small letters', 'ct/<x>', 'CS', 'CT  X'],
    ['a code of signs alone', '＠', 'CS', ''],
  ])('%s', (_what, text, vr, expected) => {
    expect(directoryText(text, vr)).toBe(expected);
  });

  it.each([
    [{ Ideographic: '山田^太郎' }, '=山田^太郎'],
    [{ Alphabetic: 'A=B', Phonetic: 'x'.repeat(99) }, `A B==${'x'.repeat(64)}`],
    [{}, ''],
  ])('a name with its groups: %o', (name, expected) => {
    expect(directoryName(name)).toBe(expected);
  });
});
