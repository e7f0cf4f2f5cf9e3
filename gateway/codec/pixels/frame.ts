import { DomainError } from '../../domain/errors.ts';
import type { PixelDescription } from '../../domain/imaging/dataset.ts';
import { type ChromaLayout, nativeBitsMax } from '../../domain/imaging/pixel-layout.ts';

export type { DicomJson, DicomJsonElement, PixelDescription } from '../../domain/imaging/dataset.ts';
export { pixelDescription } from '../../domain/imaging/pixel-description.ts';

/**
 * One frame in native form, little endian, as PS3.5 8.1 lays it out for Explicit VR Little Endian.
 *
 * The rule for what a decoded frame holds, whatever it was compressed with:
 * - The sample width is Bits Allocated of the data set (a narrower codestream is widened), so the bytes fit the metadata. One exception:
 *   a compressed frame with Bits Allocated 1 becomes one byte a sample, `bitsAllocated` 8.
 * - Samples are interleaved (Planar Configuration 0) unless the frame was native and by plane.
 * - Colour is not converted: JPEG components stay what the stream holds, as gdcm and dcmdjpeg +cn give them. Subsampled chroma is
 *   brought to full resolution, so a compressed YBR_FULL_422 becomes YBR_FULL; so does a native one whose length says that it is whole. `photometricInterpretation` says what the stream
 *   holds, also where the data set calls a JFIF stream RGB.
 * - Transforms that belong to the codec are undone: YBR_RCT, YBR_ICT (JPEG 2000) and XYB (JPEG XL) become RGB.
 */
export interface DecodedFrame extends Omit<PixelDescription, 'numberOfFrames'> {
  readonly bytes: Uint8Array;
  /** Native samples of reduced chroma; absent where each pixel has all its samples, whatever the photometric interpretation is called. */
  readonly chroma?: ChromaLayout;
}

/** What a decoder gets. */
export interface FrameToDecode {
  readonly bytes: Uint8Array;
  readonly transferSyntaxUID: string;
  readonly pixel: PixelDescription;
  /** VR of native Pixel Data: Explicit VR Big Endian swaps the words of OW even when samples are bytes (PS3.5 8.1.1, A.3). */
  readonly pixelDataVR?: string;
  /** Nobody else reads `bytes`: its memory may go to another thread, and is then gone here. */
  readonly mayBeGivenAway?: true;
}

/** Samples of one frame that may be held at once; 65535 × 4096 grey fits. Reaching it is `too-large`. */
export const FRAME_SAMPLES_MAX = 1 << 28;

/** Samples as a decoder delivers them: interleaved, `rows × columns × components` long. */
export interface Samples {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  /** Significant bits a sample. */
  readonly precision: number;
  readonly data: Uint8Array | Uint16Array | Int8Array | Int16Array | Int32Array;
}

/** @throws invalid, too-large */
export function checkDescription(pixel: PixelDescription): void {
  const { rows, columns, samplesPerPixel, bitsAllocated, bitsStored, highBit } = pixel;
  const whole = (value: number, low: number, high: number) => Number.isInteger(value) && value >= low && value <= high;
  if (!whole(rows, 1, 0xffffffff) || !whole(columns, 1, 0xffffffff)) throw new DomainError('invalid', 'image has no rows or columns');
  if (!whole(samplesPerPixel, 1, 4)) throw new DomainError('unsupported', 'samples per pixel is not 1 to 4');
  if (bitsAllocated !== 1 && !(whole(bitsAllocated, 8, 64) && bitsAllocated % 8 === 0)) {
    throw new DomainError('unsupported', 'bits allocated is neither 1 nor a multiple of 8');
  }
  if (!whole(bitsStored, 0, bitsAllocated) || !whole(highBit, 0, bitsAllocated - 1)) {
    throw new DomainError('invalid', 'bits stored or high bit exceed bits allocated');
  }
  if (rows * columns * samplesPerPixel > FRAME_SAMPLES_MAX) throw new DomainError('too-large', 'frame has too many samples');
}

/** Bytes of a native frame, at most. */
export function nativeFrameBytes(pixel: PixelDescription): number {
  return Math.ceil(nativeBitsMax(pixel) / 8);
}

/** What samples of whole chroma are called. */
export function withWholeChroma(photometricInterpretation: string): string {
  return photometricInterpretation === 'YBR_FULL_422' || photometricInterpretation === 'YBR_FULL_420'
    ? 'YBR_FULL'
    : photometricInterpretation;
}

/** Lays decoded samples out in the data set's sample width. @throws invalid when the codestream is of another image. */
export function frameFromSamples(samples: Samples, pixel: PixelDescription, photometricInterpretation: string): DecodedFrame {
  if (samples.width !== pixel.columns || samples.height !== pixel.rows || samples.components !== pixel.samplesPerPixel) {
    throw new DomainError('invalid', 'codestream size differs from rows, columns and samples per pixel');
  }
  const bitsAllocated = pixel.bitsAllocated === 1 ? 8 : pixel.bitsAllocated;
  if (samples.precision > bitsAllocated) throw new DomainError('invalid', 'codestream has more bits than bits allocated');
  return {
    bytes: widen(samples.data, bitsAllocated / 8),
    rows: pixel.rows,
    columns: pixel.columns,
    samplesPerPixel: pixel.samplesPerPixel,
    photometricInterpretation: withWholeChroma(photometricInterpretation),
    planarConfiguration: 0,
    bitsAllocated,
    bitsStored: pixel.bitsStored,
    highBit: pixel.highBit,
    pixelRepresentation: pixel.pixelRepresentation,
  };
}

/** Every machine Node runs on here is little endian, so the typed array's memory is the frame. */
function widen(data: Samples['data'], sampleBytes: number): Uint8Array {
  if (data.BYTES_PER_ELEMENT === sampleBytes) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const wide = sampleBytes === 1 ? new Uint8Array(data.length) : sampleBytes === 2 ? new Int16Array(data.length) : undefined;
  if (wide !== undefined) {
    wide.set(data);
    return new Uint8Array(wide.buffer);
  }
  if (sampleBytes !== 4) throw new DomainError('unsupported', 'compressed samples of this width');
  const words = new Int32Array(data.length);
  words.set(data);
  return new Uint8Array(words.buffer);
}
