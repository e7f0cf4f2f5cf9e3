import { describe, expect, test } from 'vitest';
import { soundOf } from './sound.ts';

describe('spellings of one sound', () => {
  test.each([
    ['Hepburn and kunrei-shiki', 'たかはし', ['takahashi', 'Takahasi', 'TAKAHASHI', 'タカハシ', 'ﾀｶﾊｼ', 'Ｔａｋａｈａｓｈｉ']],
    ['chi, tsu, fu', 'つちふね', ['tsuchifune', 'tutihune', 'Tsutihune']],
    ['ja, ju, jo', 'じゅんじゃじょ', ['junjajo', 'jyunjyajyo', 'zyunzyazyo']],
    ['sha, cha', 'しゃちょう', ['shachou', 'syatyo', 'shachō']],
    ['ぢ and づ', 'ぢづ', ['jizu', 'zizu', 'didu', 'じず']],
    ['long o', 'こうの', ['kono', 'kouno', 'kohno', 'koono', 'kōno', 'kôno', 'こおの']],
    ['long o at the beginning', 'おおの', ['ohno', 'ono', 'oono', 'Ōno']],
    ['long o at the end', 'さとう', ['sato', 'satou', 'satoh', 'satō']],
    ['long u', 'ゆうき', ['yuki', 'yuuki', 'yūki', 'yuhki']],
    ['h before a vowel stays', 'おはら', ['ohara']],
    ['n before b, m, p', 'なんばほんまさんぺい', ['nambahommasampei', 'nanbahonmasanpei']],
    ['n before a vowel', 'しんいち', ["shin'ichi", 'shinichi', 'shin-ichi', 'sinʼiti']],
    ['a double consonant', 'はっとりはっちょう', ['hattorihatcho', 'hattorihacchou', 'hattorihattyo']],
    ['ッシ', 'いっしん', ['isshin', 'issin']],
    ['lengthening mark', 'リーナ', ['rina']],
    ['foreign sounds', 'フィリップ', ['firippu', 'hirippu']],
  ])('%s', (_name, kana, spelled) => {
    const sound = soundOf(kana);
    expect(sound).not.toBe('');
    for (const one of spelled) expect([one, soundOf(one)]).toEqual([one, sound]);
  });

  test.each([
    ['かとう', 'かと'],
    ['さとう', 'あとう'],
    ['きよし', 'きょうし'],
    ['いいじま', 'いじま'],
  ])('%s is not taken for another name than it may be spelled as: %s', (one, other) => {
    const alike = one === 'かとう';
    expect(soundOf(one) === soundOf(other)).toBe(alike);
  });

  test.each(['高橋', 'P-001', '20261125', '', '--', 'takahashi2'])('no sound: %j', (text) => {
    expect(soundOf(text)).toBe('');
  });

  test('whatever of a name is typed so far begins its sound', () => {
    for (const name of ['takahashi', 'kouno', 'shoko', 'tsuchiya', 'ohno', 'hatcho', 'junko', 'fujita', 'satoh']) {
      for (let length = 1; length <= name.length; length++) expect(soundOf(name)).toMatch(new RegExp(`^${soundOf(name.slice(0, length))}`));
    }
  });
});
