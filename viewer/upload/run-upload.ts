/**
 * Sends what was chosen among the sources and says what became of each file. Files already kept are found by their digest and not sent
 * again, so a broken-off upload goes on where it stopped. No browser or network of its own: both are given.
 */
import { type StudyAddress, studyAddressKey } from '../api/study-address.ts';
import { isMacMetadata, looksLikeDicom } from './files/looks-like.ts';
import { OwnPaths } from './files/own-paths.ts';
import {
  type Content,
  HEAD_BYTES,
  headOf,
  type ItemSource,
  sizeOf,
  UnreadableFile,
  type UnreadableReason,
  type UploadItem,
} from './files/upload-items.ts';
import { type Choice, FILES_MAX, PROBLEMS_MAX } from './look-through.ts';
import { type ImageHeader, readHeader } from './patients/read-header.ts';

/**
 * `dicomdir`: a table of contents (PS3.10 8.6), which is not kept. `passed-over`: what a Mac adds beside each file. `left-out`: an image
 * of a patient who was not chosen. `unreadable`: could not be read here, so nothing of it was sent. `failed`: could not be sent.
 */
export type FileOutcome =
  | 'stored'
  | 'duplicate'
  | 'new-version'
  | 'dicomdir'
  | 'quarantined'
  | 'not-dicom'
  | 'passed-over'
  | 'left-out'
  | 'unreadable'
  | 'failed';

export interface SendAnswer {
  readonly outcome: Exclude<FileOutcome, 'failed' | 'unreadable' | 'passed-over' | 'left-out'>;
  readonly studyInstanceUID: string | null;
  /** Which of the studies that go by the UID; null when the UID says it. */
  readonly of?: string | null;
  readonly warnings: readonly string[];
}

export interface UploadPorts {
  /** Hexadecimal SHA-256; undefined when this browser cannot say (no secure context, or too large). */
  digest(content: Content): Promise<string | undefined>;
  /** Of these digests, those the facility keeps. */
  known(sha256: readonly string[], signal: AbortSignal): Promise<readonly string[]>;
  /** `onSent`: how many of its bytes have left. */
  send(content: Content, signal: AbortSignal, onSent: (bytes: number) => void, path: string): Promise<SendAnswer>;
  /** Whether the same file may succeed when it is sent again. */
  mayRetry(error: unknown): boolean;
  /** The upload as a whole cannot go on (signed out). */
  isFatal(error: unknown): boolean;
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

/** What is to be taken in, and where the gateway keeps what it has already. */
export interface Chosen extends Choice {
  addressOf(header: ImageHeader): StudyAddress;
}

export interface FileProblem {
  readonly path: string;
  readonly outcome: 'not-dicom' | 'passed-over' | 'quarantined' | 'unreadable' | 'failed';
  /** Of what is unreadable. */
  readonly reason?: UnreadableReason;
  readonly detail?: string;
}

export interface UploadProgress {
  readonly phase: 'running' | 'finished' | 'cancelled' | 'stopped';
  /** The sources have been looked through to their end, so `found` is final. */
  readonly allFound: boolean;
  readonly found: number;
  readonly counts: Readonly<Record<FileOutcome, number>>;
  /** Of the chosen files: settled, or sent already. */
  readonly bytesDone: number;
  /** At most PROBLEMS_MAX of each outcome; `counts` has them all. */
  readonly problems: readonly FileProblem[];
  /** Study → files of it that are now stored. */
  readonly studies: ReadonlyMap<string, number>;
  readonly warnings: ReadonlyMap<string, number>;
  readonly overLimit: boolean;
  /** Paths that need not be looked at again when the upload is resumed. */
  readonly settled: ReadonlySet<string>;
}

export const SENDS_PARALLEL = 3;
/** Digests asked about at once, and the bytes held while asking. */
const BATCH_FILES_MAX = 60;
const BATCH_BYTES_MAX = 64 * 2 ** 20;
const TRIES_MAX = 4;
const RETRY_AFTER_MS = 800;

export const NO_PROGRESS: UploadProgress = {
  phase: 'running',
  allFound: false,
  found: 0,
  counts: {
    stored: 0,
    duplicate: 0,
    'new-version': 0,
    dicomdir: 0,
    quarantined: 0,
    'not-dicom': 0,
    'passed-over': 0,
    'left-out': 0,
    unreadable: 0,
    failed: 0,
  },
  bytesDone: 0,
  problems: [],
  studies: new Map(),
  warnings: new Map(),
  overLimit: false,
  settled: new Set(),
};

interface Candidate {
  readonly path: string;
  readonly content: Content;
  readonly sha256: string | undefined;
  readonly header: ImageHeader | undefined;
}

export function finishedFiles({ counts }: UploadProgress): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** Every file that was found has been kept, or need not be. */
export function isComplete({ phase, counts, overLimit }: UploadProgress): boolean {
  return phase === 'finished' && counts.failed + counts.unreadable + counts.quarantined === 0 && !overLimit;
}

/** Resolves when nothing is left to do, for whatever reason; `phase` says which. `before`: an earlier run that is resumed. */
export async function runUpload(
  sources: readonly ItemSource[],
  chosen: Chosen,
  ports: UploadPorts,
  onProgress: (progress: UploadProgress) => void,
  signal: AbortSignal,
  before: UploadProgress = NO_PROGRESS,
): Promise<UploadProgress> {
  const run = new UploadRun(chosen, ports, onProgress, signal, before);
  return run.all(sources);
}

class UploadRun {
  private progress: UploadProgress;
  private readonly settled: Set<string>;
  private readonly chosen: Chosen;
  private readonly ports: UploadPorts;
  private readonly onProgress: (progress: UploadProgress) => void;
  private readonly stop = new AbortController();
  private readonly either: AbortSignal;
  private readonly sending = new Set<Promise<void>>();
  private readonly batch: Candidate[] = [];
  private batchBytes = 0;
  /** Bytes of files that have not been answered yet. */
  private readonly underway = new Map<Candidate, number>();
  private bytesSettled: number;
  private readonly paths = new OwnPaths();

