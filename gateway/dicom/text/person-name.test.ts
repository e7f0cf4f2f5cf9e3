import { describe, expect, it } from 'vitest';
import { foldName, parsePersonName, searchableName } from './person-name.ts';

describe('PS3.5 6.2.1.2: groups of a name', () => {
  it.each([
    ['Yamada^Tarou=山田^太郎=やまだ^たろう', { Alphabetic: 'Yamada^Tarou', Ideographic: '山田^太郎', Phonetic: 'やまだ^たろう' }],
    ['Adams^John Robert Quincy^^Rev.^B.A. M.Div.', { Alphabetic: 'Adams^John Robert Quincy^^Rev.^B.A. M.Div.' }],
    ['Doe^John^^^', { Alphabetic: 'Doe^John' }],
    ['=山田^太郎', { Ideographic: '山田^太郎' }],
    ['==やまだ', { Phonetic: 'やまだ' }],
    ['A=B=C=D', { Alphabetic: 'A', Ideographic: 'B', Phonetic: 'C' }],
    [' Doe \0', { Alphabetic: 'Doe' }],
    ['^John', { Alphabetic: '^John' }],
    ['', {}],
    ['==', {}],
    ['^^^^', {}],
  ])('%j', (text, expected) => {
    expect(parsePersonName(text)).toEqual(expected);
  });
});

describe('spellings that find each other', () => {
  it.each([
    ['upper and lower case', 'YAMADA^TAROU', 'Yamada^Tarou'],
    ['full-width letters', 'ＹＡＭＡＤＡ　ＴＡＲＯＵ', 'yamada tarou'],
    ['half-width katakana with voicing marks', 'ﾔﾏﾀﾞ ﾀﾛｳ', 'ヤマダ^タロウ'],
    ['hiragana', 'やまだ^たろう', 'ヤマダ タロウ'],
    ['small kana', 'しょうこ', 'シヨウコ'],
    ['combining voicing mark', 'た\u3099', 'だ'],
    ['ideographic space', '山田　太郎', '山田^太郎'],
    ['middle dot', 'ジョン・スミス', 'ジョン スミス'],
    ['comma', 'Doe, John', 'Doe^John'],
    ['accents', 'Jérôme', 'JEROME'],
    ['高 and 髙', '髙橋', '高橋'],
    ['崎 and 﨑', '山﨑', '山崎'],
    ['崎 and 嵜', '山嵜', '山崎'],
    ['沢 and 澤', '澤田', '沢田'],
    ['辺, 邊 and 邉', '渡邊', '渡辺'],
    ['辺, 邊 and 邉 (2)', '渡邉', '渡辺'],
    ['斉, 斎, 齊 and 齋', '齋藤', '斉藤'],
    ['斉, 斎, 齊 and 齋 (2)', '齊藤', '斎藤'],
    ['浜, 濱 and 濵', '濵田', '浜田'],
    ['島, 嶋 and 嶌', '中嶋', '中島'],
    ['吉 and 𠮷, outside the basic plane', '𠮷田', '吉田'],
    ['桜 and 櫻', '櫻井', '桜井'],
    ['広 and 廣', '廣瀬', '広瀬'],
    ['compatibility ideograph', '\ufa19\u5c71', '神山'],
    ['variation selector', '葛\u{e0100}飾', '葛飾'],
    ['ヶ and ケ', '鎌ヶ谷', '鎌ケ谷'],
    ['Eszett', 'Groß', 'GROSS'],
  ])('%s', (_name, one, other) => {
    expect(foldName(one)).toBe(foldName(other));
  });

  it.each([
    ['萩原', '荻原'],
    ['太田', '大田'],
    ['ハハ', 'パパ'],
    ['かき', 'かぎ'],
    ['土井', '士井'],
  ])('%s and %s are two names', (one, other) => {
    expect(foldName(one)).not.toBe(foldName(other));
  });

  it.each([
    ['山*', '山*'],
    ['Yam?da^*', 'yam?da *'],
    ['ヤマ＊', 'ヤマ*'],
    ['  Doe^  ', 'doe'],
    ['', ''],
    ['^^', ''],
  ])('%s folds to %s', (text, expected) => {
    expect(foldName(text)).toBe(expected);
  });

  it('folds twice as once', () => {
    for (const name of ['髙橋^一郎', 'ﾔﾏﾀﾞ', 'Jérôme^D’Arc', '𠮷野家', 'Αθήνα', 'Йосиф', 'มานะ']) {
      expect(foldName(foldName(name))).toBe(foldName(name));
    }
  });
});

it('searchableName folds each group', () => {
  const value = { Alphabetic: 'Saitou^Ken', Ideographic: '齋藤^健', Phonetic: 'さいとう^けん' };
  expect(searchableName(value)).toEqual({
    value,
    folded: { alphabetic: 'saitou ken', ideographic: foldName('斉藤 健'), phonetic: 'サイトウ ケン' },
  });
});
