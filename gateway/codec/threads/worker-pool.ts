import { basename } from 'node:path';
import { type TransferListItem, Worker } from 'node:worker_threads';
import { DomainError } from '../../domain/errors.ts';
import { type Log, NO_LOG } from '../../domain/operation/log.ts';
import { type Begun, SYSTEM_CLOCK, type TaskClock, type TaskLimits, watchTask } from './task-time.ts';
import { TASK, THREAD, type WorkerData, type WorkerReply } from './worker-tasks.ts';

export interface PoolOptions {
  /** Threads; each is started when first needed. */
  readonly workers: number;
  /** Tasks that may wait for a thread. One more is `busy`. */
  readonly queueMax: number;
  /** A task that takes more is ended, together with its thread when it has one. */
  readonly limits: TaskLimits;
  readonly clock?: TaskClock | undefined;
  /** A thread that has had nothing to do for so long is ended and its memory given back. Default THREAD_IDLE_MS. */
  readonly idleMs?: number;
  /** JavaScript heap of one thread; reaching it is a crash. Default WORKER_HEAP_MIB_MAX. */
  readonly heapMibMax?: number;
  /** Is told why threads cannot start, at most once in TOLD_EVERY_MS. */
  readonly log?: Pick<Log, 'error'> | undefined;
}

