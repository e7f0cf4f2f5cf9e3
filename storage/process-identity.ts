/** Who this process is, for other processes on the same files: on which machine, since which boot, in which namespaces. */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

export interface ProcessIdentity {
  readonly host: string;
  /** Differs with each boot of each machine. */
  readonly boot: string;
  /** Inode numbers of the namespaces. Equal numbers mean the same only within one boot. */
  readonly pidNamespace: string;
  readonly networkNamespace: string;
  readonly pid: number;
  /** Field 22 of /proc/PID/stat: tells processes of one number apart. */
  readonly startedAt: string;
}

export const self: ProcessIdentity = {
  host: hostname().replaceAll(/[^A-Za-z0-9-]/g, '-') || 'host',
  boot: readOr(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').replaceAll(/[^0-9a-f]/g, ''), '0'),
  pidNamespace: readOr(() => readlinkSync('/proc/self/ns/pid').replaceAll(/\D/g, ''), '0'),
  networkNamespace: readOr(() => readlinkSync('/proc/self/ns/net').replaceAll(/\D/g, ''), '0'),
  pid: process.pid,
  startedAt: readOr(() => processStart(process.pid), '0'),
};

/** Whether its process numbers mean the same there and here. Host names repeat; a boot's number does not. */
export function sharesProcesses(other: Pick<ProcessIdentity, 'host' | 'boot' | 'pidNamespace'>): boolean {
  return other.host === self.host && other.boot === self.boot && other.pidNamespace === self.pidNamespace;
}

/** Whether it runs under this very kernel, in this container or another: then the kernel's file locks tell for certain. */
export function sharesKernel(other: Pick<ProcessIdentity, 'boot'>): boolean {
  return self.boot !== '0' && other.boot === self.boot;
}

/** Whether 127.0.0.1 and process numbers mean the same there and here. */
export function canReach(other: ProcessIdentity): boolean {
  return sharesProcesses(other) && other.networkNamespace === self.networkNamespace;
}

export function isRunning(other: Pick<ProcessIdentity, 'pid' | 'startedAt'>): boolean {
  if (self.startedAt !== '0') return readOr(() => processStart(other.pid), '') === other.startedAt;
  try {
    process.kill(other.pid, 0); // no /proc here: a pid that is in use again counts as the same process; a running one is never taken for ended
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** proc(5): the command in field 2 may hold spaces and brackets, so count from the last one. */
function processStart(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '0';
}

function readOr(read: () => string, otherwise: string): string {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
