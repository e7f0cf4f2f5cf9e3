import { expect, test } from 'vitest';
import { DomainError, type ErrorKind } from '../../domain/errors.ts';
import type { ReceiveOutcome, Receiver } from '../../domain/imaging/reception.ts';
import type { FacilityRef } from '../../domain/people/actor.ts';
import { type FileToImport, IMPORT_TRIES_MAX, importFiles } from './import-folder.ts';

const facility = { id: '1', code: 'H1' } as unknown as FacilityRef;
const ids = { sopClassUID: '1.1', sopInstanceUID: '1.2', studyInstanceUID: '1.3' };
const kept = (kind: 'stored' | 'duplicate' | 'new-version', warnings: string[] = []) =>
  ({ kind, ...ids, warnings }) as unknown as ReceiveOutcome;

function file(path: string): FileToImport {
  return {
    path,
    bytes: 10,
    open: async function* () {
      yield Buffer.from(path, 'latin1');
    },
  };
}

/** Answers for the file whose name is its content; an error kind is thrown. */
function receiver(answers: Record<string, ReceiveOutcome | ErrorKind | (ReceiveOutcome | ErrorKind)[]>): Receiver {
  return {
    receive: async (_request, bytes) => {
      let name = '';
      for await (const chunk of bytes) name += Buffer.from(chunk).toString('latin1');
      const given = answers[name];
      const answer = Array.isArray(given) ? given.shift() : given;
      if (answer === undefined || typeof answer === 'string') throw new DomainError(answer ?? 'internal', 'told to fail');
      return answer;
    },
  };
}

const run = (answers: Parameters<typeof receiver>[0], signal?: AbortSignal, concurrency = 1) =>
  importFiles({ receiver: receiver(answers), facility, files: Object.keys(answers).map(file), pause: async () => {}, concurrency }, signal);

test('every outcome is counted, and what is not an image is named', async () => {
  const report = await run({
    a: kept('stored'),
    b: kept('duplicate'),
    c: kept('new-version', ['pixel-data-truncated']),
    'readme.txt': { kind: 'skipped', reason: 'not-dicom' },
    DICOMDIR: { kind: 'skipped', reason: 'dicomdir' },
  });
  expect(report).toMatchObject({ files: 5, bytes: 50, stored: 1, duplicates: 1, newVersions: 1, endedBy: undefined, complete: true });
  expect(report.warned.files).toEqual([{ path: 'c', reason: 'pixel-data-truncated' }]);
  expect(report.notDicom.files).toEqual([
    { path: 'readme.txt', reason: 'not-dicom' },
    { path: 'DICOMDIR', reason: 'dicomdir' },
  ]);
});

test.each(['PK\x03\x04', '\x1f\x8b\x08'])('an archive that begins with %j is named, and the import is not complete', async (head) => {
  const report = await run({ [head]: { kind: 'skipped', reason: 'not-dicom' }, a: kept('stored') });
  expect(report).toMatchObject({ stored: 1, notDicom: { count: 0 }, complete: false });
  expect(report.archives.files).toEqual([{ path: head, reason: 'archive' }]);
});

test.each<{ name: string; answer: ReceiveOutcome | ErrorKind; list: 'quarantined' | 'failed'; reason: string }>([
  { name: 'quarantined', answer: { kind: 'quarantined', reason: 'truncated' }, list: 'quarantined', reason: 'truncated' },
  { name: 'too large', answer: 'too-large', list: 'failed', reason: 'too-large' },
  { name: 'unexpected', answer: 'internal', list: 'failed', reason: 'internal' },
])('one that is $name does not end the import, but it is not complete', async ({ answer, list, reason }) => {
  const report = await run({ bad: answer, good: kept('stored') });
  expect(report).toMatchObject({ stored: 1, endedBy: undefined, complete: false });
  expect(report[list].files).toEqual([{ path: 'bad', reason }]);
});

test('a store that is busy for a while is asked again, from the first byte', async () => {
  expect(await run({ a: ['busy', 'unavailable', kept('stored')] })).toMatchObject({ stored: 1, complete: true });
});

test.each<{ kind: ErrorKind; tries: number }>([
  { kind: 'busy', tries: IMPORT_TRIES_MAX },
  { kind: 'unavailable', tries: IMPORT_TRIES_MAX },
  { kind: 'full', tries: 1 },
])('a store that stays $kind ends the import after $tries tries', async ({ kind, tries }) => {
  const answers = Array.from({ length: tries }, () => kind);
  const report = await run({ a: answers, b: kept('stored') });
  expect(answers).toEqual([]);
  expect(report).toMatchObject({ files: 1, stored: 0, endedBy: kind, complete: false });
});

test('it ends at the signal', async () => {
  const controller = new AbortController();
  const files = async function* () {
    yield file('a');
    controller.abort();
    yield file('b');
  };
  const report = await importFiles(
    { receiver: receiver({ a: kept('stored') }), facility, files: files(), concurrency: 1 },
    controller.signal,
  );
  expect(report).toMatchObject({ endedBy: 'aborted', complete: false });
});

test('several files are under way at once, and each file once', async () => {
  const names = Array.from({ length: 20 }, (_, index) => `f${index}`);
  const report = await run(Object.fromEntries(names.map((name) => [name, kept('stored')])), undefined, 4);
  expect(report.stored).toBe(20);
});
