import { describe, expect, test } from 'vitest';
import { searchableName } from '../../dicom/text/person-name.ts';
import type { PatientNo } from '../identifiers.ts';
import type { PersonNameJson } from '../imaging/dataset.ts';
import { type Demographics, type NumberedPatient, planOf } from './demographics.ts';

interface Said extends Partial<Omit<Demographics, 'name' | 'contact'>>, Partial<Demographics['contact']> {
  readonly name?: PersonNameJson;
}

const HANAKO = { Alphabetic: 'Yamada^Hanako', Ideographic: '山田^花子', Phonetic: 'やまだ^はなこ' };

function said({ name = { Ideographic: '山田^花子' }, birthDate = '19500412', sex = 'F', ...contact }: Said = {}): Demographics {
  return { name: searchableName(name), birthDate, sex, contact: { postalCode: '', phone: '', insurance: undefined, ...contact } };
}
const known = (more: Said = {}, no = '1'): NumberedPatient => ({ ...said(more), no: no as PatientNo, doubled: false });

describe('a line of a roster beside who has its number', () => {
  test.each<[string, Demographics, readonly NumberedPatient[], string]>([
    ['nobody has it', said(), [], 'new'],
    ['the same', said(), [known()], 'same'],
    ['spelled in another width', said({ name: { Phonetic: 'ﾔﾏﾀﾞ^ﾊﾅｺ' } }), [known({ name: HANAKO })], 'same'],
    ['without the blank between its parts', said({ name: { Ideographic: '山田花子' } }), [known({ name: HANAKO })], 'same'],
    ['less is said than is known', said({ birthDate: '', sex: '' }), [known({ name: HANAKO, phone: '0886220001' })], 'same'],
    ['a reading is added', said({ name: { Ideographic: '山田^花子', Phonetic: 'ヤマダ^ハナコ' } }), [known()], 'changed'],
    ['a phone is added', said({ phone: '0886220001' }), [known()], 'changed'],
    [
      'another branch of the insurance',
      said({ insurance: { insurer: '138057', symbol: '1', number: '2', branch: '02' } }),
      [known({ insurance: { insurer: '138057', symbol: '1', number: '2', branch: '01' } })],
      'changed',
    ],
    ['a name after marriage', said({ name: { Ideographic: '鈴木^花子' } }), [known()], 'changed'],
    ['a birth date that was mistyped', said({ birthDate: '19500413' }), [known()], 'changed'],
    ['another name and birth date', said({ name: { Ideographic: '鈴木^一郎' }, birthDate: '19710203' }), [known()], 'other'],
    ['another name, and no birth date is known', said({ name: { Ideographic: '鈴木^一郎' } }), [known({ birthDate: '' })], 'other'],
    [
      'names in scripts that cannot be compared, without a birth date',
      said({ name: { Phonetic: 'ヤマダ^ハナコ' }, birthDate: '' }),
      [known({ birthDate: '' })],
      'changed',
    ],
    ['nothing is known of who has it', said(), [known({ name: {}, birthDate: '', sex: '' })], 'changed'],
  ])('%s', (_case, line, numbered, finding) => {
    expect(planOf(line, numbered).finding).toBe(finding);
  });

  test('of several under one number the one that says most of the same is meant', () => {
    const others = [
      known({ name: { Ideographic: '鈴木^一郎' }, birthDate: '19710203' }, '1'),
      known({ birthDate: '' }, '2'),
      known({}, '3'),
    ];
    expect(planOf(said({ phone: '0886220001' }), others)).toMatchObject({ finding: 'changed', patient: { no: '3' } });
  });

  test('what the list leaves out stays; a name of the same reading keeps its other groups', () => {
    const plan = planOf(said({ name: { Ideographic: '山田^花子', Phonetic: 'ヤマダ^ハナ' }, sex: '', phone: '0886220001' }), [
      known({ name: HANAKO, postalCode: '7700001' }),
    ]);
    expect(plan).toMatchObject({
      after: {
        name: { value: { ...HANAKO, Phonetic: 'ヤマダ^ハナ' }, folded: { alphabetic: 'yamada hanako', phonetic: 'ヤマダ ハナ' } },
        sex: 'F',
        contact: { postalCode: '7700001', phone: '0886220001' },
      },
    });
  });

  test('a name that is another one takes the former reading with it', () => {
    const plan = planOf(said({ name: { Ideographic: '鈴木^花子' } }), [known({ name: HANAKO })]);
    expect(plan).toMatchObject({
      finding: 'changed',
      after: { name: { value: { Ideographic: '鈴木^花子' }, folded: { alphabetic: '', phonetic: '' } } },
    });
  });
});
