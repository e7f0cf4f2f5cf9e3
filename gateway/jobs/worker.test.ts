import { expect, test } from 'vitest';
import { DomainError } from '../domain/errors.ts';
import type { JobQueue, QueuedJob } from '../domain/operation/jobs.ts';
import type { Log } from '../domain/operation/log.ts';
import { JOB_RETRY_FIRST_MS, JOB_RETRY_MAX_MS, type JobHandler, retryAfterMs, startJobWorker } from './worker.ts';

const log: Log = { info: () => {}, warn: () => {}, error: () => {} };
const now = new Date('2026-01-01T00:00:00Z');
const clock = { now: () => now };

/** A queue that tells what was asked of it, and a promise for each telling. */
function fakeQueue(due: QueuedJob[]) {
  const told: string[] = [];
  const waiters: { text: string; resolve: () => void }[] = [];
  const tell = (text: string) => {
    told.push(text);
    for (const waiter of waiters) if (waiter.text === text) waiter.resolve();
  };
  let failLease = 0;
  const queue: JobQueue = {
    enqueue: async (_kind, subject) => tell(`enqueue ${subject}`),
    lease: async (limit) => {
      if (failLease > 0) {
        failLease -= 1;
        throw new DomainError('unavailable', 'no index');
      }
      return due.splice(0, limit);
    },
    finish: async (job) => tell(`finish ${job.subject}`),
    retry: async (job, dueAt, error) => tell(`retry ${job.subject} +${dueAt.getTime() - now.getTime()} ${error}`),
    depth: async () => ({ waiting: due.length, failed: 0 }),
  };
  return {
    queue,
    due,
    told,
    until: (text: string) => (told.includes(text) ? Promise.resolve() : new Promise<void>((resolve) => waiters.push({ text, resolve }))),
    failLeases: (times: number) => {
      failLease = times;
    },
  };
}

const job = (subject: string, attempts = 1): QueuedJob => ({ id: subject, kind: 'derive-series', subject, attempts });
const soon = () => new Promise<void>((resolve) => setImmediate(resolve));

function start(queue: JobQueue, handler: JobHandler, concurrency = 1) {
  return startJobWorker({ jobs: queue, handlers: { 'derive-series': handler }, clock, log, concurrency, pause: soon });
}

test.each<{ name: string; handler: JobHandler; expected: string[] }>([
  { name: 'a job that is done is finished', handler: async () => 'done', expected: ['finish a'] },
  { name: 'one with more to do goes back, due now', handler: async () => 'again', expected: ['enqueue a', 'finish a'] },
  {
    name: 'one that fails is retried later, with the reason',
    handler: async () => {
      throw new DomainError('unavailable', 'no store');
    },
    expected: [`retry a +${JOB_RETRY_FIRST_MS} unavailable: no store`],
  },
  {
    name: 'an unexpected failure is told without its words',
    handler: async () => {
      throw new Error('Yamada^Taro');
    },
    expected: [`retry a +${JOB_RETRY_FIRST_MS} internal: unexpected failure`],
  },
])('$name', async ({ handler, expected }) => {
  const fake = fakeQueue([job('a')]);
  const worker = start(fake.queue, handler);
  await fake.until(expected.at(-1) as string);
  await worker.stop();
  expect(fake.told).toEqual(expected);
});

test('a job that fails does not keep the next from running', async () => {
  const fake = fakeQueue([job('bad'), job('good')]);
  const worker = start(fake.queue, async (subject) => {
    if (subject === 'bad') throw new DomainError('invalid', 'bad');
    return 'done';
  });
  await fake.until('finish good');
  await worker.stop();
});

test('an index that does not answer is asked again', async () => {
  const fake = fakeQueue([job('a')]);
  fake.failLeases(3);
  const worker = start(fake.queue, async () => 'done');
  await fake.until('finish a');
  await worker.stop();
});

test('no more jobs run at once than allowed', async () => {
  const fake = fakeQueue(['a', 'b', 'c', 'd', 'e'].map((subject) => job(subject)));
  let running = 0;
  let most = 0;
  const worker = start(
    fake.queue,
    async () => {
      running += 1;
      most = Math.max(most, running);
      await soon();
      running -= 1;
      return 'done';
    },
    2,
  );
  await fake.until('finish e');
  await worker.stop();
  expect(most).toBe(2);
});

test('stopping tells the running job, waits for it and gives it back without counting a failure', async () => {
  const fake = fakeQueue([job('a')]);
  let started = () => {};
  const running = new Promise<void>((resolve) => {
    started = resolve;
  });
  const worker = start(fake.queue, (_subject, { signal }) => {
    started();
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  });
  await running;
  await worker.stop();
  expect(fake.told).toEqual(['enqueue a', 'finish a']);
});

test('waking looks for jobs before the poll is over', async () => {
  const fake = fakeQueue([]);
  const never = (_ms: number, signal: AbortSignal) => new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  const worker = startJobWorker({ jobs: fake.queue, handlers: { 'derive-series': async () => 'done' }, clock, log, pause: never });
  await soon();
  fake.due.push(job('late'));
  worker.wake();
  await fake.until('finish late');
  await worker.stop();
});

test.each([
  { attempts: 0, expected: JOB_RETRY_FIRST_MS },
  { attempts: 1, expected: JOB_RETRY_FIRST_MS },
  { attempts: 3, expected: JOB_RETRY_FIRST_MS * 4 },
  { attempts: 5000, expected: JOB_RETRY_MAX_MS },
])('after $attempts attempts the next waits $expected ms', ({ attempts, expected }) => {
  expect(retryAfterMs(attempts)).toBe(expected);
});
