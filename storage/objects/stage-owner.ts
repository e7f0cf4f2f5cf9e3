/**
 * Whose a staged file is, in its name, so that any process on the folder can tell what dead ones left behind.
 * Host, boot, PID namespace, PID and the process's start time together name one process and are never used again. Each also holds a lock
 * on a file of its name in a folder beside, by which processes that cannot look it up (another container, another host) see that it lives.
 */
import { mkdir, readdir, stat, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type FileLock, tryLock } from '../file-lock.ts';
import { isRunning, type ProcessIdentity, self, sharesKernel, sharesProcesses } from '../process-identity.ts';

/** What a process of another machine or boot left is kept until idle for this long: locks may not reach from there to here. */
export const FOREIGN_STAGE_IDLE_MS = 24 * 3600 * 1000;
const OWNERS_SUFFIX = '.owners';
const RETRIES_MAX = 100;

type Owner = Pick<ProcessIdentity, 'host' | 'boot' | 'pidNamespace' | 'pid' | 'startedAt'>;

const OWN_NAME = [self.host, self.boot, self.pidNamespace, self.pid, self.startedAt].join('_');
let count = 0;

/** A name no other stage has had or will have. */
export function newStageName(): string {
  count += 1;
  return `${OWN_NAME}_${count}`;
}

/** Locks this process holds, by folder; several stores of one process may share a folder. */
const held = new Map<string, { lock: Promise<FileLock>; users: number }>();

/** Shows that this process lives, to all who see the folder of stages. Ended by the returned function, or with the process. */
export async function showAsOwner(folder: string): Promise<() => Promise<void>> {
  const path = ownerFile(folder, OWN_NAME);
  const entry = held.get(folder) ?? { lock: lockOwn(path), users: 0 };
  held.set(folder, entry);
  entry.users += 1;
  await entry.lock.catch((thrown: unknown) => {
    held.delete(folder);
    throw thrown;
  });
  return async () => {
    entry.users -= 1;
    if (entry.users > 0) return;
    held.delete(folder);
    await unlink(path).catch(() => {});
    await (await entry.lock).release();
  };
}

/** A sweeper may look at the file in the moment before it is locked, and remove it: then it is made again. */
async function lockOwn(path: string): Promise<FileLock> {
  await mkdir(dirname(path), { recursive: true, mode: 0o750 });
  for (let attempt = 1; ; attempt += 1) {
    const lock = await tryLock(path);
    if (lock !== undefined) return lock;
    if (attempt === RETRIES_MAX) throw new Error('the lock of this process is held by another');
  }
}

/** The file system's own time, ms: a server's, when the folder is on one. Stages' ages are measured against it. */
export async function folderTime(folder: string): Promise<number> {
  if (!held.has(folder)) return Date.now();
  const path = ownerFile(folder, OWN_NAME);
  await writeFile(path, '.');
  return (await stat(path)).mtimeMs;
}

/**
 * Answers, for one sweep of a folder, whether the process that made a stage is certainly gone. `idleMs` is the time since the file was last
 * written. Names of another make are nobody's: they count as foreign.
 */
export function abandonedIn(folder: string): (name: string, idleMs: number) => Promise<boolean> {
  const known = new Map<string, Promise<'lives' | 'gone' | 'unknown'>>();
  return async (name, idleMs) => {
    const owner = ownerOf(name);
    if (owner === undefined) return idleMs > FOREIGN_STAGE_IDLE_MS;
    const ownerName = nameOf(owner);
    const fate = known.get(ownerName) ?? fateOf(owner, ownerFile(folder, ownerName));
    known.set(ownerName, fate);
    return (await fate) === 'gone' || ((await fate) === 'unknown' && idleMs > FOREIGN_STAGE_IDLE_MS);
  };
}

async function fateOf(owner: Owner, file: string): Promise<'lives' | 'gone' | 'unknown'> {
  if (sharesProcesses(owner)) return isRunning(owner) ? 'lives' : 'gone';
  if (!(await exists(file))) return 'unknown';
  const lock = await tryLock(file);
  if (lock === undefined) return 'lives';
  await lock.release();
  return sharesKernel(owner) ? 'gone' : 'unknown';
}

/** Removes the marks of processes that are gone. */
export async function sweepOwners(folder: string): Promise<void> {
  for (const name of await readdir(folder + OWNERS_SUFFIX).catch(() => [])) {
    const owner = ownerOf(`${name}_0`);
    const file = ownerFile(folder, name);
    if (owner !== undefined && (await fateOf(owner, file)) === 'gone') await unlink(file).catch(() => {});
  }
}

const ownerFile = (folder: string, ownerName: string) => join(folder + OWNERS_SUFFIX, ownerName);

function nameOf(owner: Owner): string {
  return [owner.host, owner.boot, owner.pidNamespace, owner.pid, owner.startedAt].join('_');
}

function ownerOf(name: string): Owner | undefined {
  const [host, boot, pidNamespace, pid, startedAt, serial, ...rest] = name.split('_');
  if (!host || !boot || !pidNamespace || !startedAt || !serial || rest.length > 0 || !/^\d+$/.test(pid ?? '')) return undefined;
  return { host, boot, pidNamespace, pid: Number(pid), startedAt };
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
