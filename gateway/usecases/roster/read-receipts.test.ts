import { describe, expect, test } from 'vitest';
import { cp932 } from '../../../test/fixtures/patients/cp932.ts';
import { readReceipts } from './read-receipts.ts';

const TODAY = { today: '20261127' };

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += 5) yield bytes.subarray(from, from + 5);
}

const read = (lines: readonly string[], encode: (text: string) => Uint8Array = cp932) =>
  readReceipts(pieces(encode(`${lines.join('\r\n')}\r\n`)), TODAY);

const IR = 'IR,1,36,1,1234567,,みなと中央病院,50810,00,0886000000';

/** Field 14 is the chart's number, 37 the kana. */
function re({ name = '山田　花子', sex = '2', born = '3250412', id = '0012', kana = '' } = {}): string {
  const fields = ['RE', '1', '1112', '50809', name, sex, born, '', '', '', '', '', '', id];
  return [...fields, ...Array.from({ length: 36 - fields.length }, () => ''), kana, ''].join(',');
}

const REST = [
  'HO,00360016,徳１２,0345,2,1200,,,,,,',
  'SN,1,01,,,,01,,',
  'KO,54360012,1234567,,2,1200,,,',
  'SY,8830052,3250412,1,,,01,',
  'SI,11,1,111000110,,288,1',
  'IY,21,1,620000001,1,10,14',
  'TO,40,1,700000001,1,100',
  'CO,40,1,810000001,コメント',
  'SJ,01,詳記',
];

describe('receipts', () => {
  test('who was treated, under which insurance and public fund; nothing of what was done', async () => {
    const { patients, faults, charset, lines } = await read([IR, re({ kana: 'ヤマダハナコ' }), ...REST, 'GO,1,1200,99']);
    expect(faults).toEqual([]);
    expect([charset, lines]).toEqual(['shift_jis', 12]);
    expect(patients).toEqual([
      {
        line: 2,
        patientID: '0012',
        name: { Ideographic: '山田^花子', Phonetic: 'ヤマダハナコ' },
        birthDate: '19500412',
        sex: 'F',
        postalCode: '',
        phone: '',
        insurance: { insurer: '360016', symbol: '徳12', number: '345', branch: '01' },
        publicFunds: [{ payer: '54360012', recipient: '1234567' }],
      },
    ]);
  });

  test.each([
    ['Meiji', '1450730', '19120730'],
    ['Taisho', '2040412', '19150412'],
    ['Showa', '3250412', '19500412'],
    ['Heisei', '4070101', '19950101'],
    ['Reiwa', '5070101', '20250101'],
    ['western, since 2020', '19500412', '19500412'],
  ])('birth date, %s', async (_name, born, date) => {
    expect((await read([IR, re({ born })])).patients[0]?.birthDate).toBe(date);
  });

  test('names in kana alone, without a blank', async () => {
    expect((await read([IR, re({ name: 'ヤマダハナコ' })])).patients[0]?.name).toEqual({ Phonetic: 'ヤマダハナコ' });
  });

  test('UTF-8 is read too', async () => {
    expect((await read([IR, re()], (text) => Buffer.from(text))).patients).toHaveLength(1);
  });

  test('a patient with two receipts is one, with what the later says of insurance', async () => {
    const { patients, faults } = await read([IR, re(), 'HO,00360016,1,2,2,1200', re(), 'HO,01360017,9,8,2,1200', re()]);
    expect(faults).toEqual([]);
    expect(patients.map(({ line, insurance }) => [line, insurance?.insurer])).toEqual([[2, '01360017']]);
  });

  test('another hospital’s claims, for examination and for the national insurance, follow each other in one file', async () => {
    expect(
      (await read([IR, re(), 'GO,1,1,99', IR.replace('IR,1', 'IR,2'), re({ id: '13' })])).patients.map(({ patientID }) => patientID),
    ).toEqual(['0012', '13']);
  });
});

describe('good receipts in, bad lines listed', () => {
  const good = re({ id: 'good' });
  test.each<[string, string[], [number, string][]]>([
    [
      'an unknown record',
      ['ZZ,1,2', 'hello'],
      [
        [3, 'unknown-record'],
        [4, 'unknown-record'],
      ],
    ],
    ['a short RE and what belongs to it', ['RE,1,1112', ...REST], [[3, 'record-short']]],
    ['a short HO', [re({ id: 'short' }), 'HO,00360016'], [[4, 'record-short']]],
    ['no number', [re({ id: '' }), ...REST], [[3, 'patient-id-missing']]],
    ['no name', [re({ name: '' })], [[3, 'name-missing']]],
    ['no such date', [re({ born: '3250431' })], [[3, 'birth-date-unreadable']]],
    ['no such era', [re({ born: '9250412' })], [[3, 'birth-date-unreadable']]],
    ['no such sex', [re({ sex: '7' })], [[3, 'sex-unreadable']]],
    ['markup', [re({ name: '<b>山田' })], [[3, 'name-unreadable']]],
    ['a control character', [re({ name: '山\u0007田' })], [[3, 'control-character']]],
    ['a receipt of a dentist', ['IR,1,36,3,1234567,,歯科', re({ id: 'tooth' }), ...REST, IR], [[3, 'table-unsupported']]],
    ['one number, two people', [re({ id: 'same' }), re({ id: 'same', name: '森　花' })], [[4, 'patient-id-conflict']]],
  ])('%s', async (_name, rows, expected) => {
    const { patients, faults } = await read([IR, good, ...rows, re({ id: 'last' })]);
    expect(faults.map(({ line, code }) => [line, code])).toEqual(expected);
    expect(patients.map(({ patientID }) => patientID).filter((id) => id !== 'short')).toEqual(['good', 'last']);
  });

  test('insurance before any receipt', async () => {
    expect((await read([IR, 'HO,00360016,1,2', good])).faults).toEqual([{ line: 2, code: 'record-out-of-place' }]);
  });

  test('what follows a line that cannot be read is not given to the receipt before it', async () => {
    const broken = Buffer.concat([
      cp932(`${IR}\n${good}\n`),
      Buffer.from('RE,1,1112,50809,\x82\x22,1,3250412\n', 'latin1'),
      cp932('HO,01360017,1,2,3,4\n'),
    ]);
    const { patients, faults } = await readReceipts(pieces(broken), TODAY);
    expect(faults).toEqual([{ line: 3, code: 'undecodable' }]);
    expect(patients.map(({ patientID, insurance }) => [patientID, insurance])).toEqual([['good', undefined]]);
  });

  test('no receipts: a list of what is no record', async () => {
    const { patients, faultCount } = await read(['ID,氏名', '1,森'], (text) => Buffer.from(text));
    expect([patients, faultCount]).toEqual([[], 2]);
  });
});
