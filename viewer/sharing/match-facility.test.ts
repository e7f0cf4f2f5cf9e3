import { expect, it } from 'vitest';
import { matchFacilities } from './match-facility.ts';

const facilities = [
  { code: 'AOBA', name: 'あおば内科クリニック', nameKana: 'アオバナイカクリニック', nameRomaji: 'Aoba Clinic' },
  { code: 'MINATO', name: '港中央病院', nameKana: 'ミナトチュウオウビョウイン', nameRomaji: 'Minato Central Hospital' },
];

it.each([
  ['', ['AOBA', 'MINATO']],
  ['港', ['MINATO']],
  ['みなと', ['MINATO']],
  ['ﾐﾅﾄ', ['MINATO']],
  ['アオバ', ['AOBA']],
  ['CENTRAL minato', ['MINATO']],
  ['ａｏｂａ', ['AOBA']],
  ['青葉台', []],
])('%j', (typed, expected) => {
  expect(matchFacilities(facilities, typed).map(({ code }) => code)).toEqual(expected);
});
