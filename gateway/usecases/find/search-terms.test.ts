import { describe, expect, test } from 'vitest';
import { SEARCH_WORDS_MAX, searchTerms } from './search-terms.ts';

const spans = (typed: string) => searchTerms(typed).dates.map(({ from, to }) => `${from}-${to}`);
const words = (typed: string) => searchTerms(typed).words.map(({ raw }) => raw);

describe('dates in the search field', () => {
  test.each([
    ['2026/11/25', '20261125-20261125'],
    ['2026-11-25', '20261125-20261125'],
    ['2026.11.25', '20261125-20261125'],
    ['2026/1/5', '20260105-20260105'],
    ['20261125', '20261125-20261125'],
    ['2026年11月25日', '20261125-20261125'],
    ['２０２６年１１月２５日', '20261125-20261125'],
    ['2026年 11月 25日', '20261125-20261125'],
    ['2026年11月', '20261101-20261131'],
    ['2026/11', '20261101-20261131'],
    ['2026年', '20260101-20261231'],
    ['令和8年11月25日', '20261125-20261125'],
    ['令和8年 11月25日', '20261125-20261125'],
    ['㋿8年', '20260101-20261231'],
    ['R8.11.25', '20261125-20261125'],
    ['R.8.11.25', '20261125-20261125'],
    ['r8/11/25', '20261125-20261125'],
    ['R081125', '20261125-20261125'],
    ['R8.11', '20261101-20261131'],
    ['令和8年', '20260101-20261231'],
    ['令和8', '20260101-20261231'],
    ['S40', '19650101-19651231'],
    ['昭和40年', '19650101-19651231'],
    ['昭和４０年３月１日生', '19650301-19650301'],
    ['大正10年', '19210101-19211231'],
    ['M45', '19120101-19120729'],
    ['大正元年', '19120730-19121231'],
    ['昭和64年', '19890101-19890107'],
    ['平成元年', '19890108-19891231'],
    ['平成31年', '20190101-20190430'],
    ['令和1年', '20190501-20191231'],
    ['平成32年', '20200101-20201231'],
    ['平成31年5月1日', '20190501-20190501'],
  ])('%s', (typed, span) => {
    expect(spans(typed)).toEqual([span]);
    expect(words(typed)).toEqual([]);
  });

  test.each([
    '2026',
    '202611',
    '2026/13/01',
    '2026/02/30',
    '20261340',
    'A20261125',
    '20261125-1',
    'R',
    'S',
    'R0',
    '11/25',
    '12345678',
    'P-001',
    '令和',
  ])('no date: %s', (typed) => {
    expect(spans(typed)).toEqual([]);
    expect(words(typed)).toEqual([typed]);
  });

  test('beside words, and kept as typed for identifiers', () => {
    expect(searchTerms('高橋　R8.11.25 CT 昭和40年')).toMatchObject({
      words: [{ raw: '高橋' }, { raw: 'CT' }],
      dates: [{ raw: 'R8.11.25' }, { raw: '昭和40年' }],
    });
    expect(searchTerms('20261125 20261126').dates.map(({ raw }) => raw)).toEqual(['20261125', '20261126']);
  });
});

describe('words', () => {
  test.each([
    ['髙橋功', { raw: '髙橋功', folded: '高橋功', sound: '', kana: false }],
    ['ﾀｶﾊｼ', { raw: 'タカハシ', folded: 'タカハシ', sound: 'takahasi', kana: true }],
    ['Takahashi', { raw: 'Takahashi', folded: 'takahashi', sound: 'takahasi', kana: false }],
    ['P-001', { raw: 'P-001', folded: 'p 001', sound: '', kana: false }],
  ])('%s', (typed, word) => {
    expect(searchTerms(typed).words).toEqual([word]);
  });

  test('bounded together with dates', () => {
    const { words: found, dates } = searchTerms('2026/11/25 a b c d e f g h i');
    expect(found.length + dates.length).toBe(SEARCH_WORDS_MAX);
    expect(searchTerms(Array(20).fill('2026/11/25').join(' ')).dates).toHaveLength(SEARCH_WORDS_MAX);
  });

  test('names as DICOM writes them', () => {
    expect(words(' Yamada^Taro=山田^太郎  ')).toEqual(['Yamada', 'Taro', '山田', '太郎']);
  });
});
