import { DomainError } from '../../domain/errors.ts';
import { nativeLayout } from '../../domain/imaging/pixel-layout.ts';
import { type DecodedFrame, type FrameToDecode, withWholeChroma } from './frame.ts';

/** A native frame as it is; bytes after the frame (padding to even length) are dropped. @throws invalid when it is short. */
export function nativeFrame({ bytes, pixel }: FrameToDecode, littleEndianBytes?: Uint8Array): DecodedFrame {
  const frame = littleEndianBytes ?? bytes;
  const { chroma, bits } = nativeLayout(pixel, frame.length, 1);
  const length = Math.ceil(bits / 8);
  if (frame.length < length) throw new DomainError('invalid', 'native frame is shorter than its description');
  const described = describe(pixel);
  return {
    ...described,
    ...(chroma === undefined ? { photometricInterpretation: withWholeChroma(described.photometricInterpretation) } : { chroma }),
    bytes: frame.length === length ? frame : frame.subarray(0, length),
  };
}

function describe(pixel: FrameToDecode['pixel']): Omit<DecodedFrame, 'bytes'> {
  const { rows, columns, samplesPerPixel, photometricInterpretation, planarConfiguration } = pixel;
  const { bitsAllocated, bitsStored, highBit, pixelRepresentation } = pixel;
  return {
    rows,
    columns,
    samplesPerPixel,
    photometricInterpretation,
    planarConfiguration,
    bitsAllocated,
    bitsStored,
    highBit,
    pixelRepresentation,
    ...(pixel.floatingPoint === true ? { floatingPoint: true } : {}),
  };
}

/** Explicit VR Big Endian to little endian: swaps by sample, or by 16-bit word where OW holds smaller samples. PS3.5 A.3, 8.1. */
export function bigEndianFrame(request: FrameToDecode): DecodedFrame {
  const { bitsAllocated } = request.pixel;
  const narrow = bitsAllocated <= 8;
  const unit = narrow ? (request.pixelDataVR === 'OW' ? 2 : 1) : bitsAllocated / 8;
  return nativeFrame(request, unit === 1 ? request.bytes : reverseWithin(request.bytes, unit));
}

function reverseWithin(bytes: Uint8Array, unit: number): Uint8Array {
  const swapped = new Uint8Array(bytes.length);
  const whole = bytes.length - (bytes.length % unit);
  for (let start = 0; start < whole; start += unit) {
    for (let i = 0; i < unit; i++) swapped[start + i] = bytes[start + unit - 1 - i] as number;
  }
  swapped.set(bytes.subarray(whole), whole);
  return swapped;
}
