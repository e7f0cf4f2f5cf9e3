import { DomainError } from '../../domain/errors.ts';
import type { SOPClassUID, SOPInstanceUID, TransferSyntaxUID } from '../../domain/identifiers.ts';
import type { DicomJson, FrameIndex } from '../../domain/imaging/dataset.ts';
import { numberOfFrames, pixelDescription } from '../../domain/imaging/pixel-description.ts';
import {
  EXPLICIT_VR_BIG_ENDIAN,
  EXPLICIT_VR_LITTLE_ENDIAN,
  IMPLICIT_VR_LITTLE_ENDIAN,
  knownTransferSyntax,
  type TransferSyntax,
  transferSyntax,
} from '../dictionary/transfer-syntax.ts';
import { IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME, isValidUID, normaliseUID } from '../dictionary/uid.ts';
import { isKnownVR } from '../dictionary/value-representations.ts';
import { CODESTREAM_HEAD_BYTES, syntaxOfCodestream } from '../frames/codestream.ts';
import {
  type ExtendedOffsets,
  encapsulatedFrames,
  FRAGMENTS_MAX,
  type Fragments,
  nativeFrames,
  readFragments,
} from '../frames/frame-index.ts';
import { warnOfSizes } from '../text/whole-number.ts';
import { DataSetParser, HEADER_BYTES_MAX } from './data-set-parser.ts';
import { dataSetStart } from './data-set-start.ts';
import { HeaderBudget } from './header-budget.ts';
import type { Fetch } from './header-pieces.ts';
import { inflatedAccess } from './inflated.ts';
import type { RandomAccess } from './random-access.ts';
import { type Encoding, type PixelPlace, UNDEFINED_LENGTH } from './value-place.ts';

export { bufferAccess, type RandomAccess } from './random-access.ts';

/** A DICOM file (PS3.10 section 7) as far as the gateway must know it. Pixel data and other large values are never read. */
export interface ParsedObject {
  readonly fileMeta: DicomJson;
  /** Bytes; where the data set begins, 0 for an object that is a bare data set. */
  readonly dataSetOffset: number;
  readonly transferSyntaxUID: TransferSyntaxUID;
  /** The data set as DICOM JSON. Large values are `BulkDataURI: "bulkdata/<TAG>"`, in items `bulkdata/<TAG>/<item index from 0>/<TAG>`. */
  readonly header: DicomJson;
  /** What the file declared before its strings became Unicode; empty for the default repertoire. */
  readonly characterSet: readonly string[];
  readonly frames: FrameIndex;
  /** Codes of what was odd but readable. */
  readonly warnings: readonly string[];
}

export interface ReadHints {
  /** What the association or request said; used when the object itself does not. */
  readonly transferSyntaxUID?: string;
  /** On the main thread: TOO_MUCH_HERE is thrown where the header is more than it may read. */
  readonly here?: boolean;
}

const PREAMBLE_BYTES = 128;
/** The first read: holds the header of nearly every image. */
export const FIRST_READ_BYTES = 128 * 1024;
/** A read behind a value that was stepped over. One that goes on where the last ended is so many times as long as that one. */
const NEXT_READ_BYTES = 64 * 1024;
const READ_GROWTH = 4;

/**
 * Preamble, prefix and File Meta Information for a data set that came without them (PS3.10 7.1).
 * The same data set always gives the same bytes: who sent it is not written here.
 */
export function writeFileMeta(of: {
  readonly sopClassUID: SOPClassUID;
  readonly sopInstanceUID: SOPInstanceUID;
  readonly transferSyntaxUID: TransferSyntaxUID;
}): Uint8Array {
  const elements = Buffer.concat([
    metaElement(0x0001, 'OB', Buffer.from([0, 1])),
    metaElement(0x0002, 'UI', padded(of.sopClassUID, '\0')),
    metaElement(0x0003, 'UI', padded(of.sopInstanceUID, '\0')),
    metaElement(0x0010, 'UI', padded(of.transferSyntaxUID, '\0')),
    metaElement(0x0012, 'UI', padded(IMPLEMENTATION_CLASS_UID, '\0')),
    metaElement(0x0013, 'SH', padded(IMPLEMENTATION_VERSION_NAME, ' ')),
  ]);
  const groupLength = Buffer.alloc(4);
  groupLength.writeUInt32LE(elements.length);
  return Buffer.concat([Buffer.alloc(PREAMBLE_BYTES), Buffer.from('DICM', 'latin1'), metaElement(0, 'UL', groupLength), elements]);
}