interface Task {
  readonly id: number;
  readonly message: object;
  readonly transfer: readonly TransferListItem[];
  readonly once: boolean;
  /** Ends the count of its time. */
  readonly unwatch: () => void;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Answers are made by the main thread: what is decoded or parsed beside it takes what it leaves of the processors. */
export const THREAD_NICENESS = 10;
/** Starting a thread costs some tenths of a second, holding one up to WASM_BYTES_KEPT_MAX. */
export const THREAD_IDLE_MS = 60_000;
/** JavaScript heap of one worker; pixels and WASM memory are outside of it and bounded by FRAME_SAMPLES_MAX and WASM_BYTES_KEPT_MAX. */
const WORKER_HEAP_MIB_MAX = 512;

/** While threads cannot start every task fails for the same reason. */
const TOLD_EVERY_MS = 60_000;

const TASK_ID_MAX = 2 ** 31 - 1;

/**
 * A bounded set of worker threads, one task at a time each. A task that crashes its thread or uses up its processor time fails with `unsupported`: the
 * input caused it and is not tried again. A task that was not begun, or got too little of a processor, fails with `busy`: that says nothing of the
 * input. The thread is replaced either way; the process and the other tasks go on.
 */
export class WorkerPool {
  readonly #url: URL;
  readonly #options: PoolOptions;
  readonly #idle: Worker[] = [];
  readonly #idleTimers = new Map<Worker, NodeJS.Timeout>();
  readonly #busy = new Map<Worker, Task>();
  readonly #states = new WeakMap<Worker, WorkerData['state']>();
  /** Ending: their last task is done, the thread has not exited yet. */
  readonly #ending = new Set<Worker>();
  readonly #queue: Task[] = [];
  #nextId = 1;
  #toldAt = Number.NEGATIVE_INFINITY;
  /** Not told yet. */
  #untold = 0;
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
        this.#unqueue(task);
        reject(signal?.reason);
      };
      const settled =
        <Value>(settle: (value: Value) => void) =>
        (value: Value) => {
          signal?.removeEventListener('abort', onAbort);
          settle(value);
        };
      const { clock = SYSTEM_CLOCK, limits } = this.#options;
      const unwatch = watchTask(
        clock,
        limits,
        () => this.#begunBy(task),
        (why) => this.#giveUp(task, why),
      );
      const task: Task = { id: this.#newId(), message, transfer, once, unwatch, resolve: settled(resolve), reject: settled(reject) };
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
    const tasks = [...this.#queue.splice(0), ...this.#busy.values()];
    const workers = [...this.#idle.splice(0), ...this.#busy.keys()];
    for (const timer of this.#idleTimers.values()) clearTimeout(timer);
    this.#idleTimers.clear();
    for (const task of tasks) {
      task.unwatch();
      task.reject(closing);
    }
    this.#busy.clear();
    await Promise.all(workers.map((worker) => worker.terminate()));
  }

  /** Fits the word in which a thread says what it has begun; 0 is no task. */
  #newId(): number {
    const id = this.#nextId;
    this.#nextId = (id % TASK_ID_MAX) + 1;
    return id;
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      const idle = this.#idle.pop();
      if (idle === undefined && !this.#mayStart) return;
      const task = this.#queue.shift() as Task;
      let worker = idle;
      try {
        worker ??= this.#start();
        this.#post(worker, task);
      } catch (cause) {
        // No thread could be made, or the message cannot be sent.
        if (worker === undefined) this.#tell('no-thread', cause);
        task.unwatch();
        task.reject(worker === undefined ? notBegun(cause) : new DomainError('internal', 'a task cannot be sent', { cause }));
        if (worker !== undefined) this.#rests(worker);
      }
    }
  }

  #post(worker: Worker, task: Task): void {
    clearTimeout(this.#idleTimers.get(worker));
    this.#idleTimers.delete(worker);
    worker.postMessage({ ...task.message, id: task.id }, [...task.transfer]);
    this.#busy.set(worker, task);
    worker.ref();
  }

  #start(): Worker {
    const state = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
    const workerData: WorkerData = { url: this.#url.href, niceness: THREAD_NICENESS, state };
    const worker = new Worker(new URL('./worker-start.mjs', import.meta.url), {
      workerData,
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: this.#options.heapMibMax ?? WORKER_HEAP_MIB_MAX },
    });
    this.#states.set(worker, state);
    worker.on('message', (reply: WorkerReply) => this.#finish(worker, reply));
    worker.on('error', (cause) => this.#crashed(worker, cause));
    worker.on('exit', () => this.#crashed(worker));
    return worker;
  }

  #begunBy(task: Task): Begun {
    for (const [worker, running] of this.#busy) if (running === task) return this.#begun(worker, task);
    return undefined;
  }

  #begun(worker: Worker, task: Task): Begun {
    const state = this.#states.get(worker);
    if (state === undefined || Atomics.load(state, TASK) !== task.id) return undefined;
    return Atomics.load(state, THREAD) || 'unknown';
  }

  #finish(worker: Worker, reply: WorkerReply): void {
    const task = this.#busy.get(worker);
    if (task === undefined || task.id !== reply.id) return;
    task.unwatch();
    const settle = () => {
      if (reply.ok) task.resolve(reply.result);
      else task.reject(new DomainError(reply.kind, reply.message, reply.cause === undefined ? {} : { cause: reply.cause }));
    };
    this.#busy.delete(worker);
    if (task.once) {
      // Its place is taken until it is gone: two large tasks are never in memory where there is room for one.
      this.#ending.add(worker);
      void worker.terminate().finally(() => {
        this.#ending.delete(worker);
        settle();
        this.#dispatch();
      });
      return;
    }
    this.#rests(worker);
    settle();
    this.#dispatch();
  }

  #rests(worker: Worker): void {
    this.#idle.push(worker);
    const release = setTimeout(() => this.#lose(worker), this.#options.idleMs ?? THREAD_IDLE_MS);
    this.#idleTimers.set(worker, release.unref());
    // An idle thread does not keep the process alive.
    worker.unref();
  }

  #crashed(worker: Worker, cause?: unknown): void {
    const task = this.#busy.get(worker);
    const begun = task !== undefined && this.#begun(worker, task) !== undefined;
    if (task !== undefined && !begun) this.#tell('lost-in-its-start', cause);
    this.#lose(worker, begun ? new DomainError('unsupported', 'image could not be processed', { cause }) : notBegun(cause));
  }

  #giveUp(task: Task, why: 'used-up' | 'waited'): void {
    const failure =
      why === 'used-up'
        ? new DomainError('unsupported', 'image took too long to process')
        : new DomainError('busy', 'waited too long for a thread or a processor: try again');
    if (why === 'waited' && this.#begunBy(task) === undefined) this.#tell('waited-for-a-thread', undefined);
    if (this.#unqueue(task)) task.reject(failure);
    for (const [worker, running] of this.#busy) if (running === task) this.#lose(worker, failure);
  }

  /** Whoever waits hears only that it is busy; the operator hears why. */
  #tell(why: 'no-thread' | 'lost-in-its-start' | 'waited-for-a-thread', cause: unknown): void {
    this.#untold += 1;
    const now = performance.now();
    if (now - this.#toldAt < TOLD_EVERY_MS) return;
    const threads = basename(this.#url.pathname, '.ts');
    (this.#options.log ?? NO_LOG).error('threads.not-started', { threads, why, tasks: this.#untold }, cause);
    this.#toldAt = now;
    this.#untold = 0;
  }

  #unqueue(task: Task): boolean {
    const waiting = this.#queue.indexOf(task);
    if (waiting < 0) return false;
    this.#queue.splice(waiting, 1);
    task.unwatch();
    return true;
  }

  #lose(worker: Worker, failure = notBegun(undefined)): void {
    const idle = this.#idle.indexOf(worker);
    if (idle >= 0) this.#idle.splice(idle, 1);
    clearTimeout(this.#idleTimers.get(worker));
    this.#idleTimers.delete(worker);
    const task = this.#busy.get(worker);
    this.#busy.delete(worker);
    worker.terminate().catch(() => undefined);
    if (task === undefined) return;
    task.unwatch();
    task.reject(failure);
    this.#dispatch();
  }
}

function notBegun(cause: unknown): DomainError {
  return new DomainError('busy', 'no thread could begin the task: try again', { cause });
}
