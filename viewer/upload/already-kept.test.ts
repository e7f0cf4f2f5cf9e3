import { describe, expect, it } from 'vitest';
import { type KeptQuestion, UPLOAD_KNOWN_MAX, UPLOAD_STUDIES_MAX } from '../../gateway/api/contract/uploads.ts';
import { askKept, chosenAtFirst, INSTANCES_ASKED_MAX, keptKey, STUDIES_ASKED_MAX } from './already-kept.ts';
import type { PatientOnDisc } from './patients/patients-on-disc.ts';

const never = new AbortController().signal;

function patient(patientID: string, ...counts: readonly number[]): PatientOnDisc {
  const studies = counts.map((files, at) => ({
    studyInstanceUID: `${patientID}.${at}`,
    studyDate: '',
    studyDescription: '',
    modalities: [],
    files,
    bytes: 0,
    sopInstanceUIDs: Array.from({ length: files }, (_, image) => `${patientID}.${at}.${image}`),
  }));
  const name = { Alphabetic: patientID, Ideographic: '', Phonetic: '' };
  const rest = { issuerOfPatientID: '', patientBirthDate: '19700101', patientSex: '', files: 0, bytes: 0, sharesID: false };
  return { patientName: name, patientID, studies, ...rest };
}

/** A gateway that keeps every image whose number is even. */
function gateway() {
  const asked: KeptQuestion['studies'][] = [];
  const ask = async (studies: KeptQuestion['studies']) => {
    asked.push(studies);
    return studies.map(({ sopInstanceUIDs }) => ({
      held: sopInstanceUIDs.filter((uid) => Number(uid.split('.')[2]) % 2 === 0).length,
      of: null,
      otherBirthDate: false,
    }));
  };
  return { asked, ask };
}

it('knows the bounds of the contract', () => {
  expect([INSTANCES_ASKED_MAX, STUDIES_ASKED_MAX]).toEqual([UPLOAD_KNOWN_MAX, UPLOAD_STUDIES_MAX]);
});

describe('what is held', () => {
  it.each<[string, readonly PatientOnDisc[], readonly number[]]>([
    ['one small exam', [patient('1', 4)], [4]],
    ['nothing', [], []],
    ['an exam larger than a question', [patient('1', 2500)], [1000, 1000, 500]],
    ['two patients in one question', [patient('1', 300, 300), patient('2', 300)], [900]],
    ['many small exams', [patient('1', ...Array.from({ length: 450 }, () => 1))], [200, 200, 50]],
  ])('%s', async (_name, patients, sizes) => {
    const { asked, ask } = gateway();
    const held = await askKept(patients, ask, never);
    const sum = (studies: KeptQuestion['studies']) => studies.reduce((total, { sopInstanceUIDs }) => total + sopInstanceUIDs.length, 0);
    expect(asked.map(sum)).toEqual(sizes);
    expect(Math.max(0, ...asked.map((studies) => studies.length))).toBeLessThanOrEqual(STUDIES_ASKED_MAX);
    for (const [number, { studies }] of patients.entries())
      for (const { studyInstanceUID, files } of studies)
        expect(held.get(keptKey(number, studyInstanceUID))?.held).toBe(Math.ceil(files / 2));
  });

  it('an image that is on the disc twice is asked about once', async () => {
    const { asked, ask } = gateway();
    const one = patient('1', 1);
    const study = one.studies[0];
    await askKept([{ ...one, studies: study === undefined ? [] : [{ ...study, sopInstanceUIDs: ['1.0.0', '1.0.0'] }] }], ask, never);
    expect(asked[0]?.[0]?.sopInstanceUIDs).toEqual(['1.0.0']);
  });
});

describe('who is chosen at first', () => {
  const other = new Map([[keptKey(0, '1.0'), { held: 0, of: null, otherBirthDate: true }]]);
  it.each<[string, readonly PatientOnDisc[], Parameters<typeof chosenAtFirst>[1], readonly number[]]>([
    ['one patient', [patient('1', 1)], new Map(), [0]],
    ['one patient, the gateway did not answer', [patient('1', 1)], undefined, [0]],
    ['one patient under an ID that is somebody else’s here', [patient('1', 1)], other, []],
    ['two patients', [patient('1', 1), patient('2', 1)], new Map(), []],
    ['nobody', [], new Map(), []],
  ])('%s', (_name, patients, held, expected) => {
    expect([...chosenAtFirst(patients, held)]).toEqual(expected);
  });
});
