import { getPriority } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { handClock } from '../../../test/fixtures/servers/hand-clock.ts';
import { type PoolOptions, THREAD_NICENESS, WorkerPool } from './worker-pool.ts';
import { TASK } from './worker-tasks.ts';

const moduleOf = (text: string) => new URL(`data:text/javascript,${encodeURIComponent(text)}`);

/** Answers, throws, ends, spins or sleeps, as it is told. */
const HOSTILE = moduleOf(`
    import { readFileSync } from 'node:fs';
    import { parentPort, workerData } from 'node:worker_threads';
    let tasks = 0;
    parentPort.on('message', ({ id, act, value, words }) => {
      Atomics.store(workerData.state, ${TASK}, id);
      tasks++;
      if (act === 'sleep') {
        Atomics.store(words, 0, 1);
        Atomics.wait(words, 1, 0);
      }
      if (act === 'crash') throw new Error('crash');
      if (act === 'exit') process.exit(3);
      if (act === 'memory') for (const held = []; ; ) held.push(new Array(1e6).fill({}));
      if (act === 'spin') for (;;);
      if (act === 'stat') return parentPort.postMessage({ id, ok: true, result: readFileSync('/proc/thread-self/stat', 'latin1') });
      if (act === 'refuse') return parentPort.postMessage({ id, ok: false, kind: 'invalid', message: 'no', cause: 'because' });
      parentPort.postMessage({ id, ok: true, result: { value, tasks } });
    });
`);
const SLEEPS_IN_ITS_START = moduleOf('Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);');

/** Steps of 100 ms. */
const LIMITS = { cpuMsMax: 800, waitMsMax: 2_000 };
const HOUR_MS = 3_600_000;

