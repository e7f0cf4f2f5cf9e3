/**
 * Sends what is DICOM among the sources and says what became of each file. Files already kept are found by their digest and not sent
 * again, so a broken-off upload goes on where it stopped. No browser or network of its own: both are given.
 */
import { looksLikeDicom } from './looks-like-dicom.ts';
import type { ItemSource, UploadItem } from './upload-items.ts';
import { BrokenZip } from './zip-source.ts';

/** `dicomdir`: a table of contents (PS3.10 8.6), which is read but not kept. */
export type FileOutcome = 'stored' | 'duplicate' | 'new-version' | 'dicomdir' | 'quarantined' | 'not-dicom' | 'failed';

export interface SendAnswer {
  readonly outcome: Exclude<FileOutcome, 'failed'>;
  readonly studyInstanceUID: string | null;
  readonly warnings: readonly string[];
}

export interface UploadPorts {
  /** Hexadecimal SHA-256; undefined when this browser cannot say (no secure context, or too large). */
  digest(content: Blob | Uint8Array<ArrayBuffer>): Promise<string | undefined>;
  /** Of these digests, those the facility keeps. */
  known(sha256: readonly string[], signal: AbortSignal): Promise<readonly string[]>;
  send(content: Blob | Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<SendAnswer>;
  /** Whether the same file may succeed when it is sent again. */
  mayRetry(error: unknown): boolean;
  /** The upload as a whole cannot go on (signed out). */
  isFatal(error: unknown): boolean;
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export interface FileProblem {
  readonly path: string;
  readonly outcome: 'not-dicom' | 'quarantined' | 'failed';
}

export interface UploadProgress {
  readonly phase: 'running' | 'finished' | 'cancelled' | 'stopped';
  /** The sources have been looked through to their end, so `found` is final. */
  readonly allFound: boolean;
  readonly found: number;
  readonly counts: Readonly<Record<FileOutcome, number>>;
  /** Bounded by PROBLEMS_MAX; `counts` has them all. */
  readonly problems: readonly FileProblem[];
  /** Study → files of it that are now stored. */
  readonly studies: ReadonlyMap<string, number>;
  readonly warnings: ReadonlyMap<string, number>;
  readonly brokenZips: readonly string[];
  readonly overLimit: boolean;
  /** Paths that need not be looked at again when the upload is resumed. */
  readonly settled: ReadonlySet<string>;
}

export const SENDS_PARALLEL = 3;
export const FILES_MAX = 100_000;
export const PROBLEMS_MAX = 1_000;
/** Digests asked about at once, and the bytes held while asking. */
const BATCH_FILES_MAX = 60;
const BATCH_BYTES_MAX = 64 * 2 ** 20;
const TRIES_MAX = 4;
const RETRY_AFTER_MS = 800;

export const NO_PROGRESS: UploadProgress = {
  phase: 'running',
  allFound: false,
  found: 0,
  counts: { stored: 0, duplicate: 0, 'new-version': 0, dicomdir: 0, quarantined: 0, 'not-dicom': 0, failed: 0 },
  problems: [],
  studies: new Map(),
  warnings: new Map(),
  brokenZips: [],
  overLimit: false,
  settled: new Set(),
};

interface Candidate {
  readonly path: string;
  readonly content: Blob | Uint8Array<ArrayBuffer>;
  readonly bytes: number;
  readonly sha256: string | undefined;
}

export function finishedFiles({ counts }: UploadProgress): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** Resolves when nothing is left to do, for whatever reason; `phase` says which. `before`: an earlier run that is resumed. */
export async function runUpload(
  sources: readonly ItemSource[],
  ports: UploadPorts,
  onProgress: (progress: UploadProgress) => void,
  signal: AbortSignal,
  before: UploadProgress = NO_PROGRESS,
): Promise<UploadProgress> {
  let progress = resumed(before);
  const settled = new Set(before.settled);
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const tell = (change: Partial<UploadProgress>) => {
    progress = { ...progress, ...change };
    onProgress(progress);
  };
  const settle = (path: string, outcome: FileOutcome, answer?: SendAnswer) => {
    if (outcome !== 'failed') settled.add(path);
    tell({ ...withOutcome(progress, path, outcome, answer), settled });
  };

  const sending = new Set<Promise<void>>();
  const startSending = async (candidate: Candidate) => {
    while (sending.size >= SENDS_PARALLEL) await Promise.race(sending);
    either.throwIfAborted();
    const one: Promise<void> = sendOne(candidate, ports, either)
      .then(
        (answer) => settle(candidate.path, answer.outcome, answer),
        (error: unknown) => {
          if (ports.isFatal(error)) stop.abort(error);
          if (!either.aborted) settle(candidate.path, 'failed');
        },
      )
      .finally(() => sending.delete(one));
    sending.add(one);
  };
  const flush = async (batch: Candidate[]) => {
    const digests = batch.flatMap(({ sha256 }) => (sha256 === undefined ? [] : [sha256]));
    const kept = new Set(digests.length === 0 ? [] : await ports.known(digests, either).catch(() => []));
    for (const candidate of batch.splice(0)) {
      if (candidate.sha256 !== undefined && kept.has(candidate.sha256)) settle(candidate.path, 'duplicate');
      else await startSending(candidate);
    }
  };

  onProgress(progress);
  try {
    const batch: Candidate[] = [];
    let batchBytes = 0;
    for (const source of sources) {
      try {
        for await (const item of source.items(either)) {
          either.throwIfAborted();
          if (settled.has(item.path)) continue;
          if (progress.found >= FILES_MAX) {
            tell({ overLimit: true });
            break;
          }
          tell({ found: progress.found + 1 });
          const candidate = await examine(item, ports);
          if (candidate === undefined) {
            settle(item.path, 'not-dicom');
            continue;
          }
          batch.push(candidate);
          batchBytes += candidate.bytes;
          // The first files go at once, so that progress is seen; later ones in batches.
          if (batch.length >= BATCH_FILES_MAX || batchBytes >= BATCH_BYTES_MAX || progress.found <= SENDS_PARALLEL) {
            await flush(batch);
            batchBytes = 0;
          }
        }
      } catch (thrown) {
        if (!(thrown instanceof BrokenZip)) throw thrown;
        tell({ brokenZips: [...progress.brokenZips, thrown.message] });
      }
    }
    tell({ allFound: true });
    await flush(batch);
    await Promise.all(sending);
    either.throwIfAborted();
    tell({ phase: 'finished' });
  } catch (thrown) {
    await Promise.all(sending);
    if (!either.aborted) throw thrown;
    tell({ phase: stop.signal.aborted ? 'stopped' : 'cancelled' });
  }
  return progress;
}

/** Undefined: not DICOM. */
async function examine(item: UploadItem, ports: UploadPorts): Promise<Candidate | undefined> {
  if (!looksLikeDicom(await item.head())) return undefined;
  const content = await item.content();
  return { path: item.path, content, bytes: item.bytes, sha256: await ports.digest(content) };
}

async function sendOne({ content }: Candidate, ports: UploadPorts, signal: AbortSignal): Promise<SendAnswer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ports.send(content, signal);
    } catch (error) {
      if (signal.aborted || attempt >= TRIES_MAX || !ports.mayRetry(error)) throw error;
      await ports.wait(RETRY_AFTER_MS * 2 ** (attempt - 1), signal);
    }
  }
}

