import { DomainError } from '../../../domain/errors.ts';
import { type DecodedFrame, FRAME_SAMPLES_MAX, type FrameToDecode, frameFromSamples, type Samples } from '../frame.ts';
import { type Band, decodeBlock, invertBlock, type ScanState, ZIGZAG } from './jpeg-dct.ts';
import { EntropyReader, type HuffmanTable, huffmanTable } from './jpeg-entropy.ts';
import { decodeLosslessScan } from './jpeg-lossless.ts';
import { upsample } from './jpeg-upsample.ts';

/** Scans of one image: a progressive one needs at most a few dozen; each is a pass over all coefficients. */
const SCANS_MAX = 256;

/**
 * JPEG as PS3.5 A.4.1 and A.4.2 allow it: Huffman coded baseline, extended and progressive of 8 and 12 bits, and lossless of 2 to 16.
 * Own code because DICOM needs what libraries leave out: 12 bits, every lossless predictor, and components without colour conversion.
 */
export function decodeJpeg(request: FrameToDecode): DecodedFrame {
  const { columns, rows, samplesPerPixel } = request.pixel;
  const image = decodeJpegImage(request.bytes, { width: columns, height: rows, components: samplesPerPixel });
  return frameFromSamples(image, request.pixel, photometricInterpretationOf(image, request.pixel.photometricInterpretation));
}

/** Whether it is RGB is taken from the stream, not the data set: many JFIF files were wrapped and labelled RGB. */
function photometricInterpretationOf(image: JpegImage, named: string): string {
  if (image.components !== 3 || image.colour === 'unknown') return named;
  return image.colour === 'RGB' ? 'RGB' : 'YBR_FULL';
}

export interface JpegImage extends Samples {
  readonly data: Uint8Array | Uint16Array;
  /** What the stream itself says of three components; unknown is up to the data set. */
  readonly colour: 'YBR' | 'RGB' | 'unknown';
}

interface Component {
  readonly id: number;
  readonly h: number;
  readonly v: number;
  readonly quantisation: number;
  readonly width: number;
  readonly height: number;
  /** In whole MCUs. */
  readonly blocksWide: number;
  readonly blocksHigh: number;
  readonly coefficients: Int16Array;
  readonly samples: Uint16Array;
}

interface Frame {
  readonly process: 'sequential' | 'progressive' | 'lossless';
  readonly precision: number;
  readonly width: number;
  readonly height: number;
  readonly hMax: number;
  readonly vMax: number;
  readonly components: readonly Component[];
}

/** A component as one scan codes it; a table that was not given is undefined. */
interface ScanMember {
  readonly component: Component;
  readonly dc: HuffmanTable | undefined;
  readonly ac: HuffmanTable | undefined;
}

/** ITU-T T.81 table B.1. */
const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const DQT = 0xdb;
const DHT = 0xc4;
const DRI = 0xdd;
const APP0 = 0xe0;
const APP14 = 0xee;
const PROCESSES: ReadonlyMap<number, Frame['process']> = new Map([
  [0xc0, 'sequential'],
  [0xc1, 'sequential'],
  [0xc2, 'progressive'],
  [0xc3, 'lossless'],
]);
const UNSUPPORTED_FRAMES: ReadonlySet<number> = new Set([0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf]);

/**
 * @param expected what the stream must be of: another size is refused before memory is taken for it
 * @throws invalid, unsupported (arithmetic coding, hierarchical), too-large
 */
