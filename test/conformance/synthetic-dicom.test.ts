import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REGION, regionInstances, regionShares, regionStudies } from '../fixtures/demo/region.ts';
import { type CharacterSet, encodeText } from '../fixtures/dicom/dicom-text.ts';
import { crSeries, ctSeries, mrSeries, type SyntheticInstance, usSeries } from '../fixtures/dicom/synthetic-series.ts';

/** Both streams, whatever the exit status: dciodvfy reports on standard error. */
function outputOf(program: string, parameters: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(program, parameters, { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve(`${error && typeof error.code === 'string' ? `Error - ${error.message}` : ''}${stdout}${stderr}`);
    });
  });
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'renkei-synthetic-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function fileOf(name: string, series: Iterable<SyntheticInstance>): Promise<string> {
  const [instance] = series;
  if (!instance) throw new Error('an empty series');
  const file = join(folder, `${name.replaceAll(/\W+/g, '-')}.dcm`);
  await writeFile(file, instance.bytes);
  return file;
}

describe('synthetic instances follow their IOD (PS3.3 Annex A), by dciodvfy', () => {
  const kinds: readonly (readonly [string, () => Iterable<SyntheticInstance>])[] = [
    ['CT trunk', () => ctSeries({ instances: 1 })],
    ['CT head', () => ctSeries({ instances: 1, body: 'head' })],
    ['MR T1 axial', () => mrSeries({ instances: 1, weighting: 'T1' })],
    ['MR T2 coronal', () => mrSeries({ instances: 1, weighting: 'T2', plane: 'coronal' })],
    ['MR FLAIR axial', () => mrSeries({ instances: 1, weighting: 'FLAIR' })],
    ['MR T1 sagittal', () => mrSeries({ instances: 1, weighting: 'T1', plane: 'sagittal' })],
    ['CR chest', () => crSeries({ size: 400 })],
    ['US grey cine', () => usSeries({ frames: 3 })],
    ['US colour cine', () => usSeries({ frames: 3, colour: true })],
  ];
  it.each(kinds)('%s', async (name, series) => {
    const said = await outputOf('dciodvfy', [await fileOf(name, series())]);
    expect(said.split('\n').filter((line) => line.startsWith('Error'))).toEqual([]);
    expect(said).toMatch(/Image/); // it named the IOD, so it did read the file
  });
});

describe('names read back the same in DCMTK', () => {
  const cases: readonly { readonly characterSet: CharacterSet; readonly name: string }[] = [
    { characterSet: '', name: 'Yamada^Tarou' },
    { characterSet: 'ISO_IR 100', name: 'Buc^Jérôme' },
    { characterSet: 'ISO_IR 192', name: 'Yamada^Tarou=山田^太郎=やまだ^たろう' },
    { characterSet: 'ISO_IR 13', name: 'ﾔﾏﾀﾞ^ﾀﾛｳ' },
  ];
  it.each(cases)('$characterSet: $name', async ({ characterSet, name }) => {
    const options = { instances: 1, size: 16, characterSet, patientName: name };
    const file = await fileOf('name', ctSeries(options));
    const said = await outputOf('dcmdump', ['+U8', '+L', '+P', 'PatientName', file]);
    expect(/\[(.*)\]/.exec(said)?.[1]?.trimEnd()).toBe(name);
  });
});

describe('Japanese names are coded as PS3.5 Annex H shows', () => {
  const latin1 = (text: string) => Buffer.from(text, 'latin1').toString('hex');
  const cases: readonly { readonly characterSet: CharacterSet; readonly name: string; readonly bytes: string }[] = [
    {
      characterSet: '\\ISO 2022 IR 87', // H.3.1
      name: 'Yamada^Tarou=山田^太郎=やまだ^たろう',
      bytes: latin1('Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B'),
    },
    {
      characterSet: 'ISO 2022 IR 13\\ISO 2022 IR 87', // H.3.2
      name: 'ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう',
      bytes: latin1('\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J=\x1b$B$d$^$@\x1b(J^\x1b$B$?$m$&\x1b(J'),
    },
    // The second byte of 本 is that of a backslash: it parts no values.
    { characterSet: '\\ISO 2022 IR 87', name: 'Matsumoto=松本', bytes: latin1('Matsumoto=\x1b$B>>K\\\x1b(B') },
  ];
  it.each(cases)('$characterSet: $name', ({ characterSet, name, bytes }) => {
    expect(encodeText(name, characterSet, '\\^=').toString('hex')).toBe(bytes);
  });

  it('writes nothing that it cannot code', () => {
    expect(() => encodeText('山', '')).toThrow();
    expect(() => encodeText('𠮷田', '\\ISO 2022 IR 87')).toThrow(); // 𠮷 is not in JIS X 0208
  });
});

describe('the demo region', () => {
  const today = new Date(2026, 0, 15);

  it('has, in every study, instances valid by dciodvfy that say whose they are', async () => {
    for (const study of regionStudies(today)) {
      const file = await fileOf(study.studyInstanceUID, study.instances());
      const said = await outputOf('dciodvfy', [file]);
      expect({ study: study.studyInstanceUID, errors: said.split('\n').filter((line) => line.startsWith('Error')) }).toEqual({
        study: study.studyInstanceUID,
        errors: [],
      });
      expect(await outputOf('dcmdump', ['+P', 'PatientID', file])).toContain(`[${study.patient.patientID}]`);
    }
  });

  it('is of one piece: facilities, people, patients, studies and shares refer to each other', () => {
    const codes = new Set(REGION.facilities.map(({ code }) => code));
    const studies = new Map(regionStudies(today).map((study) => [study.studyInstanceUID, study]));
    expect(studies.size).toBe(regionStudies(today).length);
    for (const user of REGION.users) expect(user.facilityCode === undefined || codes.has(user.facilityCode)).toBe(true);
    for (const patient of REGION.patients) expect(codes.has(patient.facilityCode)).toBe(true);
    for (const share of regionShares(today)) {
      expect(studies.get(share.studyInstanceUID)?.facilityCode).toBe(share.fromFacilityCode);
      expect(codes.has(share.toFacilityCode) && share.toFacilityCode !== share.fromFacilityCode).toBe(true);
      expect(REGION.users.find(({ email }) => email === share.byEmail)?.facilityCode).toBe(share.fromFacilityCode);
      expect(share.until.getTime()).toBeGreaterThan(today.getTime());
    }
  });

  it('gives the same bytes on every run of a day', () => {
    const [first] = regionInstances(today);
    const [again] = regionInstances(today);
    expect(first?.bytes.equals(again?.bytes ?? Buffer.alloc(0))).toBe(true);
  });
});
