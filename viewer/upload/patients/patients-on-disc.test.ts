import { describe, expect, it } from 'vitest';
import { PatientsOnDisc, ROWS_MAX } from './patients-on-disc.ts';
import type { ImageHeader } from './read-header.ts';

const YAMADA: ImageHeader = {
  patientName: { Alphabetic: 'YAMADA^TAROU', Ideographic: '山田^太郎', Phonetic: 'やまだ^たろう' },
  patientID: '00123',
  issuerOfPatientID: '',
  patientBirthDate: '19620514',
  patientSex: 'M',
  studyInstanceUID: '2.25.11',
  studyDate: '20261120',
  studyDescription: '胸部CT',
  modality: 'CT',
  sopInstanceUID: '2.25.11.1',
};
const romaji = (Alphabetic: string) => ({ Alphabetic, Ideographic: '', Phonetic: '' });

function gathered(...headers: readonly Partial<ImageHeader>[]) {
  const disc = new PatientsOnDisc();
  const numbers = headers.map((header) => disc.add({ ...YAMADA, ...header }, 100));
  return { disc, numbers, patients: disc.list() };
}

describe('one patient or two', () => {
  it.each<[string, Partial<ImageHeader>, number]>([
    ['the same', {}, 1],
    ['another exam', { studyInstanceUID: '2.25.12' }, 1],
    ['another ID', { patientID: '00124' }, 2],
    ['another birth date under the ID', { patientBirthDate: '19630514' }, 2],
    ['another name under the ID', { patientName: { Alphabetic: 'SATO^HANAKO', Ideographic: '佐藤^花子', Phonetic: '' } }, 2],
    ['another issuer', { issuerOfPatientID: 'H2' }, 1],
    ['romaji alone', { patientName: romaji('YAMADA^TAROU') }, 1],
    ['romaji in another case and with a space', { patientName: romaji('Yamada Tarou ') }, 1],
    ['full-width romaji', { patientName: romaji('ＹＡＭＡＤＡ^ＴＡＲＯＵ') }, 1],
    ['romaji spelt otherwise, the kanji alike', { patientName: { ...YAMADA.patientName, Alphabetic: 'YAMADA^TARO' } }, 1],
    ['romaji of another person', { patientName: romaji('SATO^HANAKO') }, 2],
    ['no birth date', { patientBirthDate: '' }, 1],
    ['no name', { patientName: romaji('') }, 1],
    ['no ID', { patientID: '' }, 2],
  ])('%s', (_name, header, count) => {
    expect(gathered({}, header).patients).toHaveLength(count);
  });

  it('issuers that both say it differ', () => {
    expect(gathered({ issuerOfPatientID: 'H1' }, { issuerOfPatientID: 'H2' }).patients).toHaveLength(2);
  });
  it('other scripts under the ID are one person when the birth date is, and two when none says it', () => {
    const kanji = { patientName: { Alphabetic: '', Ideographic: '山田^太郎', Phonetic: '' } };
    const latin = { patientName: romaji('YAMADA^TAROU') };
    expect(gathered(kanji, latin).patients).toHaveLength(1);
    expect(gathered(kanji, { ...latin, patientBirthDate: '' }).patients).toHaveLength(2);
  });
  it('tells that two have one ID', () => {
    const { patients } = gathered({}, { patientBirthDate: '19630514' }, { patientID: '7' });
    expect(patients.map(({ sharesID }) => sharesID)).toEqual([true, true, false]);
  });
});

it('an exam has its files, bytes, modalities and description; the newest comes first', () => {
  const { patients } = gathered(
    { studyInstanceUID: '2.25.9', studyDate: '20200101', studyDescription: '' },
    { studyInstanceUID: '2.25.9', studyDate: '20200101', modality: 'SR', studyDescription: '脳MRI', sopInstanceUID: '2.25.9.2' },
    {},
  );
  expect(patients).toHaveLength(1);
  expect(patients[0]).toMatchObject({ files: 3, bytes: 300 });
  expect(patients[0]?.studies).toEqual([
    expect.objectContaining({ studyInstanceUID: '2.25.11', files: 1, bytes: 100, modalities: ['CT'] }),
    {
      studyInstanceUID: '2.25.9',
      studyDate: '20200101',
      studyDescription: '脳MRI',
      modalities: ['CT', 'SR'],
      files: 2,
      bytes: 200,
      sopInstanceUIDs: ['2.25.11.1', '2.25.9.2'],
    },
  ]);
});

it('what one image leaves out is filled in from the others', () => {
  const { patients } = gathered({ patientName: romaji('YAMADA^TAROU'), patientBirthDate: '' }, {});
  expect(patients).toMatchObject([{ patientName: YAMADA.patientName, patientBirthDate: '19620514' }]);
});

it('an image is known again by what its header says, and no other is', () => {
  const { disc } = gathered({ patientBirthDate: '' }, { patientBirthDate: '19630514', patientID: '7' });
  expect(disc.numberOf({ ...YAMADA, patientBirthDate: '' })).toBe(0);
  expect(disc.numberOf({ ...YAMADA, patientBirthDate: '19630514', patientID: '7', sopInstanceUID: 'other' })).toBe(1);
  expect(disc.numberOf({ ...YAMADA, patientID: '8' })).toBeUndefined();
});

it('has no more rows than the bound', () => {
  const disc = new PatientsOnDisc();
  const numbers = Array.from({ length: ROWS_MAX }, (_, at) => disc.add({ ...YAMADA, patientID: `${at}` }, 1));
  expect(numbers.filter((number) => number === undefined)).toHaveLength(ROWS_MAX / 2);
  expect(disc.count).toBe(ROWS_MAX / 2);
});