/** Of group 2, Explicit VR Little Endian: after OB two bytes are reserved and the length has four, PS3.5 7.1.2. */
function metaElement(element: number, vr: 'OB' | 'SH' | 'UI' | 'UL', value: Buffer): Buffer {
  const head = Buffer.alloc(vr === 'OB' ? 12 : 8);
  head.writeUInt16LE(2, 0);
  head.writeUInt16LE(element, 2);
  head.write(vr, 4, 'latin1');
  if (vr === 'OB') head.writeUInt32LE(value.length, 8);
  else head.writeUInt16LE(value.length, 6);
  return Buffer.concat([head, value]);
}

function padded(text: string, padding: string): Buffer {
  return Buffer.from(text.length % 2 === 0 ? text : text + padding, 'latin1');
}

/**
 * Reads header and frame index.
 * @throws invalid with a code for a message (`not-dicom`, `empty`) when it is not DICOM; too-large when a named bound is reached.
 */
export async function readObject(source: RandomAccess, hints: ReadHints = {}): Promise<ParsedObject> {
  const opened = await open(source, hints);
  const { parser, dataSet, syntax } = opened;
  const fragments = await runToEnd(opened);
  const within = await indexFrames(parser, dataSet, syntax, fragments);
  checkUIDs(parser, opened.fileMeta);
  warnOfSizes(parser.header, parser.warn);
  const guessed = syntax.encapsulated ? undefined : await syntaxOfFrames(dataSet, within);
  if (guessed !== undefined) parser.warn('transfer-syntax-guessed');
  return {
    fileMeta: opened.fileMeta,
    dataSetOffset: opened.dataSetOffset,
    transferSyntaxUID: guessed ?? opened.transferSyntaxUID,
    header: parser.header,
    characterSet: parser.characterSet,
    frames: syntax.deflated && within.kind !== 'none' ? { kind: 'deflated', dataSetOffset: opened.dataSetOffset, within } : within,
    warnings: [...parser.warnings],
  };
}

/** Where a value of the data set is: bytes from the start of the object, or of the inflated data set when `deflated`. */
export interface ValueLocation {
  readonly offset: number;
  /** Bytes; of encapsulated Pixel Data with its item headers, without the closing delimiter. */
  readonly length: number;
  readonly vr: string;
  readonly deflated: boolean;
  /** Numbers in it are big endian; bulk data is served little endian (PS3.18 8.7.3.3.2). */
  readonly bigEndian: boolean;
  /** Where the deflated data set begins, for `inflatedAccess`. */
  readonly dataSetOffset: number;
}

/** @param path as in the header's BulkDataURI; the leading `bulkdata/` may be left out. Undefined: there is no such value. */
export async function locateValue(source: RandomAccess, path: string, hints: ReadHints = {}): Promise<ValueLocation | undefined> {
  const wanted = path.startsWith('bulkdata/') ? path : `bulkdata/${path}`;
  if (!/^bulkdata\/[0-9A-Fa-f]{8}(\/\d+\/[0-9A-Fa-f]{8})*$/.test(wanted)) return undefined;
  const uri = wanted.replace(/[0-9a-f]{8}/gi, (tag) => tag.toUpperCase()).replace('BULKDATA', 'bulkdata');
  const opened = await open(source, hints, uri);
  const fragments = await runToEnd(opened);
  const place = opened.parser.places.get(uri);
  const more = { deflated: opened.syntax.deflated, dataSetOffset: opened.dataSetOffset };
  if (place !== undefined) return { offset: place.offset, length: place.length, vr: place.vr, bigEndian: place.bigEndian, ...more };
  const { pixel } = opened.parser;
  if (pixel === undefined || fragments === undefined || uri !== `bulkdata/${pixel.tag}`) return undefined;
  return { offset: pixel.offset, length: fragments.end - 8 - pixel.offset, vr: pixel.vr, bigEndian: false, ...more };
}

