import { expect, it } from 'vitest';
import { nameInLatin } from './romaji.ts';

it.each([
  ['青木 健', 'アオキ ケン', 'Aoki Ken'],
  ['佐藤 花', 'さとう　はな', 'Sato Hana'],
  ['井上 優子', 'ｲﾉｳｴ ﾕｳｺ', 'Inoue Yuko'],
  ['大野 真一', 'オオノ シンイチ', 'Ono Shinichi'],
  ['青木 Ken', 'アオキ Ken', ''],
  ['青木 健', '青木 健', ''],
  ['Anna Smith', 'アンナ スミス', ''],
  ['青木 健', '', ''],
])('%j, %j is %j in Latin letters', (name, nameKana, latin) => {
  expect(nameInLatin({ name, nameKana })).toBe(latin);
});
