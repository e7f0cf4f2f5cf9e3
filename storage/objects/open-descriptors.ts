/**
 * Descriptors of objects read a moment ago: scrolling reads frame after frame of the same few files, and opening costs more than reading.
 * An object replaced, removed or cut meanwhile, by whichever process, is noticed by its link count and length and opened anew.
 */
import { constants, readlinkSync, type Stats } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError } from '../../gateway/domain/errors.ts';
import { closeFile, openFile, statFile } from './fs-calls.ts';
import { codeOf, fromFileSystem } from './fs-errors.ts';

/** Descriptors kept open while nobody reads from them. */
export const IDLE_DESCRIPTORS_MAX = 128;
/** …and no longer than this, so that a removed object's space comes back. */
export const IDLE_DESCRIPTOR_MS = 10_000;

export interface OpenObject {
  readonly fd: number;
  readonly bytes: number;
  /** As the file was when it was opened last: it may be older than what a read finds, never newer. */
  readonly stamp: Stats;
  /** Once for each time it was opened. */
  release(): void;
  /** As `release`, when a running read has ended: a descriptor closed under it could by then be another file's. */
  releaseAfter(reading: Promise<unknown>): void;
}

export class OpenDescriptors {
  readonly #root: string;
  /** Least recently used first. */
  readonly #entries = new Map<string, Entry>();
  /** Closes under way, and reads that a close has to wait for. */
  readonly #closing = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  /** `root` is a real path. */
  constructor(root: string) {
    this.#root = root;
  }

  /** What was opened a moment ago under this very key, and is still what has that name. */
  openKept(key: string): OpenObject | undefined {
    const kept = this.#entries.get(key);
    if (kept === undefined) return undefined;
    this.#entries.delete(key);
    const stamp = statFile(kept.fd);
    if (stamp.nlink > 0 && stamp.size === kept.bytes) {
      this.#entries.set(key, kept);
      kept.readers += 1;
      kept.stamp = stamp;
      return kept;
    }
    kept.kept = false;
    if (kept.readers === 0) this.#close(kept.fd);
    return undefined;
  }

  /** Of what `openKept` does not have. @throws not-found, invalid (a symbolic link), unavailable */
  async openAnew(key: string): Promise<OpenObject> {
    const entry = await this.#openFile(key);
    if (this.#closed || this.#entries.has(key)) {
      entry.kept = false; // another reader opened it first
    } else {
      this.#entries.set(key, entry);
      this.#trim();
    }
    return entry;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const [key, entry] of this.#entries) this.#drop(key, entry);
    while (this.#closing.size > 0) await Promise.all(this.#closing);
  }

  async #openFile(key: string): Promise<Entry> {
    const path = join(this.#root, key);
    let fd: number | undefined;
    try {
      fd = await openFile(path, constants.O_RDONLY | constants.O_NOFOLLOW);
      const details = statFile(fd);
      if (!details.isFile()) throw new DomainError('not-found', 'no such object');
      if ((await realPathOf(fd, path)) !== path) throw new DomainError('invalid', 'a folder of the object store is a symbolic link');
      return new Entry(fd, details, (entry) => this.#idle(entry), this.#closing);
    } catch (error) {
      if (fd !== undefined) this.#close(fd);
      const code = codeOf(error);
      if (code === 'ENOENT' || code === 'ENOTDIR') throw new DomainError('not-found', 'no such object', { cause: error });
      if (code === 'ELOOP') throw new DomainError('invalid', 'an object may not be a symbolic link', { cause: error });
      throw fromFileSystem(error, 'cannot open an object');
    }
  }

  #idle(entry: Entry): void {
    entry.idleSince = performance.now();
    if (!entry.kept) this.#close(entry.fd);
    else if (this.#timer === undefined) this.#schedule();
  }

  #schedule(): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const before = performance.now() - IDLE_DESCRIPTOR_MS;
      for (const [key, entry] of this.#entries) {
        if (entry.readers === 0 && entry.idleSince <= before) this.#drop(key, entry);
      }
      if (this.#entries.size > 0) this.#schedule();
    }, IDLE_DESCRIPTOR_MS);
    this.#timer.unref();
  }

  #trim(): void {
    if (this.#entries.size <= IDLE_DESCRIPTORS_MAX) return;
    for (const [key, entry] of this.#entries) {
      this.#drop(key, entry);
      return;
    }
  }

  /** Readers keep theirs until they are done. */
  #drop(key: string, entry: Entry): void {
    this.#entries.delete(key);
    entry.kept = false;
    if (entry.readers === 0) this.#close(entry.fd);
  }

  #close(fd: number): void {
    const closing = closeFile(fd)
      .catch(() => undefined) // read-only: nothing is lost
      .finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }
}

class Entry implements OpenObject {
  readonly fd: number;
  readonly bytes: number;
  stamp: Stats;
  readers = 1;
  kept = true;
  idleSince = 0;
  readonly #idle: (entry: Entry) => void;
  readonly #closing: Set<Promise<void>>;

  constructor(fd: number, stamp: Stats, idle: (entry: Entry) => void, closing: Set<Promise<void>>) {
    this.fd = fd;
    this.bytes = stamp.size;
    this.stamp = stamp;
    this.#idle = idle;
    this.#closing = closing;
  }

  release(): void {
    this.readers -= 1;
    if (this.readers === 0) this.#idle(this);
  }

  releaseAfter(reading: Promise<unknown>): void {
    const releasing = reading
      .catch(() => undefined)
      .then(() => this.release())
      .finally(() => this.#closing.delete(releasing));
    this.#closing.add(releasing);
  }
}

/** Where the descriptor really leads; /proc answers from memory, elsewhere the path is walked. */
async function realPathOf(fd: number, path: string): Promise<string> {
  if (process.platform === 'linux') return readlinkSync(`/proc/self/fd/${fd}`);
  return realpath(path);
}
