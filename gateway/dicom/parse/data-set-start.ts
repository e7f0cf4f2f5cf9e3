import { isKnownVR } from '../dictionary/value-representations.ts';
import { behindLeadingBytes } from './leading-bytes.ts';
import type { Encoding } from './value-place.ts';

const EXPLICIT_LITTLE: Encoding = { explicitVR: true, bigEndian: false };

export interface DataSetStart {
  /** Index of its first element. */
  readonly at: number;
  /** The declared one itself, unless the first element contradicts it. */
  readonly encoding: Encoding;
  /** Of the first element; undefined: there is none. */
  readonly group: number | undefined;
}

/**
 * Where a data set begins and how it is encoded, by its first bytes.
 * @param at index where it is said to begin
 * @param behindMeta it stands behind File Meta Information, so that something else may stand before its first element
 */
export function dataSetStart(bytes: Buffer, at: number, declared: Encoding | undefined, behindMeta: boolean): DataSetStart {
  const start = behindMeta ? behindLeadingBytes(bytes, at) : at;
  if (start + 8 > bytes.length) return { at: start, encoding: declared ?? EXPLICIT_LITTLE, group: undefined };
  const explicitVR = isKnownVR(bytes[start + 4] as number, bytes[start + 5] as number);
  const little = bytes.readUInt16LE(start);
  const big = bytes.readUInt16BE(start);
  const bigEndian = little > 0xff && big <= 0xff;
  const isAsDeclared = declared?.explicitVR === explicitVR && declared.bigEndian === bigEndian;
  return { at: start, encoding: isAsDeclared ? declared : { explicitVR, bigEndian }, group: bigEndian ? big : little };
}
