import { describe, expect, it } from 'vitest';
import { part10 } from '../../test/fixtures/dicom/dicom-writer.ts';
import { type ItemSource, itemOf, UnreadableFile, type UploadItem, unreadableItem } from './files/upload-items.ts';
import { lookThrough, PROBLEMS_MAX } from './look-through.ts';

const never = new AbortController().signal;
const source = (...items: UploadItem[]): ItemSource => ({
  name: 'disc',
  async *items() {
    yield* items;
  },
});
const text = (path: string) => itemOf(new TextEncoder().encode('a file of text'), path);
function image(path: string, patientID: string, study = '1', more: Readonly<Record<string, string>> = {}): UploadItem {
  const bytes = part10({
    SOPClassUID: '1.2.840.10008.5.1.4.1.1.2',
    SOPInstanceUID: `2.25.${patientID}.${study}.${path.length}`,
    PatientID: patientID,
    PatientName: `Patient^${patientID}`,
    StudyInstanceUID: `2.25.${patientID}.${study}`,
    SeriesInstanceUID: `2.25.${patientID}.${study}.0`,
    ...more,
  });
  return itemOf(new Uint8Array(bytes), path);
}
const bare = (path: string) => itemOf(Uint8Array.from([8, 0, 5, 0, 0x43, 0x53, 0, 0]), path);
const table = (path: string) => itemOf(new Uint8Array(part10({ SOPClassUID: '1.2.840.10008.1.3.10', SOPInstanceUID: '2.25.1' })), path);
const torn = (path: string) => unreadableItem(path, 7, new UnreadableFile('cut-short'));

const look = (...items: UploadItem[]) => lookThrough([source(...items)], () => undefined, never);

it('says whose images there are, and names what is none', async () => {
  const { contents } = await look(
    image('a', '1'),
    image('b', '2'),
    image('c', '1', '2'),
    text('readme.txt'),
    table('DICOMDIR'),
    text('._a'),
    bare('old'),
    torn('x.zip'),
  );
  expect(contents).toMatchObject({
    found: 8,
    counts: { 'not-dicom': 1, 'passed-over': 1, dicomdir: 1, 'not-named': 1, unreadable: 1 },
    notNamedBytes: 8,
    overLimit: false,
  });
  expect(contents.patients.map(({ patientID, files, studies }) => [patientID, files, studies.length])).toEqual([
    ['1', 2, 2],
    ['2', 1, 1],
  ]);
  expect(contents.problems).toEqual([
    { path: 'readme.txt', outcome: 'not-dicom' },
    { path: '._a', outcome: 'passed-over' },
    { path: 'old', outcome: 'not-named' },
    { path: 'x.zip', outcome: 'unreadable', reason: 'cut-short', detail: '' },
  ]);
});

describe('a choice', () => {
  const disc = () => look(image('a', '1'), image('b', '2'), text('t'), bare('old'), torn('x'), image('a', '2'));
  it.each<[string, number[], boolean, Record<string, string>]>([
    ['the first patient', [0], false, { a: 'look', b: 'left-out', 'a (2)': 'left-out', t: 'not-dicom', old: 'left-out', x: 'look' }],
    ['the second, and what names nobody', [1], true, { a: 'left-out', b: 'look', 'a (2)': 'look', old: 'look', x: 'look', new: 'look' }],
    ['nobody', [], false, { a: 'left-out', b: 'left-out', old: 'left-out' }],
  ])('%s', async (_name, patients, notNamed, expected) => {
    const choice = (await disc()).choose(new Set(patients), notNamed);
    expect(Object.fromEntries(Object.keys(expected).map((path) => [path, choice.standing(path)]))).toEqual(expected);
    expect(choice.takes(undefined)).toBe(notNamed);
  });
  it('adds up files and bytes', async () => {
    const found = await disc();
    const [one, two] = found.contents.patients;
    expect(found.choose(new Set([1]), true)).toMatchObject({ files: (two?.files ?? 0) + 1, bytes: (two?.bytes ?? 0) + 8 });
    expect(found.choose(new Set([0]), false)).toMatchObject({ files: 1, bytes: one?.bytes });
  });
});

it('lists no more names than the bound, and counts them all', async () => {
  const { contents } = await look(...Array.from({ length: PROBLEMS_MAX + 5 }, (_, at) => text(`t${at}`)));
  expect(contents.counts['not-dicom']).toBe(PROBLEMS_MAX + 5);
  expect(contents.problems).toHaveLength(PROBLEMS_MAX);
});

it('reads no more of an image than its beginning', async () => {
  let most = 0;
  const large = image('a', '1');
  const watched: UploadItem = {
    ...large,
    head: (bytes) => {
      most = Math.max(most, bytes);
      return large.head(bytes);
    },
    content: () => Promise.reject(new Error('the whole file was asked for')),
  };
  expect((await look(watched)).contents.patients).toHaveLength(1);
  expect(most).toBeLessThanOrEqual(16_384);
});

it('is left when the person cancels', async () => {
  await expect(lookThrough([source(text('a'))], () => undefined, AbortSignal.abort(new Error('left')))).rejects.toThrow('left');
});
