import { crc32 } from 'node:zlib';
import { DomainError } from '../../domain/errors.ts';
import type { FrameIndex, NativePixelTag, PixelDescription } from '../../domain/imaging/dataset.ts';
import { nativeLayout } from '../../domain/imaging/pixel-layout.ts';
import { ITEM, SEQUENCE_DELIMITATION } from '../dictionary/tags.ts';
import type { TransferSyntax } from '../dictionary/transfer-syntax.ts';
import { readInflated } from '../parse/inflated.ts';
import type { RandomAccess } from '../parse/random-access.ts';

/** Where each frame's bytes are in an object, and how to fetch one. PS3.5 section 8 and A.4, PS3.3 C.7.6.3.1.8 (extended offset table). */

/** Fragments of one Pixel Data that are looked at. */
export const FRAGMENTS_MAX = 1_000_000;
/** One read while stepping over item headers: a page, as the fragments between are not wanted; more where they are small. */
const HEADER_READ_BYTES = 4096;
const SMALL_FRAGMENT_BYTES = 8192;
const SMALL_FRAGMENTS_READ_BYTES = 64 * 1024;
/** A frame larger than this is not gathered in memory. */
export const FRAME_BYTES_MAX = 1024 * 1024 * 1024;
/** Four bytes a frame, which has one fragment at least. */
const OFFSET_TABLE_BYTES_MAX = 4 * FRAGMENTS_MAX;
const MARKER_BYTES = 12;
/** Pieces and bytes of pixels whose checksums are taken; what is larger is checked by the digest of the whole, when the whole is read. */
export const CHECKSUMS_MAX = 100_000;
export const CHECKSUM_BYTES_MAX = 1024 * 1024 * 1024;
const CHECKSUM_READ_BYTES = 1024 * 1024;

interface Fragment {
  /** Of the value, after the item header. */
  readonly offset: number;
  readonly length: number;
  /** The value begins as a codestream or file of an image codec begins. */
  readonly startsImage: boolean;
}

export interface Fragments {
  readonly basicOffsets: readonly number[];
  readonly fragments: readonly Fragment[];
  /** Behind the sequence delimiter. */
  readonly end: number;
}

/** Steps over the fragments of encapsulated Pixel Data whose first item is at `offset`, reading item headers only. `count` is told of each. */
export async function readFragments(
  source: RandomAccess,
  offset: number,
  warn: (code: string) => void,
  count: (fragments: number) => void = () => {},
): Promise<Fragments> {
  const fragments: Fragment[] = [];
  let basicOffsets: readonly number[] = [];
  let first = true;
  let at = offset;
  let window: Buffer = Buffer.alloc(0);
  let base = 0;
  let lastLength = Number.POSITIVE_INFINITY;
  while (at + 8 <= source.bytes) {
    const wanted = Math.min(8 + MARKER_BYTES, source.bytes - at);
    if (at < base || at + wanted > base + window.length) {
      const readBytes = lastLength < SMALL_FRAGMENT_BYTES ? SMALL_FRAGMENTS_READ_BYTES : HEADER_READ_BYTES;
      window = asBuffer(await source.read(at, Math.min(readBytes, source.bytes - at)));
      base = at;
      if (window.length < 8) break;
    }
    const index = at - base;
    const tag = ((window.readUInt16LE(index) << 16) | window.readUInt16LE(index + 2)) >>> 0;
    const length = window.readUInt32LE(index + 4);
    if (tag === SEQUENCE_DELIMITATION) return { basicOffsets, fragments, end: at + 8 };
    if (tag !== ITEM) {
      warn('fragments-not-closed');
      return { basicOffsets, fragments, end: source.bytes };
    }
    const available = Math.min(length, source.bytes - at - 8);
    if (available < length) warn('truncated');
    if (first) {
      basicOffsets = await readOffsets(source, at + 8, available, warn);
      first = false;
    } else {
      if (fragments.length >= FRAGMENTS_MAX) throw new DomainError('too-large', 'too-many-fragments');
      count(fragments.length);
      if ((length & 1) === 1) warn('odd-length');
      fragments.push({ offset: at + 8, length: available, startsImage: startsImage(window, index + 8) });
    }
    lastLength = length;
    at += 8 + length;
  }
  warn('truncated');
  return { basicOffsets, fragments, end: source.bytes };
}

