/**
 * Objects as files. Written beside, length checked, synced, linked into place, folder synced: a name that exists is whole and stays.
 */
import type { Dirent } from 'node:fs';
import { lstat, mkdir, opendir, realpath, rmdir, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ByteStream } from '../../gateway/domain/byte-stream.ts';
import { DomainError } from '../../gateway/domain/errors.ts';
import type { ObjectKey, Sha256 } from '../../gateway/domain/identifiers.ts';
import type { ByteRange, CommitOutcome, ObjectStore, StagedObject } from '../../gateway/domain/imaging/object-store.ts';
import { CheckedRanges } from './checked-ranges.ts';
import { Folders } from './folders.ts';
import { linkFile, readExactly, readNow, renameFile, syncFile, unlinkFile } from './fs-calls.ts';
import { codeOf, fromFileSystem } from './fs-errors.ts';
import { checkBytes, checkImmutable, checkKey, checkRange, namesDigest, sha256Of } from './key-check.ts';
import { OpenDescriptors, type OpenObject } from './open-descriptors.ts';
import { openSpool, type Spool, type SpooledBytes, SpooledObject, STAGES_MAX } from './spool.ts';
import { newStageName } from './stage-owner.ts';

/** Bytes read ahead of a consumer: two of these at most a stream. */
export const READ_CHUNK_BYTES = 256 * 1024;
/** What was read a moment ago is in the system's memory: up to so much is copied in less time than the pool of threads takes to be asked. */
export const READ_NOW_BYTES_MAX = 256 * 1024;
/** A probe answers `full` below this, before a sender hears it. */
export const PROBE_FREE_BYTES_MIN = 16 * 1024 * 1024;
/** Keys cannot begin with a dot, so nothing stored can be mistaken for a stage. */
const STAGING_FOLDER = '.staging';
/** What stood where an object belongs and is no file: nothing is thrown away that we did not put there. */
const ASIDE_FOLDER = '.aside';
/** A folder can be removed by another process between making it and linking into it, but not for ever. */
const LINK_ATTEMPTS_MAX = 5;

export interface FileObjectsOptions {
  /** Made when absent. Several processes may share it. */
  readonly root: string;
  readonly stagesMax?: number;
  /** Tells how old a file's last change is. */
  readonly now?: () => number;
}

/** @throws unavailable, full when the folder cannot be used */
export async function openFileObjects(options: FileObjectsOptions): Promise<ObjectStore> {
  try {
    await mkdir(options.root, { recursive: true, mode: 0o750 });
    const root = await realpath(options.root);
    return new FileObjects(root, await openSpool(join(root, STAGING_FOLDER), options.stagesMax ?? STAGES_MAX), options.now);
  } catch (error) {
    throw fromFileSystem(error, `cannot use the object folder ${options.root}`);
  }
}

class FileObjects implements ObjectStore {
  readonly #root: string;
  readonly #spool: Spool;
  readonly #folders: Folders;
  readonly #descriptors: OpenDescriptors;
  readonly #checked: CheckedRanges;

  constructor(root: string, spool: Spool, now?: () => number) {
    this.#root = root;
    this.#spool = spool;
    this.#folders = new Folders(root);
    this.#descriptors = new OpenDescriptors(root);
    this.#checked = new CheckedRanges(now);
  }

