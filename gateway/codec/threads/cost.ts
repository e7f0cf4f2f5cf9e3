import type { PixelDescription } from '../../domain/imaging/dataset.ts';
import type { RenderFormat } from '../../domain/imaging/rendering.ts';
import { nativeFrameBytes } from '../pixels/frame.ts';
import type { Drawing } from '../pixels/scale.ts';
import { outputBytesMax } from '../render/picture.ts';

/** What a task takes beside its pixels: tables, a decoder's own state. */
const TASK_BYTES = 2 * 1024 * 1024;

/** How a transfer syntax' decoder uses memory: bytes a sample of its own, and copies of the decoded and of the stored frame. */
interface Usage {
  readonly perSample: number;
  readonly decoded: number;
  readonly stored: number;
}

const NATIVE: Usage = { perSample: 0, decoded: 0, stored: 1 };
/** Coefficients of 16 bits; samples of one component, of all, and in the data set's width. */
const JPEG: Usage = { perSample: 2, decoded: 3, stored: 1 };
/** 32-bit samples within the codec, its output, the copy out of it, the data set's width; the stream in both memories. */
const WAVELET: Usage = { perSample: 4, decoded: 3, stored: 2 };
const JPEG_LS: Usage = { perSample: 0, decoded: 3, stored: 2 };
const JPEG_XL: Usage = { perSample: 8, decoded: 3, stored: 2 };
const IN_PLACE: Usage = { perSample: 0, decoded: 1, stored: 1 };

const USAGE: readonly (readonly [RegExp, Usage])[] = [
  [/^1\.2\.840\.10008\.1\.2(\.1(\.98|\.99)?)?$/, NATIVE],
  [/^1\.2\.840\.10008\.1\.2\.(2|5|8\.1)$/, IN_PLACE],
  [/^1\.2\.840\.10008\.1\.2\.4\.(50|51|53|55|57|70)$/, JPEG],
  [/^1\.2\.840\.10008\.1\.2\.4\.(80|81)$/, JPEG_LS],
  [/^1\.2\.840\.10008\.1\.2\.4\.(110|111|112)$/, JPEG_XL],
];

/** Bytes that decoding a frame holds at its worst, the stored and the decoded frame included. */
export function decodingBytes(pixel: PixelDescription, transferSyntaxUID: string, storedBytes: number): number {
  const usage = USAGE.find(([syntax]) => syntax.test(transferSyntaxUID))?.[1] ?? WAVELET;
  const samples = pixel.rows * pixel.columns * pixel.samplesPerPixel;
  return Math.ceil(usage.perSample * samples + usage.decoded * decodedBytes(pixel) + usage.stored * storedBytes) + TASK_BYTES;
}

/** Bytes of the decoded frame: one bit is given as a byte where it was compressed, chroma in full. */
export function decodedBytes(pixel: PixelDescription): number {
  return Math.max(nativeFrameBytes(pixel), (pixel.rows * pixel.columns * pixel.samplesPerPixel * Math.max(8, pixel.bitsAllocated)) / 8);
}

/** Bytes that rendering a frame holds at its worst. */
export function renderingBytes(
  pixel: PixelDescription,
  transferSyntaxUID: string,
  storedBytes: number,
  drawing: Drawing,
  format: RenderFormat,
): number {
  const colour = pixel.samplesPerPixel > 1 || pixel.photometricInterpretation === 'PALETTE COLOR';
  const channels = colour ? 3 : 1;
  const picture = pixel.rows * pixel.columns * channels;
  // Stored values as numbers of their own, where they cannot be read in place; a colour frame is read in place.
  const values = pixel.samplesPerPixel > 1 ? 0 : pixel.rows * pixel.columns * Math.max(1, pixel.bitsAllocated / 8);
  const decoding = decodingBytes(pixel, transferSyntaxUID, storedBytes);
  // The decoder has let go of its own by the time the picture is drawn; the encoded image is gathered, then joined.
  const drawn = storedBytes + decodedBytes(pixel) + values + picture + 2 * outputBytesMax(drawing, channels, format);
  return Math.ceil(Math.max(decoding + picture, drawn + TASK_BYTES));
}
