import { describe, expect, test } from 'vitest';
import { foldName } from '../../dicom/text/person-name.ts';
import { AUTOMATIC_BITS_MIN, comparePatients, describedPatient, type PatientDescription } from './same-person.ts';

interface Told {
  readonly kanji?: string;
  readonly kana?: string;
  readonly latin?: string;
  readonly born?: string;
  readonly sex?: string;
  readonly postal?: string;
  readonly phone?: string;
  readonly card?: string;
  readonly facility?: string;
  readonly id?: string;
}

function patient(told: Told, facility: string): PatientDescription {
  const [insurer = '', symbol = '', number = '', branch = ''] = (told.card ?? '').split('/');
  return {
    facility: told.facility ?? facility,
    patientID: told.id ?? '1',
    name: { alphabetic: foldName(told.latin ?? ''), ideographic: foldName(told.kanji ?? ''), phonetic: foldName(told.kana ?? '') },
    birthDate: told.born ?? '',
    sex: told.sex ?? '',
    postalCode: told.postal ?? '',
    phone: told.phone ?? '',
    insurance: { insurer, symbol, number, branch },
  };
}

function compared(one: Told, other: Told, automatic = true) {
  const [left, right] = [describedPatient(patient(one, 'A')), describedPatient(patient(other, 'B'))];
  const forth = comparePatients(left, right, { automatic });
  const back = comparePatients(right, left, { automatic });
  expect(new Set(back.reasons.map(({ code }) => code))).toEqual(new Set(forth.reasons.map(({ code }) => code)));
  expect(back.score).toBe(forth.score);
  return { ...forth, codes: forth.reasons.map(({ code }) => code) };
}

const HANAKO: Told = {
  kanji: '山田^花子',
  kana: 'ヤマダ^ハナコ',
  born: '19500412',
  sex: 'F',
  postal: '770-0001',
  phone: '088-622-0001',
  card: '360016/12/345/01',
};
const LOOSE: Told = { ...HANAKO, postal: '', phone: '', card: '' };

