/** The frame index as bytes: variable-length integers, offsets as distances, about three bytes a fragment; then four a checksum. */

import { DomainError } from '../../../gateway/domain/errors.ts';
import type { FrameIndex, NativePixelTag } from '../../../gateway/domain/imaging/dataset.ts';

const NONE = 0;
const NATIVE = 1;
const ENCAPSULATED = 2;
const DEFLATED = 3;
const TAGS: readonly NativePixelTag[] = ['7FE00010', '7FE00008', '7FE00009'];

/** @throws internal when it holds what is no whole number: the reader bounds them all. */
export function encodeFrameIndex(index: FrameIndex): Buffer {
  const out = new Bytes();
  write(out, index);
  const checksums = 'checksums' in index ? (index.checksums ?? []) : [];
  const sums = Buffer.alloc(checksums.length * 4);
  checksums.forEach((sum, n) => {
    sums.writeUInt32LE(sum, n * 4);
  });
  return Buffer.concat([out.taken(), sums]);
}

/** Grows by doubling: an index may have millions of numbers. */
class Bytes {
  #bytes = Buffer.allocUnsafe(256);
  #length = 0;

  push(...values: readonly number[]): void {
    for (const value of values) {
      if (this.#length === this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes], this.#bytes.length * 2);
      this.#bytes[this.#length++] = value;
    }
  }

  taken(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }
}

/** @throws internal when the bytes are not a frame index. */
export function decodeFrameIndex(bytes: Uint8Array): FrameIndex {
  const reader = { bytes, at: 0 };
  const index = read(reader);
  const rest = Buffer.from(bytes.buffer, bytes.byteOffset + reader.at, bytes.byteLength - reader.at);
  if (rest.length === 0 || index.kind === 'none' || index.kind === 'deflated') return index;
  if (rest.length % 4 !== 0) throw new DomainError('internal', 'unreadable frame index');
  return { ...index, checksums: Array.from({ length: rest.length / 4 }, (_, n) => rest.readUInt32LE(n * 4)) };
}

function write(out: Bytes, index: FrameIndex): void {
  switch (index.kind) {
    case 'none':
      out.push(NONE);
      return;
    case 'native':
      out.push(NATIVE, TAGS.indexOf(index.tag));
      for (const value of [index.frames, index.offset, index.frameBits]) writeInteger(out, value);
      return;
    case 'encapsulated': {
      out.push(ENCAPSULATED);
      writeInteger(out, index.frames.length);
      let end = 0;
      for (const frame of index.frames) {
        writeInteger(out, frame.length / 2);
        for (let n = 0; n < frame.length; n += 2) {
          const offset = frame[n] ?? 0;
          const length = frame[n + 1] ?? 0;
          writeSigned(out, offset - end);
          writeInteger(out, length);
          end = offset + length;
        }
      }
      return;
    }
    case 'deflated':
      out.push(DEFLATED);
      writeInteger(out, index.dataSetOffset);
      write(out, index.within);
      return;
  }
}

interface Reader {
  readonly bytes: Uint8Array;
  at: number;
}

function read(reader: Reader): FrameIndex {
  const kind = readByte(reader);
  if (kind === NONE) return { kind: 'none' };
  if (kind === NATIVE) {
    const tag = TAGS[readByte(reader)];
    if (tag === undefined) throw new DomainError('internal', 'unreadable frame index');
    return { kind: 'native', tag, frames: readInteger(reader), offset: readInteger(reader), frameBits: readInteger(reader) };
  }
  if (kind === ENCAPSULATED) {
    const count = readInteger(reader);
    if (count > reader.bytes.length - reader.at) throw new DomainError('internal', 'frame index ends early');
    const frames: number[][] = [];
    let end = 0;
    for (let frame = 0; frame < count; frame++) {
      const fragments = readInteger(reader);
      const flat: number[] = [];
      for (let n = 0; n < fragments; n++) {
        const offset = end + readSigned(reader);
        const length = readInteger(reader);
        flat.push(offset, length);
        end = offset + length;
      }
      frames.push(flat);
    }
    return { kind: 'encapsulated', frames };
  }
  if (kind === DEFLATED) return { kind: 'deflated', dataSetOffset: readInteger(reader), within: read(reader) };
  throw new DomainError('internal', 'unreadable frame index');
}

/** Little-endian base 128. By division: offsets pass 2^32. */
function writeInteger(out: Bytes, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) throw new DomainError('internal', 'a frame index holds whole numbers');
  let rest = value;
  while (rest >= 128) {
    out.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  out.push(rest);
}

function writeSigned(out: Bytes, value: number): void {
  writeInteger(out, value < 0 ? -value * 2 - 1 : value * 2);
}

function readInteger(reader: Reader): number {
  let value = 0;
  let scale = 1;
  for (;;) {
    const byte = readByte(reader);
    value += (byte % 128) * scale;
    if (byte < 128 && Number.isSafeInteger(value)) return value;
    if (scale >= 2 ** 49) throw new DomainError('internal', 'unreadable frame index');
    scale *= 128;
  }
}

function readSigned(reader: Reader): number {
  const value = readInteger(reader);
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

function readByte(reader: Reader): number {
  const byte = reader.bytes[reader.at++];
  if (byte === undefined) throw new DomainError('internal', 'frame index ends early');
  return byte;
}