async function readOffsets(source: RandomAccess, offset: number, length: number, warn: (code: string) => void): Promise<readonly number[]> {
  if (length === 0) return [];
  if (length > OFFSET_TABLE_BYTES_MAX || length % 4 !== 0) {
    warn('offset-table-wrong');
    return [];
  }
  const bytes = asBuffer(await source.read(offset, length));
  const offsets: number[] = [];
  for (let at = 0; at + 4 <= bytes.length; at += 4) offsets.push(bytes.readUInt32LE(at));
  return offsets;
}

/** JPEG and JPEG-LS SOI, JPEG 2000 SOC, JPEG XL codestream, and the boxed file forms of the last two. */
function startsImage(bytes: Buffer, at: number): boolean {
  if (at + 2 > bytes.length) return false;
  const word = bytes.readUInt16BE(at);
  if (word === 0xffd8 || word === 0xff4f || word === 0xff0a) return true;
  return at + 8 <= bytes.length && bytes.readUInt32BE(at) === 12 && ['jP  ', 'JXL '].includes(bytes.toString('latin1', at + 4, at + 8));
}

/** Extended Offset Table and its lengths, (7FE0,0001) and (7FE0,0002), each a list of 64-bit numbers. */
export interface ExtendedOffsets {
  readonly offsets: readonly number[];
  readonly lengths: readonly number[];
}

/** Which fragments make which frame; falls back with a warning where the tables contradict the fragments. */
export function encapsulatedFrames(
  found: Fragments,
  numberOfFrames: number,
  syntax: TransferSyntax,
  extended: ExtendedOffsets | undefined,
  warn: (code: string) => void,
): FrameIndex {
  const { fragments } = found;
  if (fragments.length === 0) {
    warn('no-fragments');
    return { kind: 'encapsulated', frames: [] };
  }
  if (syntax.video) return { kind: 'encapsulated', frames: [flat(fragments)] };
  if (syntax.mediaType.startsWith('image/j') && fragments[0]?.startsImage === false) warn('frame-without-image');
  if (extended !== undefined) {
    const frames = byOffsets(fragments, extended.offsets, numberOfFrames);
    if (frames !== undefined) return { kind: 'encapsulated', frames: frames.map((frame, n) => trimmed(frame, extended.lengths[n])) };
    warn('extended-offset-table-wrong');
  }
  if (found.basicOffsets.length > 0) {
    const frames = byOffsets(fragments, found.basicOffsets, numberOfFrames);
    if (frames !== undefined) return { kind: 'encapsulated', frames: frames.map(flat) };
    warn('offset-table-wrong');
  }
  return { kind: 'encapsulated', frames: withoutTable(fragments, numberOfFrames, warn) };
}

function withoutTable(
  fragments: readonly Fragment[],
  numberOfFrames: number,
  warn: (code: string) => void,
): readonly (readonly number[])[] {
  if (numberOfFrames === 1) return [flat(fragments)];
  if (fragments.length === numberOfFrames) return fragments.map((fragment) => [fragment.offset, fragment.length]);
  const starts = fragments.flatMap((fragment, index) => (fragment.startsImage ? [index] : []));
  if (starts.length !== numberOfFrames || starts[0] !== 0) warn('frames-and-fragments-differ');
  if (starts.length > 1 && starts[0] === 0) {
    return starts.map((start, n) => flat(fragments.slice(start, starts[n + 1] ?? fragments.length)));
  }
  if (fragments.length < numberOfFrames || starts.length === 0) return fragments.map((fragment) => [fragment.offset, fragment.length]);
  return [flat(fragments)];
}

/** Groups fragments by a table of offsets from the first fragment's item tag; undefined when an offset is no fragment's start. */
function byOffsets(fragments: readonly Fragment[], offsets: readonly number[], numberOfFrames: number): Fragment[][] | undefined {
  if (offsets.length !== numberOfFrames || offsets[0] !== 0) return undefined;
  const origin = (fragments[0] as Fragment).offset - 8;
  const frames: Fragment[][] = [];
  for (const fragment of fragments) {
    const from = fragment.offset - 8 - origin;
    const next = offsets[frames.length];
    if (next !== undefined && from === next) frames.push([fragment]);
    else if (next !== undefined && from > next) return undefined;
    else frames.at(-1)?.push(fragment);
  }
  return frames.length === numberOfFrames ? frames : undefined;
}