describe('one person, described differently', () => {
  test.each<[string, Told, Told, readonly string[]]>([
    [
      'half width and small kana',
      { ...LOOSE, kana: 'ショウジ^キョウコ', kanji: '' },
      { ...LOOSE, kana: 'ｼﾖｳｼﾞ^ｷﾖｳｺ', kanji: '' },
      ['family-same', 'given-same'],
    ],
    ['hiragana', { ...LOOSE, kanji: '' }, { ...LOOSE, kanji: '', kana: 'やまだ^はなこ' }, ['family-same', 'given-same']],
    ['kana in the first group', { ...LOOSE, kanji: '' }, { born: '19500412', sex: 'F', latin: 'ﾔﾏﾀﾞ ﾊﾅｺ' }, ['family-same', 'given-same']],
    ['voiced mark lost', LOOSE, { ...LOOSE, kanji: '', kana: 'ヤマタ^ハナコ' }, ['family-alike', 'given-same']],
    [
      'long vowel mark',
      { ...LOOSE, kanji: '', kana: 'オオノ^ユウコ' },
      { ...LOOSE, kanji: '', kana: 'オーノ^ユーコ' },
      ['family-alike', 'given-alike'],
    ],
    ['old kanji', { ...LOOSE, kana: '', kanji: '渡邉^惠子' }, { ...LOOSE, kana: '', kanji: '渡辺^恵子' }, ['family-same', 'given-same']],
    ['齋藤 and 斉藤', { ...LOOSE, kana: '', kanji: '齋藤^廣' }, { ...LOOSE, kana: '', kanji: '斉藤^広' }, ['family-same', 'given-same']],
    ['another kanji, same reading', LOOSE, { ...LOOSE, kanji: '山田^華子' }, ['given-one-script']],
    [
      'kanji read otherwise',
      { ...LOOSE, kanji: '山田^裕子', kana: 'ヤマダ^ユウコ' },
      { ...LOOSE, kanji: '山田^裕子', kana: 'ヤマダ^ヒロコ' },
      ['given-one-script'],
    ],
    [
      'a character the sender has not',
      { ...LOOSE, kana: '', kanji: '草彅^花子' },
      { ...LOOSE, kana: '', kanji: '草〓^花子' },
      ['family-alike', 'given-same'],
    ],
    ['parts swapped', LOOSE, { ...LOOSE, kanji: '花子^山田', kana: 'ハナコ^ヤマダ' }, ['names-swapped', 'family-same', 'given-same']],
    ['no blank between parts', LOOSE, { ...LOOSE, kanji: '山田花子', kana: 'ヤマダハナコ' }, ['family-same', 'given-same']],
    [
      'no blank in either',
      { ...LOOSE, kanji: '山田花子', kana: '' },
      { ...LOOSE, kanji: '山田花子', kana: '' },
      ['family-same', 'given-same'],
    ],
    ['Hepburn', LOOSE, { born: '19500412', sex: 'F', latin: 'YAMADA^HANAKO' }, ['family-alike', 'given-alike']],
    [
      'kunrei and passport',
      { ...LOOSE, kana: 'オオツカ^シンイチ' },
      { born: '19500412', sex: 'F', latin: "OHTSUKA^SHIN'ICHI" },
      ['family-alike', 'given-alike'],
    ],
    [
      'small kana lost, in Latin',
      { ...LOOSE, kanji: '', kana: 'ﾔﾏﾀﾞ^ｼﾖｳｺ' },
      { born: '19500412', sex: 'F', latin: 'Yamada^Shoko' },
      ['family-alike', 'given-alike'],
    ],
    [
      'given name in hiragana',
      { ...LOOSE, kana: '', kanji: '田中^さくら' },
      { ...LOOSE, kana: 'タナカ^サクラ', kanji: '' },
      ['given-same'],
    ],
    ['a slip in kana', LOOSE, { ...LOOSE, kanji: '', kana: 'ヤマダ^ハマコ' }, ['family-same', 'given-near']],
    ['year of another era', HANAKO, { ...HANAKO, born: '20130412' }, ['birth-date-other-era']],
    ['next year', HANAKO, { ...HANAKO, born: '19510412' }, ['birth-date-next-year']],
    ['one digit', HANAKO, { ...HANAKO, born: '19500417' }, ['birth-date-one-digit']],
    ['digits swapped', HANAKO, { ...HANAKO, born: '19500421' }, ['birth-date-digits-swapped']],
    ['day and month swapped', HANAKO, { ...HANAKO, born: '19501204' }, ['birth-date-day-and-month-swapped']],
    ['day unknown', HANAKO, { ...HANAKO, born: '19500101' }, ['birth-date-day-unknown']],
    [
      'phone and postal code as people write them',
      HANAKO,
      { ...HANAKO, phone: '+81 88 622 0001', postal: '〒７７０－０００１' },
      ['phone-same', 'postal-code-same'],
    ],
    ['insurance as people write it', HANAKO, { ...HANAKO, card: '00360016/１２/0345/1' }, ['insured-same']],
    [
      'married: another family name',
      HANAKO,
      { ...HANAKO, kanji: '森^花子', kana: 'モリ^ハナコ', card: '' },
      ['family-changed', 'birth-date-same', 'phone-same'],
    ],
    [
      'moved, other insurer',
      HANAKO,
      { ...HANAKO, postal: '100-0001', phone: '03-1234-5678', card: '130015/9/9/' },
      ['postal-code-differs', 'insurance-differs'],
    ],
    [
      'name alone',
      { ...LOOSE, born: '', kanji: '蜂須賀^花子', kana: '' },
      { ...LOOSE, born: '', kanji: '蜂須賀^花子', kana: '' },
      ['family-same', 'given-same'],
    ],
  ])('%s', (_name, one, other, codes) => {
    const found = compared(one, other);
    expect(found.codes).toEqual(expect.arrayContaining([...codes]));
    expect(found.verdict).not.toBe('none');
  });
});

describe('others', () => {
  test.each<[string, Told, Told]>([
    [
      'strangers',
      HANAKO,
      { kanji: '鈴木^一郎', kana: 'スズキ^イチロウ', born: '19710101', sex: 'M', postal: '770-0002', phone: '088-622-0002' },
    ],
    [
      'mother and daughter of one household',
      HANAKO,
      { ...HANAKO, kanji: '山田^恵', kana: 'ヤマダ^メグミ', born: '19750301', card: '360016/12/345/02' },
    ],
    ['twins', HANAKO, { ...HANAKO, kanji: '山田^恵', kana: 'ヤマダ^メグミ', card: '360016/12/345/02' }],
    [
      'twins without branch numbers',
      { ...HANAKO, card: '360016/12/345/' },
      { ...HANAKO, kanji: '山田^恵', kana: 'ヤマダ^メグミ', card: '360016/12/345/' },
    ],
    ['a common name alone', { kanji: '佐藤^花子', sex: 'F' }, { kanji: '佐藤^花子', sex: 'F' }],
    ['nothing known of either', {}, {}],
    ['blanks', { kanji: '^', kana: ' ' }, { kanji: '^', kana: ' ' }],
    ['nobody', { latin: 'UNKNOWN^TEST', born: '19500412', sex: 'M' }, { latin: 'UNKNOWN^TEST', born: '19500412', sex: 'M' }],
    ['a test patient', { kana: 'テスト^カンジャ', born: '19500412' }, { kana: 'テスト^カンジャ', born: '19500412' }],
    ['lost names', { kanji: '〓〓^〓〓', born: '19500412' }, { kanji: '〓〓^〓〓', born: '19500412' }],
  ])('%s: none', (_name, one, other) => {
    expect(compared(one, other)).toMatchObject({ verdict: 'none' });
  });
});

