import { DomainError } from '../../gateway/domain/errors.ts';
import { objectKey } from '../../gateway/domain/object-keys.ts';
import type { ByteRange } from '../../gateway/domain/ports.ts';

/** A key is checked again at the wall, whatever its type says: names from a database or a command line come through here too. @throws invalid */
export function checkKey(key: string): void {
  objectKey(...key.split('/'));
}

/** @throws invalid when the range leaves an object of `size` bytes. Without a range: all of it. */
export function checkRange(range: ByteRange | undefined, size: number): ByteRange {
  if (range === undefined) return { offset: 0, length: size };
  const { offset, length } = range;
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || offset < 0 || length < 0 || offset + length > size) {
    throw new DomainError('invalid', `the range ${offset}+${length} leaves an object of ${size} bytes`);
  }
  return range;
}
