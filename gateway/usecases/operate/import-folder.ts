import { setTimeout as delay } from 'node:timers/promises';
import type { ByteStream } from '../../domain/byte-stream.ts';
import { asDomainError, type ErrorKind } from '../../domain/errors.ts';
import type { ReceiveOutcome, Receiver } from '../../domain/imaging/reception.ts';
import type { FacilityRef } from '../../domain/people/actor.ts';

export const IMPORT_CONCURRENCY = 4;
/** Each list in the report names so many files at most; its count goes on. */
export const IMPORT_FILES_LISTED_MAX = 10_000;
/** A store that is full of work, or away for a moment, is asked again so often before the import gives up. */
export const IMPORT_TRIES_MAX = 6;
const RETRY_FIRST_MS = 250;

/** One file as the caller's walk found it. */
export interface FileToImport {
  /** For the report; never opened by this use case. */
  readonly path: string;
  readonly bytes: number;
  open(): ByteStream;
}

export interface FileList {
  readonly count: number;
  readonly files: readonly { readonly path: string; readonly reason: string }[];
}

export interface ImportReport {
  readonly files: number;
  readonly bytes: number;
  readonly stored: number;
  readonly duplicates: number;
  readonly newVersions: number;
  readonly warned: FileList;
  /** What was not DICOM, or a DICOMDIR: passed over. */
  readonly notDicom: FileList;
  /** ZIP and gzip files: not opened here. What lies in them is not kept until they are unpacked and imported, or uploaded on the page. */
  readonly archives: FileList;
  /** DICOM that could not be read: kept aside for an administrator. */
  readonly quarantined: FileList;
  /** Not kept. */
  readonly failed: FileList;
  /** Set when the import ended before the last file: `full`, `unavailable`, `busy`, or `aborted`. */
  readonly endedBy: ErrorKind | 'aborted' | undefined;
  /** Everything that is an image of the folder is kept. */
  readonly complete: boolean;
}

export interface ImportFilesParts {
  readonly receiver: Receiver;
  readonly facility: FacilityRef;
  readonly files: AsyncIterable<FileToImport> | Iterable<FileToImport>;
  readonly userId?: string;
  readonly concurrency?: number;
  /** After each file. */
  readonly onProgress?: (soFar: Pick<ImportReport, 'files' | 'bytes' | 'stored' | 'duplicates'>) => void;
  /** Waits; given in tests. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Takes in every image among the files. Several are under way at once; one that fails does not end the rest, a store that fails does.
 * Running it again takes in what is missing: what is kept already counts as a duplicate.
 */
export async function importFiles(parts: ImportFilesParts, signal?: AbortSignal): Promise<ImportReport> {
  const { concurrency = IMPORT_CONCURRENCY } = parts;
  const stop = new AbortController();
  const stopping = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const tally = new Tally();
  const queue = iterate(parts.files);

  const lane = async () => {
    while (!stopping.aborted) {
      const next = await queue.next();
      if (next.done) return;
      const end = await importFile(parts, next.value, tally, stopping);
      if (end !== undefined && !stop.signal.aborted) {
        tally.endedBy = end;
        stop.abort();
      }
      parts.onProgress?.(tally);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  await queue.return(undefined);
  if (signal?.aborted) tally.endedBy = 'aborted';
  return tally.report();
}

/** The kind of failure that ends the whole import, if it met one. */
async function importFile(parts: ImportFilesParts, file: FileToImport, tally: Tally, signal: AbortSignal): Promise<ErrorKind | undefined> {
  const { receiver, facility, userId, pause = realPause } = parts;
  const source = { door: 'import' as const, ...(userId === undefined ? {} : { userId }) };
  for (let attempt = 1; ; attempt += 1) {
    try {
      const outcome = await receiver.receive({ facility, source: { ...source, fileName: file.path } }, file.open(), signal);
      tally.add(file, outcome, outcome.kind === 'skipped' && (await isArchive(file)));
      return undefined;
    } catch (thrown) {
      if (signal.aborted) return undefined;
      const error = asDomainError(thrown);
      const storeIsAway = error.kind === 'busy' || error.kind === 'unavailable';
      if (storeIsAway && attempt < IMPORT_TRIES_MAX) {
        await pause(RETRY_FIRST_MS * 2 ** (attempt - 1), signal).catch(() => {});
        continue;
      }
      tally.fail(file, error.kind);
      return storeIsAway || error.kind === 'full' ? error.kind : undefined;
    }
  }
}

/** By its first bytes: APPNOTE 4.3.7, RFC 1952 2.3.1. */
async function isArchive(file: FileToImport): Promise<boolean> {
  for await (const chunk of file.open()) {
    const head = Buffer.from(chunk).toString('latin1', 0, 4);
    return head === 'PK\x03\x04' || head.startsWith('\x1f\x8b\x08');
  }
  return false;
}

class Tally {
  files = 0;
  bytes = 0;
  stored = 0;
  duplicates = 0;
  newVersions = 0;
  endedBy: ImportReport['endedBy'];
  readonly warned = new Listing();
  readonly notDicom = new Listing();
  readonly archives = new Listing();
  readonly quarantined = new Listing();
  readonly failed = new Listing();

  add(file: FileToImport, outcome: ReceiveOutcome, archive: boolean): void {
    this.count(file);
    switch (outcome.kind) {
      case 'stored':
        this.stored += 1;
        break;
      case 'duplicate':
        this.duplicates += 1;
        break;
      case 'new-version':
        this.newVersions += 1;
        break;
      case 'skipped':
        if (archive) this.archives.add(file.path, 'archive');
        else this.notDicom.add(file.path, outcome.reason);
        return;
      case 'quarantined':
        this.quarantined.add(file.path, outcome.reason);
        return;
      case 'refused':
        this.failed.add(file.path, outcome.reason);
        return;
    }
    if (outcome.warnings.length > 0) this.warned.add(file.path, outcome.warnings.join(' '));
  }

  fail(file: FileToImport, reason: string): void {
    this.count(file);
    this.failed.add(file.path, reason);
  }

  report(): ImportReport {
    const { files, bytes, stored, duplicates, newVersions, endedBy, warned, notDicom, archives, quarantined, failed } = this;
    const complete = endedBy === undefined && failed.count + quarantined.count + archives.count === 0;
    return { files, bytes, stored, duplicates, newVersions, warned, notDicom, archives, quarantined, failed, endedBy, complete };
  }

  private count(file: FileToImport): void {
    this.files += 1;
    this.bytes += file.bytes;
  }
}

class Listing implements FileList {
  count = 0;
  readonly files: { path: string; reason: string }[] = [];

  add(path: string, reason: string): void {
    this.count += 1;
    if (this.files.length < IMPORT_FILES_LISTED_MAX) this.files.push({ path, reason });
  }
}

async function* iterate(files: ImportFilesParts['files']): AsyncGenerator<FileToImport> {
  yield* files;
}

async function realPause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal });
}