export function decodeJpegImage(bytes: Uint8Array, expected?: Pick<Samples, 'width' | 'height' | 'components'>): JpegImage {
  const quantisation: Uint16Array[] = [];
  const dcTables: HuffmanTable[] = [];
  const acTables: HuffmanTable[] = [];
  let frame: Frame | undefined;
  let restartInterval = 0;
  let scans = 0;
  let jfif = false;
  let adobeTransform: number | undefined;
  const coded = new Set<number>();

  if (bytes[0] !== 0xff || bytes[1] !== SOI) throw new DomainError('invalid', 'no JPEG start of image');
  let at = 2;
  for (;;) {
    while (bytes[at] === 0xff && bytes[at + 1] === 0xff) at++;
    const marker = bytes[at + 1];
    if (bytes[at] !== 0xff || marker === undefined || marker === EOI) break;
    const length = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
    const end = at + 2 + length;
    if (length < 2 || end > bytes.length) throw new DomainError('invalid', 'JPEG segment is incomplete');
    const segment = bytes.subarray(at + 4, end);
    at = end;

    const process = PROCESSES.get(marker);
    if (process !== undefined) {
      if (frame !== undefined) throw new DomainError('invalid', 'JPEG has two frames');
      frame = readFrame(segment, process, expected);
    } else if (UNSUPPORTED_FRAMES.has(marker)) {
      throw new DomainError('unsupported', 'JPEG process is arithmetic or hierarchical');
    } else if (marker === DQT) readQuantisation(segment, quantisation);
    else if (marker === DHT) readHuffman(segment, dcTables, acTables);
    else if (marker === DRI) restartInterval = word(segment, 0);
    else if (marker === APP0) jfif ||= text(segment, 5) === 'JFIF\0';
    else if (marker === APP14) adobeTransform = text(segment, 5) === 'Adobe' ? segment[11] : adobeTransform;
    else if (marker === SOS) {
      if (frame === undefined) throw new DomainError('invalid', 'JPEG scan comes before its frame');
      if (++scans > SCANS_MAX) throw new DomainError('invalid', 'JPEG has too many scans');
      at = readScan(frame, segment, new EntropyReader(bytes, at), dcTables, acTables, restartInterval, coded).end();
    }
  }
  const ended = bytes[at] === 0xff && bytes[at + 1] === EOI;
  if (frame === undefined || coded.size < frame.components.length || (frame.process === 'progressive' && !ended)) {
    // Without its end marker a progressive image may lack scans, and would be shown blurred as if it were whole.
    throw new DomainError('invalid', 'JPEG image is incomplete');
  }
  return assemble(frame, quantisation, colourOf(frame, jfif, adobeTransform));
}

function readFrame(
  segment: Uint8Array,
  process: Frame['process'],
  expected: Pick<Samples, 'width' | 'height' | 'components'> | undefined,
): Frame {
  const precision = byte(segment, 0);
  const height = word(segment, 1);
  const width = word(segment, 3);
  const count = byte(segment, 5);
  if (process === 'lossless' ? precision < 2 || precision > 16 : precision !== 8 && precision !== 12) {
    throw new DomainError('unsupported', 'JPEG sample precision');
  }
  if (width === 0 || height === 0) throw new DomainError('invalid', 'JPEG has no lines or columns');
  if (count < 1 || count > 4) throw new DomainError('unsupported', 'JPEG component count');
  if (expected !== undefined && (width !== expected.width || height !== expected.height || count !== expected.components)) {
    throw new DomainError('invalid', 'codestream size differs from rows, columns and samples per pixel');
  }
  if (width * height * count > FRAME_SAMPLES_MAX) throw new DomainError('too-large', 'frame has too many samples');

  const named = Array.from({ length: count }, (_, i) => {
    const factors = byte(segment, 7 + i * 3);
    return { id: byte(segment, 6 + i * 3), h: factors >> 4, v: factors & 15, quantisation: byte(segment, 8 + i * 3) };
  });
  if (named.some(({ h, v }) => h < 1 || h > 4 || v < 1 || v > 4)) throw new DomainError('invalid', 'JPEG sampling factors');
  // A single component is not interleaved, whatever its factors say (A.2.2).
  const sized = count === 1 ? named.map((component) => ({ ...component, h: 1, v: 1 })) : named;
  const hMax = Math.max(...sized.map(({ h }) => h));
  const vMax = Math.max(...sized.map(({ v }) => v));
  if (sized.some(({ h, v }) => hMax % h !== 0 || vMax % v !== 0)) throw new DomainError('unsupported', 'JPEG sampling ratio');
  const lossless = process === 'lossless';
  if (lossless && hMax * vMax > 1) throw new DomainError('unsupported', 'JPEG lossless with subsampling');

  const components = sized.map((component): Component => {
    const blocksWide = Math.ceil(width / (8 * hMax)) * component.h;
    const blocksHigh = Math.ceil(height / (8 * vMax)) * component.v;
    return {
      ...component,
      width: Math.ceil((width * component.h) / hMax),
      height: Math.ceil((height * component.v) / vMax),
      blocksWide,
      blocksHigh,
      coefficients: new Int16Array(lossless ? 0 : blocksWide * blocksHigh * 64),
      samples: new Uint16Array(lossless ? width * height : 0),
    };
  });
  return { process, precision, width, height, hMax, vMax, components };
}

