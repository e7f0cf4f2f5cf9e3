/**
 * Which ranges of which files were found whole a moment ago. Scrolling reads the same frames again and again out of the page cache, and their
 * checksums would cost as much as the reading. A file written to, by whomever, has another time of change and is looked at anew; so is one
 * after a minute, as the page may have been read from the disk again.
 */
import type { Stats } from 'node:fs';
import { evictOldest } from '../../gateway/domain/bounds/evict-oldest.ts';

/** Files remembered, and ranges of each. A range is a number in a map, about 50 bytes: 13 MB at most. */
export const CHECKED_FILES_MAX = 4096;
export const CHECKED_RANGES_MAX = 64;
export const CHECKED_FOR_MS = 60_000;
/** A clock of a file system ticks in steps of some milliseconds: a write within one step of the last leaves the time as it was. */
const SETTLED_MS = 2_000;

type Stamp = Pick<Stats, 'dev' | 'ino' | 'size' | 'mtimeMs' | 'ctimeMs'>;

interface CheckedFile {
  readonly stamp: Stamp;
  readonly since: number;
  /** Offset → CRC-32 that the bytes from there had. */
  readonly ranges: Map<number, number>;
}

export class CheckedRanges {
  readonly #files = new Map<string, CheckedFile>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Whether the range had this checksum when the file was last looked at, and the file has not been written to since. */
  has(key: string, stamp: Stamp, offset: number, crc32: number): boolean {
    const file = this.#files.get(key);
    return file !== undefined && file.ranges.get(offset) === crc32 && this.#holds(file, stamp);
  }

  /** The bytes were read after `stamp` was taken. */
  add(key: string, stamp: Stamp, offset: number, crc32: number): void {
    const now = this.#now();
    if (now - Math.max(stamp.mtimeMs, stamp.ctimeMs) < SETTLED_MS) return;
    const before = this.#files.get(key);
    const file = before !== undefined && this.#holds(before, stamp) ? before : { stamp, since: now, ranges: new Map<number, number>() };
    this.#files.delete(key);
    this.#files.set(key, file);
    evictOldest(this.#files, CHECKED_FILES_MAX);
    file.ranges.set(offset, crc32);
    evictOldest(file.ranges, CHECKED_RANGES_MAX);
  }

  #holds({ stamp, since }: CheckedFile, now: Stamp): boolean {
    const age = this.#now() - since;
    return (
      age >= 0 &&
      age < CHECKED_FOR_MS &&
      stamp.dev === now.dev &&
      stamp.ino === now.ino &&
      stamp.size === now.size &&
      stamp.mtimeMs === now.mtimeMs &&
      stamp.ctimeMs === now.ctimeMs
    );
  }
}