  async stage(signal?: AbortSignal): Promise<StagedObject> {
    signal?.throwIfAborted();
    return new SpooledObject(this.#spool.open('stage'), (spooled, key, how) => this.#commit(spooled, key, how));
  }

  async put(key: ObjectKey, bytes: Uint8Array, signal?: AbortSignal): Promise<void> {
    checkKey(key);
    signal?.throwIfAborted();
    const spooled = this.#spool.open('put');
    try {
      await spooled.write(bytes);
      signal?.throwIfAborted();
      await this.#commit(spooled, key, 'replace');
    } finally {
      await spooled.end('unlink');
    }
  }

  async get(key: ObjectKey, range?: ByteRange, signal?: AbortSignal): Promise<ByteStream> {
    const { object, offset, length } = await this.#open(key, range, signal);
    // One chunk is read at once: such a stream holds nothing open, even when nobody reads it.
    if (length <= READ_CHUNK_BYTES) return single(await this.#readAndRelease(object, offset, length));
    return new FileStream(object, offset, length, signal);
  }

  async read(key: ObjectKey, range?: ByteRange, signal?: AbortSignal, into?: Uint8Array): Promise<Uint8Array> {
    const { object, offset, length } = await this.#open(key, range, signal);
    const { stamp } = object;
    const bytes = await this.#readAndRelease(object, offset, length, into);
    signal?.throwIfAborted();
    if (range?.crc32 !== undefined && !this.#checked.has(key, stamp, offset, range.crc32)) {
      checkBytes(range, bytes);
      this.#checked.add(key, stamp, offset, range.crc32);
    }
    return bytes;
  }

  readNow(key: ObjectKey, range: ByteRange, into: Uint8Array): Uint8Array | undefined {
    const { offset, length, of, crc32 } = range;
    if (crc32 === undefined || length > READ_NOW_BYTES_MAX) return undefined;
    const object = this.#descriptors.openKept(key);
    if (object === undefined) return undefined;
    try {
      const isWhole = (of === undefined || of === object.bytes) && this.#checked.has(key, object.stamp, offset, crc32);
      return isWhole ? readNow(object.fd, length, offset, into) : undefined;
    } catch {
      return undefined; // `read` says what is wrong
    } finally {
      object.release();
    }
  }

  async head(key: ObjectKey, signal?: AbortSignal): Promise<{ readonly bytes: number } | undefined> {
    try {
      const { object } = await this.#open(key, undefined, signal);
      object.release();
      return { bytes: object.bytes };
    } catch (error) {
      if (error instanceof DomainError && error.kind === 'not-found') return undefined;
      throw error;
    }
  }

  async remove(key: ObjectKey, signal?: AbortSignal): Promise<void> {
    checkKey(key);
    signal?.throwIfAborted();
    try {
      // Through a link a name could lead out of the root; the object itself may be a link and is then removed as such.
      const folder = join(this.#root, dirname(key));
      if ((await realpath(folder)) !== folder) throw new DomainError('invalid', 'a folder of the object store is a symbolic link');
      await this.#unlink(join(this.#root, key));
      await this.#removeEmptyFolders(dirname(key));
    } catch (error) {
      const code = codeOf(error);
      if (code !== 'ENOENT' && code !== 'ENOTDIR') throw fromFileSystem(error, 'cannot remove an object');
      await this.#demandThere();
    }
  }

  async *list(prefix: string, signal?: AbortSignal): AsyncGenerator<{ readonly key: ObjectKey; readonly bytes: number }> {
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    if (folder !== '') checkKey(folder.slice(0, -1));
    await this.#demandThere();
    yield* this.#walk(folder, prefix, signal);
  }

  async probe(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const spooled = this.#spool.open('put');
    try {
      const { bavail, bsize } = await statfs(this.#root);
      if (bavail * bsize < PROBE_FREE_BYTES_MIN) {
        throw new DomainError('full', `less than ${PROBE_FREE_BYTES_MIN / 1024 / 1024} MiB are free on the disk of ${this.#root}`);
      }
      await spooled.write(PROBE);
      const fd = await spooled.toFile();
      await syncFile(fd);
      if (!PROBE.equals(await readExactly(fd, PROBE.length, 0)))
        throw new DomainError('unavailable', 'the disk returned other bytes than were written');
    } catch (error) {
      throw fromFileSystem(error, `cannot store in ${this.#root}`);
    } finally {
      await spooled.end('unlink');
    }
  }

  sweepStaged(): Promise<number> {
    return this.#spool.sweep();
  }

  async close(): Promise<void> {
    await this.#spool.close();
    await this.#descriptors.close();
  }

  /**
   * The file's bytes are durable before its name exists; the name is durable before this resolves.
   * New folders are made first, so that on a journaling file system one commit of the journal carries them and the file.
   */
  async #commit(spooled: SpooledBytes, key: ObjectKey, how: 'commit' | 'replace'): Promise<CommitOutcome> {
    checkKey(key);
    checkImmutable(key, await spooled.sha256());
    const folder = dirname(key) === '.' ? '' : dirname(key);
    try {
      let unsynced = await this.#folders.ensure(folder);
      await syncFile(await spooled.toFile());
      let outcome: CommitOutcome;
      for (let attempt = 1; ; attempt += 1) {
        try {
          outcome = await this.#name(spooled, key, how);
          break;
        } catch (error) {
          if (codeOf(error) !== 'ENOENT' || attempt === LINK_ATTEMPTS_MAX) throw error;
          this.#folders.forget(folder);
          unsynced = await this.#folders.ensure(folder);
        }
      }
      await Promise.all([this.#folders.sync([folder, ...unsynced]), spooled.end(how === 'commit' ? 'unlink' : 'keep')]);
      this.#folders.remember(folder);
      return outcome;
    } catch (error) {
      throw fromFileSystem(error, 'cannot store an object');
    }
  }

  async #name(spooled: SpooledBytes, key: ObjectKey, how: 'commit' | 'replace'): Promise<CommitOutcome> {
    const path = join(this.#root, key);
    if (how === 'replace') {
      await this.#renameOver(spooled.path, path);
      return 'stored';
    }
    try {
      await linkFile(spooled.path, path);
      return 'stored';
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
    const sha256 = await spooled.sha256();
    if (!namesDigest(key, sha256)) {
      if ((await lstat(path)).isFile()) return 'there';
      throw new DomainError('conflict', 'the name of an object is taken by something that is no file');
    }
    if (await this.#isWhole(key, path, spooled.bytesWritten, sha256)) return 'there';
    await this.#renameOver(spooled.path, path);
    return 'mended';
  }

  /** What cannot be read is not whole: good bytes are at hand to put in its place. */
  async #isWhole(key: ObjectKey, path: string, bytes: number, sha256: Sha256): Promise<boolean> {
    const existing = await lstat(path);
    if (!existing.isFile() || existing.size !== bytes) return false;
    try {
      return (await sha256Of(await this.get(key))) === sha256;
    } catch {
      return false;
    }
  }

  async #renameOver(from: string, path: string): Promise<void> {
    try {
      await renameFile(from, path);
    } catch (error) {
      if (!IS_NO_FILE.has(codeOf(error))) throw error;
      await this.#setAside(path);
      await renameFile(from, path);
    }
  }

  async #unlink(path: string): Promise<void> {
    try {
      await unlinkFile(path);
    } catch (error) {
      if (!IS_NO_FILE.has(codeOf(error))) throw error;
      await this.#setAside(path);
    }
  }

  async #setAside(path: string): Promise<void> {
    const folder = join(this.#root, ASIDE_FOLDER);
    await mkdir(folder, { recursive: true, mode: 0o750 });
    await renameFile(path, join(folder, newStageName()));
  }

  async #open(
    key: ObjectKey,
    range: ByteRange | undefined,
    signal: AbortSignal | undefined,
  ): Promise<{ object: OpenObject; offset: number; length: number }> {
    signal?.throwIfAborted();
    // Of what is open already the key has been checked.
    let object = this.#descriptors.openKept(key);
    if (object === undefined) {
      checkKey(key);
      object = await this.#descriptors.openAnew(key).catch((error: unknown) => this.#unlessVanished(error));
    }
    try {
      signal?.throwIfAborted();
      return { object, ...checkRange(range, object.bytes) };
    } catch (error) {
      object.release();
      throw error;
    }
  }

  async #unlessVanished(error: unknown): Promise<never> {
    if (error instanceof DomainError && error.kind === 'not-found') await this.#demandThere();
    throw error;
  }

  /** What is not found on a disk that is not mounted, or in a folder that was moved away, is not lost. @throws unavailable */
  async #demandThere(): Promise<void> {
    await lstat(join(this.#root, STAGING_FOLDER)).catch((error: unknown) => {
      throw fromFileSystem(error, `cannot use the object folder ${this.#root}`);
    });
  }

  async #readAndRelease(object: OpenObject, offset: number, length: number, into?: Uint8Array): Promise<Buffer> {
    try {
      return await readExactly(object.fd, length, offset, into);
    } catch (error) {
      throw fromFileSystem(error, 'cannot read an object');
    } finally {
      object.release();
    }
  }

