/** CPU and memory of whole process trees, from /proc. Linux only. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const TICKS_A_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** Fields of /proc/<pid>/stat counted behind the command's name, proc(5): state is 0. */
const STAT = { parent: 1, userTicks: 11, systemTicks: 12, waitedUserTicks: 13, waitedSystemTicks: 14 } as const;

function stat(pid: number | string): readonly number[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
  } catch {
    return undefined;
  }
}

/** The processes themselves and all that descend from them now. */
function tree(roots: readonly number[]): ReadonlyMap<number, readonly number[]> {
  const stats = new Map<number, readonly number[]>();
  for (const name of readdirSync('/proc')) {
    const read = /^\d+$/.test(name) ? stat(Number(name)) : undefined;
    if (read !== undefined) stats.set(Number(name), read);
  }
  const members = new Map<number, readonly number[]>();
  const add = (pid: number) => {
    const own = stats.get(pid);
    if (own === undefined || members.has(pid)) return;
    members.set(pid, own);
    for (const [child, { [STAT.parent]: parent }] of stats) if (parent === pid) add(child);
  };
  for (const root of roots) add(root);
  return members;
}

/** Seconds of CPU so far, user and system, including children that have ended and were waited for. */
export function cpuSeconds(roots: readonly number[]): number {
  let ticks = 0;
  for (const own of tree(roots).values()) {
    ticks +=
      (own[STAT.userTicks] ?? 0) + (own[STAT.systemTicks] ?? 0) + (own[STAT.waitedUserTicks] ?? 0) + (own[STAT.waitedSystemTicks] ?? 0);
  }
  return ticks / TICKS_A_SECOND;
}

/** Seconds of CPU so far of one thread, by the number that the system gives it; a process' first thread has the process' own. */
export function threadSeconds(pid: number, thread = pid): number {
  const own = stat(`${pid}/task/${thread}`);
  return ((own?.[STAT.userTicks] ?? 0) + (own?.[STAT.systemTicks] ?? 0)) / TICKS_A_SECOND;
}

/** Resident MB of the processes together, some left out. Shared pages count once a process: an upper bound for a server of many processes. */
export function residentMb(roots: readonly number[], except: readonly number[] = []): number {
  return sumMb(members(roots, except), 'VmRSS');
}

/** Lets the kernel forget the peak it has kept so far, so that `peakMb` tells of what follows. */
export function forgetPeak(roots: readonly number[], except: readonly number[] = []): void {
  for (const pid of members(roots, except)) {
    try {
      writeFileSync(`/proc/${pid}/clear_refs`, '5');
    } catch {
      // It ended between the two looks.
    }
  }
}

/** The largest resident MB since `forgetPeak`, each process at its own peak. */
export function peakMb(roots: readonly number[], except: readonly number[] = []): number {
  return sumMb(members(roots, except), 'VmHWM');
}

function members(roots: readonly number[], except: readonly number[]): readonly number[] {
  const without = tree(except);
  return [...tree(roots).keys()].filter((pid) => !without.has(pid));
}

function sumMb(pids: readonly number[], field: 'VmRSS' | 'VmHWM'): number {
  let kilobytes = 0;
  for (const pid of pids) {
    try {
      kilobytes += Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
    } catch {
      // It ended between the two looks.
    }
  }
  return kilobytes / 1024;
}

/** The embedded PostgreSQL server of a gateway's data folder. */
export function embeddedPostgresPid(dataFolder: string): number {
  return Number(readFileSync(join(dataFolder, 'postgres/data/postmaster.pid'), 'utf8').split('\n')[0]);
}

/** Our own children whose command line names this. */
export function childrenNaming(text: string): readonly number[] {
  return [...tree([process.pid]).keys()].filter((pid) => {
    try {
      return pid !== process.pid && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text);
    } catch {
      return false;
    }
  });
}
