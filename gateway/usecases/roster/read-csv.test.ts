import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { cp932 } from '../../../test/fixtures/patients/cp932.ts';
import { readCsvRoster } from './read-csv.ts';
import { ROSTER_BYTES_MAX, ROSTER_FAULTS_MAX, ROSTER_LINE_BYTES_MAX, ROSTER_PATIENTS_MAX } from './roster.ts';
import { TURN_BYTES, TURN_PIECES } from './turns.ts';

const TODAY = { today: '20261127' };
const utf8 = (text: string) => Buffer.from(text, 'utf8');

/** In pieces of three bytes, so that every line is cut somewhere. */
async function* pieces(bytes: Uint8Array, size = 3): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

const read = (text: string | Uint8Array, size?: number) => readCsvRoster(pieces(typeof text === 'string' ? utf8(text) : text, size), TODAY);

const HANAKO = {
  patientID: '0012',
  name: { Ideographic: '山田^花子', Phonetic: 'ヤマダ^ハナコ' },
  birthDate: '19500412',
  sex: 'F',
  postalCode: '770-0001',
  phone: '088-622-0001',
};

describe('a roster', () => {
  const japanese =
    '患者番号,患者氏名,フリガナ,生年月日,性別,郵便番号,電話番号\r\n0012,山田　花子,ヤマダ　ハナコ,S25.4.12,女,770-0001,088-622-0001\r\n';
  test.each<[string, string | Uint8Array]>([
    ['UTF-8, headers in Japanese, CRLF', japanese],
    ['UTF-8 with a byte order mark', `\ufeff${japanese}`],
    ['Shift_JIS', cp932(japanese)],
    ['without an end of the last line', japanese.trimEnd()],
    ['Ctrl-Z at the end', `${japanese}\u001a`],
    [
      'headers in English, family and given name apart',
      'Patient ID,Last Name,First Name,Last name kana,First name kana,Date of Birth,Sex,ZIP,TEL\n0012,山田,花子,ヤマダ,ハナコ,1950-04-12,F,770-0001,088-622-0001\n',
    ],
    [
      '姓, 名, セイ, メイ',
      'カルテ番号,姓,名,セイ,メイ,生年月日,性別,〒郵便番号,TEL\n0012,山田,花子,ヤマダ,ハナコ,1950/4/12,2,770-0001,088-622-0001\n'.replace(
        '〒',
        '',
      ),
    ],
    ['tabs', japanese.replaceAll(',', '\t')],
    ['quotes', japanese.replaceAll(/[^,\r\n]+/g, '"$&"')],
    [
      'a title above the header, blank lines, other columns',
      `患者一覧\n\n${japanese
        .replace('性別', '性別')
        .replaceAll(/\r\n(?=.)/g, ',備考\r\n')
        .replace(/\r\n$/, ',"独居, 耳が遠い"\r\n')}\n,,,,,,,\n`,
    ],
    [
      'a line break in a quoted field',
      'ID,氏名,フリガナ,生年月日,性別,郵便番号,電話,備考\n0012,山田　花子,ヤマダ　ハナコ,S25.4.12,女,770-0001,088-622-0001,"一\n二"\n',
    ],
    [
      'half width and hiragana',
      'ＩＤ,氏名,ふりがな,生年月日,性別,郵便番号,電話\n００１２,山田 花子,ﾔﾏﾀﾞ ﾊﾅｺ,昭和25年4月12日,女性,７７０－０００１,０８８－６２２－０００１\n',
    ],
  ])('%s', async (_name, text) => {
    const { patients, faults } = await read(text);
    expect(faults).toEqual([]);
    expect(patients).toEqual([expect.objectContaining(HANAKO)]);
  });

  test('characters of CP932 that Shift_JIS has not', async () => {
    const { patients, charset } = await read(cp932('ID,氏名\n1,髙﨑　惠\n2,纊晙　子\n'));
    expect(charset).toBe('shift_jis');
    expect(patients.map(({ name }) => name.Ideographic)).toEqual(['髙﨑^惠', '纊晙^子']);
  });

  test('a character of the sender’s own is marked as lost', async () => {
    const { patients } = await read(Buffer.concat([cp932('ID,氏名\n1,山田　'), Buffer.from([0xf0, 0x40]), cp932('子\n')]));
    expect(patients[0]?.name.Ideographic).toBe('山田^〓子');
  });

  test('insurance', async () => {
    const { patients } = await read('ID,氏名,保険者番号,記号,番号,枝番\n1,山田 花子,00360016,徳１２,0345,1\n2,山田 太郎,,,,\n');
    expect(patients.map(({ insurance }) => insurance)).toEqual([
      { insurer: '360016', symbol: '徳12', number: '345', branch: '01' },
      undefined,
    ]);
  });

  test('names in Latin letters or kana go into their group', async () => {
    const { patients } = await read('ID,Name\n1,SMITH John\n2,ヤマダ ハナコ\n3,山田さくら\n');
    expect(patients.map(({ name }) => name)).toEqual([
      { Alphabetic: 'SMITH^John' },
      { Phonetic: 'ヤマダ^ハナコ' },
      { Ideographic: '山田さくら' },
    ]);
  });
});

