import { getPriority } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { THREAD_NICENESS, WorkerPool } from './worker-pool.ts';

/** Answers, throws, ends or spins, as it is told. */
const HOSTILE = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { readFileSync } from 'node:fs';
    import { parentPort } from 'node:worker_threads';
    let tasks = 0;
    parentPort.on('message', ({ id, act, value }) => {
      tasks++;
      if (act === 'crash') throw new Error('crash');
      if (act === 'exit') process.exit(3);
      if (act === 'memory') for (const held = []; ; ) held.push(new Array(1e6).fill({}));
      if (act === 'spin') for (;;);
      if (act === 'stat') return parentPort.postMessage({ id, ok: true, result: readFileSync('/proc/thread-self/stat', 'latin1') });
      if (act === 'refuse') return parentPort.postMessage({ id, ok: false, kind: 'invalid', message: 'no', cause: 'because' });
      parentPort.postMessage({ id, ok: true, result: { value, tasks } });
    });
  `)}`,
);

describe('worker pool', () => {
  const pools: WorkerPool[] = [];
  const poolOf = (options: { workers?: number; queueMax?: number; taskMsMax?: number; idleMs?: number; heapMibMax?: number } = {}) => {
    const pool = new WorkerPool(HOSTILE, { workers: 1, queueMax: 4, taskMsMax: 30_000, ...options });
    pools.push(pool);
    return pool;
  };
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

  it('a task without end is ended', async () => {
    const pool = poolOf({ taskMsMax: 200 });
    const failing = expect(pool.run({ act: 'spin' }, [])).rejects.toMatchObject({ kind: 'unsupported' });
    await failing;
    // The new thread must not be measured by the short time it takes this machine to start one.
    await expect(poolOf().run({ act: 'answer', value: 1 }, [])).resolves.toMatchObject({ value: 1 });
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
