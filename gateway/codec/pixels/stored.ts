import { DomainError } from '../../domain/errors.ts';
import type { DecodedFrame } from './frame.ts';

export type StoredValues = Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | Float32Array | Float64Array;

/**
 * The first sample of each pixel as a number: bits above High Bit (overlays) and below the stored ones are not part of it. PS3.5 8.1.1.
 * May share memory with the frame; nobody writes to it.
 * @throws unsupported
 */
export function storedValues(frame: DecodedFrame): StoredValues {
  const { bitsAllocated, bitsStored, highBit, pixelRepresentation } = frame;
  const count = frame.rows * frame.columns;
  const { bytes: pixels } = frame;
  const need = Math.ceil((count * bitsAllocated) / 8);
  if (pixels.length < need) throw new DomainError('invalid', 'frame is shorter than its description');
  // Read in place where a number may begin there. A copy by the constructor: a subclass may give a view of the same memory when it is sliced.
  const inPlace = pixels.buffer instanceof ArrayBuffer && pixels.byteOffset % Math.max(1, bitsAllocated / 8) === 0;
  const { buffer: memory, byteOffset: start } = inPlace ? (pixels as Uint8Array<ArrayBuffer>) : new Uint8Array(pixels);
  if (frame.floatingPoint === true) {
    if (bitsAllocated === 32) return new Float32Array(memory, start, count);
    if (bitsAllocated === 64) return new Float64Array(memory, start, count);
    throw new DomainError('unsupported', 'floating point pixels of this width');
  }
  const signed = pixelRepresentation === 1;
  if (bitsAllocated === 1) {
    const bytes = pixels;
    return Uint8Array.from({ length: count }, (_, i) => ((bytes[i >> 3] as number) >> (i & 7)) & 1);
  }
  const below = Math.max(0, highBit + 1 - bitsStored);
  const above = Math.max(0, bitsAllocated - 1 - highBit);
  const whole = (above === 0 && below === 0) || bitsStored === 0;
  if (bitsAllocated === 8) {
    const bytes = new Uint8Array(memory, start, count);
    if (!signed) return whole ? bytes : bytes.map((value) => ((value << above) & 0xff) >> (above + below));
    return Int16Array.from(bytes, (value) => (value << (24 + above)) >> (24 + above + below));
  }
  if (bitsAllocated === 16) {
    if (signed) {
      const words = new Int16Array(memory, start, count);
      return whole ? words : words.map((value) => (value << (16 + above)) >> (16 + above + below));
    }
    const words = new Uint16Array(memory, start, count);
    return whole ? words : words.map((value) => ((value << above) & 0xffff) >>> (above + below));
  }
  if (bitsAllocated === 32) {
    if (signed) {
      const words = new Int32Array(memory, start, count);
      return whole ? words : words.map((value) => (value << above) >> (above + below));
    }
    const words = new Uint32Array(memory, start, count);
    return whole ? words : words.map((value) => (value << above) >>> (above + below));
  }
  throw new DomainError('unsupported', 'pixels of this width');
}
