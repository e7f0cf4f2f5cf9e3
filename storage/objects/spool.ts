/**
 * Bytes on their way in, kept beside the store. Both drivers stage here: the files driver links the finished file into place,
 * the S3 driver uploads it. What fits one buffer never touches the disk before it is committed.
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { DomainError } from '../../gateway/domain/errors.ts';
import type { ObjectKey, Sha256 } from '../../gateway/domain/identifiers.ts';
import type { CommitOutcome, StagedObject } from '../../gateway/domain/imaging/object-store.ts';
import { closeFile, openFile, readExactly, statFile, unlinkFile, writeAll } from './fs-calls.ts';
import { codeOf, fromFileSystem } from './fs-errors.ts';
import { abandonedIn, folderTime, newStageName, showAsOwner, sweepOwners } from './stage-owner.ts';

/**
 * Stages open at once, `busy` past it. Above `RECEPTIONS_HARD_MAX` of `gateway/ingest/reception-places.ts` by what derived work needs, so that
 * receptions never take its place. Each may hold two buffers, once so much has come.
 */
export const STAGES_MAX = 192;
/** Small objects being put, apart from the stages. */
export const PUTS_MAX = 64;
/** A CT slice of 512 × 512 is a little over half of this, so it is written in one call. */
export const STAGE_BUFFER_BYTES = 1024 * 1024;
/** Buffers kept for the next stage. */
const IDLE_BUFFERS_MAX = 16;

export interface Spool {
  readonly folder: string;
  /** `put`: bytes that are here already, counted apart from those that are awaited. @throws busy */
  open(what: 'stage' | 'put'): SpooledBytes;
  /** Removes what dead processes left, each after `beforeRemoving`. Returns how many. */
  sweep(beforeRemoving?: (path: string, name: string) => Promise<void>): Promise<number>;
  /** Discards every stage still open. */
  close(): Promise<void>;
}

/** Makes the folder when it is not there. */
export async function openSpool(folder: string, stagesMax: number): Promise<Spool> {
  await mkdir(folder, { recursive: true, mode: 0o750 }).catch((error: unknown) => {
    throw fromFileSystem(error, `cannot make the staging folder ${folder}`);
  });
  const endOwnership = await showAsOwner(folder).catch((error: unknown) => throwWrapped(error, 'cannot lock the staging folder'));
  const buffers = new BufferPool();
  const open = { stage: new Set<SpooledBytes>(), put: new Set<SpooledBytes>() };
  let closed = false;
  const max = { stage: stagesMax, put: PUTS_MAX };
  return {
    folder,
    open(what) {
      if (open[what].size >= max[what]) throw new DomainError('busy', `${max[what]} objects are being received already`);
      const spooled = new SpooledBytes(join(folder, newStageName()), buffers, () => open[what].delete(spooled));
      open[what].add(spooled);
      return spooled;
    },
    async sweep(beforeRemoving) {
      let removed = 0;
      const isAbandoned = abandonedIn(folder);
      const now = await folderTime(folder).catch((error: unknown) => throwWrapped(error, 'cannot use the staging folder'));
      for (const name of await readdir(folder).catch((error: unknown) => throwWrapped(error, 'cannot list the staging folder'))) {
        const path = join(folder, name);
        const details = await stat(path).catch(() => undefined); // its owner may be finishing it right now
        if (!details?.isFile() || !(await isAbandoned(name, now - details.mtimeMs))) continue;
        await beforeRemoving?.(path, name);
        await unlinkFile(path).then(
          () => {
            removed += 1;
          },
          (error: unknown) => (codeOf(error) === 'ENOENT' ? undefined : throwWrapped(error, 'cannot remove a left-over stage')),
        );
      }
      await sweepOwners(folder);
      return removed;
    },
    async close() {
      if (closed) return;
      closed = true;
      await Promise.all([...open.stage, ...open.put].map((spooled) => spooled.end('unlink')));
      await endOwnership();
    },
  };
}

/**
 * One buffer fills while the other is on its way to the disk. A failed write is told by the next call.
 * Whoever holds one calls `end` in every case.
 */
export class SpooledBytes {
  readonly path: string;
  bytesWritten = 0;

