/**
 * Whose image a file is, from its first bytes: everything up to Series Instance UID (0020,000E), which comes before the pixels. A header
 * is read in growing pieces, so that of most files only the first is read from the disc.
 */
import * as dicomParser from 'dicom-parser';
import { inflatedHead } from '../files/inflated-head.ts';
import { isPart10 } from '../files/looks-like.ts';
import { headerText } from './header-text.ts';

/** What a person recognises an image by. Text is decoded; dates and UIDs are as they stand, empty when absent. */
export interface ImageHeader {
  readonly patientName: { readonly Alphabetic: string; readonly Ideographic: string; readonly Phonetic: string };
  readonly patientID: string;
  readonly issuerOfPatientID: string;
  readonly patientBirthDate: string;
  readonly patientSex: string;
  readonly studyInstanceUID: string;
  readonly studyDate: string;
  readonly studyDescription: string;
  readonly modality: string;
  readonly sopInstanceUID: string;
}

/** Most headers end within the first step; large private groups and icons of the group 0009 … 0019 need more. */
const STEPS_BYTES = [16 * 2 ** 10, 128 * 2 ** 10, 2 ** 20, 8 * 2 ** 20] as const;
export const FIRST_BYTES = STEPS_BYTES[0];
export const HEADER_BYTES_MAX = STEPS_BYTES[3];

const IMPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2';
const EXPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2.1';
const DEFLATED_LITTLE_ENDIAN = '1.2.840.10008.1.2.1.99';
const EXPLICIT_BIG_ENDIAN = '1.2.840.10008.1.2.2';
const MEDIA_STORAGE_DIRECTORY = '1.2.840.10008.1.3.10';
/** Series Instance UID: nothing behind it is asked for. */
const LAST_TAG = 'x0020000e';

/**
 * `head(bytes)` gives at most so many first bytes of the file. `dicomdir`: a disc's table of contents (PS3.10 8.6). Undefined: no study
 * can be read here, which does not mean that the gateway cannot.
 */
export async function readHeader(head: (bytes: number) => Promise<Uint8Array>): Promise<ImageHeader | 'dicomdir' | undefined> {
  let read: Header = NOTHING;
  for (const bytes of STEPS_BYTES) {
    const begun = await head(bytes);
    read = await parse(begun);
    if (read.complete || begun.length < bytes) break;
  }
  if (read.value('x00020002') === MEDIA_STORAGE_DIRECTORY) return 'dicomdir';
  return read.value('x0020000d') === '' ? undefined : imageHeader(read);
}

interface Header {
  /** Read up to the last tag that is asked for. */
  readonly complete: boolean;
  /** The first value, as it stands; empty when absent. */
  value(tag: string): string;
  bytes(tag: string): Uint8Array;
}
const NO_BYTES = new Uint8Array(0);
const NOTHING: Header = { complete: false, value: () => '', bytes: () => NO_BYTES };

function imageHeader(header: Header): ImageHeader {
  const declared = latin1(header.bytes('x00080005'));
  const text = (tag: string) => headerText(header.bytes(tag), declared, 'LO').split('\\')[0]?.trim() ?? '';
  const [alphabetic = '', ideographic = '', phonetic = ''] = headerText(header.bytes('x00100010'), declared, 'PN').split('=');
  return {
    patientName: { Alphabetic: alphabetic.trim(), Ideographic: ideographic.trim(), Phonetic: phonetic.trim() },
    patientID: text('x00100020'),
    issuerOfPatientID: text('x00100021'),
    patientBirthDate: header.value('x00100030').replaceAll('.', ''),
    patientSex: header.value('x00100040'),
    studyInstanceUID: header.value('x0020000d'),
    studyDate: header.value('x00080020').replaceAll('.', ''),
    studyDescription: text('x00081030'),
    modality: header.value('x00080060'),
    sopInstanceUID: header.value('x00080018'),
  };
}

