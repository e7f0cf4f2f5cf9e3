import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { type FileRow, keptFilesOf } from '../../../test/fixtures/servers/kept-files.ts';
import { memoryObjects } from '../../../test/fixtures/servers/memory-objects.ts';
import type { ObjectKey, Sha256, VersionId } from '../../domain/identifiers.ts';
import { verifyOriginals } from './verify-originals.ts';

const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex') as Sha256;
const keyOf = (digest: string) => `originals/H1/1.2/1.3/1.4/${digest}.dcm` as ObjectKey;
const good = Buffer.from('good');

const fileKey = (bytes: Uint8Array) => `consents/H1/${sha(bytes)}.pdf` as ObjectKey;
const file = (bytes: Uint8Array, length: number | undefined = bytes.length) => ({ key: fileKey(bytes), sha256: sha(bytes), bytes: length });

async function verify(kept: Record<string, Uint8Array>, rows: { key: ObjectKey; sha256: Sha256; bytes: number }[], files: FileRow[] = []) {
  const objects = memoryObjects();
  for (const [key, bytes] of Object.entries(kept)) objects.kept.set(key, bytes);
  return verifyOriginals({
    objects,
    studies: {
      allObjects: async function* () {
        for (const row of rows) yield { ...row, versionId: '1' as VersionId };
      },
      hasObject: async (key) => rows.some((row) => row.key === key),
    },
    keptFiles: keptFilesOf(files),
  });
}

const row = (bytes: Uint8Array) => ({ key: keyOf(sha(bytes)), sha256: sha(bytes), bytes: bytes.length });

test('a whole store is sound', async () => {
  expect(await verify({ [keyOf(sha(good))]: good }, [row(good)])).toMatchObject({ whole: 1, bytes: 4, sound: true, listed: [] });
});

test.each([
  { name: 'a row without its object', kept: {}, rows: [row(good)], problem: 'missing', sound: false },
  { name: 'one byte changed', kept: { [keyOf(sha(good))]: Buffer.from('goob') }, rows: [row(good)], problem: 'corrupt', sound: false },
  { name: 'cut off', kept: { [keyOf(sha(good))]: Buffer.from('goo') }, rows: [row(good)], problem: 'corrupt', sound: false },
  {
    name: 'another length in the row',
    kept: { [keyOf(sha(good))]: good },
    rows: [{ ...row(good), bytes: 5 }],
    problem: 'index-differs',
    sound: false,
  },
  { name: 'an object without a row', kept: { [keyOf(sha(good))]: good }, rows: [], problem: 'orphan', sound: true },
  { name: 'a file that is no original', kept: { 'originals/notes.txt': good }, rows: [], problem: 'foreign', sound: true },
] as const)('$name is $problem', async ({ kept, rows, problem, sound }) => {
  const report = await verify(kept as Record<string, Uint8Array>, [...rows]);
  expect(report.problems[problem]).toBe(1);
  expect(report.listed.map((entry) => entry.problem)).toEqual([problem]);
  expect(report.sound).toBe(sound);
});

test.each([
  { name: 'a whole file beside images', kept: { [fileKey(good)]: good }, files: [file(good)], listed: [], sound: true },
  {
    name: 'one whose length is not known',
    kept: { [fileKey(good)]: good },
    files: [{ ...file(good), bytes: undefined }],
    listed: [],
    sound: true,
  },
  { name: 'a file without its object', kept: {}, files: [file(good)], listed: ['missing'], sound: false },
  { name: 'one that was removed while it was looked for', kept: {}, files: [{ ...file(good), gone: true }], listed: [], sound: true },
  {
    name: 'a byte of a file changed',
    kept: { [fileKey(good)]: Buffer.from('goob') },
    files: [file(good)],
    listed: ['corrupt'],
    sound: false,
  },
  { name: 'another length in its row', kept: { [fileKey(good)]: good }, files: [file(good, 5)], listed: ['index-differs'], sound: false },
  { name: 'a file without a row', kept: { [fileKey(good)]: good }, files: [], listed: ['orphan'], sound: true },
  { name: 'something else beside letters', kept: { 'letters/H1/notes.txt': good }, files: [], listed: ['foreign'], sound: true },
])('$name', async ({ kept, files, listed, sound }) => {
  const report = await verify(kept, [], files);
  expect([report.listed.map(({ problem }) => problem), report.sound]).toEqual([listed, sound]);
});
