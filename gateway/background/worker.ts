import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../domain/clock.ts';
import { asDomainError } from '../domain/errors.ts';
import { type Counters, NO_COUNTERS } from '../domain/operation/counters.ts';
import type { Log } from '../domain/operation/log.ts';
import type { QueuedTask, TaskKind, TaskQueue } from '../domain/operation/tasks.ts';

/** How long a task belongs to the process that took it. A crashed process's tasks come back after this. */
export const TASK_LEASE_MS = 120_000;
/** A handler hands the rest back past this: no lease ends under it, and other subjects have their turn. */
export const TASK_TURN_MS = 10_000;
export const TASK_CONCURRENCY = 1;
export const TASK_POLL_MS = 1_000;
export const TASK_RETRY_FIRST_MS = 5_000;
export const TASK_RETRY_MAX_MS = 3_600_000;

export interface TaskTurn {
  /** Aborts when the process is stopping. */
  readonly signal: AbortSignal;
  /** Stop at the next good place after this and return `again`. */
  readonly until: Date;
}

/** Idempotent: it may run again after a crash. `again`: there is more to do, take it up anew. Throwing means retry later. */
export type TaskHandler = (subject: string, turn: TaskTurn) => Promise<'done' | 'again'>;

export interface TaskWorkerParts {
  readonly tasks: Omit<TaskQueue, 'depth'>;
  readonly handlers: Readonly<Record<TaskKind, TaskHandler>>;
  readonly clock: Clock;
  readonly log: Log;
  readonly counters?: Counters;
  readonly concurrency?: number;
  readonly pollMs?: number;
  /** Waits; rejects or resolves when the signal aborts. Given in tests. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface TaskWorker {
  /** Looks for due tasks now instead of at the next poll. */
  wake(): void;
  /** Running tasks stop at their next good place and go back to the queue. */
  stop(): Promise<void>;
}

export function startTaskWorker(parts: TaskWorkerParts): TaskWorker {
  const { tasks, clock, log, counters = NO_COUNTERS, concurrency = TASK_CONCURRENCY, pollMs = TASK_POLL_MS, pause = realPause } = parts;
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();
  let rest = new AbortController();
  // Remembered, so that a call between a look and the rest that follows it is not lost.
  let woken = false;

  const wake = () => {
    woken = true;
    rest.abort();
  };
  const idle = async () => {
    rest = new AbortController();
    // Not AbortSignal.any with the stop's signal: each poll would add a listener to it that is never removed.
    if (!woken && !stopping.signal.aborted) await pause(pollMs, rest.signal).catch(() => {});
    woken = false;
  };

  const loop = async () => {
    while (!stopping.signal.aborted) {
      const leased = await leaseSome(concurrency - running.size);
      for (const task of leased) {
        const run: Promise<void> = runTask(parts, counters, task, stopping.signal).finally(() => {
          running.delete(run);
          wake();
        });
        running.add(run);
      }
      if (running.size >= concurrency) await Promise.race(running);
      else if (leased.length === 0) await idle();
    }
    await Promise.all(running);
  };

  const leaseSome = async (limit: number): Promise<readonly QueuedTask[]> => {
    const now = clock.now();
    try {
      return await tasks.lease(limit, now, new Date(now.getTime() + TASK_LEASE_MS));
    } catch (thrown) {
      log.warn('tasks.lease-failed', { kind: asDomainError(thrown).kind });
      return [];
    }
  };

  const ended = loop();
  return {
    wake,
    stop: async () => {
      stopping.abort(new Error('the task worker is stopping'));
      wake();
      await ended;
    },
  };
}

async function runTask(parts: TaskWorkerParts, counters: Counters, task: QueuedTask, signal: AbortSignal): Promise<void> {
  const { tasks, handlers, clock, log } = parts;
  const until = new Date(clock.now().getTime() + TASK_TURN_MS);
  let outcome: 'done' | 'again' | 'retry';
  let failure: unknown;
  try {
    outcome = await handlers[task.kind](task.subject, { signal, until });
  } catch (thrown) {
    // A task that was told to stop has not failed: it takes no step on the way to `failed`.
    outcome = signal.aborted ? 'again' : 'retry';
    failure = thrown;
  }
  counters.add('tasks_run', 1, { kind: task.kind, outcome });
  try {
    if (outcome === 'retry') {
      const error = asDomainError(failure);
      log.error('tasks.failed', { task: task.kind, subject: task.subject, attempts: task.attempts, kind: error.kind }, failure);
      await tasks.retry(task, new Date(clock.now().getTime() + retryAfterMs(task.attempts)), `${error.kind}: ${error.message}`);
      return;
    }
    if (outcome === 'again') await tasks.enqueue(task.kind, task.subject, clock.now());
    await tasks.finish(task);
  } catch (thrown) {
    // The queue is out of reach: the lease ends by itself and the task comes back.
    log.warn('tasks.unsettled', { task: task.kind, subject: task.subject, kind: asDomainError(thrown).kind });
  }
}

/** Doubles from TASK_RETRY_FIRST_MS to TASK_RETRY_MAX_MS. */
export function retryAfterMs(attempts: number): number {
  return Math.min(TASK_RETRY_MAX_MS, TASK_RETRY_FIRST_MS * 2 ** Math.min(Math.max(0, attempts - 1), 20));
}

async function realPause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal });
}
