import { expect, test } from 'vitest';
import { foldName } from '../../dicom/text/person-name.ts';
import { BLOCK_KEYS_MAX, blockKeys } from './block-keys.ts';
import { describedPatient } from './same-person.ts';

function keysOf({ kanji = '', kana = '', latin = '', born = '', phone = '', postalCode = '', card = '' }): readonly string[] {
  const [insurer = '', symbol = '', number = ''] = card.split('/');
  const name = { alphabetic: foldName(latin), ideographic: foldName(kanji), phonetic: foldName(kana) };
  return blockKeys(
    describedPatient({
      facility: 'A',
      patientID: '1',
      name,
      birthDate: born,
      sex: '',
      phone,
      postalCode,
      insurance: { insurer, symbol, number, branch: '' },
    }),
  );
}

test.each<[string, Parameters<typeof keysOf>[0], Parameters<typeof keysOf>[0]]>([
  ['birth date', { kana: 'ヤマダ^ハナコ', born: '19500412' }, { kanji: '森^花', born: '19500412' }],
  ['phone', { phone: '088-622-0001' }, { phone: '+81886220001' }],
  ['insurance', { card: '360016/12/345' }, { card: '00360016/１２/0345' }],
  ['name, half width', { kana: 'ショウジ^キョウコ' }, { latin: 'ｼﾖｳｼﾞ^ｷﾖｳｺ' }],
  ['name, voiced marks and long vowels', { kana: 'ヤマザキ^ユウコ' }, { kana: 'ヤマサキ^ユーコ' }],
  ['name in kana and Latin letters', { kana: 'オオツカ^ケイジ' }, { latin: 'OHTSUKA^KEIJI' }],
  ['name in kunrei', { kana: 'ツチヤ^ジュン' }, { latin: 'TUTIYA^ZYUN' }],
  ['old kanji', { kanji: '渡邉^惠子' }, { kanji: '渡辺^恵子' }],
  ['parts swapped', { kanji: '山田^花子' }, { kanji: '花子^山田' }],
  ['no blank', { kanji: '山田^花子' }, { kanji: '山田花子' }],
  ['given name and day, in another era and family', { kana: 'ヤマダ^ハナコ', born: '19500412' }, { kana: 'モリ^ハナコ', born: '20130412' }],
  ['given name and year', { kana: 'ヤマダ^ハナコ', born: '19500412' }, { kana: 'モリ^ハナコ', born: '19500417' }],
  ['family name and day', { kana: 'ヤマダ^ハナコ', born: '19500412' }, { kana: 'ヤマダ^ハルコ', born: '19510412' }],
  ['given name and address', { kana: 'ヤマダ^ハナコ', postalCode: '770-0001' }, { kana: 'モリ^ハナコ', postalCode: '7700001' }],
])('looked up under one key: %s', (_name, one, other) => {
  const keys = new Set(keysOf(one));
  expect(keysOf(other).some((key) => keys.has(key))).toBe(true);
});

test('swapped parts are found whichever way round', () => {
  expect(keysOf({ kana: 'ハナコ^ヤマダ' }).some((key) => keysOf({ kana: 'ヤマダハナコ' }).includes(key))).toBe(true);
});

test.each<[string, Parameters<typeof keysOf>[0]]>([
  ['nothing known', {}],
  ['nobody', { latin: 'UNKNOWN' }],
])('no key: %s', (_name, patient) => {
  expect(keysOf(patient)).toEqual([]);
});

test('no patient has more than the bound, whatever it is called', () => {
  const many = (letters: string) => [...'アイウエオカキクケコ'].map((kana) => `${letters}${kana}`).join('^');
  const keys = keysOf({
    kanji: many('山'),
    kana: many('キヨ'),
    latin: 'a^b^c^d',
    born: '19500412',
    phone: '0886220001',
    postalCode: '7700001',
    card: '1/2/3',
  });
  expect(keys.length).toBeLessThanOrEqual(BLOCK_KEYS_MAX);
  expect(keys.length).toBeGreaterThan(10);
});