describe('automatic', () => {
  test.each<[string, Told, Told, boolean, string]>([
    ['all agrees', HANAKO, HANAKO, true, 'automatic-eligible'],
    ['all agrees, and the region decides by hand', HANAKO, HANAKO, false, 'candidate'],
    ['the phone is the tie', { ...HANAKO, card: '' }, { ...HANAKO, card: '' }, true, 'automatic-eligible'],
    ['moved, same insurance', HANAKO, { ...HANAKO, postal: '100-0001', phone: '03-1234-5678' }, true, 'automatic-eligible'],
    ['name and birth date alone', LOOSE, LOOSE, true, 'candidate'],
    ['a postal code beside them', { ...LOOSE, postal: '7700001' }, { ...LOOSE, postal: '7700001' }, true, 'candidate'],
    ['sex not known', { ...HANAKO, sex: 'O' }, HANAKO, true, 'candidate'],
    ['sex differs', { ...HANAKO, sex: 'M' }, HANAKO, true, 'candidate'],
    ['birth date differs by a slip', { ...HANAKO, born: '19500413' }, HANAKO, true, 'candidate'],
    ['written with other kanji', { ...HANAKO, kanji: '山田^華子' }, HANAKO, true, 'candidate'],
    ['twins whose names are near', { ...HANAKO, kana: 'ヤマダ^ハナヨ', kanji: '' }, { ...HANAKO, kanji: '', card: '' }, true, 'candidate'],
    ['parts swapped', { ...HANAKO, kanji: '花子^山田', kana: 'ハナコ^ヤマダ' }, HANAKO, true, 'candidate'],
    ['another branch of one insurance', { ...HANAKO, card: '360016/12/345/02' }, HANAKO, true, 'candidate'],
    ['two numbers at one facility', { ...HANAKO, facility: 'A', id: '2' }, { ...HANAKO, facility: 'A', id: '1' }, true, 'candidate'],
    ['Latin letters only on one side', { ...HANAKO, kanji: '', kana: '', latin: 'YAMADA^HANAKO' }, HANAKO, true, 'candidate'],
  ])('%s: %5$s', (_name, one, other, automatic, verdict) => {
    expect(compared(one, other, automatic).verdict).toBe(verdict);
  });
});

describe('the score', () => {
  test('is the sum of its reasons, the weightiest first', () => {
    const { score, reasons } = compared(HANAKO, { ...HANAKO, postal: '100-0001' });
    expect(score).toBeCloseTo(
      reasons.reduce((sum, { bits }) => sum + bits, 0),
      6,
    );
    expect(reasons.map(({ bits }) => Math.abs(bits))).toEqual(reasons.map(({ bits }) => Math.abs(bits)).sort((a, b) => b - a));
  });

  test.each<[string, Told, Told]>([
    ['sex differs', { ...HANAKO, sex: 'M' }, { ...HANAKO, sex: '' }],
    ['another phone', { ...HANAKO, phone: '088-622-9999' }, { ...HANAKO, phone: '' }],
    ['two numbers at one facility', { ...HANAKO, facility: 'A', id: '7' }, HANAKO],
    ['another branch', { ...HANAKO, card: '360016/12/345/03' }, { ...HANAKO, card: '360016/12/345/' }],
    [
      'a common family name',
      { ...LOOSE, kanji: '佐藤^花子', kana: 'サトウ^ハナコ' },
      { ...LOOSE, kanji: '蜂須賀^花子', kana: 'ハチスカ^ハナコ' },
    ],
  ])('%s: less than without', (name, one, other) => {
    const against = name.startsWith('a common') ? [one, other] : [HANAKO, HANAKO];
    expect(compared(against[0] as Told, one).score).toBeLessThan(compared(against[1] as Told, other).score);
  });

  test('of name, birth date and sex stays below what is automatic', () => {
    expect(compared(LOOSE, LOOSE).score).toBeLessThan(AUTOMATIC_BITS_MIN);
  });

  test('another insurer is neutral', () => {
    const without = compared({ ...HANAKO, card: '' }, HANAKO).score;
    expect(compared({ ...HANAKO, card: '130015/1/1/' }, HANAKO).score).toBe(without);
  });
});

test('hostile text is compared within its bounds', () => {
  const long = {
    kanji: '山'.repeat(100_000),
    kana: 'ヤ '.repeat(50_000),
    phone: '0'.repeat(100_000),
    postal: '7'.repeat(100_000),
    card: `${'1'.repeat(100_000)}/<b>/\u0000/`,
  };
  expect(compared(long, long).reasons.every(({ bits }) => Number.isFinite(bits))).toBe(true);
});
