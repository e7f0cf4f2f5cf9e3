import { crc32 } from 'node:zlib';
import { DomainError } from '../../domain/errors.ts';
import type { FrameIndex } from '../../domain/imaging/dataset.ts';
import type { ByteRange } from '../../domain/imaging/object-store.ts';
import type { RandomAccess } from '../parse/random-access.ts';
import { type FrameRange, frameRange } from './frame-index.ts';

const PIECE_BYTES = 1024 * 1024;

/** Where frames lie, in the object or, of a deflated one, in its inflated data set. */
export function frameLayout(index: FrameIndex): Exclude<FrameIndex, { kind: 'deflated' }> {
  return index.kind === 'deflated' ? frameLayout(index.within) : index;
}

/** Bytes of frame `frame` (from 0) as `readFrame` gives it. @throws not-found */
export function frameBytes(index: FrameIndex, frame: number): number {
  return frameRange(frameLayout(index), frame).bytes;
}

/**
 * The bytes of frame `frame` (from 0) as `readFrame` gives them, or a range of them, no faster than they are taken: memory holds a piece.
 * @param source the object, or its inflated data set when `index` is of a deflated one
 * @throws not-found, invalid when the object ends before the frame
 */
export async function* streamFrame(source: RandomAccess, index: FrameIndex, frame: number, range?: ByteRange): AsyncGenerator<Uint8Array> {
  const layout = frameLayout(index);
  const place = frameRange(layout, frame);
  if (layout.kind === 'native' && layout.frameBits % 8 !== 0) {
    yield* clipped(shifted(piecesOf(source, place.pieces), place, layout.frameBits), range);
  } else yield* piecesOf(source, range === undefined ? place.pieces : within(place.pieces, range));
}

async function* piecesOf(source: RandomAccess, places: FrameRange['pieces']): AsyncGenerator<Uint8Array> {
  for (const { offset, length, crc32: expected } of places) {
    let sum = 0;
    for (let at = 0; at < length; ) {
      const wanted = Math.min(PIECE_BYTES, length - at);
      const bytes = await (source.readSome === undefined
        ? source.read(offset + at, wanted, wanted === length ? expected : undefined)
        : source.readSome(offset + at, wanted));
      if (bytes.length < (source.readSome === undefined ? wanted : 1)) throw new DomainError('invalid', 'the object ends before the frame');
      at += bytes.length;
      if (expected !== undefined) sum = crc32(bytes, sum);
      // Before the last of it goes out: a frame that is not what was kept does not come to its end.
      if (expected !== undefined && at === length && sum !== expected) throw new DomainError('damaged', 'a frame is not what was kept');
      yield bytes;
    }
  }
}

/** The places of a range of what these places hold together. */
function within(places: FrameRange['pieces'], { offset, length }: ByteRange): FrameRange['pieces'] {
  let at = 0;
  return places.flatMap((place) => {
    const from = Math.max(0, offset - at);
    const to = Math.min(place.length, offset + length - at);
    at += place.length;
    if (from === 0 && to === place.length) return [place];
    // A part has no checksum of its own.
    return to > from ? [{ offset: place.offset + from, length: to - from }] : [];
  });
}

/** One-bit pixels are packed from the least significant bit up (PS3.5 8.1.1): the frame's first bit goes to the first bit of a byte. */
async function* shifted(pieces: AsyncIterable<Uint8Array>, { shift, bytes }: FrameRange, bits: number): AsyncGenerator<Uint8Array> {
  let left = bytes;
  let rest = Buffer.alloc(0);
  const turned = (from: Uint8Array, count: number): Uint8Array => {
    const out = new Uint8Array(count);
    for (let i = 0; i < count; i++) out[i] = ((from[i] as number) >> shift) | ((from[i + 1] ?? 0) << (8 - shift));
    left -= count;
    const used = bits % 8;
    if (left === 0 && count > 0 && used !== 0) out[count - 1] = (out[count - 1] as number) & ((1 << used) - 1);
    return out;
  };
  for await (const piece of pieces) {
    const joined = Buffer.concat([rest, piece]);
    // A byte is whole once the next one is known.
    const count = Math.min(left, joined.length - 1);
    if (count > 0) yield turned(joined, count);
    rest = joined.subarray(count);
  }
  if (left > 0) yield turned(rest, Math.min(left, rest.length));
}

async function* clipped(pieces: AsyncIterable<Uint8Array>, range: ByteRange | undefined): AsyncGenerator<Uint8Array> {
  let at = 0;
  const from = range?.offset ?? 0;
  const to = range === undefined ? Number.POSITIVE_INFINITY : from + range.length;
  for await (const piece of pieces) {
    const part = piece.subarray(Math.max(0, from - at), Math.max(0, to - at));
    at += piece.length;
    if (part.length > 0) yield part;
    if (at >= to) return;
  }
}
