import { describe, expect, it } from 'vitest';
import { element, fragments, IDS, identity, imagePixel, part10, us } from '../../../test/fixtures/dicom/dicom-bytes.ts';
import { EXPLICIT_VR_LITTLE_ENDIAN } from '../dictionary/transfer-syntax.ts';
import { instanceAttributes } from './attributes.ts';
import { bufferAccess, readObject } from './part10.ts';

const attributesOf = async (...dataSet: Uint8Array[]) =>
  instanceAttributes(await readObject(bufferAccess(part10(EXPLICIT_VR_LITTLE_ENDIAN, ...dataSet))));

const CHEST_CT = [
  element('00080005', 'CS', 'ISO_IR 192'),
  ...identity(),
  element('00080020', 'DA', '20260102'),
  element('00080030', 'TM', '101112.5'),
  element('00080050', 'SH', 'A1'),
  element('00080060', 'CS', 'CT'),
  element('00080090', 'PN', 'Ref^Doc'),
  element('00081030', 'LO', 'Thorax'),
  element('0008103E', 'LO', 'Axial'),
  element('00100010', 'PN', 'Takahashi^Jiro=髙橋^二郎=たかはし^じろう'),
  element('00100020', 'LO', 'P1'),
  element('00100030', 'DA', '1999.01.31'),
  element('00100040', 'CS', 'M'),
  element('00180015', 'CS', 'CHEST'),
  element('00200010', 'SH', 'S1'),
  element('00200011', 'IS', '3'),
  element('00200013', 'IS', '17'),
  ...imagePixel({ rows: 2, columns: 3, bitsAllocated: 8, frames: 2 }),
  element('7FE00010', 'OB', Buffer.alloc(12)),
];
const tags = (attributes: object) => Object.keys(attributes).sort().join(' ');

it('takes patient, study, series and instance apart', async () => {
  const { study, series, instance } = await attributesOf(...CHEST_CT);
  expect(study).toMatchObject({
    studyInstanceUID: IDS.studyInstanceUID,
    patientID: 'P1',
    issuerOfPatientID: '',
    patientName: { folded: { alphabetic: 'takahashi jiro', ideographic: '高橋 二郎', phonetic: 'タカハシ ジロウ' } },
    patientBirthDate: '19990131',
    patientSex: 'M',
    studyDate: '20260102',
    studyTime: '101112.5',
    accessionNumber: 'A1',
    studyID: 'S1',
    studyDescription: 'Thorax',
    referringPhysicianName: { value: { Alphabetic: 'Ref^Doc' } },
  });
  expect(tags(study.attributes)).toBe(
    '00080005 00080020 00080030 00080050 00080090 00081030 00100010 00100020 00100030 00100040 0020000D 00200010',
  );
  expect(study.attributes['00080005']?.Value).toEqual(['ISO_IR 192']);
  expect(series).toMatchObject({
    seriesInstanceUID: IDS.seriesInstanceUID,
    modality: 'CT',
    seriesNumber: 3,
    seriesDescription: 'Axial',
    bodyPartExamined: 'CHEST',
    performedProcedureStepStartDate: '',
  });
  expect(tags(series.attributes)).toBe('00080005 00080060 0008103E 00180015 0020000E 00200011');
  expect(instance).toEqual({
    sopInstanceUID: IDS.sopInstanceUID,
    sopClassUID: IDS.sopClassUID,
    instanceNumber: 17,
    ...{ rows: 2, columns: 3, bitsAllocated: 8, numberOfFrames: 2, clip: false, openingFrame: 1 },
    readingKey: expect.stringMatching(/^i00000h~+$/),
  });
});