interface Opened {
  readonly fileMeta: DicomJson;
  readonly dataSetOffset: number;
  readonly transferSyntaxUID: TransferSyntaxUID;
  readonly syntax: TransferSyntax;
  readonly parser: DataSetParser;
  /** What the parser's offsets count in: the object, or its inflated data set. */
  readonly dataSet: RandomAccess;
  readonly first: { readonly offset: number; readonly bytes: Uint8Array };
  readonly budget: HeaderBudget;
}

async function open(source: RandomAccess, hints: ReadHints, wanted?: string): Promise<Opened> {
  if (source.bytes === 0) throw new DomainError('invalid', 'empty');
  const warnings = new Set<string>();
  const firstBytes = asBuffer(await source.read(0, Math.min(FIRST_READ_BYTES, source.bytes)));
  const metaOffset = findMeta(firstBytes, warnings);
  const budget = new HeaderBudget(hints.here);
  budget.read(firstBytes.length);
  const meta = new DataSetParser(metaOffset, source.bytes, metaEncoding(firstBytes, metaOffset), {
    budget,
    fetch: fetchOf(source, budget),
  });
  await run(meta, source, budget, { offset: 0, bytes: firstBytes }, (tag) => tag >>> 16 !== 2);
  for (const warning of meta.warnings) warnings.add(warning);
  const fileMeta = meta.header;
  const hasMeta = Object.keys(fileMeta).length > 0;
  const dataSetOffset = meta.position;
  if (hasMeta) checkMeta(fileMeta, dataSetOffset - metaOffset, warnings);
  else warnings.add('no-file-meta');

  let named = normaliseUID(String(fileMeta['00020010']?.Value?.[0] ?? ''));
  if (named === '') {
    if (hasMeta) warnings.add('no-transfer-syntax');
    named = normaliseUID(hints.transferSyntaxUID ?? '');
  }
  if (named !== '' && knownTransferSyntax(named) === undefined) warnings.add('unknown-transfer-syntax');
  const declared = named === '' ? undefined : transferSyntax(named);
  const damagedSource = declared?.deflated === true ? await inflatedAccess(source, dataSetOffset) : undefined;
  if (damagedSource?.damaged) warnings.add('deflate-damaged');
  const dataSet = damagedSource ?? source;
  const declaredStart = damagedSource === undefined ? dataSetOffset : 0;
  const first =
    damagedSource === undefined && declaredStart + 8 <= firstBytes.length
      ? { offset: 0, bytes: firstBytes }
      : { offset: declaredStart, bytes: await dataSet.read(declaredStart, Math.min(FIRST_READ_BYTES, dataSet.bytes - declaredStart)) };
  const { at, encoding, group } = dataSetStart(asBuffer(first.bytes), declaredStart - first.offset, declared, hasMeta);
  const start = first.offset + at;
  if (start !== declaredStart) warnings.add('leading-bytes');
  if (!hasMeta && group !== 8) throw new DomainError('invalid', 'not-dicom');
  if (declared !== undefined && encoding !== declared) warnings.add('transfer-syntax-contradicted');
  const transferSyntaxUID = declared?.uid ?? uidOf(encoding);
  const parser = new DataSetParser(start, dataSet.bytes, encoding, {
    budget,
    fetch: fetchOf(dataSet, budget),
    ...(wanted === undefined ? {} : { wanted }),
  });
  for (const warning of warnings) parser.warn(warning);
  const syntax = declared ?? transferSyntax(transferSyntaxUID);
  return { fileMeta, dataSetOffset, transferSyntaxUID, syntax, parser, dataSet, first, budget };
}

