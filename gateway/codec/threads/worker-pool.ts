import { type TransferListItem, Worker } from 'node:worker_threads';
import { DomainError, type ErrorKind } from '../../domain/errors.ts';

/** What a worker answers: the result, or the DomainError it threw, as data. */
export type WorkerReply =
  | { readonly id: number; readonly ok: true; readonly result: unknown }
  | { readonly id: number; readonly ok: false; readonly kind: ErrorKind; readonly message: string; readonly cause: string | undefined };

export interface PoolOptions {
  /** Threads; each is started when first needed. */
  readonly workers: number;
  /** Tasks that may wait for a thread. One more is `busy`. */
  readonly queueMax: number;
  /** A task that takes longer is ended together with its thread. */
  readonly taskMsMax: number;
  /** A thread that has had nothing to do for so long is ended and its memory given back. Default THREAD_IDLE_MS. */
  readonly idleMs?: number;
  /** JavaScript heap of one thread; reaching it is a crash. Default WORKER_HEAP_MIB_MAX. */
  readonly heapMibMax?: number;
}

interface Task {
  readonly id: number;
  readonly message: object;
  readonly transfer: readonly TransferListItem[];
  readonly once: boolean;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Answers are made by the main thread: what is decoded or parsed beside it takes what it leaves of the processors. */
export const THREAD_NICENESS = 10;
/** Starting a thread costs some tenths of a second, holding one up to WASM_BYTES_KEPT_MAX. */
export const THREAD_IDLE_MS = 60_000;
/** JavaScript heap of one worker; pixels and WASM memory are outside of it and bounded by FRAME_SAMPLES_MAX and WASM_BYTES_KEPT_MAX. */
const WORKER_HEAP_MIB_MAX = 512;

/**
 * A bounded set of worker threads, one task at a time each. A thread that crashes or hangs fails its task with `unsupported`
 * (the input caused it and is not tried again) and is replaced; the process and the other tasks go on.
 */
export class WorkerPool {
  readonly #url: URL;
  readonly #options: PoolOptions;
  readonly #idle: Worker[] = [];
  readonly #idleTimers = new Map<Worker, NodeJS.Timeout>();
  readonly #busy = new Map<Worker, { task: Task; timer: NodeJS.Timeout }>();
  /** Ending: their last task is done, the thread has not exited yet. */
  readonly #ending = new Set<Worker>();
  readonly #queue: Task[] = [];
  #nextId = 1;
  #closed = false;

  constructor(url: URL, options: PoolOptions) {
    this.#url = url;
    this.#options = options;
  }

  /**
   * `transfer` is given away. On abort the caller is released at once; a task that has already begun runs to its end and its result is dropped.
   * `once`: the thread ends with the task, so that when this resolves nothing of it is in memory any more but the result.
   * @throws busy, unsupported, and what the task throws
   */
  run(message: object, transfer: readonly TransferListItem[], signal?: AbortSignal, once = false): Promise<unknown> {
    if (this.#closed) return Promise.reject(new DomainError('unavailable', 'codec is closed'));
    if (signal?.aborted) return Promise.reject(signal.reason);
    const threadFree = this.#idle.length > 0 || this.#mayStart;
    if (!threadFree && this.#queue.length >= this.#options.queueMax) {
      return Promise.reject(new DomainError('busy', 'too many images are being processed'));
    }
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        const waiting = this.#queue.indexOf(task);
        if (waiting >= 0) this.#queue.splice(waiting, 1);
        reject(signal?.reason);
      };
      const settled =
        <Value>(settle: (value: Value) => void) =>
        (value: Value) => {
          signal?.removeEventListener('abort', onAbort);
          settle(value);
        };
      const task: Task = { id: this.#nextId++, message, transfer, once, resolve: settled(resolve), reject: settled(reject) };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#queue.push(task);
      this.#dispatch();
    });
  }

  /** Threads that hold memory now, busy or not. */
  get threads(): number {
    return this.#idle.length + this.#busy.size + this.#ending.size;
  }

  get #mayStart(): boolean {
    return this.#busy.size + this.#ending.size < this.#options.workers;
  }

  /** Ends all threads; what is under way or waiting fails with `unavailable`. */
  async close(): Promise<void> {
    this.#closed = true;
    const closing = new DomainError('unavailable', 'codec is closed');
    for (const task of this.#queue.splice(0)) task.reject(closing);
    const workers = [...this.#idle.splice(0), ...this.#busy.keys()];
    for (const timer of this.#idleTimers.values()) clearTimeout(timer);
    this.#idleTimers.clear();
    for (const { task, timer } of this.#busy.values()) {
      clearTimeout(timer);
      task.reject(closing);
    }
    this.#busy.clear();
    await Promise.all(workers.map((worker) => worker.terminate()));
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      const worker = this.#idle.pop() ?? (this.#mayStart ? this.#start() : undefined);
      if (worker === undefined) return;
      clearTimeout(this.#idleTimers.get(worker));
      this.#idleTimers.delete(worker);
      const task = this.#queue.shift() as Task;
      const timer = setTimeout(() => this.#lose(worker, 'image took too long to process'), this.#options.taskMsMax);
      this.#busy.set(worker, { task, timer });
      worker.ref();
      worker.postMessage({ ...task.message, id: task.id }, [...task.transfer]);
    }
  }

  #start(): Worker {
    const worker = new Worker(new URL('./worker-start.mjs', import.meta.url), {
      workerData: { url: this.#url.href, niceness: THREAD_NICENESS },
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: this.#options.heapMibMax ?? WORKER_HEAP_MIB_MAX },
    });
    worker.on('message', (reply: WorkerReply) => this.#finish(worker, reply));
    worker.on('error', (cause) => this.#lose(worker, 'image could not be processed', cause));
    worker.on('exit', () => this.#lose(worker, 'image could not be processed'));
    return worker;
  }

  #finish(worker: Worker, reply: WorkerReply): void {
    const running = this.#busy.get(worker);
    if (running === undefined || running.task.id !== reply.id) return;
    clearTimeout(running.timer);
    const settle = () => {
      if (reply.ok) running.task.resolve(reply.result);
      else running.task.reject(new DomainError(reply.kind, reply.message, reply.cause === undefined ? {} : { cause: reply.cause }));
    };
    if (running.task.once) {
      // Its place is taken until it is gone: two large tasks are never in memory where there is room for one.
      this.#busy.delete(worker);
      this.#ending.add(worker);
      void worker.terminate().finally(() => {
        this.#ending.delete(worker);
        settle();
        this.#dispatch();
      });
      return;
    }
    this.#busy.delete(worker);
    this.#idle.push(worker);
    const release = setTimeout(() => this.#lose(worker, 'thread had nothing to do'), this.#options.idleMs ?? THREAD_IDLE_MS);
    this.#idleTimers.set(worker, release.unref());
    // An idle thread does not keep the process alive.
    worker.unref();
    settle();
    this.#dispatch();
  }

  #lose(worker: Worker, message: string, cause?: unknown): void {
    const idle = this.#idle.indexOf(worker);
    if (idle >= 0) this.#idle.splice(idle, 1);
    clearTimeout(this.#idleTimers.get(worker));
    this.#idleTimers.delete(worker);
    const running = this.#busy.get(worker);
    this.#busy.delete(worker);
    worker.terminate().catch(() => undefined);
    if (running === undefined) return;
    clearTimeout(running.timer);
    running.task.reject(new DomainError('unsupported', message, { cause }));
    this.#dispatch();
  }
}
