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
    const bits = new Uint8Array(count);
    for (let i = 0; i < count; i++) bits[i] = ((pixels[i >> 3] as number) >> (i & 7)) & 1;
    return bits;
  }
  const below = Math.max(0, highBit + 1 - bitsStored);
  const above = Math.max(0, bitsAllocated - 1 - highBit);
  const whole = (above === 0 && below === 0) || bitsStored === 0;
  switch (bitsAllocated) {
    case 8: {
      const samples = new Uint8Array(memory, start, count);
      if (signed) return cut(samples, new Int16Array(count), 24 + above, 24 + above + below, true);
      return whole ? samples : cut(samples, new Uint8Array(count), 24 + above, 24 + above + below, false);
    }
    case 16: {
      const samples = signed ? new Int16Array(memory, start, count) : new Uint16Array(memory, start, count);
      if (whole) return samples;
      return cut(samples, signed ? new Int16Array(count) : new Uint16Array(count), 16 + above, 16 + above + below, signed);
    }
    case 32: {
      const samples = signed ? new Int32Array(memory, start, count) : new Uint32Array(memory, start, count);
      return whole ? samples : cut(samples, signed ? new Int32Array(count) : new Uint32Array(count), above, above + below, signed);
    }
    default:
      throw new DomainError('unsupported', 'pixels of this width');
  }
}

/** Where the stored bits lie in a cell of 16: the stored value is (((cell >> below) & mask) ^ sign) − sign, as `storedValues` gives it. */
export interface StoredBits {
  readonly below: number;
  readonly mask: number;
  readonly sign: number;
}

export function storedBitsOf({ bitsStored, highBit, pixelRepresentation }: DecodedFrame): StoredBits {
  const below = bitsStored === 0 ? 0 : Math.max(0, highBit + 1 - bitsStored);
  const bits = bitsStored === 0 ? 16 : highBit + 1 - below;
  return { below, mask: (1 << bits) - 1, sign: pixelRepresentation === 1 ? 1 << (bits - 1) : 0 };
}

/** Shifts out what is above the stored bits, then what is below them, within 32 bits; the sign spreads from the highest. */
function cut<To extends Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array>(
  from: Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array,
  to: To,
  left: number,
  right: number,
  signed: boolean,
): To {
  if (signed) for (let i = 0; i < to.length; i++) to[i] = ((from[i] as number) << left) >> right;
  else for (let i = 0; i < to.length; i++) to[i] = ((from[i] as number) << left) >>> right;
  return to;
}