function flat(fragments: readonly Fragment[]): number[] {
  return fragments.flatMap((fragment) => [fragment.offset, fragment.length]);
}

/** The extended table's length leaves out the padding byte; it never lengthens, and a frame under it is one fragment. */
function trimmed(frame: readonly Fragment[], length: number | undefined): number[] {
  const [only] = frame;
  if (frame.length !== 1 || only === undefined || length === undefined || length > only.length || only.length - length > 1)
    return flat(frame);
  return [only.offset, length];
}

/** Native Pixel Data: frames of equal size, one after another without padding between, also at one bit a pixel (PS3.5 8.1.1). */
export function nativeFrames(
  tag: NativePixelTag,
  place: { readonly offset: number; readonly length: number },
  pixels: PixelDescription | undefined,
  warn: (code: string) => void,
): FrameIndex {
  if (pixels === undefined || place.length === 0) {
    if (place.length > 0) warn('pixels-without-description');
    return { kind: 'none' };
  }
  const frameBits = nativeLayout(pixels, place.length, pixels.numberOfFrames).bits;
  if (!Number.isSafeInteger(frameBits * pixels.numberOfFrames)) {
    // Each number is one its VR can hold, but no file holds what they say together.
    warn('pixel-data-too-short');
    return { kind: 'native', frames: 0, offset: place.offset, frameBits: 0, tag };
  }
  const whole = frameBits === 0 ? 0 : Math.floor((place.length * 8) / frameBits);
  const frames = Math.min(pixels.numberOfFrames, whole);
  if (frames < pixels.numberOfFrames) warn('pixel-data-too-short');
  else if (place.length - Math.ceil((frames * frameBits) / 8) > 1) warn('pixel-data-too-long');
  return { kind: 'native', frames, offset: place.offset, frameBits, tag };
}

/** Frames that can be read; 0 when there is no Pixel Data. */
export function frameCount(index: FrameIndex): number {
  switch (index.kind) {
    case 'none':
      return 0;
    case 'native':
      return index.frames;
    case 'encapsulated':
      return index.frames.length;
    case 'deflated':
      return frameCount(index.within);
  }
}

/** Memory that an index takes, about. Bytes. */
export function frameIndexBytes(index: FrameIndex): number {
  if (index.kind === 'deflated') return frameIndexBytes(index.within);
  return index.kind === 'encapsulated' ? index.frames.reduce((bytes, frame) => bytes + 64 + 8 * frame.length, 64) : 64;
}

export interface FramePiece {
  readonly offset: number;
  readonly length: number;
  /** CRC-32, where it was taken. */
  readonly crc32?: number;
}

/** Where a frame (from 0) lies: pieces to join, and for native one-bit frames the bits to skip in the first byte. */
export interface FrameRange {
  readonly pieces: readonly FramePiece[];
  /** Bits, 0–7. */
  readonly shift: number;
  /** Bytes of the frame once joined and shifted. */
  readonly bytes: number;
}

/** @throws not-found when there is no such frame; unsupported for a deflated object, whose frames are no range of it. */
export function frameRange(index: FrameIndex, frame: number): FrameRange {
  if (!Number.isInteger(frame) || frame < 0 || frame >= frameCount(index)) throw new DomainError('not-found', 'no such frame');
  switch (index.kind) {
    case 'native': {
      const firstBit = frame * index.frameBits;
      const offset = Math.floor(firstBit / 8);
      const shift = firstBit % 8;
      const length = Math.ceil((shift + index.frameBits) / 8);
      return {
        pieces: [{ offset: index.offset + offset, length, ...checksumOf(index.checksums?.[frame]) }],
        shift,
        bytes: Math.ceil(index.frameBits / 8),
      };
    }
    case 'encapsulated': {
      const entry = index.frames[frame] as readonly number[];
      const pieces: FramePiece[] = [];
      let sums = index.checksums === undefined ? 0 : piecesBefore(index.frames, frame);
      for (let at = 0; at + 1 < entry.length; at += 2) {
        pieces.push({ offset: entry[at] as number, length: entry[at + 1] as number, ...checksumOf(index.checksums?.[sums]) });
        sums += 1;
      }
      return { pieces, shift: 0, bytes: pieces.reduce((sum, piece) => sum + piece.length, 0) };
    }
    default:
      throw new DomainError('unsupported', 'the frames of a deflated object are no range of it');
  }
}