  readonly #buffers: BufferPool;
  readonly #ended: () => void;
  readonly #hash = createHash('sha256');
  #digest: Sha256 | undefined;
  #filling: Buffer | undefined;
  #filled = 0;
  /** Where `#filling` begins in the file. */
  #fillingAt = 0;
  #flushing: Promise<void> | undefined;
  #failure: unknown;
  #fd: number | undefined;
  #state: 'open' | 'sealed' | 'ended' = 'open';

  constructor(path: string, buffers: BufferPool, ended: () => void) {
    this.path = path;
    this.#buffers = buffers;
    this.#ended = ended;
  }

  /** Resolves at once while the buffer has room. */
  write(chunk: Uint8Array): Promise<void> {
    if (this.#state !== 'open') return Promise.reject(new DomainError('internal', 'write after the stage was sealed'));
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#filled + chunk.length < STAGE_BUFFER_BYTES) {
      this.#take(chunk);
      return RESOLVED;
    }
    return this.#writeThrough(chunk);
  }

  /** Bytes as written; fewer than `length` at the end. */
  async read(offset: number, length: number): Promise<Buffer> {
    if (this.#state === 'ended') throw new DomainError('internal', 'read after the stage was ended');
    const end = Math.min(offset + length, this.bytesWritten);
    if (!(offset >= 0 && length >= 0) || offset >= end) return Buffer.alloc(0);
    if (offset >= this.#fillingAt && this.#filling) {
      return Buffer.from(this.#filling.subarray(offset - this.#fillingAt, end - this.#fillingAt));
    }
    await this.#settle();
    const inFile = Math.min(end, this.#fillingAt) - offset;
    const fromFile = await readExactly(this.#openFd(), inFile, offset).catch((error: unknown) =>
      throwWrapped(error, 'cannot read a staged object'),
    );
    if (offset + inFile === end || !this.#filling) return fromFile;
    return Buffer.concat([fromFile, this.#filling.subarray(0, end - this.#fillingAt)]);
  }

  /** As `read`, without a copy of what is in memory. @throws invalid when the range leaves what was written */
  async crc32(offset: number, length: number): Promise<number> {
    if (this.#state === 'ended') throw new DomainError('internal', 'read after the stage was ended');
    if (!(offset >= 0 && length >= 0 && offset + length <= this.bytesWritten)) {
      throw new DomainError('invalid', 'the range leaves the staged object');
    }
    if (offset >= this.#fillingAt && this.#filling) {
      return crc32(this.#filling.subarray(offset - this.#fillingAt, offset - this.#fillingAt + length));
    }
    let sum = 0;
    for (let at = offset; at < offset + length; at += STAGE_BUFFER_BYTES) {
      sum = crc32(await this.read(at, Math.min(STAGE_BUFFER_BYTES, offset + length - at)), sum);
    }
    return sum;
  }

  /** Digest of everything written; no more may be written after. */
  async sha256(): Promise<Sha256> {
    if (this.#state === 'open') this.#state = 'sealed';
    this.#digest ??= this.#hash.digest('hex') as Sha256;
    return this.#digest;
  }

  /** All bytes when they fit one buffer and were never written to the disk; otherwise undefined. Valid until `end`. */
  inMemory(): Buffer | undefined {
    return this.#fd === undefined && this.#flushing === undefined && this.#failure === undefined && this.#fillingAt === 0
      ? (this.#filling ?? EMPTY).subarray(0, this.#filled)
      : undefined;
  }

  /** Seals, and brings every byte into the file: its descriptor, for the holder to sync. @throws full, unavailable; internal when the file is not as long as what was written */
  async toFile(): Promise<number> {
    await this.sha256();
    await this.#settle();
    try {
      const fd = await this.#ensureFd();
      if (this.#filling && this.#filled > 0) {
        await writeAll(fd, this.#filling.subarray(0, this.#filled), this.#fillingAt);
        this.#fillingAt += this.#filled;
        this.#filled = 0;
      }
      const { size } = statFile(fd);
      if (size !== this.bytesWritten) throw new DomainError('unavailable', `staged ${this.bytesWritten} bytes but the file has ${size}`);
      return fd;
    } catch (error) {
      throw this.#fail(error);
    }
  }

  /** Gives back descriptor, buffer and place; safe to repeat. `keep` when the file has been moved away. */
  async end(file: 'unlink' | 'keep'): Promise<void> {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    await this.#flushing?.catch(() => undefined);
    if (this.#filling) this.#buffers.give(this.#filling);
    this.#filling = undefined;
    const fd = this.#fd;
    this.#fd = undefined;
    this.#ended();
    if (fd === undefined) return;
    // A file that cannot be removed now is the next sweep's; the caller's own outcome stands either way.
    await Promise.all([file === 'unlink' ? unlinkFile(this.path).catch(() => undefined) : undefined, closeFile(fd).catch(() => undefined)]);
  }

  #take(chunk: Uint8Array): void {
    this.#filling ??= this.#buffers.take();
    this.#filling.set(chunk, this.#filled);
    // With each piece as it comes: a whole buffer at once would keep everyone else waiting.
    this.#hash.update(chunk);
    this.#filled += chunk.length;
    this.bytesWritten += chunk.length;
  }

  async #writeThrough(chunk: Uint8Array): Promise<void> {
    let rest = chunk;
    while (this.#filled + rest.length >= STAGE_BUFFER_BYTES) {
      const room = STAGE_BUFFER_BYTES - this.#filled;
      this.#take(rest.subarray(0, room));
      rest = rest.subarray(room);
      await this.#settle();
      this.#flush();
    }
    if (rest.length > 0) this.#take(rest);
  }

  /** Sends the full buffer on its way. */
  #flush(): void {
    const full = this.#filling;
    if (!full) return;
    const at = this.#fillingAt;
    this.#filling = undefined;
    this.#filled = 0;
    this.#fillingAt = at + full.length;
    const flushing = this.#ensureFd().then((fd) => writeAll(fd, full, at));
    this.#flushing = flushing
      .catch((error: unknown) => {
        this.#fail(error);
      })
      .finally(() => {
        this.#buffers.give(full);
        this.#flushing = undefined;
      });
  }

  async #settle(): Promise<void> {
    await this.#flushing;
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#state === 'ended') throw new DomainError('internal', 'the stage was ended');
  }

  async #ensureFd(): Promise<number> {
    this.#fd ??= await openFile(this.path, constants.O_CREAT | constants.O_EXCL | constants.O_RDWR | constants.O_NOFOLLOW);
    return this.#fd;
  }

  #openFd(): number {
    if (this.#fd === undefined) throw new DomainError('internal', 'the stage has no file');
    return this.#fd;
  }

  #fail(error: unknown): unknown {
    this.#failure ??= fromFileSystem(error, 'cannot write a staged object');
    return this.#failure;
  }
}

/** What both drivers hand out: spooled bytes, and how the driver makes an object of them. */
export class SpooledObject implements StagedObject {
  readonly #spooled: SpooledBytes;
  readonly #commit: (spooled: SpooledBytes, key: ObjectKey, how: 'commit' | 'replace') => Promise<CommitOutcome>;

  constructor(spooled: SpooledBytes, commit: (spooled: SpooledBytes, key: ObjectKey, how: 'commit' | 'replace') => Promise<CommitOutcome>) {
    this.#spooled = spooled;
    this.#commit = commit;
  }

  get bytesWritten(): number {
    return this.#spooled.bytesWritten;
  }

  write(chunk: Uint8Array): Promise<void> {
    return this.#spooled.write(chunk);
  }

  read(offset: number, length: number): Promise<Uint8Array> {
    return this.#spooled.read(offset, length);
  }

  crc32(offset: number, length: number): Promise<number> {
    return this.#spooled.crc32(offset, length);
  }

  sha256(): Promise<Sha256> {
    return this.#spooled.sha256();
  }

  commit(key: ObjectKey): Promise<CommitOutcome> {
    return this.#commit(this.#spooled, key, 'commit');
  }

  async replace(key: ObjectKey): Promise<void> {
    await this.#commit(this.#spooled, key, 'replace');
  }

  discard(): Promise<void> {
    return this.#spooled.end('unlink');
  }
}

class BufferPool {
  readonly #idle: Buffer[] = [];

  take(): Buffer {
    return this.#idle.pop() ?? Buffer.allocUnsafeSlow(STAGE_BUFFER_BYTES);
  }

  give(buffer: Buffer): void {
    if (this.#idle.length < IDLE_BUFFERS_MAX) this.#idle.push(buffer);
  }
}

const RESOLVED = Promise.resolve();
const EMPTY = Buffer.alloc(0);

function throwWrapped(error: unknown, doing: string): never {
  throw fromFileSystem(error, doing);
}
