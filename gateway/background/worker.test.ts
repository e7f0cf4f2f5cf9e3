import { expect, test } from 'vitest';
import { DomainError } from '../domain/errors.ts';
import type { Log } from '../domain/operation/log.ts';
import type { QueuedTask, TaskQueue } from '../domain/operation/tasks.ts';
import { retryAfterMs, startTaskWorker, TASK_RETRY_FIRST_MS, TASK_RETRY_MAX_MS, type TaskHandler } from './worker.ts';

const log: Log = { info: () => {}, warn: () => {}, error: () => {} };
const now = new Date('2026-01-01T00:00:00Z');
const clock = { now: () => now };

/** A queue that tells what was asked of it, and a promise for each telling. */
function fakeQueue(due: QueuedTask[]) {
  const told: string[] = [];
  const waiters: { text: string; resolve: () => void }[] = [];
  const tell = (text: string) => {
    told.push(text);
    for (const waiter of waiters) if (waiter.text === text) waiter.resolve();
  };
  let failLease = 0;
  const queue: TaskQueue = {
    enqueue: async (_kind, subject) => tell(`enqueue ${subject}`),
    lease: async (limit) => {
      if (failLease > 0) {
        failLease -= 1;
        throw new DomainError('unavailable', 'no index');
      }
      return due.splice(0, limit);
    },
    finish: async (task) => tell(`finish ${task.subject}`),
    retry: async (task, dueAt, error) => tell(`retry ${task.subject} +${dueAt.getTime() - now.getTime()} ${error}`),
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

const task = (subject: string, attempts = 1): QueuedTask => ({ id: subject, kind: 'derive-series', subject, attempts });
const soon = () => new Promise<void>((resolve) => setImmediate(resolve));

function start(queue: TaskQueue, handler: TaskHandler, concurrency = 1) {
  return startTaskWorker({ tasks: queue, handlers: { 'derive-series': handler }, clock, log, concurrency, pause: soon });
}

test.each<{ name: string; handler: TaskHandler; expected: string[] }>([
  { name: 'a task that is done is finished', handler: async () => 'done', expected: ['finish a'] },
  { name: 'one with more to do goes back, due now', handler: async () => 'again', expected: ['enqueue a', 'finish a'] },
  {
    name: 'one that fails is retried later, with the reason',
    handler: async () => {
      throw new DomainError('unavailable', 'no store');
    },
    expected: [`retry a +${TASK_RETRY_FIRST_MS} unavailable: no store`],
  },
  {
    name: 'an unexpected failure is told without its words',
    handler: async () => {
      throw new Error('Yamada^Taro');
    },
    expected: [`retry a +${TASK_RETRY_FIRST_MS} internal: unexpected failure`],
  },
])('$name', async ({ handler, expected }) => {
  const fake = fakeQueue([task('a')]);
  const worker = start(fake.queue, handler);
  await fake.until(expected.at(-1) as string);
  await worker.stop();
  expect(fake.told).toEqual(expected);
});

test('a task that fails does not keep the next from running', async () => {
  const fake = fakeQueue([task('bad'), task('good')]);
  const worker = start(fake.queue, async (subject) => {
    if (subject === 'bad') throw new DomainError('invalid', 'bad');
    return 'done';
  });
  await fake.until('finish good');
  await worker.stop();
});

test('an index that does not answer is asked again', async () => {
  const fake = fakeQueue([task('a')]);
  fake.failLeases(3);
  const worker = start(fake.queue, async () => 'done');
  await fake.until('finish a');
  await worker.stop();
});

test('no more tasks run at once than allowed', async () => {
  const fake = fakeQueue(['a', 'b', 'c', 'd', 'e'].map((subject) => task(subject)));
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

test('stopping tells the running task, waits for it and gives it back without counting a failure', async () => {
  const fake = fakeQueue([task('a')]);
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

test('waking looks for tasks before the poll is over', async () => {
  const fake = fakeQueue([]);
  const never = (_ms: number, signal: AbortSignal) => new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  const worker = startTaskWorker({ tasks: fake.queue, handlers: { 'derive-series': async () => 'done' }, clock, log, pause: never });
  await soon();
  fake.due.push(task('late'));
  worker.wake();
  await fake.until('finish late');
  await worker.stop();
});

test.each([
  { attempts: 0, expected: TASK_RETRY_FIRST_MS },
  { attempts: 1, expected: TASK_RETRY_FIRST_MS },
  { attempts: 3, expected: TASK_RETRY_FIRST_MS * 4 },
  { attempts: 5000, expected: TASK_RETRY_MAX_MS },
])('after $attempts attempts the next waits $expected ms', ({ attempts, expected }) => {
  expect(retryAfterMs(attempts)).toBe(expected);
});