describe('good lines in, bad lines listed', () => {
  const row = (id: string, name = '山田 花子', born = '1950-04-12', sex = '女') => `${id},${name},${born},${sex}`;
  const roster = (...rows: string[]) => ['ID,氏名,生年月日,性別', row('first'), ...rows, row('last')].join('\n');

  test.each<[string, string[], [number, string][]]>([
    ['no number', [row('')], [[3, 'patient-id-missing']]],
    ['markup as number', [row('<script>')], [[3, 'patient-id-unreadable']]],
    ['number too long', [row('9'.repeat(65))], [[3, 'patient-id-unreadable']]],
    ['a character of the sender’s own in a number', [row('\ue000-7')], [[3, 'patient-id-unreadable']]],
    ['no name', [row('1', '  ')], [[3, 'name-missing']]],
    ['markup in a name', [row('1', '<img src=x onerror=alert(1)>')], [[3, 'name-unreadable']]],
    ['full-width markup in a name', [row('1', '＜b＞山田')], [[3, 'name-unreadable']]],
    ['a name that parts a PN', [row('1', '山田=花子^子')], [[3, 'name-unreadable']]],
    ['a formula as number', [row('=1+1')], [[3, 'patient-id-unreadable']]],
    ['a formula in full width as name', [row('1', '＝cmd|calc')], [[3, 'name-unreadable']]],
    ['a formula as name', [row('1', '@SUM(A1)')], [[3, 'name-unreadable']]],
    ['a name too long', [row('1', '山'.repeat(65))], [[3, 'name-unreadable']]],
    ['no such date', [row('1', '山田', '1950-02-30')], [[3, 'birth-date-unreadable']]],
    ['sex', [row('1', '山田', '', '雌')], [[3, 'sex-unreadable']]],
    ['columns missing', ['1,山田'], [[3, 'columns-missing']]],
    ['columns surplus', [`${row('1')},,x`], [[3, 'columns-surplus']]],
    ['NUL', [row('1', '山\u0000田')], [[3, 'control-character']]],
    ['ISO-2022-JP', [row('1', '\u001b$B;3ED\u001b(B')], [[3, 'control-character']]],
    ['text turned round', [row('1', '山田\u202e子花')], [[3, 'control-character']]],
    ['a stray quote', ['1,"山田 花子,1950-04-12,女', row('2'), row('3')], [[3, 'quote-misplaced']]],
    ['a stray quote and quoted lines after it', ['1,"山田 花子,1950-04-12,女', row('2', '"森 花"'), row('3')], [[3, 'quote-misplaced']]],
    [
      'two faulty lines',
      [row(''), row('2'), row('1', '')],
      [
        [3, 'patient-id-missing'],
        [5, 'name-missing'],
      ],
    ],
    ['a line too long', [row('1', '山'.repeat(ROSTER_LINE_BYTES_MAX / 3))], [[3, 'line-too-long']]],
  ])('%s', async (_name, rows, expected) => {
    const { patients, faults } = await read(roster(...rows), 4_096);
    expect(faults.map(({ line, code }) => [line, code])).toEqual(expected);
    const ids = patients.map(({ patientID }) => patientID);
    expect([ids[0], ids.at(-1)]).toEqual(['first', 'last']);
    expect(ids).toHaveLength(2 + rows.length - expected.length);
  });

  test('a line of another character set', async () => {
    const { patients, faults } = await read(Buffer.concat([utf8(`${roster()}\n`), cp932(row('x')), utf8(`\n${row('9')}\n`)]));
    expect(faults).toEqual([{ line: 4, code: 'undecodable' }]);
    expect(patients.map(({ patientID }) => patientID)).toEqual(['first', 'last', '9']);
  });

  test('one number twice: once when it is one patient, never when it may be two', async () => {
    const { patients, faults } = await read(roster(row('1'), row('2'), row('1'), row('2', '森 花')));
    expect(patients.map(({ patientID }) => patientID)).toEqual(['first', '1', 'last']);
    expect(faults).toEqual([{ line: 6, code: 'patient-id-conflict', otherLine: 4 }]);
  });

  test('what is listed and what is read is bounded', async () => {
    const faulty = await read(roster(...Array.from({ length: ROSTER_FAULTS_MAX + 5 }, () => row(''))), 65_536);
    expect([faulty.faults.length, faulty.faultCount]).toEqual([ROSTER_FAULTS_MAX, ROSTER_FAULTS_MAX + 5]);
    const large = await read(['ID,氏名', ...Array.from({ length: ROSTER_PATIENTS_MAX + 1 }, (_, n) => `${n},森`)].join('\n'), 1 << 20);
    expect([large.patients.length, large.truncated]).toEqual([ROSTER_PATIENTS_MAX, true]);
  });
});

