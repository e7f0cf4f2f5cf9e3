import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { handClock } from '../../../test/fixtures/servers/hand-clock.ts';
import { type Begun, SYSTEM_CLOCK, type TaskClock, watchTask } from './task-time.ts';

/** Steps of 100 ms. */
const LIMITS = { cpuMsMax: 800, waitMsMax: 2_000 };

describe('the time of a task', () => {
  function watched(clock: TaskClock, begun: () => Begun): string[] {
    const over: string[] = [];
    watchTask(clock, LIMITS, begun, (why) => over.push(why));
    return over;
  }

  it.each([
    { name: 'all of the processor', looks: 8, cpuMsEach: 100, over: 'used-up' },
    { name: 'half of the processor', looks: 16, cpuMsEach: 50, over: 'used-up' },
    { name: 'a suspended machine whose clock goes on: no step is longer than a step', looks: 8, cpuMsEach: 1e9, over: 'used-up' },
    { name: 'nothing', looks: 19, cpuMsEach: 0, over: 'waited' },
    { name: 'a clock that goes backwards', looks: 19, cpuMsEach: -5, over: 'waited' },
    { name: 'a hundredth of the processor', looks: 20, cpuMsEach: 1, over: 'waited' },
  ])('$name', ({ looks, cpuMsEach, over: expected }) => {
    const clock = handClock();
    const over = watched(clock, () => 7);
    // The count begins with the first look.
    clock.look(1, 500);
    clock.look(looks - 1, cpuMsEach);
    expect(over).toEqual([]);
    clock.look(1, cpuMsEach);
    expect(over).toEqual([expected]);
  });

  it('what its thread used before it began is not of the task', () => {
    const clock = handClock();
    let begun: Begun;
    const over = watched(clock, () => begun);
    clock.look(10, 100);
    begun = 7;
    clock.look(8, 100);
    expect(over).toEqual([]);
    clock.look(1, 100);
    expect(over).toEqual(['used-up']);
  });

  it('that is not begun only waits', () => {
    const clock = handClock();
    const over = watched(clock, () => undefined);
    clock.look(20, 100);
    expect(over).toEqual(['waited']);
  });

  it.each<{ name: string; begun: Begun; tells: (thread: number | undefined) => boolean }>([
    { name: 'the system has no number for the thread', begun: 'unknown', tells: () => true },
    { name: 'the system does not tell of the thread', begun: 7, tells: (thread) => thread === undefined },
  ])('$name: what the whole process used is the most it can have', ({ begun, tells }) => {
    const hand = handClock();
    const asked: (number | undefined)[] = [];
    const cpuMs = (thread: number | undefined) => {
      asked.push(thread);
      return tells(thread) ? hand.cpuMs(thread) : undefined;
    };
    const over = watched({ every: hand.every, cpuMs }, () => begun);
    hand.look(9, 100);
    expect(over).toEqual(['used-up']);
    expect(asked.at(-1)).toBeUndefined();
  });

  it('a thread that is gone uses nothing', () => {
    const hand = handClock();
    let gone = false;
    const over = watched({ every: hand.every, cpuMs: (thread) => (gone ? undefined : hand.cpuMs(thread)) }, () => 7);
    hand.look(3, 100);
    gone = true;
    hand.look(17, 100);
    expect(over).toEqual([]);
    hand.look(2, 100);
    expect(over).toEqual(['waited']);
  });
});

describe.runIf(process.platform === 'linux')('processor time of a thread, by the system', () => {
  const workers: Worker[] = [];
  afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.terminate()));
  });

  /** Says the number of its thread, then does as it is told. */
  async function thread(then: string): Promise<number> {
    const worker = new Worker(
      `const { parentPort } = require('node:worker_threads');
       parentPort.postMessage(Number(require('node:path').basename(require('node:fs').readlinkSync('/proc/thread-self'))));
       ${then}`,
      { eval: true },
    );
    workers.push(worker);
    return new Promise((resolve) => worker.once('message', resolve));
  }
  const ofThread = (number: number) => SYSTEM_CLOCK.cpuMs(number) ?? Number.NaN;

  it('grows while it computes', async () => {
    const spinning = await thread('for (;;);');
    const before = ofThread(spinning);
    while (ofThread(spinning) < before + 100) await new Promise((resolve) => setImmediate(resolve));
    expect(ofThread(spinning)).toBeGreaterThanOrEqual(before + 100);
  });

  it('stands while it sleeps, however long the others compute', async () => {
    const sleeping = await thread('Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);');
    const ofProcess = () => SYSTEM_CLOCK.cpuMs(undefined) as number;
    const before = { thread: ofThread(sleeping), process: ofProcess() };
    while (ofProcess() < before.process + 400);
    expect(ofThread(sleeping) - before.thread).toBeLessThan(200);
  });

  it('is not told of a thread that is none', () => {
    expect(SYSTEM_CLOCK.cpuMs(2 ** 31 - 1)).toBeUndefined();
  });
});
