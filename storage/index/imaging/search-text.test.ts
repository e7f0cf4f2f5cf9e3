import { describe, expect, test } from 'vitest';
import { soundsOfName } from '../../../gateway/dicom/text/name-sound.ts';
import {
  birthDatePatterns,
  containsPattern,
  SEARCH_TEXT_CHARS_MAX,
  searchForm,
  searchText,
  soundPattern,
  wildcardPrefilter,
} from './search-text.ts';

const textOf = (values: string[]) => searchText({ names: [], sounds: [], birthDate: '', values });
const character = (text: string) => `~${text.codePointAt(0)?.toString(36).padStart(4, '0')}`;

describe('search text', () => {
  test.each([
    ['letters and digits', 'yamada taro', 'yamada taro'],
    ['punctuation separates', 'P-001/a', 'p 001 a'],
    ['full width is half width', 'ＣＴ１', 'ct1'],
    ['kanji are words of their own', '山田', `${character('山')}${character('田')}`],
    ['scripts are set apart', '胸部CT検査', `${character('胸')}${character('部')} ct ${character('検')}${character('査')}`],
    ['no space between characters', '山田 太郎', [...'山田太郎'].map(character).join('')],
    ['outside the first plane', '𠮷', `~${(0x20bb7).toString(36).padStart(4, '0')}`],
    ['nothing to search', ' ^-・%_\\', ''],
    ['empty', '', ''],
  ])('%s', (_name, text, form) => {
    expect(searchForm(text)).toBe(form);
  });

  test('what a pattern is made of is in the text it was typed from, wherever it is cut', () => {
    const value = 'Yamada^Taro 山田太郎 P-001';
    const text = textOf([value]);
    const typed = [...value];
    for (let start = 0; start < typed.length; start++) {
      for (let end = start + 3; end <= typed.length; end++) {
        const form = searchForm(typed.slice(start, end).join(''));
        expect(text).toContain(form);
      }
    }
  });

  test('LIKE patterns', () => {
    expect(containsPattern('taro')).toBe('%taro%');
    expect(containsPattern('ta')).toBe('% ta%');
    expect(containsPattern('山')).toBe(`%${character('山')}%`);
    expect(containsPattern('%_')).toBeUndefined();
    expect(wildcardPrefilter('yam*da?x*山')).toEqual(['%yam%', `%${character('山')}%`]);
    expect(wildcardPrefilter('*')).toEqual([]);
  });

  test('bounded, each value once', () => {
    expect(textOf(['a1', 'A1', ''])).toBe(' a1 ');
    expect(textOf(Array.from({ length: 50 }, (_, n) => `${n} ${'長'.repeat(2_000)}`)).length).toBe(SEARCH_TEXT_CHARS_MAX);
  });

  test('a name by its sound, and a birth date, each after its mark', () => {
    const sounds = [soundsOfName({ Alphabetic: 'Takahashi^Koh', Phonetic: 'たかはし^こう' })];
    const text = searchText({ names: [], sounds, birthDate: '19650203', values: [] });
    expect(text).toContain('=takahasiko=kotakahasi');
    expect(text).toContain(' @19650203 ');
    expect(soundPattern('takahasi', false)).toBe('%=takahasi%');
    const latin = searchText({ names: [], sounds: [soundsOfName({ Alphabetic: 'SATOH^AKIRA' })], birthDate: '', values: [] });
    expect(latin).toContain('&=satoakira&=akirasato');
    expect(soundPattern('sato', true)).toBe('%&=sato%');
  });

  test.each([
    ['a day', '19650301', '19650301', 1],
    ['a month', '19650301', '19650331', 1],
    ['a year', '19650101', '19651231', 1],
    ['昭和64年', '19890101', '19890107', 9],
    ['平成元年', '19890108', '19891231', 28],
    ['平成31年', '20190101', '20190430', 8],
  ])('birth dates of %s', (_name, from, to, count) => {
    const patterns = birthDatePatterns(from, to).map((pattern) => pattern.slice(2, -1));
    const matches = (date: string) => patterns.some((prefix) => date.startsWith(prefix));
    for (let day = new Date('1964-12-01'); day < new Date('2020-02-01'); day = new Date(day.getTime() + 86_400_000)) {
      const date = day.toISOString().slice(0, 10).replaceAll('-', '');
      if (matches(date) !== (date >= from && date <= to)) expect.fail(date);
    }
    expect(patterns.length).toBe(count);
  });
});
