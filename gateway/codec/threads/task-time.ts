import { readFileSync } from 'node:fs';

export interface TaskLimits {
  /** Processor time that a task may use. */
  readonly cpuMsMax: number;
  /** Time in which it may be without: for a thread, for a processor, for bytes that it asked for. */
  readonly waitMsMax: number;
}

/** How time is told; a test has its own. */
export interface TaskClock {
  /** Looks again and again, `ms` apart, and once after a time in which the process stood still. What is returned ends it. */
  every(ms: number, look: () => void): () => void;
  /** Processor time so far, ms: of the thread, or without a thread of the whole process. Undefined: the system does not tell of this thread. */
  cpuMs(thread: number | undefined): number | undefined;
}

/** The number of the thread that has begun the task; `unknown` where the system has none. Undefined: not begun. */
export type Begun = number | 'unknown' | undefined;

/** Steps in which the processor time of a task is counted. */
const STEPS = 8;

/**
 * Counts the time of one task and says once when it is over: `used-up` when it has used its processor time, `waited` when it has been without for too
 * long. Time is counted in steps, and no step is longer than it should be, whatever a clock says: a machine or a process that stood still does not
 * end a task. What is returned ends the count.
 */
export function watchTask(clock: TaskClock, limits: TaskLimits, begun: () => Begun, over: (why: 'used-up' | 'waited') => void): () => void {
  const stepMs = limits.cpuMsMax / STEPS;
  let usedMs = 0;
  let waitedMs = 0;
  let before: { readonly thread: number | undefined; readonly cpuMs: number } | undefined;

  const usedInStep = (): number => {
    const thread = begun();
    if (thread === undefined) return 0;
    // The first look after its begin says where the count starts: most tasks are done before any look.
    if (before === undefined) {
      before = startOf(clock, thread);
      return 0;
    }
    const cpuMs = clock.cpuMs(before.thread) ?? before.cpuMs;
    const used = Math.min(stepMs, Math.max(0, cpuMs - before.cpuMs));
    before = { ...before, cpuMs };
    return used;
  };

  const stop = clock.every(stepMs, () => {
    const used = usedInStep();
    usedMs += used;
    waitedMs += stepMs - used;
    if (usedMs >= limits.cpuMsMax) over('used-up');
    else if (waitedMs >= limits.waitMsMax) over('waited');
  });
  return stop;
}

/** Where threads have no time of their own, what all of the process used in a step is the most that this one can have used. */
function startOf(clock: TaskClock, begun: number | 'unknown'): { readonly thread: number | undefined; readonly cpuMs: number } {
  const own = begun === 'unknown' ? undefined : clock.cpuMs(begun);
  if (begun !== 'unknown' && own !== undefined) return { thread: begun, cpuMs: own };
  return { thread: undefined, cpuMs: clock.cpuMs(undefined) ?? 0 };
}

export const SYSTEM_CLOCK: TaskClock = {
  every(ms, look) {
    const timer = setInterval(look, ms);
    return () => clearInterval(timer);
  },
  cpuMs(thread) {
    if (thread !== undefined) return threadCpuMs(thread);
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
};

/** proc(5): USER_HZ is 100 on every architecture that Node runs on. */
const TICK_MS = 10;

/** Fields 14 and 15 of proc(5) stat, utime and stime; the name in field 2 may hold spaces. Not read by libuv's threads, which may all be at work. */
function threadCpuMs(thread: number): number | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/self/task/${thread}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  return Number.isFinite(ticks) ? ticks * TICK_MS : undefined;
}
