import type { PixelDescription } from './dataset.ts';

/**
 * How native colour samples of reduced chroma lie in a frame.
 * - `422`: Y Y Cb Cr for each two pixels, from one row into the next where the columns are odd, which the standard does not allow and DCMTK reads so.
 *   PS3.3 C.7.6.3.1.2.
 * - `420`: Y Y Y Y Cb Cr for each two by two pixels, rows and columns made even; with Planar Configuration 1 all Y, then all Cb, then all Cr.
 *   The standard names YBR_PARTIAL_420 but gives no native order; by pixel this is that of a JPEG's or MPEG's unit, by plane that of raw video.
 */
export type ChromaLayout = '422' | '420';

export interface NativeLayout {
  /** Undefined: each pixel has all its samples. */
  readonly chroma: ChromaLayout | undefined;
  /** Bits of one frame. */
  readonly bits: number;
}

/**
 * The layout of native frames that are `bytes` together. Labels of reduced chroma stand also on frames of whole chroma: of what a
 * label may mean, the one that fills the length decides; when none does, the label.
 */
export function nativeLayout(pixel: PixelDescription, bytes: number | undefined, frames: number): NativeLayout {
  const layouts = layoutsOf(pixel);
  const fitting = layouts.find(({ bits }) => {
    const left = (bytes ?? Number.NaN) - Math.ceil((bits * frames) / 8);
    // Values are padded to an even length.
    return left === 0 || left === 1;
  });
  return fitting ?? (layouts[0] as NativeLayout);
}

/** Bits of the largest frame that the label may mean. */
export function nativeBitsMax(pixel: PixelDescription): number {
  return Math.max(...layoutsOf(pixel).map(({ bits }) => bits));
}

function layoutsOf({
  rows,
  columns,
  samplesPerPixel,
  bitsAllocated,
  photometricInterpretation,
}: PixelDescription): readonly NativeLayout[] {
  // Half a bit is possible: 4:2:0 at one bit a sample.
  const layout = (chroma: ChromaLayout | undefined, samples: number): NativeLayout => ({
    chroma,
    bits: Math.ceil(samples * bitsAllocated),
  });
  const whole = layout(undefined, rows * columns * samplesPerPixel);
  if (samplesPerPixel !== 3) return [whole];
  if (/^YBR_(FULL|PARTIAL)_422$/.test(photometricInterpretation)) {
    return [layout('422', rows * columns * 2), whole];
  }
  if (!/^YBR_(FULL|PARTIAL)_420$/.test(photometricInterpretation)) return [whole];
  const even = (rows + (rows % 2)) * (columns + (columns % 2));
  return [layout('420', even * 1.5), layout('422', rows * columns * 2), whole];
}