describe('worker pool', () => {
  const pools: WorkerPool[] = [];
  const poolOf = (options: Partial<PoolOptions> = {}, url = HOSTILE) => {
    const pool = new WorkerPool(url, { workers: 1, queueMax: 4, limits: { cpuMsMax: 60_000, waitMsMax: HOUR_MS }, ...options });
    pools.push(pool);
    return pool;
  };
  /** A task that has begun and sleeps until it is woken. */
  async function asleep(pool: WorkerPool) {
    const words = new Int32Array(new SharedArrayBuffer(8));
    const answer = pool.run({ act: 'sleep', value: 1, words }, []);
    while (Atomics.load(words, 0) === 0) await new Promise((resolve) => setImmediate(resolve));
    const wake = () => {
      Atomics.store(words, 1, 1);
      Atomics.notify(words, 1);
    };
    return { answer, wake };
  }
  afterEach(async () => {
    await Promise.all(pools.splice(0).map((pool) => pool.close()));
  });

  it('a thread does one task after another', async () => {
    const pool = poolOf();
    const answers = await Promise.all([1, 2, 3].map((value) => pool.run({ act: 'answer', value }, [])));
    expect(answers).toEqual([1, 2, 3].map((value) => ({ value, tasks: value })));
  });

  it('a thread gives way to the main thread', async () => {
    // Field 19 of proc(5) stat; the name in field 2 may hold spaces.
    const nicenessOf = (stat: string) => Number(stat.slice(stat.lastIndexOf(')')).split(' ')[17]);
    const stat = (await poolOf().run({ act: 'stat' }, [])) as string;
    expect(nicenessOf(stat)).toBe(Math.max(THREAD_NICENESS, getPriority()));
  });

  it.each([
    ['ends when it has had nothing to do', 1, 0],
    ['is kept until then', 60_000, 1],
  ])('a thread %s', async (_, idleMs, threads) => {
    const pool = poolOf({ idleMs });
    await pool.run({ act: 'answer', value: 1 }, []);
    expect(pool.threads).toBe(1);
    while (pool.threads > threads) await new Promise((resolve) => setImmediate(resolve));
    await expect(pool.run({ act: 'answer', value: 2 }, [])).resolves.toEqual({ value: 2, tasks: threads + 1 });
  });

  it.each([
    ['answers', 'answer'],
    ['refuses', 'refuse'],
  ])('a thread that %s once is gone when its answer is there', async (_, act) => {
    const pool = poolOf({ workers: 2 });
    const one = pool.run({ act, value: 1 }, [], undefined, true).catch(() => undefined);
    const two = pool.run({ act, value: 2 }, [], undefined, true).catch(() => undefined);
    const three = pool.run({ act: 'answer', value: 3 }, []);
    await Promise.all([one, two]);
    await expect(three).resolves.toEqual({ value: 3, tasks: 1 });
    expect(pool.threads).toBe(1);
  });

  it('what a task throws keeps its kind', async () => {
    await expect(poolOf().run({ act: 'refuse' }, [])).rejects.toMatchObject({
      name: 'DomainError',
      kind: 'invalid',
      message: 'no',
      cause: 'because',
    });
  });

  it.each(['crash', 'exit', 'memory'])('%s: the task fails, the next gets a new thread', async (act) => {
    const pool = poolOf({ heapMibMax: 32 });
    const failing = pool.run({ act }, []);
    const next = pool.run({ act: 'answer', value: 1 }, []);
    await expect(failing).rejects.toMatchObject({ name: 'DomainError', kind: 'unsupported' });
    await expect(next).resolves.toEqual({ value: 1, tasks: 1 });
  });

  it('a task without end is ended when it has used its processor time, and the next gets a new thread', async () => {
    const pool = poolOf({ limits: { cpuMsMax: 200, waitMsMax: HOUR_MS } });
    await expect(pool.run({ act: 'spin' }, [])).rejects.toMatchObject({ kind: 'unsupported' });
    await expect(pool.run({ act: 'answer', value: 1 }, [])).resolves.toEqual({ value: 1, tasks: 1 });
  });

  it('a task that uses up its time is at fault itself', async () => {
    const clock = handClock();
    const { answer } = await asleep(poolOf({ clock, limits: LIMITS }));
    clock.look(9, 100);
    await expect(answer).rejects.toMatchObject({ kind: 'unsupported' });
  });

  it('a machine that stood still ends no task, whatever its clocks say afterwards', async () => {
    const clock = handClock();
    const { answer, wake } = await asleep(poolOf({ clock, limits: LIMITS }));
    clock.look(1);
    clock.look(5, HOUR_MS);
    wake();
    await expect(answer).resolves.toEqual({ value: 1, tasks: 1 });
  });

  it('a task that has begun and gets no processor is busy, and the next gets a new thread', async () => {
    const clock = handClock();
    const pool = poolOf({ clock, limits: LIMITS });
    const { answer } = await asleep(pool);
    clock.look(20, 1);
    clock.look(1, 1);
    await expect(answer).rejects.toMatchObject({ kind: 'busy' });
    await expect(pool.run({ act: 'answer', value: 2 }, [])).resolves.toEqual({ value: 2, tasks: 1 });
  });

  it('a task that sleeps too long is busy by the clock of the system too', async () => {
    const words = new Int32Array(new SharedArrayBuffer(8));
    const pool = poolOf({ limits: { cpuMsMax: 400, waitMsMax: 800 } });
    await expect(pool.run({ act: 'sleep', words }, [])).rejects.toMatchObject({ kind: 'busy' });
  });

  it('a task whose thread does not start is busy, and so is who waits behind it', async () => {
    const clock = handClock();
    const pool = poolOf({ clock, limits: LIMITS, queueMax: 1 }, SLEEPS_IN_ITS_START);
    const first = pool.run({ act: 'answer' }, []);
    const second = pool.run({ act: 'answer' }, []);
    // The thread uses its time for starting: none of it is the task's.
    clock.look(20, 100);
    await expect(first).rejects.toMatchObject({ kind: 'busy' });
    await expect(second).rejects.toMatchObject({ kind: 'busy' });
    expect(clock.watching).toBe(0);
  });

  it.each([
    ['throws', 'throw new Error("a file of the program is missing");'],
    ['exits', 'process.exit(3);'],
  ])('a thread that %s before it has begun says nothing of the task', async (_, text) => {
    await expect(poolOf({}, moduleOf(text)).run({ act: 'answer' }, [])).rejects.toMatchObject({ kind: 'busy' });
  });

  it('where no thread can be made every task is busy, and none stays in the queue', async () => {
    const none = {
      pathname: '/none.ts',
      get href(): string {
        throw new Error('no more threads');
      },
    } as URL;
    const told: unknown[] = [];
    const pool = poolOf({ queueMax: 1, log: { error: (...line) => void told.push(line) } }, none);
    for (let n = 0; n < 3; n++) await expect(pool.run({ act: 'answer' }, [])).rejects.toMatchObject({ kind: 'busy' });
    // Why, once: it is the same for all of them.
    expect(told).toEqual([['threads.not-started', { threads: 'none', why: 'no-thread', tasks: 1 }, new Error('no more threads')]]);
  });

  it('a thread that is lost in its start is told of, one that a task has ended is not', async () => {
    const told: unknown[] = [];
    const log = { error: (...line: unknown[]) => void told.push(line) };
    await poolOf({ log })
      .run({ act: 'crash' }, [])
      .catch(() => undefined);
    expect(told).toEqual([]);
    await poolOf({ log }, moduleOf('throw new Error("a file of the program is missing");'))
      .run({ act: 'answer' }, [])
      .catch(() => undefined);
    expect(told).toMatchObject([
      ['threads.not-started', { why: 'lost-in-its-start', tasks: 1 }, { message: 'a file of the program is missing' }],
    ]);
  });

  it('a task for which the machine has no memory is busy', async () => {
    const { href } = new URL('./worker-tasks.ts', import.meta.url);
    const large = moduleOf(
      `import { serveTasks } from '${href}'; serveTasks(async () => ({ result: new ArrayBuffer(2 ** 45), memory: [] }));`,
    );
    await expect(poolOf({}, large).run({}, [])).rejects.toMatchObject({ kind: 'busy' });
  });

  it('a message that cannot be sent takes no thread', async () => {
    const pool = poolOf();
    await expect(pool.run({ act: () => 1 }, [])).rejects.toMatchObject({ kind: 'internal' });
    await expect(pool.run({ act: 'answer', value: 1 }, [])).resolves.toEqual({ value: 1, tasks: 1 });
  });

  it('the time of a task is counted no longer than it lasts', async () => {
    const clock = handClock();
    const pool = poolOf({ clock, queueMax: 1 });
    const leave = new AbortController();
    await pool.run({ act: 'answer' }, []);
    await pool.run({ act: 'refuse' }, []).catch(() => undefined);
    await pool.run({ act: 'answer' }, [], undefined, true);
    await pool.run({ act: 'crash' }, []).catch(() => undefined);
    expect(clock.watching).toBe(0);
    const running = pool.run({ act: 'answer' }, []);
    const waiting = pool.run({ act: 'answer' }, [], leave.signal);
    expect(clock.watching).toBe(2);
    leave.abort(new Error('left'));
    await expect(waiting).rejects.toThrow('left');
    expect(clock.watching).toBe(1);
    await running;
    const closing = expect(pool.run({ act: 'spin' }, [])).rejects.toMatchObject({ kind: 'unavailable' });
    await pool.close();
    await closing;
    expect(clock.watching).toBe(0);
  });

  it('one more than the queue holds is busy', async () => {
    const pool = poolOf({ queueMax: 1 });
    const running = pool.run({ act: 'answer', value: 1 }, []);
    const waiting = pool.run({ act: 'answer', value: 2 }, []);
    await expect(pool.run({ act: 'answer', value: 3 }, [])).rejects.toMatchObject({ kind: 'busy' });
    await expect(Promise.all([running, waiting])).resolves.toHaveLength(2);
    await expect(pool.run({ act: 'answer', value: 4 }, [])).resolves.toMatchObject({ value: 4 });
  });

  it('who leaves the queue makes room in it', async () => {
    const pool = poolOf({ queueMax: 1 });
    const leave = new AbortController();
    const running = pool.run({ act: 'answer', value: 1 }, []);
    const waiting = pool.run({ act: 'answer', value: 2 }, [], leave.signal);
    leave.abort(new Error('left'));
    await expect(waiting).rejects.toThrow('left');
    await expect(Promise.all([running, pool.run({ act: 'answer', value: 3 }, [])])).resolves.toHaveLength(2);
  });

  it('who leaves a running task is released at once', async () => {
    const leave = new AbortController();
    const running = poolOf().run({ act: 'spin' }, [], leave.signal);
    leave.abort(new Error('left'));
    await expect(running).rejects.toThrow('left');
  });

  it('an aborted signal starts nothing', async () => {
    await expect(poolOf().run({ act: 'answer' }, [], AbortSignal.abort(new Error('left')))).rejects.toThrow('left');
  });

  it('closing fails what runs and what waits', async () => {
    const pool = poolOf();
    const running = expect(pool.run({ act: 'spin' }, [])).rejects.toMatchObject({ kind: 'unavailable' });
    const waiting = expect(pool.run({ act: 'answer' }, [])).rejects.toMatchObject({ kind: 'unavailable' });
    await pool.close();
    await Promise.all([running, waiting]);
    await expect(pool.run({ act: 'answer' }, [])).rejects.toMatchObject({ kind: 'unavailable' });
  });
});