/** PS3.10 7.1: what must be there, and the group length. */
function checkMeta(fileMeta: DicomJson, bytes: number, warnings: Set<string>): void {
  const groupLength = fileMeta['00020000']?.Value?.[0];
  if (groupLength === undefined) warnings.add('no-meta-group-length');
  else if (groupLength !== bytes - GROUP_LENGTH_ELEMENT_BYTES) warnings.add('meta-group-length-wrong');
  if (fileMeta['00020002']?.Value === undefined || fileMeta['00020003']?.Value === undefined) warnings.add('file-meta-incomplete');
}

const GROUP_LENGTH_ELEMENT_BYTES = 12;

/** UIDs that are no UIDs (PS3.5 9.1), and File Meta Information that names another instance than the data set. */
function checkUIDs(parser: DataSetParser, fileMeta: DicomJson): void {
  const text = (dataset: DicomJson, tag: string) => {
    const value = dataset[tag]?.Value?.[0];
    return typeof value === 'string' ? value : undefined;
  };
  for (const tag of ['00080016', '00080018', '0020000D', '0020000E']) {
    const value = text(parser.header, tag);
    if (value !== undefined && !isValidUID(value)) parser.warn('uid-not-valid');
  }
  for (const [inMeta, inDataSet] of [
    ['00020002', '00080016'],
    ['00020003', '00080018'],
  ] as const) {
    const named = text(fileMeta, inMeta);
    const own = text(parser.header, inDataSet);
    if (named !== undefined && own !== undefined && named !== own) parser.warn('file-meta-contradicts-data-set');
  }
}

/** Where File Meta Information, or the data set when there is none, begins. */
function findMeta(bytes: Buffer, warnings: Set<string>): number {
  if (bytes.toString('latin1', PREAMBLE_BYTES, PREAMBLE_BYTES + 4) === 'DICM') return PREAMBLE_BYTES + 4;
  warnings.add('no-preamble');
  return bytes.toString('latin1', 0, 4) === 'DICM' ? 4 : 0;
}

/** File Meta Information is Explicit VR Little Endian; some writers have it implicit. */
function metaEncoding(bytes: Buffer, offset: number): Encoding {
  const explicitVR = offset + 6 > bytes.length || isKnownVR(bytes[offset + 4] as number, bytes[offset + 5] as number);
  return { explicitVR, bigEndian: false };
}

function uidOf(encoding: Encoding): TransferSyntaxUID {
  if (!encoding.explicitVR) return IMPLICIT_VR_LITTLE_ENDIAN;
  return encoding.bigEndian ? EXPLICIT_VR_BIG_ENDIAN : EXPLICIT_VR_LITTLE_ENDIAN;
}

/** One read of a source that can be read at once. */
const FETCH_BYTES = 256 * 1024;

function fetchOf(source: RandomAccess, budget: HeaderBudget): Fetch {
  return (offset, length) => {
    const bytes = source.readSync?.(offset, Math.min(Math.max(length, FETCH_BYTES), source.bytes - offset));
    if (bytes !== undefined) budget.read(bytes.length);
    return bytes;
  };
}

/** Runs the parser, fetching what it misses, until the end, the fragments of Pixel Data, or `stopBefore`. */
async function run(
  parser: DataSetParser,
  source: RandomAccess,
  budget: HeaderBudget,
  first: { readonly offset: number; readonly bytes: Uint8Array } | undefined,
  stopBefore?: (tag: number) => boolean,
): Promise<PixelPlace | undefined> {
  if (first !== undefined) parser.give(first.offset, first.bytes);
  let lastOffset = first?.offset ?? 0;
  let lastBytes = first?.bytes.length ?? 0;
  for (;;) {
    const progress = parser.run(stopBefore);
    if (progress.kind === 'end') return undefined;
    if (progress.kind === 'fragments') return progress.pixel;
    const goesOn = progress.offset >= lastOffset && progress.offset <= lastOffset + lastBytes;
    const wanted = Math.max(progress.length, goesOn ? lastBytes * READ_GROWTH : 0, NEXT_READ_BYTES);
    const room = HEADER_BYTES_MAX - parser.bytesHeld;
    if (progress.length > room) throw new DomainError('too-large', 'header-too-large');
    const length = Math.min(wanted, room, source.bytes - progress.offset);
    budget.read(length);
    const bytes = await source.read(progress.offset, length);
    if (bytes.length < progress.length) throw new DomainError('unavailable', 'the source gave fewer bytes than it has');
    parser.give(progress.offset, bytes);
    lastOffset = progress.offset;
    lastBytes = bytes.length;
  }
}