/** Natural order. */
function readQuantisation(segment: Uint8Array, tables: Uint16Array[]): void {
  for (let at = 0; at < segment.length; ) {
    const head = byte(segment, at++);
    const wide = head >> 4 !== 0;
    const table = new Uint16Array(64);
    for (let k = 0; k < 64; k++, at += wide ? 2 : 1) table[ZIGZAG[k] as number] = wide ? word(segment, at) : byte(segment, at);
    tables[head & 3] = table;
  }
}

function readHuffman(segment: Uint8Array, dcTables: HuffmanTable[], acTables: HuffmanTable[]): void {
  for (let at = 0; at < segment.length; ) {
    const head = byte(segment, at);
    const counts = segment.subarray(at + 1, at + 17);
    const total = counts.reduce((sum, count) => sum + count, 0);
    const symbols = segment.subarray(at + 17, at + 17 + total);
    if (counts.length < 16 || symbols.length < total) throw new DomainError('invalid', 'JPEG Huffman table is incomplete');
    (head >> 4 === 0 ? dcTables : acTables)[head & 3] = huffmanTable(counts, symbols);
    at += 17 + total;
  }
}

function readScan(
  frame: Frame,
  segment: Uint8Array,
  reader: EntropyReader,
  dcTables: readonly HuffmanTable[],
  acTables: readonly HuffmanTable[],
  restartInterval: number,
  coded: Set<number>,
): EntropyReader {
  const members = scanMembers(frame, segment, dcTables, acTables);
  for (const { component } of members) coded.add(component.id);
  const count = members.length;
  const first = byte(segment, 1 + count * 2);
  const last = byte(segment, 2 + count * 2);
  const approximation = byte(segment, 3 + count * 2);

  if (frame.process === 'lossless') {
    const planes = members.map(({ component, dc }) => {
      if (dc === undefined) throw new DomainError('invalid', 'JPEG scan names a Huffman table that was not given');
      return { table: dc, samples: component.samples };
    });
    const { width, height, precision } = frame;
    decodeLosslessScan(reader, { width, height, precision, predictor: first, pointTransform: approximation & 15, restartInterval }, planes);
    return reader;
  }

  const progressive = frame.process === 'progressive';
  const band: Band = { progressive, first, last, high: approximation >> 4, low: approximation & 15 };
  if (progressive && (last > 63 || first > last || (first === 0 && last !== 0) || (first > 0 && count > 1) || band.low > 13)) {
    throw new DomainError('invalid', 'JPEG scan has impossible progression');
  }
  const state: ScanState = { dc: new Int32Array(count), endOfBandRun: 0 };
  const beginMcu = restarts(reader, state, restartInterval);
  const [single] = members;
  if (count === 1 && single !== undefined) readSingle(single, reader, band, state, beginMcu);
  else readInterleaved(frame, members, reader, band, state, beginMcu);
  return reader;
}

/** Which components a scan codes, with their tables. ITU-T T.81 B.2.3. @throws invalid */
function scanMembers(
  frame: Frame,
  segment: Uint8Array,
  dcTables: readonly HuffmanTable[],
  acTables: readonly HuffmanTable[],
): readonly ScanMember[] {
  const count = byte(segment, 0);
  const members = Array.from({ length: count }, (_, i) => {
    const id = byte(segment, 1 + i * 2);
    const selectors = byte(segment, 2 + i * 2);
    const component = frame.components.find((candidate) => candidate.id === id);
    if (component === undefined) throw new DomainError('invalid', 'JPEG scan names a component that is not in the frame');
    return { component, dc: dcTables[(selectors >> 4) & 3], ac: acTables[selectors & 3] };
  });
  if (count < 1 || count > 4) throw new DomainError('invalid', 'JPEG scan has no components');
  return members;
}

/** To be called before each minimum coded unit: the state begins anew where a restart marker stands. */
function restarts(reader: EntropyReader, state: ScanState, restartInterval: number): () => void {
  let untilRestart = restartInterval;
  return () => {
    if (restartInterval === 0) return;
    if (untilRestart === 0) {
      reader.restart();
      state.dc.fill(0);
      state.endOfBandRun = 0;
      untilRestart = restartInterval;
    }
    untilRestart--;
  };
}

