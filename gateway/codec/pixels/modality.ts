import type { DecodedFrame } from './frame.ts';
import { type LookupTable, lookUp } from './lookup-table.ts';
import { storedBounds, withPadding } from './padding.ts';
import type { GreyPresentation } from './presentation.ts';
import type { StoredValues } from './stored.ts';

/** Stored value → modality value (Hounsfield units, counts …), PS3.3 C.11.1. */
export type Modality =
  | { readonly kind: 'linear'; readonly slope: number; readonly intercept: number }
  | { readonly kind: 'lut'; readonly lut: LookupTable };

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
  const stored = withPadding(frame, padding);
  const size = { width: frame.columns, height: frame.rows };
  const { range, padded } = scan(stored, padding);
  if (modality.kind === 'lut') return { ...size, ...throughLut(stored, modality.lut, padding, padded) };
  const { slope, intercept } = modality;
  if (slope === 1 && intercept === 0) return { ...size, values: stored, padding: padded ? padding : undefined, range };

  const transform = modalityFunction(modality);
  const values = arrayFor(stored, frame, modality, range, padded ? padding : undefined);
  for (let i = 0; i < values.length; i++) values[i] = (stored[i] as number) * slope + intercept;
  const through = (of: Range | undefined): Range | undefined => {
    if (of === undefined) return undefined;
    const ends =
      values instanceof Float32Array ? [transform(of.low), transform(of.high)].map(Math.fround) : [transform(of.low), transform(of.high)];
    return { low: Math.min(...ends), high: Math.max(...ends) };
  };
  return { ...size, values, padding: padded ? through(padding) : undefined, range: through(range) };
}

/** Least and greatest of what is picture, and whether there is any padding. */
export function scan(stored: StoredValues, padding: Range | undefined): { readonly range: Range | undefined; readonly padded: boolean } {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  let padded = false;
  // With neither padding nor infinities the loop is two comparisons.
  if (padding === undefined && !(stored instanceof Float32Array || stored instanceof Float64Array)) {
    for (let i = 0; i < stored.length; i++) {
      const value = stored[i] as number;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    return { range: low <= high ? { low, high } : undefined, padded };
  }
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
  { slope, intercept }: Modality & { kind: 'linear' },
  range: Range | undefined,
  padding: Range | undefined,
): StoredValues {
  const ends = [range, padding].flatMap((of) => (of === undefined ? [] : [of.low * slope + intercept, of.high * slope + intercept]));
  const low = Math.min(0, ...ends);
  const high = Math.max(0, ...ends);
  const count = stored.length;
  if (frame.floatingPoint === true || !Number.isInteger(slope) || !Number.isInteger(intercept)) {
    if (stored instanceof Float64Array) return new Float64Array(count);
    // Float pixels step by their own precision: rescaling loses at most as much again.
    const reach = Math.max(-low, high);
    if (stored instanceof Float32Array) return Math.abs(intercept) > reach * 256 ? new Float64Array(count) : new Float32Array(count);
    return reach * 2 ** -23 <= Math.abs(slope) / 256 ? new Float32Array(count) : new Float64Array(count);
  }
  const [least, most] = storedBounds(frame);
  const signed = Math.min(least * slope, most * slope) + intercept < 0 || low < 0;
  const width = stored.BYTES_PER_ELEMENT;
  if (signed) {
    if (width <= 2 && low >= -0x8000 && high <= 0x7fff) return new Int16Array(count);
    return low >= -(2 ** 31) && high < 2 ** 31 ? new Int32Array(count) : new Float64Array(count);
  }
  if (width === 1 && high <= 0xff) return new Uint8Array(count);
  if (width <= 2 && high <= 0xffff) return new Uint16Array(count);
  return high <= 0xffffffff ? new Uint32Array(count) : new Float64Array(count);
}
