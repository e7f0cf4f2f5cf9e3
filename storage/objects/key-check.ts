import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { ByteStream } from '../../gateway/domain/byte-stream.ts';
import { DomainError } from '../../gateway/domain/errors.ts';
import type { ObjectKey, Sha256 } from '../../gateway/domain/identifiers.ts';
import { objectKey } from '../../gateway/domain/imaging/object-keys.ts';
import type { ByteRange } from '../../gateway/domain/imaging/object-store.ts';

/** A key is checked again at the wall, whatever its type says: names from a database or a command line come through here too. @throws invalid */
export function checkKey(key: string): void {
  objectKey(...key.split('/'));
}

/** Whether the name holds this digest: then the object has it or is damaged. */
export function namesDigest(key: ObjectKey, sha256: Sha256): boolean {
  return key.includes(sha256);
}

/** @throws invalid for bytes that an immutable name does not allow, whoever asks. */
export function checkImmutable(key: ObjectKey, sha256: Sha256): void {
  const digest = /^(?:originals|quarantine|consents|letters)\/.*\/([0-9a-f]{64})\.[a-z]+$/.exec(key)?.[1];
  if (digest !== undefined && digest !== sha256) throw new DomainError('invalid', 'an original keeps the bytes that its name says');
}

/**
 * Without a range: all of an object of `size` bytes.
 * @throws invalid when the range leaves the object; damaged when the object is not as long as `range.of`
 */
export function checkRange(range: ByteRange | undefined, size: number): ByteRange {
  if (range === undefined) return { offset: 0, length: size };
  const { offset, length, of } = range;
  if (of !== undefined && of !== size) throw new DomainError('damaged', `an object of ${of} bytes has ${size}`);
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || offset < 0 || length < 0 || offset + length > size) {
    throw new DomainError('invalid', `the range ${offset}+${length} leaves an object of ${size} bytes`);
  }
  return range;
}

/** @throws damaged (ids.problem corrupt) when the asker knows the range's checksum and the bytes have another */
export function checkBytes(range: ByteRange | undefined, bytes: Uint8Array): void {
  if (range?.crc32 === undefined || crc32(bytes) === range.crc32) return;
  throw new DomainError('damaged', 'what is kept is not what was stored', { ids: { problem: 'corrupt' } });
}

/** Digest of all that a stream brings. */
export async function sha256Of(bytes: ByteStream): Promise<Sha256> {
  const hash = createHash('sha256');
  for await (const chunk of bytes) hash.update(chunk);
  return hash.digest('hex') as Sha256;
}