/** One component: its own blocks, without those that only fill up a minimum coded unit. ITU-T T.81 A.2.2. */
function readSingle(member: ScanMember, reader: EntropyReader, band: Band, state: ScanState, beginMcu: () => void): void {
  const { component } = member;
  const wide = Math.ceil(component.width / 8);
  const high = Math.ceil(component.height / 8);
  for (let y = 0; y < high; y++) {
    for (let x = 0; x < wide; x++) {
      beginMcu();
      decodeBlock(reader, band, member, state, 0, component.coefficients, (y * component.blocksWide + x) * 64);
    }
  }
}

/** Several components, their blocks in turn. ITU-T T.81 A.2.3. */
function readInterleaved(
  frame: Frame,
  members: readonly ScanMember[],
  reader: EntropyReader,
  band: Band,
  state: ScanState,
  beginMcu: () => void,
): void {
  const mcusWide = Math.ceil(frame.width / (8 * frame.hMax));
  const mcusHigh = Math.ceil(frame.height / (8 * frame.vMax));
  for (let my = 0; my < mcusHigh; my++) {
    for (let mx = 0; mx < mcusWide; mx++) {
      beginMcu();
      for (let i = 0; i < members.length; i++) {
        const member = members[i] as ScanMember;
        const { h, v, blocksWide, coefficients } = member.component;
        for (let y = 0; y < v; y++) {
          for (let x = 0; x < h; x++) {
            decodeBlock(reader, band, member, state, i, coefficients, ((my * v + y) * blocksWide + mx * h + x) * 64);
          }
        }
      }
    }
  }
}

function assemble(frame: Frame, quantisation: readonly Uint16Array[], colour: JpegImage['colour']): JpegImage {
  const { width, height, precision, components } = frame;
  const data = precision > 8 ? new Uint16Array(width * height * components.length) : new Uint8Array(width * height * components.length);
  for (const [index, component] of components.entries()) {
    if (frame.process === 'lossless') {
      const { samples } = component;
      for (let i = 0, to = index; i < samples.length; i++, to += components.length) data[to] = samples[i] as number;
      continue;
    }
    const table = quantisation[component.quantisation & 3];
    if (table === undefined) throw new DomainError('invalid', 'JPEG frame names a quantisation table that was not given');
    const { blocksWide, blocksHigh } = component;
    const stride = blocksWide * 8;
    const samples = precision > 8 ? new Uint16Array(stride * blocksHigh * 8) : new Uint8Array(stride * blocksHigh * 8);
    for (let y = 0; y < blocksHigh; y++) {
      for (let x = 0; x < blocksWide; x++) {
        invertBlock(component.coefficients, (y * blocksWide + x) * 64, table, precision, samples, y * 8 * stride + x * 8, stride);
      }
    }
    const plane = { samples, stride, width: component.width, height: component.height };
    upsample(plane, frame.hMax / component.h, frame.vMax / component.v, data, index, components.length, width, height);
  }
  return { width, height, components: components.length, precision, data, colour };
}

/** JFIF means YCbCr; Adobe's marker says which (ITU-T T.872 6.5.3); subsampled components can only be chroma. */
function colourOf(frame: Frame, jfif: boolean, adobeTransform: number | undefined): JpegImage['colour'] {
  if (frame.components.length !== 3) return 'unknown';
  if (frame.hMax * frame.vMax > 1) return 'YBR';
  if (frame.process === 'lossless') return 'unknown';
  if (adobeTransform !== undefined) return adobeTransform === 0 ? 'RGB' : 'YBR';
  if (jfif) return 'YBR';
  return frame.components.map(({ id }) => String.fromCharCode(id)).join('') === 'RGB' ? 'RGB' : 'unknown';
}

function byte(segment: Uint8Array, at: number): number {
  const value = segment[at];
  if (value === undefined) throw new DomainError('invalid', 'JPEG segment is incomplete');
  return value;
}

function word(segment: Uint8Array, at: number): number {
  return (byte(segment, at) << 8) | byte(segment, at + 1);
}

function text(segment: Uint8Array, length: number): string {
  return String.fromCharCode(...segment.subarray(0, length));
}
