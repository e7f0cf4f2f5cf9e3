import type { DicomJson, DicomJsonElement, DicomJsonValue, PersonNameJson } from '../../domain/imaging/dataset.ts';
import { ITEM } from '../dictionary/tags.ts';
import { ElementSink } from '../transcode/element-sink.ts';
import { type DirectoryCharset, directoryName, directoryText, encodeText } from './directory-text.ts';

/** Items within items that are copied into a record. */
const DEPTH_MAX = 4;
/** Values and items of one element that are copied into a record. */
const VALUES_MAX = 16;

/** Specific Character Set of the record, which its items share. */
export const CHARSET_TAG = '00080005';

const NUMBERS: Readonly<Record<string, { readonly bytes: number; readonly write: (into: Buffer, value: number, at: number) => void }>> = {
  US: { bytes: 2, write: (into, value, at) => void into.writeUInt16LE(value & 0xffff, at) },
  UL: { bytes: 4, write: (into, value, at) => void into.writeUInt32LE(value >>> 0, at) },
};
const TEXTS = new Set(['AE', 'AS', 'CS', 'DA', 'DS', 'DT', 'IS', 'LO', 'SH', 'ST', 'TM', 'UI', 'UT', 'UC']);

/** What of a header is copied: what is text, a name, a whole number or a sequence of them. */
function values({ vr, Value = [] }: DicomJsonElement): readonly DicomJsonValue[] {
  const known = vr === 'PN' || vr === 'SQ' || TEXTS.has(vr) || NUMBERS[vr] !== undefined;
  return known ? Value.filter((value) => value !== null && value !== '').slice(0, VALUES_MAX) : [];
}

/** Whether a record that has this element says something by it. */
export function hasValue(element: DicomJsonElement | undefined): element is DicomJsonElement {
  return element !== undefined && values(element).length > 0;
}

/** All its texts, for the choice of a character set. */
export function* textsOf(dataset: DicomJson, depth = 0): Generator<string> {
  for (const element of Object.values(dataset)) {
    for (const value of values(element)) {
      if (element.vr === 'PN') yield directoryName(value as PersonNameJson);
      else if (element.vr === 'SQ') yield* depth < DEPTH_MAX ? textsOf(value as DicomJson, depth + 1) : [];
      else if (typeof value === 'string') yield value;
    }
  }
}

/** A data set in Explicit VR Little Endian, its tags in their order. */
export function dataSetBytes(dataset: DicomJson, charset: DirectoryCharset, depth = 0): Uint8Array {
  const sink = new ElementSink();
  for (const tag of Object.keys(dataset).sort()) {
    const element = dataset[tag] as DicomJsonElement;
    const bytes = tag === CHARSET_TAG ? padded(Buffer.from(charset), 'CS') : bytesOf(element, charset, depth);
    sink.header(Number.parseInt(tag, 16), element.vr, bytes.length);
    sink.write(bytes);
  }
  return sink.take();
}

function bytesOf(element: DicomJsonElement, charset: DirectoryCharset, depth: number): Uint8Array {
  return element.vr === 'SQ' ? itemsBytes(element, charset, depth) : valueBytes(element, charset);
}

function itemsBytes(element: DicomJsonElement, charset: DirectoryCharset, depth: number): Uint8Array {
  const sink = new ElementSink();
  for (const item of depth < DEPTH_MAX ? values(element) : []) {
    const known = Object.fromEntries(Object.entries(item as DicomJson).filter(([tag, one]) => tag !== CHARSET_TAG && hasValue(one)));
    const bytes = dataSetBytes(known, charset, depth + 1);
    sink.header(ITEM, undefined, bytes.length);
    sink.write(bytes);
  }
  return sink.take();
}

function valueBytes(element: DicomJsonElement, charset: DirectoryCharset): Uint8Array {
  const { vr } = element;
  const number = NUMBERS[vr];
  const all = values(element);
  if (number !== undefined) {
    const bytes = Buffer.alloc(all.length * number.bytes);
    for (const [at, value] of all.entries()) number.write(bytes, Number(value), at * number.bytes);
    return bytes;
  }
  const text = all.map((value) => (vr === 'PN' ? directoryName(value as PersonNameJson) : directoryText(String(value), vr))).join('\\');
  return padded(encodeText(text, charset), vr);
}

function padded(bytes: Buffer, vr: string): Buffer {
  return bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.from(vr === 'UI' ? '\0' : ' ')]);
}
