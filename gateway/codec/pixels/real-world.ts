import type { DicomJson } from '../../domain/imaging/dataset.ts';
import { itemOf, itemsOf, numberOf, numbersOf, textOf } from '../../domain/imaging/header-values.ts';
import type { Modality } from './modality.ts';
import { ucumText } from './units.ts';

/** Stored value → quantity with a unit, beside the modality values and for readouts only. PS3.3 C.7.6.16.2.11. Plain data. */
export interface RealWorldMap {
  /** LUT Label; '' when there is none. */
  readonly label: string;
  readonly explanation: string;
  /** The unit as it is written behind a number (`mm²/s`, `g/ml SUVbw`), '' for none, and its meaning in words. */
  readonly unit: string;
  readonly unitMeaning: string;
  /** Stored values that are mapped, both included. */
  readonly first: number;
  readonly last: number;
  readonly map:
    | { readonly kind: 'linear'; readonly slope: number; readonly intercept: number }
    /** Values of `first`, `first + 1`, … */
    | { readonly kind: 'lut'; readonly values: Float64Array };
}

/** Maps that are read of one image, and values of one map. */
export const REAL_WORLD_MAPS_MAX = 16;
const LUT_VALUES_MAX = 1 << 16;

/** Of each holder (the frame's functional group, the shared one, the top level) the first that has maps. */
export function realWorldMapsOf(holders: readonly (DicomJson | undefined)[]): readonly RealWorldMap[] {
  const items = holders.map((holder) => itemsOf(holder, '00409096')).find((found) => found.length > 0) ?? [];
  return items.slice(0, REAL_WORLD_MAPS_MAX).flatMap((item) => mapOf(item) ?? []);
}

function mapOf(item: DicomJson): RealWorldMap | undefined {
  // The double attributes are for float pixels and whatever 16 bits cannot hold.
  const first = numberOf(item, '00409216') ?? numberOf(item, '00409214');
  const last = numberOf(item, '00409211') ?? numberOf(item, '00409213');
  if (first === undefined || last === undefined || last < first) return undefined;
  const units = itemOf(item, '004008EA');
  const named = {
    label: textOf(item, '00409210') ?? '',
    explanation: textOf(item, '00283003') ?? '',
    unit: unitOf(units),
    unitMeaning: textOf(units, '00080104') ?? '',
    first,
    last,
  };
  const slope = numberOf(item, '00409225');
  const intercept = numberOf(item, '00409224');
  if (slope !== undefined && intercept !== undefined) return { ...named, map: { kind: 'linear', slope, intercept } };
  const values = numbersOf(item, '00409212').slice(0, LUT_VALUES_MAX);
  if (values.length === 0 || last - first + 1 > values.length) return undefined;
  return { ...named, map: { kind: 'lut', values: Float64Array.from(values, (value) => value ?? Number.NaN) } };
}

/** Measurement Units Code Sequence is of UCUM (CID 82); of another scheme the words are shown. */
function unitOf(units: DicomJson | undefined): string {
  const scheme = textOf(units, '00080102') ?? 'UCUM';
  if (scheme !== 'UCUM') return textOf(units, '00080104') ?? '';
  return ucumText(textOf(units, '00080100') ?? '');
}

/** The quantity of a stored value; undefined where the map says nothing. */
export function realWorldValue({ first, last, map }: RealWorldMap, stored: number): number | undefined {
  if (!(stored >= first && stored <= last)) return undefined;
  const value = map.kind === 'linear' ? stored * map.slope + map.intercept : map.values[Math.round(stored) - first];
  return value === undefined || Number.isNaN(value) ? undefined : value;
}

/** The stored value that a modality value came from; `whole`: pixels are whole numbers. Undefined where a LUT has it more than once, or at its end. */
export function storedValueOf(modality: Modality, value: number, whole: boolean): number | undefined {
  if (modality.kind === 'linear') {
    const stored = (value - modality.intercept) / modality.slope;
    return whole ? Math.round(stored) : stored;
  }
  const { first, entries } = modality.lut;
  const at = entries.indexOf(value);
  // Whatever lies outside takes the end's.
  if (at <= 0 || at === entries.length - 1 || entries.indexOf(value, at + 1) >= 0) return undefined;
  return first + at;
}

/** What a readout says of one pixel, from its modality value. */
export interface Readout {
  /** The file's own maps, each with its unit. */
  readonly quantities: readonly { readonly label: string; readonly value: number; readonly unit: string }[];
  /** Undefined: it says nothing more than the modality value, or cannot be told from it. */
  readonly stored: number | undefined;
}

export function readoutOf(
  { modality, realWorld, unit }: { readonly modality: Modality; readonly realWorld: readonly RealWorldMap[]; readonly unit: string },
  value: number,
  whole: boolean,
): Readout {
  const stored = storedValueOf(modality, value, whole);
  const quantities = realWorld.flatMap((map) => {
    const quantity = stored === undefined ? undefined : realWorldValue(map, stored);
    return quantity === undefined ? [] : [{ label: map.label, value: quantity, unit: map.unit }];
  });
  const same = modality.kind === 'linear' && modality.slope === 1 && modality.intercept === 0 && unit === '' && quantities.length === 0;
  return { quantities, stored: same ? undefined : stored };
}
