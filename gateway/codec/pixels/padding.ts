import type { DicomJson, PixelDescription } from '../../domain/imaging/dataset.ts';
import { elementOf, numberOf } from '../../domain/imaging/header-values.ts';
import type { DecodedFrame } from './frame.ts';
import type { Range } from './modality.ts';
import { type StoredValues, storedValues } from './stored.ts';

/**
 * Pixel Padding Value and its Range Limit, PS3.3 C.7.5.1.1.2, as stored values, the lower first; undefined when there is none.
 *
 * Files write the value in other bits and another sign than their pixels. It is read as the first of these that is a stored value:
 * - in signed pixels, a number that only US can hold: as 16 bits with a sign;
 * - the number itself;
 * - the number as one of Bits Allocated, then of 16 bits, with the pixels' sign;
 * - in signed pixels, as one of Bits Stored.
 * When none of them is (padding coded in more bits than are stored), it is a value of the whole pixel cell, where `withPadding` finds it: cut to
 * the stored bits it would be the value of real picture. Value and limit are read alike.
 */
export function paddingOf(header: DicomJson, pixel: PixelDescription): Range | undefined {
  if (pixel.floatingPoint === true) return floatPaddingOf(header, pixel);
  const value = numberOf(header, '00280120');
  if (value === undefined) return undefined;
  const ends = [value, numberOf(header, '00280121') ?? value];
  const { bitsAllocated } = pixel;
  const signed = pixel.pixelRepresentation === 1;
  const [least, most] = storedBounds(pixel);
  // More bits than are stored are never cut off: 8000 (hexadecimal) would become 0.
  const narrow = signed && ends.every((end) => end >= 0 && end < 2 ** bitsOf(pixel));
  // The VR of signed pixels is SS: what it cannot hold was meant below zero.
  const unsigned = signed && ends.some((end) => end > 0x7fff) ? [16] : [];
  const readings = [...unsigned, undefined, bitsAllocated, 16, ...(narrow ? [bitsOf(pixel)] : [])];
  for (const bits of readings) {
    const read = ends.map((end) => (bits === undefined ? end : wrapped(end, bits, signed)));
    if (read.every((end) => end >= least && end <= most)) return ordered(read);
  }
  return ordered(ends.map((end) => wrapped(end, bitsAllocated, signed)));
}

/** Float and Double Float Pixel Padding Value, (0028,0122) and (0028,0123), with their range limits (0028,0124) and (0028,0125). */
function floatPaddingOf(header: DicomJson, { bitsAllocated }: PixelDescription): Range | undefined {
  const [valueTag, limitTag] = bitsAllocated === 64 ? ['00280123', '00280125'] : ['00280122', '00280124'];
  const precise = bitsAllocated === 64 ? (value: number) => value : Math.fround;
  const read = (tag: string): number | undefined => {
    const value = elementOf(header, tag)?.Value?.[0];
    // DICOM JSON has words for what JSON has no numbers for; NaN is background without being named.
    const number = typeof value === 'string' ? Number(value.replace(/^([+-]?)inf$/i, '$1Infinity')) : value;
    return typeof number !== 'number' || Number.isNaN(number) ? undefined : precise(number);
  };
  const value = read(valueTag as string);
  return value === undefined ? undefined : ordered([value, read(limitTag as string) ?? value]);
}

/** The stored values of a frame; pixels whose whole cell is padding keep the cell's value where stored bits could not hold it. */
export function withPadding(frame: DecodedFrame, padding: Range | undefined): StoredValues {
  const values = storedValues(frame);
  if (padding === undefined || frame.floatingPoint === true) return values;
  const [least, most] = storedBounds(frame);
  if ((padding.low >= least && padding.high <= most) || frame.bitsAllocated === 1) return values;
  const cells = storedValues({ ...frame, bitsStored: frame.bitsAllocated, highBit: frame.bitsAllocated - 1 });
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i] as number;
    if (cell >= padding.low && cell <= padding.high) values[i] = cell;
  }
  return values;
}

/** Least and greatest stored value that the description allows. */
export function storedBounds(
  pixel: Pick<PixelDescription, 'bitsStored' | 'bitsAllocated' | 'pixelRepresentation'>,
): readonly [number, number] {
  const bits = bitsOf(pixel);
  return pixel.pixelRepresentation === 1 ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
}

function bitsOf({ bitsStored, bitsAllocated }: Pick<PixelDescription, 'bitsStored' | 'bitsAllocated'>): number {
  return bitsStored === 0 ? bitsAllocated : bitsStored;
}

function wrapped(value: number, bits: number, signed: boolean): number {
  const span = 2 ** bits;
  const positive = ((value % span) + span) % span;
  return signed && positive >= span / 2 ? positive - span : positive;
}

function ordered(ends: readonly number[]): Range {
  return { low: Math.min(...ends), high: Math.max(...ends) };
}
