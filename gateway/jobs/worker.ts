import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../domain/clock.ts';
import { asDomainError } from '../domain/errors.ts';
import { type Counters, NO_COUNTERS } from '../domain/operation/counters.ts';
import type { JobKind, JobQueue, QueuedJob } from '../domain/operation/jobs.ts';
import type { Log } from '../domain/operation/log.ts';

/** How long a job belongs to the process that took it. A crashed process's jobs come back after this. */
export const JOB_LEASE_MS = 120_000;
/** A handler hands the rest back past this: no lease ends under it, and other subjects have their turn. */
export const JOB_TURN_MS = 10_000;
export const JOB_CONCURRENCY = 1;
export const JOB_POLL_MS = 1_000;
export const JOB_RETRY_FIRST_MS = 5_000;
export const JOB_RETRY_MAX_MS = 3_600_000;

export interface JobTurn {
  /** Aborts when the process is stopping. */
  readonly signal: AbortSignal;
  /** Stop at the next good place after this and return `again`. */
  readonly until: Date;
}

/** Idempotent: it may run again after a crash. `again`: there is more to do, take it up anew. Throwing means retry later. */
export type JobHandler = (subject: string, turn: JobTurn) => Promise<'done' | 'again'>;

export interface JobWorkerParts {
  readonly jobs: JobQueue;
  readonly handlers: Readonly<Record<JobKind, JobHandler>>;
  readonly clock: Clock;
  readonly log: Log;
  readonly counters?: Counters;
  readonly concurrency?: number;
  readonly pollMs?: number;
  /** Waits; rejects or resolves when the signal aborts. Given in tests. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface JobWorker {
  /** Looks for due jobs now instead of at the next poll. */
  wake(): void;
  /** Running jobs stop at their next good place and go back to the queue. */
  stop(): Promise<void>;
}

export function startJobWorker(parts: JobWorkerParts): JobWorker {
  const { jobs, clock, log, counters = NO_COUNTERS, concurrency = JOB_CONCURRENCY, pollMs = JOB_POLL_MS, pause = realPause } = parts;
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
    // Not AbortSignal.any with the stop's signal: each poll would leave a trace on it for as long as the process lives.
    if (!woken && !stopping.signal.aborted) await pause(pollMs, rest.signal).catch(() => {});
    woken = false;
  };

  const loop = async () => {
    while (!stopping.signal.aborted) {
      const leased = await leaseSome(concurrency - running.size);
      for (const job of leased) {
        const run: Promise<void> = runJob(parts, counters, job, stopping.signal).finally(() => {
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

  const leaseSome = async (limit: number): Promise<readonly QueuedJob[]> => {
    const now = clock.now();
    try {
      return await jobs.lease(limit, now, new Date(now.getTime() + JOB_LEASE_MS));
    } catch (thrown) {
      log.warn('jobs.lease-failed', { kind: asDomainError(thrown).kind });
      return [];
    }
  };

  const ended = loop();
  return {
    wake,
    stop: async () => {
      stopping.abort(new Error('the job worker is stopping'));
      wake();
      await ended;
    },
  };
}

async function runJob(parts: JobWorkerParts, counters: Counters, job: QueuedJob, signal: AbortSignal): Promise<void> {
  const { jobs, handlers, clock, log } = parts;
  const until = new Date(clock.now().getTime() + JOB_TURN_MS);
  let outcome: 'done' | 'again' | 'retry';
  let failure: unknown;
  try {
    outcome = await handlers[job.kind](job.subject, { signal, until });
  } catch (thrown) {
    // A job that was told to stop has not failed: it takes no step on the way to `failed`.
    outcome = signal.aborted ? 'again' : 'retry';
    failure = thrown;
  }
  counters.add('jobs_run', 1, { kind: job.kind, outcome });
  try {
    if (outcome === 'retry') {
      const error = asDomainError(failure);
      log.error('jobs.failed', { job: job.kind, subject: job.subject, attempts: job.attempts, kind: error.kind }, failure);
      await jobs.retry(job, new Date(clock.now().getTime() + retryAfterMs(job.attempts)), `${error.kind}: ${error.message}`);
      return;
    }
    if (outcome === 'again') await jobs.enqueue(job.kind, job.subject, clock.now());
    await jobs.finish(job);
  } catch (thrown) {
    // The queue is out of reach: the lease ends by itself and the job comes back.
    log.warn('jobs.unsettled', { job: job.kind, subject: job.subject, kind: asDomainError(thrown).kind });
  }
}

/** Doubles from JOB_RETRY_FIRST_MS to JOB_RETRY_MAX_MS. */
export function retryAfterMs(attempts: number): number {
  return Math.min(JOB_RETRY_MAX_MS, JOB_RETRY_FIRST_MS * 2 ** Math.min(Math.max(0, attempts - 1), 20));
}

async function realPause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal });
}
