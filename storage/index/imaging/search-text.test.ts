import { describe, expect, test } from 'vitest';
import { containsPattern, SEARCH_TEXT_CHARS_MAX, searchForm, searchText, wildcardPrefilter } from './search-text.ts';

const character = (text: string) => `~${text.codePointAt(0)?.toString(36).padStart(4, '0')}`;

describe('search text', () => {
  test.each([
    ['letters and digits', 'yamada taro', 'yamada taro'],
    ['punctuation separates', 'P-001/a', 'p 001 a'],
    ['full width is half width', 'ＣＴ１', 'ct1'],
    ['kanji are words of their own', '山田', `${character('山')}${character('田')}`],
    ['scripts are set apart', '胸部CT検査', `${character('胸')}${character('部')} ct ${character('検')}${character('査')}`],
    ['outside the first plane', '𠮷', `~${(0x20bb7).toString(36).padStart(4, '0')}`],
    ['nothing to search', ' ^-・%_\\', ''],
    ['empty', '', ''],
  ])('%s', (_name, text, form) => {
    expect(searchForm(text)).toBe(form);
  });

  test('what a pattern is made of is in the text it was typed from, wherever it is cut', () => {
    const value = 'Yamada^Taro 山田太郎 P-001';
    const text = searchText([value]);
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
    expect(searchText(['a1', 'A1', ''])).toBe(' a1 ');
    expect(searchText(Array.from({ length: 50 }, (_, n) => `${n} ${'長'.repeat(2_000)}`)).length).toBe(SEARCH_TEXT_CHARS_MAX);
  });
});