  /** Folders under originals/ would pile up otherwise. Ends at the first that is not empty; the first level stays. */
  async #removeEmptyFolders(from: string): Promise<void> {
    for (let folder = from; folder.includes('/'); folder = dirname(folder)) {
      this.#folders.forget(folder);
      try {
        await rmdir(join(this.#root, folder));
      } catch {
        return; // in use, or gone already: the object itself is removed either way
      }
    }
  }

  async *#walk(
    folder: string,
    prefix: string,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<{ readonly key: ObjectKey; readonly bytes: number }> {
    for await (const entry of entriesOf(join(this.#root, folder))) {
      signal?.throwIfAborted();
      const key = folder + entry.name;
      if (entry.name.startsWith('.')) continue;
      if (entry.isDirectory()) {
        if (key.startsWith(prefix) || prefix.startsWith(`${key}/`)) yield* this.#walk(`${key}/`, prefix, signal);
      } else if (entry.isFile() && key.startsWith(prefix)) {
        const details = await lstat(join(this.#root, key)).catch(() => undefined); // removed while we walk
        if (details) yield { key: key as ObjectKey, bytes: details.size };
      }
    }
  }
}

/** Reads one chunk ahead of its consumer. Ends, and lets go of the descriptor, on the last chunk, `return()`, a failure or the signal. */
class FileStream implements AsyncIterableIterator<Uint8Array> {
  readonly #object: OpenObject;
  readonly #signal: AbortSignal | undefined;
  readonly #aborted = () => this.#release();
  #offset: number;
  #left: number;
  #ahead: Promise<Buffer> | undefined;
  #released = false;

  constructor(object: OpenObject, offset: number, length: number, signal: AbortSignal | undefined) {
    this.#object = object;
    this.#offset = offset;
    this.#left = length;
    this.#signal = signal;
    signal?.addEventListener('abort', this.#aborted, { once: true });
    this.#readAhead();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    this.#signal?.throwIfAborted();
    const ahead = this.#ahead;
    if (!ahead) return { done: true, value: undefined };
    try {
      const value = await ahead;
      this.#signal?.throwIfAborted();
      this.#ahead = undefined;
      if (this.#left > 0 && !this.#released) this.#readAhead();
      else this.#release();
      return { done: false, value };
    } catch (error) {
      this.#release();
      throw fromFileSystem(error, 'cannot read an object');
    }
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    this.#release();
    return { done: true, value: undefined };
  }

  #readAhead(): void {
    const length = Math.min(READ_CHUNK_BYTES, this.#left);
    const ahead = readExactly(this.#object.fd, length, this.#offset);
    ahead.catch(() => undefined); // told by next(); a consumer that left does not ask
    this.#ahead = ahead;
    this.#offset += length;
    this.#left -= length;
  }

  #release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#signal?.removeEventListener('abort', this.#aborted);
    const ahead = this.#ahead;
    this.#ahead = undefined;
    if (ahead !== undefined) this.#object.releaseAfter(ahead);
    else this.#object.release();
  }
}

const PROBE = Buffer.from('renkei probe');
/** rename(2) onto and unlink(2) of a folder; EPERM is what other systems than Linux say. */
const IS_NO_FILE: ReadonlySet<string> = new Set(['EISDIR', 'ENOTEMPTY', 'EEXIST', 'EPERM']);

async function* single(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}

async function* entriesOf(path: string): AsyncGenerator<Dirent> {
  try {
    yield* await opendir(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return; // nothing has that prefix, or the folder went while we walked
    throw fromFileSystem(error, 'cannot list objects');
  }
}
