import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { DomainError } from '../domain/errors.ts';
import type { ObjectKey } from '../domain/identifiers.ts';
import type { ByteRange, ObjectStore } from '../domain/imaging/object-store.ts';

/**
 * The shape of thumbnails and HTJ2K frames: parts one after another, then a table of where each ends and its checksum, then a trailer that says
 * under which name all this belongs. An object that is cut, changed, or lies under another's name is known as such before a byte of it is shown.
 *
 *     part 0 … part n-1 │ n × (end: uint64, CRC-32: uint32) │ "RNKIDRV1" │ n: uint32 │ 0: uint32 │ SHA-256(name, line feed, table)
 */
const MAGIC = Buffer.from('RNKIDRV1', 'latin1');
const ENTRY_BYTES = 12;
const TRAILER_BYTES = 48;
/** Parts of one object. */
export const DERIVED_PARTS_MAX = 65_536;
/** Read at once from the end: the trailer and a table of some three hundred parts. */
const TAIL_READ_BYTES = 4096;

export interface DerivedPart {
  readonly length: number;
  readonly crc32: number;
}

export function derivedPart(bytes: Uint8Array): DerivedPart {
  return { length: bytes.byteLength, crc32: crc32(bytes) };
}

/** What follows the parts. */
export function derivedTail(key: ObjectKey, parts: readonly DerivedPart[]): Uint8Array {
  const table = Buffer.alloc(parts.length * ENTRY_BYTES);
  let end = 0;
  parts.forEach((part, n) => {
    end += part.length;
    table.writeBigUInt64LE(BigInt(end), n * ENTRY_BYTES);
    table.writeUInt32LE(part.crc32, n * ENTRY_BYTES + 8);
  });
  const count = Buffer.alloc(8);
  count.writeUInt32LE(parts.length);
  return Buffer.concat([table, MAGIC, count, seal(key, table)]);
}

/** One part and its tail. */
export function derivedObject(key: ObjectKey, part: Uint8Array): Uint8Array {
  return Buffer.concat([part, derivedTail(key, [derivedPart(part)])]);
}

/** Where the parts of an object lie, each with its checksum. Undefined: there is no such object. @throws damaged, unavailable */
export async function readDerivedParts(
  objects: Pick<ObjectStore, 'head' | 'read'>,
  key: ObjectKey,
  signal?: AbortSignal,
): Promise<readonly ByteRange[] | undefined> {
  const bytes = (await objects.head(key, signal))?.bytes;
  if (bytes === undefined) return undefined;
  const readTail = async (length: number) => {
    const range = { offset: Math.max(0, bytes - length), length: Math.min(bytes, length), of: bytes };
    return asBuffer(await objects.read(key, range, signal));
  };
  const tail = await readTail(TAIL_READ_BYTES);
  const wanted = TRAILER_BYTES + countIn(tail) * ENTRY_BYTES;
  return partsIn(key, wanted <= tail.length ? tail : await readTail(wanted), bytes);
}

/** The only part of a whole object. @throws damaged */
export function onlyPart(key: ObjectKey, object: Uint8Array): Uint8Array {
  const [part, ...more] = partsIn(key, asBuffer(object), object.byteLength);
  if (part === undefined || more.length > 0) throw damaged();
  const bytes = object.subarray(part.offset, part.offset + part.length);
  if (crc32(bytes) !== part.crc32) throw damaged();
  return bytes;
}

/** @param tail the end of an object of `bytes` bytes */
function partsIn(key: ObjectKey, tail: Buffer, bytes: number): readonly ByteRange[] {
  const count = countIn(tail);
  const start = tail.length - TRAILER_BYTES - count * ENTRY_BYTES;
  if (start < 0) throw damaged();
  const table = tail.subarray(start, start + count * ENTRY_BYTES);
  if (!seal(key, table).equals(tail.subarray(-32))) throw damaged();
  const parts: ByteRange[] = [];
  let offset = 0;
  for (let at = 0; at < table.length; at += ENTRY_BYTES) {
    const end = Number(table.readBigUInt64LE(at));
    parts.push({ offset, length: end - offset, of: bytes, crc32: table.readUInt32LE(at + 8) });
    offset = end;
  }
  if (offset !== bytes - TRAILER_BYTES - table.length) throw damaged();
  return parts;
}

function countIn(tail: Buffer): number {
  if (tail.length < TRAILER_BYTES) throw damaged();
  const trailer = tail.subarray(-TRAILER_BYTES);
  const count = trailer.readUInt32LE(MAGIC.length);
  if (!trailer.subarray(0, MAGIC.length).equals(MAGIC) || count > DERIVED_PARTS_MAX) throw damaged();
  return count;
}

function seal(key: ObjectKey, table: Uint8Array): Buffer {
  return createHash('sha256').update(`${key}\n`).update(table).digest();
}

function damaged(): DomainError {
  return new DomainError('damaged', 'a derived object is not what was made');
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
