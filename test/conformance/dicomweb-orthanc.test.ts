import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ExportForm } from '../../gateway/usecases/media/export-studies.ts';
import { exportOf, type ReadRecord, readDirectory, type Unpacked, unpack } from '../fixtures/dicom/exported.ts';
import { readShared, SHARED_DATA } from '../fixtures/dicom/shared-data.ts';
import { ctSeries, type SyntheticInstance } from '../fixtures/dicom/synthetic-series.ts';
import { type RunningDoor, startDoor } from '../fixtures/servers/dicomweb-door.ts';
import { type Orthanc, startOrthanc } from '../fixtures/servers/orthanc.ts';

const PLUGIN = '/usr/share/orthanc/plugins/libOrthancDicomWeb.so';
const FOLDER = 'series/ct-head-phantom-140';
const COUNT = 12;

const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('hex');

let door: RunningDoor;
let orthanc: Orthanc;

beforeAll(async () => {
  door = await startDoor(['H1']);
  const renkei = { Url: `${door.url}/dicom-web/`, HttpHeaders: { Authorization: 'Bearer H1' } };
  orthanc = await startOrthanc({ Plugins: [PLUGIN], DicomWeb: { Enable: true, Servers: { renkei } } });
}, 60_000);
afterAll(async () => {
  await orthanc?.stop();
  await door?.close();
});
beforeEach(async () => {
  for (const id of await orthanc.rest<string[]>('/studies')) await orthanc.rest(`/studies/${id}`, { method: 'DELETE' });
});

async function digests(): Promise<readonly string[]> {
  const files: string[] = [];
  for (const id of await orthanc.rest<string[]>('/instances')) files.push(md5(await orthanc.file(id)));
  return files.sort();
}

it('PS3.18 10.4 to 10.6: Orthanc sends by STOW-RS, searches by QIDO-RS and reads back by WADO-RS', async () => {
  const { rest } = orthanc;
  const post = (body: unknown): RequestInit => ({ method: 'POST', body: JSON.stringify(body) });
  const names = readdirSync(`${SHARED_DATA.folder}${FOLDER}`).sort().slice(0, COUNT);
  for (const name of names) await rest('/instances', { method: 'POST', body: readFileSync(`${SHARED_DATA.folder}${FOLDER}/${name}`) });
  const { studyInstanceUID } = await readShared(`${FOLDER}/${names[0]}`);
  const before = await digests();
  expect(before).toHaveLength(COUNT);
  const [study] = await rest<string[]>('/studies');

  await rest('/dicom-web/servers/renkei/stow', post({ Resources: [study], Synchronous: true }));
  const found = await door.fetch('H1', `/dicom-web/instances?StudyInstanceUID=${studyInstanceUID}`);
  expect(await found.json()).toHaveLength(COUNT);

  const search = { Uri: '/studies', Arguments: { StudyInstanceUID: studyInstanceUID } };
  expect(await rest<unknown[]>('/dicom-web/servers/renkei/qido', post(search))).toHaveLength(1);

  await rest(`/studies/${study}`, { method: 'DELETE' });
  expect(await digests()).toEqual([]);
  await rest('/dicom-web/servers/renkei/retrieve', post({ Resources: [{ Study: studyInstanceUID }], Synchronous: true }));
  expect(await digests()).toEqual(before);
});

const exported = async (studies: readonly string[], form: ExportForm) =>
  Buffer.concat(await (await exportOf(door, studies, form)).toArray());

const store = async (files: readonly Uint8Array[]) => {
  for (const file of files) expect((await door.store('H1', [file])).status).toBe(200);
};

/** Of a record what both programs say: the offsets are the layout's, and of the rest theirs is what a general purpose medium must have. */
function common(ours: readonly ReadRecord[], theirs: readonly ReadRecord[]): readonly ReadRecord[] {
  return ours.map(({ type, values }, at) => ({
    type,
    values: Object.fromEntries(Object.entries(values).filter(([tag]) => !OFFSETS.test(tag) && tag in (theirs[at]?.values ?? {}))),
  }));
}
const OFFSETS = /^0004,14[0-2]0$/;
/** What they say of an image is no key of the basic directory, and a character set is needed only where a record has more than ASCII. */
const MORE = ['0008,0008', '0008,0005'];