  constructor(
    chosen: Chosen,
    ports: UploadPorts,
    onProgress: (progress: UploadProgress) => void,
    signal: AbortSignal,
    before: UploadProgress,
  ) {
    this.chosen = chosen;
    this.bytesSettled = before.bytesDone;
    this.ports = ports;
    this.onProgress = onProgress;
    this.progress = resumed(before);
    this.settled = new Set(before.settled);
    this.either = AbortSignal.any([signal, this.stop.signal]);
  }

  async all(sources: readonly ItemSource[]): Promise<UploadProgress> {
    this.onProgress(this.progress);
    try {
      await this.lookThrough(sources);
      this.tell({ allFound: true });
      await this.flush();
      await Promise.all(this.sending);
      this.either.throwIfAborted();
      this.tell({ phase: 'finished' });
    } catch (thrown) {
      await Promise.all(this.sending);
      if (!this.either.aborted) throw thrown;
      this.tell({ phase: this.stop.signal.aborted ? 'stopped' : 'cancelled', bytesDone: this.bytesDone() });
    }
    return this.progress;
  }

  private async lookThrough(sources: readonly ItemSource[]): Promise<void> {
    for (const source of sources) {
      for await (const item of source.items(this.either)) {
        this.either.throwIfAborted();
        const path = this.paths.of(item.path);
        if (this.settled.has(path)) continue;
        if (this.progress.found >= FILES_MAX) {
          this.tell({ overLimit: true });
          return;
        }
        this.tell({ found: this.progress.found + 1 });
        await this.examine(item, path);
        // The first files go at once, so that progress is seen; later ones in batches.
        const few = this.progress.found <= SENDS_PARALLEL;
        if (few || this.batch.length >= BATCH_FILES_MAX || this.batchBytes >= BATCH_BYTES_MAX) await this.flush();
      }
    }
  }

  private async examine(item: UploadItem, path: string): Promise<void> {
    const standing = this.chosen.standing(path);
    if (standing !== 'look') {
      this.settle(path, standing);
      return;
    }
    try {
      if (!looksLikeDicom(await item.head(HEAD_BYTES))) this.settle(path, isMacMetadata(path) ? 'passed-over' : 'not-dicom');
      else await this.consider(path, await item.content());
    } catch (thrown) {
      this.either.throwIfAborted();
      // A digest reads the file too, and meets a disc that cannot be read.
      const { reason, detail } = thrown instanceof UnreadableFile ? thrown : new UnreadableFile('not-readable');
      this.settle(path, 'unreadable', undefined, { reason, detail });
    }
  }

  /** The file itself says whose it is: what was looked through may have been another disc. */
  private async consider(path: string, content: Content): Promise<void> {
    const header = await readHeader((bytes) => headOf(content, bytes));
    if (header === 'dicomdir') this.settle(path, 'dicomdir');
    else if (!this.chosen.takes(header)) this.settle(path, 'left-out');
    else {
      this.batch.push({ path, content, sha256: await this.ports.digest(content), header });
      this.batchBytes += sizeOf(content);
    }
  }

