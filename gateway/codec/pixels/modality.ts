import type { DecodedFrame } from './frame.ts';
import { type LookupTable, lookUp } from './lookup-table.ts';
import { storedBounds, withPadding } from './padding.ts';
import type { GreyPresentation } from './presentation.ts';
import { type StoredBits, type StoredValues, storedBitsOf, storedValues } from './stored.ts';

/** Stored value → modality value (Hounsfield units, counts …), PS3.3 C.11.1. */
export type Modality =
  | { readonly kind: 'linear'; readonly slope: number; readonly intercept: number }
  | { readonly kind: 'lut'; readonly lut: LookupTable };

type Linear = Modality & { kind: 'linear' };

/** From the least to the greatest, both included. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** The modality values of one frame, row by row; plain data. */
export interface ModalityValues {
  readonly width: number;
  readonly height: number;
  /** May share memory with the frame it was made of when the transformation changes nothing. */
  readonly values: StoredValues;
  /** Values that are no picture, in modality values; undefined when no pixel of the frame is padding. NaN is none either, and is in no range. */
  readonly padding: Range | undefined;
  /** Least and greatest of what is picture; undefined when nothing is. */
  readonly range: Range | undefined;
}

export function modalityFunction(modality: Modality): (stored: number) => number {
  if (modality.kind === 'lut') return (stored) => lookUp(modality.lut, stored);
  const { slope, intercept } = modality;
  return (stored) => stored * slope + intercept;
}

/**
 * The array holds the values exactly, and is chosen by rule, so that the frames of a series come in one type unless their contents forbid it:
 * - Whole slope and intercept, or a LUT: integers. Signed when the description allows a negative value, otherwise unsigned; of the least width
 *   from that of the stored samples up (16 bits where signed) that holds what the frame contains.
 * - Otherwise Float32, as long as its step is below 1/256 of the slope there, so that no two stored values meet; past that Float64.
 * - Float pixels keep their width; a Float32 whose rescaling is not exact enough becomes Float64 by the same rule.
 * Padding stays what it was under a linear transformation; under a LUT, which could make it equal to picture, it becomes one less than the least entry.
 * @throws unsupported
 */
export function modalityValues(frame: DecodedFrame, { modality, padding }: GreyPresentation): ModalityValues {
  const size = { width: frame.columns, height: frame.rows };
  const atOnce = rescaledInOnePass(frame, modality, padding);
  if (atOnce !== undefined) return { ...size, ...atOnce };
  const stored = withPadding(frame, padding);
  if (modality.kind === 'lut') return { ...size, ...throughLut(stored, modality.lut, padding, scan(stored, padding).padded) };
  if (modality.slope === 1 && modality.intercept === 0) {
    const { range, padded } = scan(stored, padding);
    return { ...size, values: stored, padding: padded ? padding : undefined, range };
  }
  return { ...size, ...rescaled(stored, frame, modality, padding) };
}

type Rescaled = Pick<ModalityValues, 'values' | 'padding' | 'range'>;

function rescaled(stored: StoredValues, frame: DecodedFrame, modality: Linear, padding: Range | undefined): Rescaled {
  const { slope, intercept } = modality;
  const { range, padded } = scan(stored, padding);
  const values = new (arrayFor(stored, frame, modality, range, padded ? padding : undefined))(stored.length);
  for (let i = 0; i < values.length; i++) values[i] = (stored[i] as number) * slope + intercept;
  const transform = modalityFunction(modality);
  const through = (of: Range | undefined): Range | undefined => {
    if (of === undefined) return undefined;
    const ends =
      values instanceof Float32Array ? [transform(of.low), transform(of.high)].map(Math.fround) : [transform(of.low), transform(of.high)];
    return { low: Math.min(...ends), high: Math.max(...ends) };
  };
  return { values, padding: padded ? through(padding) : undefined, range: through(range) };
}

/** Up to here 65535 × slope + intercept is a number of 32 bits. */
const WHOLE_SLOPE_MAX = 0x3fff;
const WHOLE_INTERCEPT_MAX = 0x3fffffff;

/**
 * CT and most others, 16 bits and whole numbers: stored bits, range and modality values in one pass and without an array between.
 * Undefined for others, and when the rule for the array, which needs the range first, asks for another one than was begun with.
 */
function rescaledInOnePass(frame: DecodedFrame, modality: Modality, padding: Range | undefined): Rescaled | undefined {
  if (modality.kind === 'lut' || frame.floatingPoint === true || frame.bitsAllocated !== 16) return undefined;
  const { slope, intercept } = modality;
  if (!isWholeWithin(slope, WHOLE_SLOPE_MAX) || !isWholeWithin(intercept, WHOLE_INTERCEPT_MAX) || (slope === 1 && intercept === 0))
    return undefined;
  const [least, most] = storedBounds(frame);
  // Padding of the whole cell is `withPadding`'s.
  if (padding !== undefined && (padding.low < least || padding.high > most)) return undefined;
  const cells = storedValues({ ...frame, bitsStored: 0 });
  if (!(cells instanceof Int16Array || cells instanceof Uint16Array)) return undefined;
  const values = Math.min(least * slope, most * slope) + intercept < 0 ? new Int16Array(cells.length) : new Uint16Array(cells.length);
  const { range, padded } = rescale(cells, storedBitsOf(frame), modality, padding ?? NO_PADDING, values);
  if (arrayFor(cells, frame, modality, range, padded ? padding : undefined) !== values.constructor) return undefined;
  const through = (of: Range | undefined): Range | undefined => {
    const ends = of && [of.low * slope + intercept, of.high * slope + intercept];
    return ends && { low: Math.min(...ends), high: Math.max(...ends) };
  };
  return { values, padding: padded ? through(padding) : undefined, range: through(range) };
}

