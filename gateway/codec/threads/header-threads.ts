import { setTimeout as delay } from 'node:timers/promises';
import { MessageChannel } from 'node:worker_threads';
import type { Described, DescribedInstance } from '../../dicom/parse/describe.ts';
import type { ValueLocation } from '../../dicom/parse/part10.ts';
import type { RandomAccess } from '../../dicom/parse/random-access.ts';
import { createShareOfTime, type ShareLimits } from '../../domain/bounds/share-of-time.ts';
import { DomainError } from '../../domain/errors.ts';
import type { DicomJson } from '../../domain/imaging/dataset.ts';
import type { Log } from '../../domain/operation/log.ts';
import type { HeaderTask } from './header-worker.ts';
import { type PackedFrames, unpackFrames } from './packed-frames.ts';
import { SYSTEM_CLOCK, type TaskClock, type TaskLimits } from './task-time.ts';
import { WorkerPool } from './worker-pool.ts';

/**
 * Large headers are read in a thread of their own: while one is read nobody else waits for the main thread. There is one such thread in the
 * process, as each may hold THREAD_HEAP_MIB_MAX; whoever sends many takes turns with the others.
 */
export interface HeaderThreads {
  /** @param turn one header of the same turn is read at a time @throws busy, unavailable, and what the source throws */
  describe(source: RandomAccess, turn: string, signal?: AbortSignal): Promise<Described>;
  /** As `locateValue` of gateway/dicom/parse/part10.ts. */
  locate(
    source: RandomAccess,
    path: string,
    transferSyntaxUID: string | undefined,
    turn: string,
    signal?: AbortSignal,
  ): Promise<ValueLocation | undefined>;
  /** The image's part of a stored header; see `imagePart`. @throws busy, internal */
  imageHeader(metadataGzip: Uint8Array, turn: string, signal?: AbortSignal): Promise<DicomJson>;
  /** Headers being read or waiting. */
  readonly underWay: number;
  close(): Promise<void>;
}

/** Looks take turns among themselves, not with what is being received. */
export const LOOKS = 'looks';

/** JavaScript heap of the thread; the budgets of gateway/dicom/parse/header-budget.ts keep a header below it. */
export const THREAD_HEAP_MIB_MAX = 512;
/** Headers of one turn that may wait; one more is busy. */
export const WAITING_A_TURN_MAX = 8;
/** Turns that may wait for the thread. */
export const TURNS_MAX = 64;
/**
 * A header at the bounds takes some ten seconds of one processor. One that waits too long for the thread, a processor or its bytes is `busy`, or
 * `unavailable` when its bytes do not come.
 */
export const HEADER_LIMITS: TaskLimits = { cpuMsMax: 120_000, waitMsMax: 600_000 };

/**
 * A store that gives no bytes for a minute, as a network file system that hangs, gives the thread back: others wait for it. Counted in looks, so that
 * a machine that stood still is not taken for it.
 */
const SOURCE_LOOK_MS = 5_000;
export const SOURCE_LOOKS_MAX = 12;

/**
 * While it answers others the gateway reads large headers of one facility for two seconds at once, then for a twentieth of the time: reading and the
 * memory it leaves to clear keep both processors of a small machine busy. Enhanced objects of thousands of frames take a tenth of a second each.
 */
export const DESCRIBING_SHARE: ShareLimits = { share: 0.05, burstMs: 2_000, restMsMax: 10_000, usersMax: 256 };

export interface HeaderThreadsOptions {
  readonly waitingMax?: number;
  /** Default HEADER_LIMITS. */
  readonly limits?: TaskLimits;
  readonly clock?: TaskClock;
  /** How much of the time one turn's headers are described; absent: all of it. */
  readonly share?: ShareLimits;
  readonly rest?: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
  readonly log?: Pick<Log, 'error'>;
}

export function createHeaderThreads(options: HeaderThreadsOptions = {}): HeaderThreads {
  const { waitingMax = WAITING_A_TURN_MAX, limits = HEADER_LIMITS, clock = SYSTEM_CLOCK, rest = restFor, log } = options;
  const share = options.share === undefined ? undefined : createShareOfTime(options.share);
  const pool = new WorkerPool(new URL('./header-worker.ts', import.meta.url), {
    workers: 1,
    queueMax: TURNS_MAX,
    limits,
    clock,
    heapMibMax: THREAD_HEAP_MIB_MAX,
    log,
  });
  const turns = new Turns(waitingMax);

  /** After its turn has come it waits for what the headers before it took too much. */
  async function inShare<Result>(turn: string, signal: AbortSignal | undefined, work: () => Promise<Result>): Promise<Result> {
    if (share === undefined) return work();
    const restMs = share.restMs(turn, performance.now());
    if (restMs > 0) await rest(restMs, signal);
    const began = performance.now();
    try {
      return await work();
    } finally {
      share.used(turn, performance.now() - began, performance.now());
    }
  }

  return {
    async describe(source, turn, signal) {
      try {
        const result = await turns.run(turn, () => inShare(turn, signal, () => perform(pool, clock, source, { task: 'describe' }, signal)));
        const described = result as Exclude<Described, DescribedInstance> | (Omit<DescribedInstance, 'frames'> & { frames: PackedFrames });
        return described.kind === 'instance' ? { ...described, frames: await unpackFrames(described.frames) } : described;
      } catch (thrown) {
        // The thread was lost by reading these bytes, or used up its time; they are not tried again.
        if (thrown instanceof DomainError && thrown.kind === 'unsupported')
          return { kind: 'unreadable', reason: 'reader-failed', cause: thrown };
        throw thrown;
      }
    },
    locate: (source, path, transferSyntaxUID, turn, signal) =>
      turns.run(turn, () => perform(pool, clock, source, { task: 'locate', path, transferSyntaxUID }, signal)) as Promise<
        ValueLocation | undefined
      >,
    imageHeader: (metadataGzip, turn, signal) => {
      const copy = new Uint8Array(metadataGzip);
      return turns.run(turn, () =>
        perform(pool, clock, NO_SOURCE, { task: 'image-header', metadataGzip: copy }, signal),
      ) as Promise<DicomJson>;
    },
    get underWay() {
      return turns.underWay;
    },
    close: () => pool.close(),
  };
}

