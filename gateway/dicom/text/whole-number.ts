import type { DicomJson, DicomJsonElement } from '../../domain/imaging/dataset.ts';
import { NUMBER_CHARS_MAX } from '../../domain/imaging/header-values.ts';
import { dictionaryVR } from '../dictionary/dictionary.ts';
import { knownElement } from '../parse/unknown-vr.ts';

/**
 * Numbers of a header that size something: a loop, an allocation, a column of the index. The VR of PS3.6 bounds them, whatever VR the file
 * gives them: Rows is a US also where a file writes it as DS `1e308` (PS3.5 table 6.2-1).
 */

interface Bounds {
  readonly least: number;
  readonly most: number;
}

const INT_32: Bounds = { least: -(2 ** 31), most: 2 ** 31 - 1 };
/** Anything whole that a double holds. */
const SAFE: Bounds = { least: Number.MIN_SAFE_INTEGER, most: Number.MAX_SAFE_INTEGER };

const BOUNDS: Readonly<Record<string, Bounds>> = {
  US: { least: 0, most: 0xffff },
  SS: { least: -0x8000, most: 0x7fff },
  // US or SS by Pixel Representation.
  xs: { least: -0x8000, most: 0xffff },
  UL: { least: 0, most: 0xffffffff },
  SL: INT_32,
  IS: INT_32,
};

/** The whole number that `value` of the element is; undefined when it is absent, none, or more than the attribute's VR can hold. */
export function wholeNumberOf(tag: string, element: DicomJsonElement | undefined, index = 0): number | undefined {
  const value = element?.Value?.[index];
  const number = typeof value === 'string' && value.length <= NUMBER_CHARS_MAX && value.trim() !== '' ? Number(value) : value;
  const { least, most } = BOUNDS[dictionaryVR(Number.parseInt(tag, 16))] ?? SAFE;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= least && number <= most ? number : undefined;
}

/** Attributes whose number sizes something here or in a viewer; PS3.3 C.7.6.3, C.7.6.6, C.9.2, C.11.1 and C.11.2. */
const SIZING_TAGS = [
  '00200011', // Series Number
  '00200013', // Instance Number
  '00280002', // Samples per Pixel
  '00280006', // Planar Configuration
  '00280008', // Number of Frames
  '00280010', // Rows
  '00280011', // Columns
  '00280100', // Bits Allocated
  '00280101', // Bits Stored
  '00280102', // High Bit
  '00280103', // Pixel Representation
  '00281101', // Palette Color Lookup Table Descriptors
  '00281102',
  '00281103',
  '00420015', // Encapsulated Document Length
] as const;

/** Overlay rows, columns, frames, bits allocated and bit position, in each group 60xx. */
const OVERLAY_ELEMENTS: ReadonlySet<string> = new Set(['0010', '0011', '0015', '0100', '0102']);

/** What such an attribute can sensibly say; `frames` may be 0 in files that mean one. */
const MOST_SENSIBLE: Readonly<Record<string, Bounds>> = {
  '00280002': { least: 1, most: 4 },
  '00280006': { least: 0, most: 1 },
  '00280008': { least: 0, most: INT_32.most },
  '00280010': { least: 1, most: 0xffff },
  '00280011': { least: 1, most: 0xffff },
  '00280100': { least: 1, most: 64 },
  '00280101': { least: 1, most: 64 },
  '00280102': { least: 0, most: 63 },
  '00280103': { least: 0, most: 1 },
};

/** Warns of an attribute that sizes something and holds no number that can. Such an object is kept; what needs the number is not made of it. */
export function warnOfSizes(header: DicomJson, warn: (code: string) => void): void {
  const overlays = Object.keys(header).filter((tag) => tag.startsWith('60') && OVERLAY_ELEMENTS.has(tag.slice(4)));
  for (const tag of [...SIZING_TAGS, ...overlays]) {
    const element = knownElement(header, tag);
    if (element?.Value === undefined && element?.InlineBinary === undefined && element?.BulkDataURI === undefined) continue;
    const number = wholeNumberOf(tag, element);
    const { least, most } = MOST_SENSIBLE[tag] ?? SAFE;
    if (number === undefined || number < least || number > most) {
      warn('number-out-of-range');
      return;
    }
  }
}
