/**
 * A store that checks what it hands out. A whole object whose name holds its digest is hashed; a range whose checksum the asker knows is compared
 * with it, by the driver where the range is read into memory and here where it is a stream. Bytes that do not fit end in `damaged`. A stream keeps
 * its last chunk back until it was checked, so no receiver has all of a damaged object.
 */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { ByteStream } from '../../gateway/domain/byte-stream.ts';
import { DomainError } from '../../gateway/domain/errors.ts';
import type { ObjectKey } from '../../gateway/domain/identifiers.ts';
import type { ByteRange, ObjectStore } from '../../gateway/domain/imaging/object-store.ts';
import type { ObjectProblem } from '../../gateway/domain/operation/damage.ts';

/** Told once a read that found it, before the reader hears. It must not throw. */
export type OnDamaged = (key: ObjectKey, problem: ObjectProblem) => void;

export function verifiedObjects(store: ObjectStore, onDamaged: OnDamaged): ObjectStore {
  const watch = async <T>(key: ObjectKey, read: () => Promise<T>): Promise<T> => {
    try {
      return await read();
    } catch (thrown) {
      const problem = problemOf(thrown, key);
      if (problem !== undefined) onDamaged(key, problem);
      throw thrown;
    }
  };
  const corrupt = (key: ObjectKey): DomainError => {
    onDamaged(key, 'corrupt');
    return new DomainError('damaged', 'what is kept is not what was stored');
  };

  return {
    stage: (signal) => store.stage(signal),
    put: (key, bytes, signal) => store.put(key, bytes, signal),
    head: (key, signal) => store.head(key, signal),
    remove: (key, signal) => store.remove(key, signal),
    list: (prefix, signal) => store.list(prefix, signal),
    probe: (signal) => store.probe(signal),
    sweepStaged: () => store.sweepStaged(),
    close: () => store.close(),
    readNow: (key, range, into) => store.readNow?.(key, range, into),
    async read(key, range, signal, into) {
      const bytes = await watch(key, () => store.read(key, range, signal, into));
      // The driver has compared a range's checksum.
      const check = range?.crc32 === undefined ? checkOf(key, range) : undefined;
      check?.update(bytes);
      if (check?.holds() === false) throw corrupt(key);
      return bytes;
    },
    async get(key, range, signal) {
      const bytes = await watch(key, () => store.get(key, range, signal));
      const check = checkOf(key, range);
      return check === undefined ? bytes : checked(bytes, check, () => corrupt(key));
    },
  };
}

interface Check {
  update(bytes: Uint8Array): void;
  holds(): boolean;
}

/** What is known of the bytes: their checksum, or for a whole object the digest in its name. */
function checkOf(key: ObjectKey, range: ByteRange | undefined): Check | undefined {
  if (range?.crc32 !== undefined) return crcCheck(range.crc32);
  const isWhole = range === undefined || (range.offset === 0 && range.length === range.of);
  const digest = isWhole ? digestInName(key) : undefined;
  return digest === undefined ? undefined : digestCheck(digest);
}

/** Of what was handed in (digest-in-name.ts in gateway/domain/imaging), and of series metadata (derived.ts there). */
function digestInName(key: ObjectKey): string | undefined {
  return /^(?:(?:originals|quarantine|consents|letters)\/.*\/|derived\/.*\/metadata-\d+-)([0-9a-f]{64})\.[a-z.]+$/.exec(key)?.[1];
}

function digestCheck(digest: string): Check {
  const hash = createHash('sha256');
  return { update: (bytes) => void hash.update(bytes), holds: () => hash.digest('hex') === digest };
}

function crcCheck(expected: number): Check {
  let sum = 0;
  return {
    update: (bytes) => {
      sum = crc32(bytes, sum);
    },
    holds: () => sum === expected,
  };
}

/** One chunk behind the store. */
async function* checked(bytes: ByteStream, check: Check, corrupt: () => DomainError): AsyncGenerator<Uint8Array> {
  let held: Uint8Array | undefined;
  for await (const chunk of bytes) {
    if (held !== undefined) yield held;
    check.update(chunk);
    held = chunk;
  }
  if (!check.holds()) throw corrupt();
  if (held !== undefined) yield held;
}

/** A missing object is one only where its name is known from a row: what is derived may not be there yet. */
function problemOf(thrown: unknown, key: ObjectKey): ObjectProblem | undefined {
  if (!(thrown instanceof DomainError)) return undefined;
  if (thrown.kind === 'damaged') return thrown.ids['problem'] === 'corrupt' ? 'corrupt' : 'length';
  return thrown.kind === 'not-found' && digestInName(key) !== undefined ? 'missing' : undefined;
}