async function parse(begun: Uint8Array): Promise<Header> {
  const file = withPreamble(begun);
  if (!isPart10(file)) return elements(file, bareSyntax(file), 0, {});
  let meta: dicomParser.DataSet;
  try {
    meta = dicomParser.readPart10Header(file);
  } catch {
    return NOTHING;
  }
  const position = (meta as unknown as { position: number }).position;
  const syntax = firstValue(file, meta.elements['x00020010']) || EXPLICIT_LITTLE_ENDIAN;
  const own = Object.fromEntries(Object.entries(meta.elements).map(([tag, element]) => [tag, valueBytes(file, element)]));
  if (syntax !== DEFLATED_LITTLE_ENDIAN) return elements(file, syntax, position, own);
  // PS3.5 A.5.
  const packed = new Blob([file.subarray(position) as Uint8Array<ArrayBuffer>]);
  return elements(await inflatedHead(packed, HEADER_BYTES_MAX), EXPLICIT_LITTLE_ENDIAN, 0, own);
}

/** Elements one after another, PS3.5 7.1, until the last one asked for, or until the bytes end within one. */
function elements(bytes: Uint8Array, syntax: string, position: number, own: Readonly<Record<string, Uint8Array>>): Header {
  const found: Record<string, Uint8Array> = { ...own };
  const parser = syntax === EXPLICIT_BIG_ENDIAN ? dicomParser.bigEndianByteArrayParser : dicomParser.littleEndianByteArrayParser;
  let complete = false;
  try {
    const stream = new dicomParser.ByteStream(parser, bytes, position);
    while (!complete && stream.position < bytes.length) {
      const at = stream.position;
      complete = dicomParser.readTag(stream) > LAST_TAG;
      stream.position = at;
      if (complete) break;
      const element =
        syntax === IMPLICIT_LITTLE_ENDIAN ? dicomParser.readDicomElementImplicit(stream) : dicomParser.readDicomElementExplicit(stream);
      found[element.tag] = valueBytes(bytes, element);
      complete = element.tag === LAST_TAG;
    }
  } catch {
    // The bytes end within an element, or are none: more are asked for as long as there are more.
  }
  const bytesOf = (tag: string) => found[tag] ?? NO_BYTES;
  return { complete, bytes: bytesOf, value: (tag) => plain(bytesOf(tag)) };
}

function valueBytes(bytes: Uint8Array, { dataOffset, length }: dicomParser.Element): Uint8Array {
  return bytes.subarray(dataOffset, dataOffset + length);
}

function firstValue(bytes: Uint8Array, element: dicomParser.Element | undefined): string {
  return element === undefined ? '' : plain(valueBytes(bytes, element));
}

/** Of a short value; more is none that is compared or shown. */
const PLAIN_BYTES_MAX = 64;
const latin1 = (bytes: Uint8Array) => new TextDecoder('iso-8859-1').decode(bytes);
function plain(bytes: Uint8Array): string {
  const [first = ''] = latin1(bytes.subarray(0, PLAIN_BYTES_MAX)).split(/[\\\0]/);
  return first.trim();
}

/** Some old files begin with their File Meta Information, without the preamble (PS3.10 7.1). */
function withPreamble(begun: Uint8Array): Uint8Array {
  if (isPart10(begun) || begun[0] !== 2 || begun[1] !== 0) return begun;
  const whole = new Uint8Array(132 + begun.length);
  whole.set([0x44, 0x49, 0x43, 0x4d], 128);
  whole.set(begun, 132);
  return whole;
}

/** How a data set without File Meta Information is written: its first element tells. */
function bareSyntax(bytes: Uint8Array): string {
  if (bytes[0] === 0) return EXPLICIT_BIG_ENDIAN;
  return /^[A-Z]{2}$/.test(latin1(bytes.subarray(4, 6))) ? EXPLICIT_LITTLE_ENDIAN : IMPLICIT_LITTLE_ENDIAN;
}