  private async flush(): Promise<void> {
    const batch = this.batch.splice(0);
    this.batchBytes = 0;
    const digests = batch.flatMap(({ sha256 }) => (sha256 === undefined ? [] : [sha256]));
    const kept = new Set(digests.length === 0 ? [] : await this.ports.known(digests, this.either).catch(() => []));
    for (const candidate of batch) {
      if (candidate.sha256 !== undefined && kept.has(candidate.sha256)) this.conclude(candidate, duplicateOf(candidate, this.chosen));
      else await this.startSending(candidate);
    }
  }

  private async startSending(candidate: Candidate): Promise<void> {
    while (this.sending.size >= SENDS_PARALLEL) await Promise.race(this.sending);
    this.either.throwIfAborted();
    const onSent = (bytes: number) => {
      this.underway.set(candidate, bytes);
      this.tell({ bytesDone: this.bytesDone() });
    };
    const one: Promise<void> = sendOne(candidate, this.ports, this.either, onSent)
      .then(
        (answer) => this.conclude(candidate, answer),
        (error: unknown) => {
          this.underway.delete(candidate);
          if (this.ports.isFatal(error)) this.stop.abort(error);
          if (!this.either.aborted) this.settle(candidate.path, 'failed');
        },
      )
      .finally(() => this.sending.delete(one));
    this.sending.add(one);
  }

  private conclude(candidate: Candidate, answer: SendAnswer): void {
    this.underway.delete(candidate);
    this.bytesSettled += sizeOf(candidate.content);
    this.settle(candidate.path, answer.outcome, answer);
  }

  private bytesDone(): number {
    return [...this.underway.values()].reduce((sum, bytes) => sum + bytes, this.bytesSettled);
  }

  private settle(path: string, outcome: FileOutcome, answer?: SendAnswer, why?: Pick<FileProblem, 'reason' | 'detail'>): void {
    if (!isTriedAgain(outcome)) this.settled.add(path);
    this.tell({ ...withOutcome(this.progress, path, outcome, answer, why), settled: this.settled, bytesDone: this.bytesDone() });
  }

  private tell(change: Partial<UploadProgress>): void {
    this.progress = { ...this.progress, ...change };
    this.onProgress(this.progress);
  }
}

/** When an upload is resumed: a disc may have been put in again. */
function isTriedAgain(outcome: FileOutcome): boolean {
  return outcome === 'failed' || outcome === 'unreadable';
}

/** Its bytes are kept, so its study is known without asking. */
function duplicateOf({ header }: Candidate, chosen: Chosen): SendAnswer {
  const address = header === undefined ? undefined : chosen.addressOf(header);
  return { outcome: 'duplicate', studyInstanceUID: address?.studyInstanceUID ?? null, of: address?.of ?? null, warnings: [] };
}

async function sendOne(
  { content, path }: Candidate,
  ports: UploadPorts,
  signal: AbortSignal,
  onSent: (bytes: number) => void,
): Promise<SendAnswer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ports.send(content, signal, onSent, path);
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
    counts: { ...before.counts, failed: 0, unreadable: 0 },
    problems: before.problems.filter(({ outcome }) => !isTriedAgain(outcome)),
    overLimit: false,
  };
}

function withOutcome(
  progress: UploadProgress,
  path: string,
  outcome: FileOutcome,
  answer: SendAnswer | undefined,
  why: Pick<FileProblem, 'reason' | 'detail'> | undefined,
): Partial<UploadProgress> {
  const counts = { ...progress.counts, [outcome]: progress.counts[outcome] + 1 };
  const problem = isProblem(outcome) ? { path, outcome, ...why } : undefined;
  const listed = problem !== undefined && progress.problems.filter((one) => one.outcome === outcome).length < PROBLEMS_MAX;
  const problems = listed ? [...progress.problems, problem] : progress.problems;
  const studies = new Map(progress.studies);
  if (typeof answer?.studyInstanceUID === 'string' && problem === undefined) {
    const study = studyAddressKey({ studyInstanceUID: answer.studyInstanceUID, of: answer.of ?? null });
    studies.set(study, (studies.get(study) ?? 0) + 1);
  }
  const warnings = new Map(progress.warnings);
  for (const warning of answer?.warnings ?? []) warnings.set(warning, (warnings.get(warning) ?? 0) + 1);
  return { counts, problems, studies, warnings };
}

function isProblem(outcome: FileOutcome): outcome is FileProblem['outcome'] {
  return !['stored', 'duplicate', 'new-version', 'dicomdir', 'left-out'].includes(outcome);
}