const NAME = 'Yamada^Tarou=山田^太郎=やまだ^たろう';
const KANJI = {
  characterSet: '\\ISO 2022 IR 87',
  patientName: NAME,
  patientID: 'X-1',
  studyID: 'S1',
  studyTime: '101500',
  seriesNumber: 3,
} as const;
const pathOf = (folder: string, { values }: ReadRecord) => join(folder, ...(values['0004,1500'] ?? '').split('\\'));
const errorsOf = (file: string) => {
  const { stdout, stderr } = spawnSync('dciodvfy', [file], { encoding: 'latin1' });
  return `${stdout}\n${stderr}`.split('\n').filter((line) => line.startsWith('Error'));
};

describe('PS3.10 8.6, PS3.3 annex F: an export', () => {
  let unpacked: Unpacked | undefined;
  afterEach(() => unpacked?.remove());

  it('has the directory that dcmmkdir makes of its files, each file as Orthanc takes it, and names that ISO 9660 allows', async () => {
    const ct = [...ctSeries({ ...KANJI, instances: 3, size: 16 })];
    await store(ct.map(({ bytes }) => bytes));
    unpacked = unpack(await exported([ct[0]?.studyInstanceUID ?? ''], 'stored'));
    const { folder, files, records } = unpacked;
    const images = [1, 2, 3].map((n) => `DICOM/PT000001/ST000001/SE000001/IM00000${n}`);
    expect(files).toEqual([...images, 'DICOMDIR', 'INDEX.HTM', 'README.TXT']);
    const made = join(folder, 'THEIRS');
    execFileSync('dcmmkdir', ['-Pgp', '+F', 'RENKEI', '+r', '+id', folder, '+D', made, 'DICOM'], { cwd: folder });
    const theirs = readDirectory(made).map(({ type, values }) => ({
      type,
      values: Object.fromEntries(
        Object.entries(values).filter(
          ([tag]) => !OFFSETS.test(tag) && (!MORE.includes(tag) || (tag === '0008,0005' && type === 'PATIENT')),
        ),
      ),
    }));
    expect(common(records, theirs)).toEqual(theirs);
    expect(records[0]?.values['0010,0010']).toContain('\x1b$B');
    for (const path of images) await orthanc.rest('/instances', { method: 'POST', body: readFileSync(join(folder, path)) });
    expect(await digests()).toEqual(ct.map(({ bytes }) => md5(bytes)).sort());
    expect(errorsOf(join(folder, 'DICOMDIR'))).toEqual([]);
  });

  it('holds what is odd, and refers to what the standard has a record for', async () => {
    const study = '2.25.99001';
    const of = { studyInstanceUID: study, patientID: '', patientName: `<b>&"'=${'鷗'.repeat(12)}\u{20bb7}=` } as const;
    const image = (n: number, more: object = {}) =>
      ctSeries({ ...of, characterSet: 'ISO_IR 192', instances: 1, size: 16, seed: n, studyID: '', seriesNumber: n, ...more }).next()
        .value as SyntheticInstance;
    const twice = image(1);
    const files = [
      twice.bytes,
      // The same UID in another series.
      image(2, { extra: { SOPInstanceUID: twice.sopInstanceUID } }).bytes,
      image(3, { extra: { SOPClassUID: '1.3.46.670589.11.0.0.12.1' } }).bytes,
      image(4, { extra: { Modality: 'ct/<x>' } }).bytes,
      image(5, { extra: { InstanceNumber: null, StudyDate: null, StudyTime: 'noon', SeriesNumber: null } }).bytes,
    ];
    await store(files);
    unpacked = unpack(await exported([study], 'plain'));
    const { folder, records } = unpacked;
    expect(records.map(({ type }) => type)).toEqual([
      'PATIENT',
      'STUDY',
      ...['SERIES', 'IMAGE', 'SERIES', 'SERIES', 'SERIES', 'IMAGE', 'SERIES', 'IMAGE'],
    ]);
    expect(errorsOf(join(folder, 'DICOMDIR'))).toEqual([]);
    for (const record of records.filter(({ type }) => type === 'IMAGE'))
      expect(execFileSync('dcmftest', [pathOf(folder, record)], { encoding: 'utf8' })).toMatch(/^yes/);
    const page = readFileSync(join(folder, 'INDEX.HTM'), 'utf8');
    expect(page).toContain('&lt;b&gt;&amp;&quot;&#39;');
    expect(page).not.toContain('<b>');
    expect(page).toContain('2 file(s)');
    execFileSync('python3', ['-c', 'import sys,xml.dom.minidom as m;m.parse(sys.argv[1])', join(folder, 'INDEX.HTM')]);
  });
});
