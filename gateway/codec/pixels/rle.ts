import { DomainError } from '../../domain/errors.ts';
import { type DecodedFrame, type FrameToDecode, frameFromSamples, nativeFrameBytes } from './frame.ts';
import { nativeFrame } from './native.ts';

const HEADER_BYTES = 64;
const SEGMENTS_MAX = 15;

/**
 * RLE Lossless, PS3.5 Annex G: a header of up to 15 segment offsets, one segment a byte plane, most significant byte first within
 * each sample. The result is interleaved.
 * @throws invalid when a segment is missing, outside the frame, or ends before its plane is full.
 */
export function decodeRle({ bytes, transferSyntaxUID, pixel }: FrameToDecode): DecodedFrame {
  if (bytes.length < HEADER_BYTES) throw new DomainError('invalid', 'RLE header is incomplete');
  const header = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  const bits = pixel.bitsAllocated === 1 && pixel.samplesPerPixel === 1;
  const sampleBytes = bits ? 1 : pixel.bitsAllocated / 8;
  if (!Number.isInteger(sampleBytes) || sampleBytes > 4) throw new DomainError('unsupported', 'RLE of this sample width');
  const expected = pixel.samplesPerPixel * sampleBytes;
  const segments = header.getUint32(0, true);
  if (segments !== expected || segments > SEGMENTS_MAX) throw new DomainError('invalid', 'RLE segment count differs from the description');

  // Bits stay packed: the one segment holds the bytes of the native frame.
  const pixels = bits ? nativeFrameBytes(pixel) : pixel.rows * pixel.columns;
  const planes = new Uint8Array(pixels * expected);
  for (let segment = 0; segment < segments; segment++) {
    const start = header.getUint32(4 + segment * 4, true);
    const end = segment + 1 < segments ? header.getUint32(8 + segment * 4, true) : bytes.length;
    if (start < HEADER_BYTES || start > end || end > bytes.length) throw new DomainError('invalid', 'RLE segment lies outside the frame');
    const sample = Math.floor(segment / sampleBytes);
    const byteOfSample = sampleBytes - 1 - (segment % sampleBytes);
    unpackBits(bytes.subarray(start, end), planes, sample * sampleBytes + byteOfSample, expected, pixels);
  }
  if (bits) return nativeFrame({ transferSyntaxUID, pixel, bytes: planes });
  const data =
    sampleBytes === 1
      ? planes
      : sampleBytes === 2
        ? new Uint16Array(planes.buffer)
        : sampleBytes === 4
          ? new Int32Array(planes.buffer)
          : undefined;
  if (data === undefined) throw new DomainError('unsupported', 'RLE of this sample width');
  return frameFromSamples(
    { width: pixel.columns, height: pixel.rows, components: pixel.samplesPerPixel, precision: pixel.bitsAllocated, data },
    pixel,
    pixel.photometricInterpretation,
  );
}

/** PS3.5 G.3.2. Writes `count` bytes to `target`, from `first` on, `stride` apart. */
function unpackBits(segment: Uint8Array, target: Uint8Array, first: number, stride: number, count: number): void {
  let read = 0;
  let to = first;
  let left = count;
  while (left > 0) {
    if (read >= segment.length) throw new DomainError('invalid', 'RLE segment ends early');
    const control = segment[read++] as number;
    if (control < 128) {
      const length = Math.min(control + 1, left);
      if (read + length > segment.length) throw new DomainError('invalid', 'RLE segment ends early');
      for (let i = 0; i < length; i++, to += stride) target[to] = segment[read + i] as number;
      read += control + 1;
      left -= length;
    } else if (control > 128) {
      if (read >= segment.length) throw new DomainError('invalid', 'RLE segment ends early');
      const value = segment[read++] as number;
      const length = Math.min(257 - control, left);
      for (let i = 0; i < length; i++, to += stride) target[to] = value;
      left -= length;
    }
  }
}