/** What did not succeed is looked at again, so it is counted again. */
function resumed(before: UploadProgress): UploadProgress {
  return {
    ...before,
    phase: 'running',
    allFound: false,
    found: before.settled.size,
    counts: { ...before.counts, failed: 0 },
    problems: before.problems.filter(({ outcome }) => outcome !== 'failed'),
    brokenZips: [],
    overLimit: false,
  };
}

function withOutcome(
  progress: UploadProgress,
  path: string,
  outcome: FileOutcome,
  answer: SendAnswer | undefined,
): Partial<UploadProgress> {
  const counts = { ...progress.counts, [outcome]: progress.counts[outcome] + 1 };
  const isProblem = outcome === 'not-dicom' || outcome === 'quarantined' || outcome === 'failed';
  const problems = isProblem && progress.problems.length < PROBLEMS_MAX ? [...progress.problems, { path, outcome }] : progress.problems;
  const studies = new Map(progress.studies);
  const uid = answer?.studyInstanceUID ?? undefined;
  if (uid !== undefined && !isProblem) studies.set(uid, (studies.get(uid) ?? 0) + 1);
  const warnings = new Map(progress.warnings);
  for (const warning of answer?.warnings ?? []) warnings.set(warning, (warnings.get(warning) ?? 0) + 1);
  return { counts, problems, studies, warnings };
}