describe('no roster', () => {
  test.each<[string, string | Uint8Array, string]>([
    ['a receipt file', 'IR,1,36,1,1234567,,みなと\nRE,1,1112,50704\n', 'invalid'],
    ['no header that is known', 'あ,い\n1,2\n', 'invalid'],
    ['a number and no name', 'ID,生年月日\n1,19500412\n', 'invalid'],
    ['UTF-16', Buffer.from('\ufeffID,氏名\n1,森\n', 'utf16le'), 'unsupported'],
    ['an image', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0xff]), 'invalid'],
  ])('%s: %3$s', async (_name, bytes, kind) => {
    await expect(read(bytes)).rejects.toMatchObject({ kind });
  });

  test('an empty file is told as one', async () => {
    await expect(read('')).rejects.toMatchObject({ kind: 'invalid', ids: { reason: 'roster-empty' } });
  });

  test('too large', async () => {
    const piece = Buffer.alloc(1 << 20, 'a');
    async function* endless() {
      for (;;) yield piece;
    }
    await expect(readCsvRoster(endless(), TODAY)).rejects.toMatchObject({ kind: 'too-large' });
    expect(ROSTER_BYTES_MAX).toBeGreaterThan(piece.length);
  });
});

/** Others' turns while a file is read of which every byte is there already. */
async function turnsOfOthers(bytes: Buffer): Promise<number> {
  let turns = 0;
  let over = false;
  const others = (async () => {
    while (!over) {
      await setImmediate();
      turns++;
    }
  })();
  await read(bytes, bytes.length);
  over = true;
  await others;
  return turns;
}

describe('while a file is read others have their turn', () => {
  test.each<[string, string, number]>([
    ['many short lines', `ID,氏名\n${'\n'.repeat(20 * TURN_PIECES)}`, 20],
    ['few long ones', `ID,氏名\n${`x,${'山'.repeat(10_000)}\n`.repeat(20 * Math.ceil(TURN_BYTES / 30_000))}`, 20],
  ])('%s', async (_name, text, turns) => {
    expect(await turnsOfOthers(utf8(text))).toBeGreaterThanOrEqual(turns);
  });
});