function isWholeWithin(value: number, most: number): boolean {
  return Number.isInteger(value) && Math.abs(value) <= most;
}

/** Contains nothing. */
const NO_PADDING: Range = { low: 1, high: 0 };

interface Scanned {
  readonly range: Range | undefined;
  readonly padded: boolean;
}

/** Fills `values`; what does not fit wraps, and the range, which is of stored values, tells. */
function rescale(
  cells: Int16Array | Uint16Array,
  { below, mask, sign }: StoredBits,
  { slope, intercept }: Linear,
  { low: from, high: to }: Range,
  values: Int16Array | Uint16Array,
): Scanned {
  let low = 0x7fffffff;
  let high = -0x80000000;
  let padded = false;
  const count = cells.length;
  for (let i = 0; i < count; i++) {
    const value = ((((cells[i] as number) >> below) & mask) ^ sign) - sign;
    values[i] = Math.imul(value, slope) + intercept;
    if (value >= from && value <= to) padded = true;
    else {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return { range: low <= high ? { low, high } : undefined, padded };
}

/** Least and greatest of what is picture, and whether there is any padding. */
export function scan(stored: StoredValues, padding: Range | undefined): Scanned {
  if (!(stored instanceof Float32Array || stored instanceof Float64Array || stored instanceof Uint32Array)) {
    return scanWhole(stored, padding ?? NO_PADDING);
  }
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  let padded = false;
  const { low: from, high: to } = padding ?? { low: Number.NaN, high: Number.NaN };
  for (let i = 0; i < stored.length; i++) {
    const value = stored[i] as number;
    if (value >= from && value <= to) padded = true;
    else if (value < Number.POSITIVE_INFINITY && value > Number.NEGATIVE_INFINITY) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return { range: low <= high ? { low, high } : undefined, padded };
}

/** Whole numbers of 32 bits with a sign are compared as such: a fraction of the time. */
function scanWhole(stored: Uint8Array | Int16Array | Uint16Array | Int32Array, { low: from, high: to }: Range): Scanned {
  let low = 0x7fffffff;
  let high = -0x80000000;
  let padded = false;
  const count = stored.length;
  for (let i = 0; i < count; i++) {
    const value = stored[i] as number;
    if (value >= from && value <= to) padded = true;
    else {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return { range: low <= high ? { low, high } : undefined, padded };
}

function throughLut(
  stored: StoredValues,
  lut: LookupTable,
  padding: Range | undefined,
  padded: boolean,
): Pick<ModalityValues, 'values' | 'padding' | 'range'> {
  const { range: entries } = scan(lut.entries, undefined);
  const none = (entries?.low ?? 0) - 1;
  const top = entries?.high ?? 0;
  const values = new (padded && none < 0 ? (top > 0x7fff ? Int32Array : Int16Array) : Uint16Array)(stored.length);
  for (let i = 0; i < values.length; i++) {
    const value = stored[i] as number;
    values[i] = padding !== undefined && value >= padding.low && value <= padding.high ? none : lookUp(lut, value);
  }
  const nothing = padded ? { low: none, high: none } : undefined;
  return { values, padding: nothing, range: scan(values, nothing).range };
}

function arrayFor(
  stored: StoredValues,
  frame: DecodedFrame,
  { slope, intercept }: Linear,
  range: Range | undefined,
  padding: Range | undefined,
): new (
  count: number,
) => StoredValues {
  const ends = [range, padding].flatMap((of) => (of === undefined ? [] : [of.low * slope + intercept, of.high * slope + intercept]));
  const low = Math.min(0, ...ends);
  const high = Math.max(0, ...ends);
  if (frame.floatingPoint === true || !Number.isInteger(slope) || !Number.isInteger(intercept)) {
    if (stored instanceof Float64Array) return Float64Array;
    // Float pixels step by their own precision: rescaling loses at most as much again.
    const reach = Math.max(-low, high);
    if (stored instanceof Float32Array) return Math.abs(intercept) > reach * 256 ? Float64Array : Float32Array;
    return reach * 2 ** -23 <= Math.abs(slope) / 256 ? Float32Array : Float64Array;
  }
  const [least, most] = storedBounds(frame);
  const signed = Math.min(least * slope, most * slope) + intercept < 0 || low < 0;
  const width = stored.BYTES_PER_ELEMENT;
  if (signed) {
    if (width <= 2 && low >= -0x8000 && high <= 0x7fff) return Int16Array;
    return low >= -(2 ** 31) && high < 2 ** 31 ? Int32Array : Float64Array;
  }
  if (width === 1 && high <= 0xff) return Uint8Array;
  if (width <= 2 && high <= 0xffff) return Uint16Array;
  return high <= 0xffffffff ? Uint32Array : Float64Array;
}
