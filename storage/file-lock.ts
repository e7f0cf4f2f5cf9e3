/**
 * Locks on files, kept by the kernel: they hold between all processes that see the same file, in whatever network, process or mount
 * namespace, on NFS also between hosts, and end with their holder, also when it is killed. flock(2); Node has no call for it, so on Linux
 * flock(1) of util-linux sets it on a descriptor it inherits from us: the lock belongs to the open file, not to the process that asked.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { DomainError } from '../gateway/domain/errors.ts';

const RETRY_MS = 50;
/** open(2) of macOS and the BSDs. */
const O_EXLOCK = 0x20;
/** What flock(1) answers when another holds the lock. */
const HELD_BY_ANOTHER = 1;

export interface FileLock {
  /** The locked open file. A child process that inherits the descriptor holds the lock too, for as long as it lives. */
  readonly handle: FileHandle;
  /** Lets go of it; children that inherited it hold on. */
  release(): Promise<void>;
}

/** Undefined: another holds it. The file is made when absent. @throws unavailable when this system or file system has no locks */
export async function tryLock(path: string): Promise<FileLock | undefined> {
  for (;;) {
    // Held open for reading, so that a disk can still be mounted read-only; NFS locks only what is open for writing.
    const handle = (await lockOpened(path, constants.O_RDONLY)) ?? (await lockOpened(path, constants.O_RDWR));
    if (handle === 'held') return undefined;
    if (handle === undefined) {
      throw new DomainError('unavailable', `the file system of ${path} keeps no locks (flock): put the data folder on one that does`);
    }
    // Removed and made anew between opening and locking: what we hold is no longer what others would find.
    const [held, there] = await Promise.all([handle.stat(), stat(path).catch(() => undefined)]);
    if (held.ino === there?.ino && held.dev === there.dev) return { handle, release: () => handle.close() };
    await handle.close();
  }
}

/** @throws busy, with `busy`'s text, when another held it for `waitMs` */
export async function withLock<T>(path: string, waitMs: number, busy: () => string, work: (lock: FileLock) => Promise<T>): Promise<T> {
  const deadline = performance.now() + waitMs;
  let lock = await tryLock(path);
  while (lock === undefined) {
    if (performance.now() > deadline) throw new DomainError('busy', busy());
    await delay(RETRY_MS);
    lock = await tryLock(path);
  }
  try {
    return await work(lock);
  } finally {
    await lock.release();
  }
}

/** Undefined: no lock is to be had on a file opened so. */
async function lockOpened(path: string, access: number): Promise<FileHandle | 'held' | undefined> {
  const atOpening = process.platform === 'linux' || process.platform === 'win32' ? 0 : O_EXLOCK | constants.O_NONBLOCK;
  let handle: FileHandle;
  try {
    handle = await open(path, access | constants.O_CREAT | atOpening, 0o644);
  } catch (thrown) {
    if (atOpening !== 0 && (thrown as NodeJS.ErrnoException).code === 'EAGAIN') return 'held';
    throw thrown;
  }
  const code = process.platform === 'linux' ? await flock(handle) : 0;
  if (code === 0) return handle;
  await handle.close();
  return code === HELD_BY_ANOTHER ? 'held' : undefined;
}

async function flock(handle: FileHandle): Promise<number | null> {
  const child = spawn('flock', ['-x', '-n', '3'], { cwd: '/', stdio: ['ignore', 'ignore', 'ignore', handle.fd] });
  return new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  }).catch(async (cause: unknown) => {
    await handle.close();
    throw new DomainError('unavailable', 'the program flock (package util-linux) is needed to lock the data folder', { cause });
  });
}
