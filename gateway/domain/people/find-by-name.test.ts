import { describe, expect, test } from 'vitest';
import { isNamed, wordsOfName } from './find-by-name.ts';

const SATO = { name: '佐藤 修司', nameKana: 'サトウ シュウジ' };
const TSUCHIYA = { name: '土屋純', nameKana: 'ツチヤ ジュン' };
const HONMA = { name: '本間 太一', nameKana: 'ホンマ タイチ' };
const SMITH = { name: 'Zoë Smith', nameKana: '' };
const ALL = [SATO, TSUCHIYA, HONMA, SMITH];

describe('a person is found by', () => {
  test.each([
    ['kanji of the family', '佐藤', [SATO]],
    ['kanji from the middle', '純', [TSUCHIYA]],
    ['hiragana', 'さと', [SATO]],
    ['katakana of half width', 'ﾂﾁﾔ', [TSUCHIYA]],
    ['romaji', 'Sato', [SATO]],
    ['romaji with its long vowel', 'satou', [SATO]],
    ['romaji with a macron', 'satō', [SATO]],
    ['romaji of a passport', 'Satoh', [SATO]],
    ['romaji of a school', 'tutiya', [TSUCHIYA]],
    ['romaji of full width', 'ｔｓｕｃｈｉ', [TSUCHIYA]],
    ['romaji with m before a lip', 'homma', [HONMA]],
    ['given name and family, in this order', 'shuji sato', [SATO]],
    ['a name that is Latin, without its accent', 'zoe', [SMITH]],
    ['letters that begin no part', 'ato', []],
    ['two words of which one is another’s', '佐藤 純', []],
  ])('%s', (_name, typed, found) => {
    const words = wordsOfName(typed);
    expect(words).toBeDefined();
    expect(ALL.filter((person) => isNamed(person, words ?? []))).toEqual(found);
  });

  test.each(['', ' 　', 'a', 'ｓ', ','])('not by %j, which would list everybody', (typed) => {
    expect(wordsOfName(typed)).toBeUndefined();
  });
});