/** Who has large headers has them read one after another. */
class Turns {
  readonly #waitingMax: number;
  readonly #turns = new Map<string, { waiting: number; last: Promise<unknown> }>();
  underWay = 0;

  constructor(waitingMax: number) {
    this.#waitingMax = waitingMax;
  }

  /** @throws busy past what may wait; what the work throws */
  async run<Result>(turn: string, work: () => Promise<Result>): Promise<Result> {
    const before = this.#turns.get(turn);
    if (before !== undefined && before.waiting > this.#waitingMax) throw new DomainError('busy', 'too many large headers are being read');
    const mine = (before?.last ?? Promise.resolve()).then(work);
    this.#turns.set(turn, { waiting: (before?.waiting ?? 0) + 1, last: mine.catch(() => undefined) });
    this.underWay += 1;
    try {
      return await mine;
    } finally {
      this.underWay -= 1;
      const now = this.#turns.get(turn);
      if (now !== undefined) {
        now.waiting -= 1;
        if (now.waiting === 0) this.#turns.delete(turn);
      }
    }
  }
}

/** Of a task that brings its bytes with it. */
const NO_SOURCE: RandomAccess = { bytes: 0, read: async () => new Uint8Array() };

/** Runs a task, giving it the source's bytes as it asks. What the source throws is what the task throws. */
async function perform(
  pool: WorkerPool,
  clock: TaskClock,
  source: RandomAccess,
  task: HeaderTask,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  signal?.throwIfAborted();
  const { port1: ours, port2: port } = new MessageChannel();
  const answered = new SharedArrayBuffer(8);
  const word = new Int32Array(answered);
  let failed: { readonly thrown: unknown } | undefined;
  /** The read that the thread sleeps for. */
  let reading: symbol | undefined;
  let looks = 0;
  const give = (bytes: Uint8Array<ArrayBuffer> | null): void => {
    reading = undefined;
    ours.postMessage(bytes, bytes === null ? [] : [bytes.buffer]);
    Atomics.store(word, 0, 1);
    Atomics.notify(word, 0);
  };
  const fail = (thrown: unknown): void => {
    failed = { thrown };
    give(null);
  };
  ours.on('message', ({ offset, length }: { readonly offset: number; readonly length: number }) => {
    const read = Symbol('read');
    reading = read;
    looks = 0;
    source.read(offset, length).then(
      (bytes) => reading === read && give(new Uint8Array(bytes)),
      (thrown: unknown) => reading === read && fail(thrown),
    );
  });
  const unwatch = clock.every(SOURCE_LOOK_MS, () => {
    looks += 1;
    if (reading !== undefined && looks >= SOURCE_LOOKS_MAX) fail(new DomainError('unavailable', 'the source does not answer'));
  });
  try {
    return await pool.run({ ...task, bytes: source.bytes, port, answered }, [port], signal);
  } catch (thrown) {
    if (failed !== undefined) throw failed.thrown;
    // A source that does not answer says nothing about the bytes.
    if (reading !== undefined && thrown instanceof DomainError && thrown.kind === 'busy')
      throw new DomainError('unavailable', 'the source does not answer', { cause: thrown });
    throw thrown;
  } finally {
    unwatch();
    // When the caller left, the thread may be asleep until it is given bytes: it is told that there will be none.
    Atomics.store(word, 1, 1);
    Atomics.store(word, 0, 1);
    Atomics.notify(word, 0);
    ours.close();
  }
}

async function restFor(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await delay(ms, undefined, { signal, ref: false }).catch(() => signal?.throwIfAborted());
}

let shared: HeaderThreads | undefined;

/** The process's own, made as the first call says. Its thread ends when it has had nothing to do, and does not keep the process alive. */
export function headerThreads(options?: HeaderThreadsOptions): HeaderThreads {
  shared ??= createHeaderThreads(options);
  return shared;
}