describe('what cannot be indexed says why', () => {
  const without = (n: number) => identity().filter((_, index) => index !== n);
  it.each<[string, Uint8Array[], string]>([
    ['no study', without(2), 'no-study-instance-uid'],
    ['empty study', [...without(2), element('0020000D', 'UI', '')], 'no-study-instance-uid'],
    ['no series', without(3), 'no-series-instance-uid'],
    ['a UID that leaves the root', [...without(2), element('0020000D', 'UI', '../../1.2')], 'unstorable-study-instance-uid'],
    ['a UID with a slash', [...without(3), element('0020000E', 'UI', '1/2')], 'unstorable-series-instance-uid'],
    ['a UID of several values', [...without(3), element('0020000E', 'UI', '1 2')], 'unstorable-series-instance-uid'],
  ])('%s', async (_name, dataSet, message) => {
    await expect(attributesOf(...dataSet)).rejects.toMatchObject({ kind: 'invalid', message });
  });

  it('a UID outside the rules that is a safe name is kept', async () => {
    const found = await attributesOf(...without(2), element('0020000D', 'UI', '05fa52f0e599f17b'));
    expect(found.study.studyInstanceUID).toBe('05fa52f0e599f17b');
  });

  it.each([
    ['1.2 840', '1.2 840'],
    ['a/b', 'a/b'],
  ])('an odd SOP class %j is kept', async (text, expected) => {
    expect((await attributesOf(element('00080016', 'UI', text), ...identity().slice(1))).instance.sopClassUID).toBe(expected);
  });

  it('SOP class and instance are taken from the file meta when the data set has none', async () => {
    const found = await attributesOf(...identity().slice(2));
    expect([found.instance.sopClassUID, found.instance.sopInstanceUID]).toEqual([IDS.sopClassUID, IDS.sopInstanceUID]);
  });
});

it('attributes written as UN are read by the dictionary, in the declared character set', async () => {
  const found = await attributesOf(
    element('00080005', 'CS', 'ISO_IR 101'),
    ...identity().slice(0, 2),
    element('00080060', 'UN', 'CT'),
    element('00100010', 'UN', Buffer.from([0xa3, 0x61])),
    element('0020000D', 'UN', '1.2.3'),
    element('0020000E', 'UN', '1.2.4'),
    element('00280010', 'UN', us(7)),
  );
  expect(found.study.studyInstanceUID).toBe('1.2.3');
  expect(found.study.patientName.value).toEqual({ Alphabetic: 'Ła' });
  expect(found.series.attributes['00080060']).toEqual({ vr: 'CS', Value: ['CT'] });
  expect(found.instance.rows).toBe(7);
});

describe('values that are odd become empty, not wrong', () => {
  it.each<[string, Uint8Array, string, unknown]>([
    ['a date that does not exist', element('00080020', 'DA', '20260231'), 'studyDate', ''],
    ['a date in words', element('00080020', 'DA', 'unknown'), 'studyDate', ''],
    ['a birth date with dashes', element('00100030', 'DA', '1999-01-31'), 'patientBirthDate', '19990131'],
    ['several values: the first', element('00100020', 'LO', 'P1\\P2'), 'patientID', 'P1'],
    ['a NUL inside', element('00100020', 'LO', 'P\u00001'), 'patientID', 'P1'],
  ])('%s', async (_name, bytes, field, expected) => {
    expect((await attributesOf(...identity(), bytes)).study).toMatchObject({ [field]: expected });
  });

  it.each<[string, Uint8Array, unknown]>([
    ['a fraction', element('00200013', 'IS', '1.5'), null],
    ['text', element('00200013', 'IS', 'one'), null],
    ['empty', element('00200013', 'IS', ''), null],
    ['too large for the index', element('00200013', 'IS', '99999999999'), null],
    ['signed', element('00200013', 'IS', '-4'), -4],
  ])('instance number: %s', async (_name, bytes, expected) => {
    expect((await attributesOf(...identity(), bytes)).instance.instanceNumber).toBe(expected);
  });

  it('no pixels: no frames, whatever NumberOfFrames says', async () => {
    expect((await attributesOf(...identity(), element('00280008', 'IS', '5'))).instance.numberOfFrames).toBe(0);
  });

  it('pixels: one frame when the number is empty', async () => {
    const image = [element('00280010', 'US', us(1)), element('00280011', 'US', us(1)), element('00280008', 'IS', '')];
    expect((await attributesOf(...identity(), ...image, fragments([], [Buffer.from('ffd8', 'hex')]))).instance.numberOfFrames).toBe(1);
  });
});
