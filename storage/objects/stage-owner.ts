/**
 * Whose a staged file is, in its name, so that any process on the folder can tell what dead ones left behind.
 * Host, boot, PID namespace, PID and the process's start time together name one process and are never used again.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** A staged file of a process that cannot be looked up from here (other host or container) is left alone until idle for this long. */
export const FOREIGN_STAGE_IDLE_MS = 24 * 3600 * 1000;

interface Owner {
  readonly host: string;
  readonly boot: string;
  readonly namespace: string;
  readonly pid: number;
  readonly startedAt: string;
}

const self: Owner = {
  host: hostname().replaceAll(/[^A-Za-z0-9-]/g, '-') || 'host',
  boot: readOr(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').replaceAll(/[^0-9a-f]/g, ''), '0'),
  namespace: readOr(() => readlinkSync('/proc/self/ns/pid').replaceAll(/\D/g, ''), '0'),
  pid: process.pid,
  startedAt: readOr(() => processStart(process.pid), '0'),
};

let count = 0;

/** A name no other stage has had or will have. */
export function newStageName(): string {
  count += 1;
  return [self.host, self.boot, self.namespace, self.pid, self.startedAt, count].join('_');
}

/**
 * Whether the process that made this stage is certainly gone. `idleMs` is the time since the file was last written.
 * Names of another make are nobody's: they count as foreign.
 */
export function isStageAbandoned(name: string, idleMs: number): boolean {
  const owner = ownerOf(name);
  const foreign = idleMs > FOREIGN_STAGE_IDLE_MS;
  if (owner === undefined || owner.host !== self.host) return foreign;
  if (owner.boot !== self.boot) return true; // same host, earlier boot
  if (owner.namespace !== self.namespace) return foreign;
  return !isRunning(owner);
}

function ownerOf(name: string): Owner | undefined {
  const [host, boot, namespace, pid, startedAt, serial, ...rest] = name.split('_');
  if (!host || !boot || !namespace || !startedAt || !serial || rest.length > 0 || !/^\d+$/.test(pid ?? '')) return undefined;
  return { host, boot, namespace, pid: Number(pid), startedAt };
}

function isRunning(owner: Owner): boolean {
  if (self.startedAt !== '0') return readOr(() => processStart(owner.pid), '') === owner.startedAt;
  try {
    process.kill(owner.pid, 0); // no /proc here: a PID that was given out again keeps a stage longer, never the other way round
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Field 22 of /proc/PID/stat, proc(5). The command in field 2 may hold spaces and brackets, so count from the last one. */
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
