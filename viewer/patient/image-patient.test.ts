import { expect, test } from 'vitest';
import { isOtherPatient, patientOfImage } from './image-patient.ts';

const header = {
  '00100010': { vr: 'PN', Value: [{ Alphabetic: 'Yamada^Taro', Ideographic: '山田^太郎' }] },
  '00100020': { vr: 'LO', Value: ['P-1 '] },
  '00100030': { vr: 'DA', Value: ['19700102'] },
  '00100040': { vr: 'CS', Value: ['M'] },
};

test('a picture bears what its own header says', () => {
  expect(patientOfImage(header)).toEqual({
    patientName: { Alphabetic: 'Yamada^Taro', Ideographic: '山田^太郎' },
    patientID: 'P-1',
    patientBirthDate: '19700102',
    patientSex: 'M',
  });
});

test('a header that says nothing lends nobody’s name', () => {
  expect(patientOfImage({ '00100010': { vr: 'PN' } })).toEqual({ patientName: {}, patientID: '', patientBirthDate: '', patientSex: '' });
});

test.each([
  ['the same', 'P-1', false],
  ['another', 'P-2', true],
  ['none', '', true],
])('beside a study of %s patient ID', (_name, patientID, expected) => {
  expect(isOtherPatient(patientOfImage(header), { patientID })).toBe(expected);
});
