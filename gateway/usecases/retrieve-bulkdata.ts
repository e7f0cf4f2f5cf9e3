import { inflatedAccess } from '../dicom/inflated.ts';
import { locateValue, type ValueLocation } from '../dicom/part10.ts';
import type { RandomAccess } from '../dicom/random-access.ts';
import { DomainError } from '../domain/errors.ts';
import type { ByteRange, ByteStream, ObjectStore } from '../domain/ports.ts';
import type { StoredObject } from '../domain/study.ts';
import { originalAccess } from './instance-bytes.ts';

/** A value is read in pieces of this many bytes when it must be inflated or its byte order changed. */
const PIECE_BYTES = 1024 * 1024;
/** Bytes that change places between the two byte orders, PS3.5 7.3. */
const SWAP_UNIT: Readonly<Record<string, number>> = {
  AT: 2,
  FD: 8,
  FL: 4,
  OD: 8,
  OF: 4,
  OL: 4,
  OV: 8,
  OW: 2,
  SL: 4,
  SS: 2,
  SV: 8,
  UL: 4,
  US: 2,
  UV: 8,
};

/** One value of a data set, little endian (PS3.18 8.7.3.3.2). */
export interface BulkValue {
  readonly bytes: number;
  open(range?: ByteRange): Promise<ByteStream> | ByteStream;
}

/** @param path as in the header's BulkDataURI, without `bulkdata/`. @throws not-found */
export async function retrieveBulkData(
  objects: Pick<ObjectStore, 'read' | 'get'>,
  object: StoredObject,
  path: string,
  signal: AbortSignal,
): Promise<BulkValue> {
  const original = originalAccess(objects, object, signal);
  const place = await locateValue(original, path, { transferSyntaxUID: object.transferSyntaxUID });
  if (place === undefined) throw new DomainError('not-found', 'there is no such thing here');
  const unit = place.bigEndian ? (SWAP_UNIT[place.vr] ?? 1) : 1;
  return {
    bytes: place.length,
    open: (range = { offset: 0, length: place.length }) => {
      if (!place.deflated && unit === 1) {
        return objects.get(object.key, { offset: place.offset + range.offset, length: range.length }, signal);
      }
      return pieces(original, place, range, unit);
    },
  };
}

async function* pieces(original: RandomAccess, place: ValueLocation, range: ByteRange, unit: number): AsyncGenerator<Uint8Array> {
  const source = place.deflated ? await inflatedAccess(original, place.dataSetOffset) : original;
  const end = range.offset + range.length;
  for (let at = range.offset - (range.offset % unit); at < end; at += PIECE_BYTES) {
    const piece = Buffer.from(await source.read(place.offset + at, Math.min(PIECE_BYTES, place.length - at)));
    swap(piece.subarray(0, piece.length - (piece.length % unit)), unit);
    yield piece.subarray(Math.max(0, range.offset - at), Math.min(piece.length, end - at));
  }
}

function swap(bytes: Buffer, unit: number): void {
  if (unit === 2) bytes.swap16();
  else if (unit === 4) bytes.swap32();
  else if (unit === 8) bytes.swap64();
}