/** The whole data set; returns the fragments of encapsulated Pixel Data when there are any. */
async function runToEnd({ parser, dataSet, first, budget }: Opened): Promise<Fragments | undefined> {
  let pixel = await run(parser, dataSet, budget, first);
  let found: Fragments | undefined;
  while (pixel !== undefined) {
    const fragments = await readFragments(dataSet, pixel.offset, parser.warn, (count) => budget.fragments(count));
    found ??= fragments;
    parser.position = fragments.end;
    pixel = await run(parser, dataSet, budget, undefined);
  }
  return found;
}

async function indexFrames(
  parser: DataSetParser,
  source: RandomAccess,
  syntax: TransferSyntax,
  fragments: Fragments | undefined,
): Promise<FrameIndex> {
  const { pixel } = parser;
  if (pixel === undefined) return { kind: 'none' };
  if (pixel.length !== UNDEFINED_LENGTH) {
    if (syntax.encapsulated && knownTransferSyntax(syntax.uid) !== undefined) parser.warn('native-in-encapsulated-syntax');
    const length = Math.max(0, Math.min(pixel.length, source.bytes - pixel.offset));
    return nativeFrames(pixel.tag, { offset: pixel.offset, length }, pixelDescription(parser.header), parser.warn);
  }
  if (!syntax.encapsulated) parser.warn('fragments-in-native-syntax');
  if (fragments === undefined) return { kind: 'none' };
  const extended = await extendedOffsets(parser, source);
  return encapsulatedFrames(fragments, numberOfFrames(parser.header), syntax, extended, parser.warn);
}

/** Fragments under a native or unstated transfer syntax: what they are shows in the first. */
async function syntaxOfFrames(source: RandomAccess, frames: FrameIndex): Promise<TransferSyntaxUID | undefined> {
  const [offset, length] = frames.kind === 'encapsulated' ? (frames.frames[0] ?? []) : [];
  if (offset === undefined || length === undefined) return undefined;
  return syntaxOfCodestream(asBuffer(await source.read(offset, Math.min(length, CODESTREAM_HEAD_BYTES))));
}

async function extendedOffsets(parser: DataSetParser, source: RandomAccess): Promise<ExtendedOffsets | undefined> {
  const offsets = await longs(parser, source, '7FE00001');
  if (offsets === undefined) return undefined;
  return { offsets, lengths: (await longs(parser, source, '7FE00002')) ?? [] };
}

/** Eight bytes a frame, which has one fragment at least. */
const EXTENDED_TABLE_BYTES_MAX = 8 * FRAGMENTS_MAX;

async function longs(parser: DataSetParser, source: RandomAccess, tag: string): Promise<readonly number[] | undefined> {
  const element = parser.header[tag];
  if (element === undefined) return undefined;
  const place = parser.places.get(`bulkdata/${tag}`);
  if (place !== undefined && place.length > EXTENDED_TABLE_BYTES_MAX) return undefined;
  const bytes =
    place === undefined ? Buffer.from(element.InlineBinary ?? '', 'base64') : asBuffer(await source.read(place.offset, place.length));
  const values: number[] = [];
  for (let at = 0; at + 8 <= bytes.length; at += 8) values.push(Number(bytes.readBigUInt64LE(at)));
  return values.length === 0 ? undefined : values;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
