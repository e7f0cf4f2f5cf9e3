import { byteOrderUnitBytes, swapByteOrder } from '../../dicom/parse/byte-order.ts';
import { forwardAccess, INFLATING_BYTES } from '../../dicom/parse/inflated.ts';
import type { ValueLocation } from '../../dicom/parse/part10.ts';
import type { RandomAccess } from '../../dicom/parse/random-access.ts';
import type { Lease } from '../../domain/bounds/byte-budget.ts';
import { DomainError } from '../../domain/errors.ts';
import type { ByteRange, ObjectStore } from '../../domain/imaging/object-store.ts';
import type { StoredObject } from '../../domain/imaging/study.ts';
import { checkedAccess, partOfOriginal } from '../../instances/instance-bytes.ts';
import { locateValue } from '../../instances/locate-value.ts';
import type { Looks } from './looks.ts';
import type { Representation } from './representation.ts';

/** A value is read in pieces of this many bytes when it must be inflated or its byte order changed. */
const PIECE_BYTES = 1024 * 1024;

/**
 * One value of a data set, little endian (PS3.18 8.7.3.3.2).
 * @param path as in the header's BulkDataURI, without `bulkdata/`
 * @throws not-found, busy
 */
export async function retrieveBulkData(
  { objects, looks }: { readonly objects: Pick<ObjectStore, 'read' | 'get'>; readonly looks: Pick<Looks, 'budget'> },
  object: StoredObject,
  asker: string,
  path: string,
  signal: AbortSignal,
): Promise<Representation> {
  const original = await checkedAccess(objects, object, asker, signal);
  const place = await locateValue(original, path, object.transferSyntaxUID, signal);
  if (place === undefined) throw new DomainError('not-found', 'there is no such thing here');
  const unit = place.bigEndian ? byteOrderUnitBytes(place.vr) : 1;
  return {
    etag: `${object.sha256}-${path.replaceAll('/', '.')}`,
    bytes: place.length,
    open: (range = { offset: 0, length: place.length }) => {
      if (!place.deflated && unit === 1) {
        return partOfOriginal(objects, object, { offset: place.offset + range.offset, length: range.length }, signal);
      }
      return place.deflated
        ? inflatedPieces(original, place, range, () => looks.budget.take(asker, INFLATING_BYTES, signal))
        : pieces(original, place, range, unit);
    },
  };
}

async function* inflatedPieces(
  original: RandomAccess,
  place: ValueLocation,
  range: ByteRange,
  take: () => Promise<Lease>,
): AsyncGenerator<Uint8Array> {
  const lease = await take();
  const inflated = forwardAccess(original, place.dataSetOffset);
  try {
    for (let at = range.offset; at < range.offset + range.length; ) {
      const piece = await inflated.readSome(place.offset + at, range.offset + range.length - at);
      if (piece.length === 0) throw new DomainError('invalid', 'the object ends before the value');
      at += piece.length;
      yield piece;
    }
  } finally {
    inflated.close();
    lease.release();
  }
}

async function* pieces(source: RandomAccess, place: ValueLocation, range: ByteRange, unit: number): AsyncGenerator<Uint8Array> {
  const end = range.offset + range.length;
  for (let at = range.offset - (range.offset % unit); at < end; at += PIECE_BYTES) {
    const piece = Buffer.from(await source.read(place.offset + at, Math.min(PIECE_BYTES, place.length - at)));
    swapByteOrder(piece, unit);
    yield piece.subarray(Math.max(0, range.offset - at), Math.min(piece.length, end - at));
  }
}