/**
 * The exact bytes of a frame (from 0), as the codec or a viewer wants them: fragments joined, item headers left out, one-bit frames
 * beginning at bit 0 of byte 0 with unused last bits zero.
 * @throws not-found, too-large, invalid when the object ends before the frame.
 */
export async function readFrame(source: RandomAccess, index: FrameIndex, frame: number): Promise<Uint8Array> {
  if (index.kind === 'deflated') {
    const inflated: RandomAccess = {
      bytes: Number.POSITIVE_INFINITY,
      read: (offset, length) => readInflated(source, index.dataSetOffset, offset, length),
    };
    return readFrame(inflated, index.within, frame);
  }
  const range = frameRange(index, frame);
  if (range.bytes > FRAME_BYTES_MAX) throw new DomainError('too-large', 'the frame is too large');
  const parts: Uint8Array[] = [];
  for (const piece of range.pieces) {
    const bytes = await source.read(piece.offset, piece.length, piece.crc32);
    if (bytes.length !== piece.length) throw new DomainError('invalid', 'the object ends before the frame');
    parts.push(bytes);
  }
  const joined = parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
  return index.kind === 'native' && index.frameBits % 8 !== 0 ? shifted(joined, range.shift, index.frameBits) : joined;
}

function checksumOf(sum: number | undefined): { crc32?: number } {
  return sum === undefined ? {} : { crc32: sum };
}

function piecesBefore(frames: readonly (readonly number[])[], frame: number): number {
  let pieces = 0;
  for (let n = 0; n < frame; n += 1) pieces += (frames[n] as readonly number[]).length / 2;
  return pieces;
}

/** The index with the checksum of every piece, read once. What is deflated, cut short or past the bounds stays without. */
export async function withChecksums(source: RandomAccess, index: FrameIndex): Promise<FrameIndex> {
  if (index.kind !== 'native' && index.kind !== 'encapsulated') return index;
  const checksums: number[] = [];
  let bytes = 0;
  for (let frame = 0; frame < frameCount(index); frame += 1) {
    for (const { offset, length } of frameRange(index, frame).pieces) {
      bytes += length;
      if (checksums.length >= CHECKSUMS_MAX || bytes > CHECKSUM_BYTES_MAX) return index;
      if (offset + length > source.bytes) return index;
      checksums.push(await (source.checksum?.(offset, length) ?? checksumOfRead(source, offset, length)));
    }
  }
  return checksums.length === 0 ? index : { ...index, checksums };
}

/** @throws invalid when the source ends before. */
async function checksumOfRead(source: RandomAccess, offset: number, length: number): Promise<number> {
  let sum = 0;
  for (let at = 0; at < length; at += CHECKSUM_READ_BYTES) {
    const wanted = Math.min(CHECKSUM_READ_BYTES, length - at);
    const piece = await source.read(offset + at, wanted);
    if (piece.length !== wanted) throw new DomainError('invalid', 'the object ends before the frame');
    sum = crc32(piece, sum);
  }
  return sum;
}

/** One-bit pixels are packed from the least significant bit up, PS3.5 8.1.1. */
function shifted(bytes: Uint8Array, shift: number, bits: number): Uint8Array {
  const out = new Uint8Array(Math.ceil(bits / 8));
  for (let at = 0; at < out.length; at += 1) {
    out[at] = ((bytes[at] as number) >> shift) | ((bytes[at + 1] ?? 0) << (8 - shift));
  }
  const used = bits % 8;
  if (used !== 0) out[out.length - 1] = (out[out.length - 1] as number) & ((1 << used) - 1);
  return out;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
