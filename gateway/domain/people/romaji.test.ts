import { expect, it } from 'vitest';
import { nameInLatin } from './romaji.ts';

it.each([
  ['アオキ ケン', 'Aoki Ken'],
  ['さとう　はな', 'Sato Hana'],
  ['ｲﾉｳｴ ﾕｳｺ', 'Inoue Yuko'],
  ['オオノ シンイチ', 'Ono Shinichi'],
  ['アオキ Ken', ''],
  ['青木 健', ''],
  ['', ''],
])('%j is %j in Latin letters', (kana, latin) => {
  expect(nameInLatin(kana)).toBe(latin);
});
