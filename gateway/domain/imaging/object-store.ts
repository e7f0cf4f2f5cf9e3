import type { ByteStream } from '../byte-stream.ts';
import type { ObjectKey, Sha256 } from '../identifiers.ts';

export interface ByteRange {
  readonly offset: number;
  readonly length: number;
  /** Length of the whole object, when the asker knows it: an object of another is `damaged`. */
  readonly of?: number;
  /** CRC-32 (ISO 3309) of the range's bytes, when the asker knows it: other bytes are `damaged`. */
  readonly crc32?: number;
}

/**
 * Whole objects under names. Drivers: `storage/objects/files.ts`, `storage/objects/s3.ts`, behind `storage/objects/verified.ts`. Errors: unavailable, full, not-found, invalid, damaged.
 * What lies under originals/, quarantine/, consents/ and letters/ is immutable: its name holds its digest, and bytes with another digest are `invalid` under it.
 */
export interface ObjectStore {
  /** Opens a place to write beside the store. Bounded in number by the driver: `busy` past it. */
  stage(signal?: AbortSignal): Promise<StagedObject>;
  /** Small objects (derived data): stage, write, commit in one. Replaces what had the name. */
  put(key: ObjectKey, bytes: Uint8Array, signal?: AbortSignal): Promise<void>;
  /**
   * The caller must consume or `return()` the stream. A whole object whose name holds its digest is checked as it flows; its last bytes come
   * only when it is what its name says.
   * @throws not-found; invalid when the range leaves the object; damaged
   */
  get(key: ObjectKey, range?: ByteRange, signal?: AbortSignal): Promise<ByteStream>;
  /**
   * As `get`, gathered; a driver may know that the range had its checksum a moment ago. For ranges the caller has bounded.
   * `into`: as long as the range or longer; a driver may put the bytes at its beginning and return that part of it.
   */
  read(key: ObjectKey, range?: ByteRange, signal?: AbortSignal, into?: Uint8Array): Promise<Uint8Array>;
  /**
   * The range, when the driver found it whole a moment ago and has its bytes at hand, so that copying them takes less than asking for them. `into`
   * as `read`. Undefined, and for a driver without it: `read` it.
   */
  readNow?(key: ObjectKey, range: ByteRange, into: Uint8Array): Uint8Array | undefined;
  head(key: ObjectKey, signal?: AbortSignal): Promise<{ readonly bytes: number } | undefined>;
  /** Success also when nothing had the name. */
  remove(key: ObjectKey, signal?: AbortSignal): Promise<void>;
  list(prefix: string, signal?: AbortSignal): AsyncIterable<{ readonly key: ObjectKey; readonly bytes: number }>;
  /** Writes, reads and removes a small object. @throws unavailable or full, with a message an operator can act on. */
  probe(signal?: AbortSignal): Promise<void>;
  /** Removes staged bytes that dead processes left. Returns how many. */
  sweepStaged(): Promise<number>;
  close(): Promise<void>;
}

/** Bytes on their way in, not yet an object. Exactly one of `commit` or `discard` ends it; `discard` is safe to repeat. */
export interface StagedObject {
  /** Resolves when the store will take more: a slow disk slows the sender. The chunk may be reused after that. @throws full, unavailable */
  write(chunk: Uint8Array): Promise<void>;
  readonly bytesWritten: number;
  /** Bytes written so far, for re-reading a header. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** CRC-32 of bytes written so far; @throws invalid when they leave what was written. */
  crc32(offset: number, length: number): Promise<number>;
  /** Digest of all bytes written; no more may be written after. */
  sha256(): Promise<Sha256>;
  /**
   * Durable (synced) and whole under `key` when it resolves; length and digest verified. An object of that name stays as it is, unless
   * the name holds the digest of these bytes: then what is there is read, and replaced when it has another digest.
   */
  commit(key: ObjectKey): Promise<CommitOutcome>;
  /** As `commit`, but replaces what has the name: derived objects. */
  replace(key: ObjectKey): Promise<void>;
  discard(): Promise<void>;
}

/** `there`: an object of that name was there, whole as far as its name can say. `mended`: it was not what its name says, and is now. */
export type CommitOutcome = 'stored' | 'there' | 'mended';
