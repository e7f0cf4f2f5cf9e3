import { DomainError } from '../../domain/errors.ts';
import type { DecodedFrame } from './frame.ts';
import { type LookupTable, lookUp } from './lookup-table.ts';
import type { Picture } from './presentation.ts';
import { storedValues } from './stored.ts';

export interface PalettePresentation {
  readonly kind: 'palette';
  readonly red: LookupTable;
  readonly green: LookupTable;
  readonly blue: LookupTable;
  /** As in ColourPresentation. */
  readonly icc?: { readonly colourSpace: string };
}

export interface ColourPresentation {
  readonly kind: 'colour';
  /** The file has an ICC profile. It is named, not applied: the samples are shown as sRGB. PS3.3 C.11.15. */
  readonly icc?: { readonly colourSpace: string };
}

/** 8-bit RGB (three channels) or opaque RGBA (four) of a colour frame, row by row. @throws unsupported */
export function rgbOf(
  frame: DecodedFrame,
  presentation: PalettePresentation | ColourPresentation,
  channels: 3 | 4,
): Uint8ClampedArray<ArrayBuffer> {
  const { data } = presentation.kind === 'palette' ? presentPalette(frame, presentation) : presentColour(frame);
  if (channels === 3) return new Uint8ClampedArray(data.buffer);
  const rgba = new Uint8ClampedArray((data.length / 3) * 4);
  for (let from = 0, to = 0; from < data.length; from += 3, to += 4) {
    rgba[to] = data[from] as number;
    rgba[to + 1] = data[from + 1] as number;
    rgba[to + 2] = data[from + 2] as number;
    rgba[to + 3] = 255;
  }
  return rgba;
}

/** PALETTE COLOR, PS3.3 C.7.6.3.1.2. */
export function presentPalette(frame: DecodedFrame, palette: PalettePresentation): Picture {
  const stored = storedValues(frame);
  const data = new Uint8Array(frame.rows * frame.columns * 3);
  const [red, green, blue] = eightBitTables(palette);
  for (let i = 0, to = 0; to < data.length; i++) {
    const value = stored[i] as number;
    data[to++] = lookUp(red, value);
    data[to++] = lookUp(green, value);
    data[to++] = lookUp(blue, value);
  }
  return { width: frame.columns, height: frame.rows, channels: 3, data };
}

/** Entries as 8 bits, the three tables alike. Some writers declare 16 and fill only the low byte: then all three are below 256. */
function eightBitTables({ red, green, blue }: PalettePresentation): readonly [LookupTable, LookupTable, LookupTable] {
  const wide = [red, green, blue].some(({ bits, entries }) => bits > 8 && entries.some((entry) => entry > 0xff));
  const narrowed = (table: LookupTable): LookupTable =>
    wide && table.bits > 8 ? { ...table, entries: table.entries.map((entry) => entry >> (table.bits - 8)) } : table;
  return [narrowed(red), narrowed(green), narrowed(blue)];
}

/** RGB and YBR of any layout and width as 8-bit RGB, PS3.3 C.7.6.3.1.2. */
export function presentColour(frame: DecodedFrame): Picture {
  if (frame.samplesPerPixel !== 3) throw new DomainError('unsupported', 'colour image of other than three samples');
  const data = eightBit(frame);
  const { photometricInterpretation: named } = frame;
  if (named.startsWith('YBR_PARTIAL')) toRgb(data, 16, 255 / 219, 255 / 224);
  else if (named.startsWith('YBR_FULL')) toRgb(data, 0, 1, 1);
  else if (named !== 'RGB' && named !== 'YBR_RCT' && named !== 'YBR_ICT')
    throw new DomainError('unsupported', 'photometric interpretation');
  return { width: frame.columns, height: frame.rows, channels: 3, data };
}

/** Interleaved, the eight most significant stored bits. */
function eightBit(frame: DecodedFrame): Uint8Array<ArrayBuffer> {
  const { bytes, bitsAllocated, bitsStored, highBit, rows, columns, chroma } = frame;
  const pixels = rows * columns;
  const data = new Uint8Array(pixels * 3);
  if (bitsAllocated === 8 && bitsStored === 8 && highBit === 7 && chroma === undefined && frame.planarConfiguration === 0) {
    data.set(bytes.subarray(0, data.length));
    return data;
  }
  const sample = sampleReader(frame);
  const put = (pixel: number, y: number, cb: number, cr: number): void => {
    data[3 * pixel] = sample(y);
    data[3 * pixel + 1] = sample(cb);
    data[3 * pixel + 2] = sample(cr);
  };
  if (chroma === '420') forEach420(frame, put);
  else if (chroma === '422') {
    for (let i = 0; i < pixels; i++) {
      const pair = (i >> 1) * 4;
      put(i, pair + (i & 1), pair + 2, pair + 3);
    }
  } else {
    const [perPixel, perSample] = frame.planarConfiguration === 1 ? [1, pixels] : [3, 1];
    for (let i = 0; i < pixels; i++) put(i, i * perPixel, i * perPixel + perSample, i * perPixel + 2 * perSample);
  }
  return data;
}

function forEach420(
  { rows, columns, planarConfiguration }: DecodedFrame,
  put: (pixel: number, y: number, cb: number, cr: number) => void,
): void {
  const wide = (columns + 1) >> 1;
  const high = (rows + 1) >> 1;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const block = (row >> 1) * wide + (column >> 1);
      const pixel = row * columns + column;
      if (planarConfiguration === 1) put(pixel, row * 2 * wide + column, 4 * wide * high + block, 5 * wide * high + block);
      else put(pixel, block * 6 + (row & 1) * 2 + (column & 1), block * 6 + 4, block * 6 + 5);
    }
  }
}

/** Sample by number → its eight most significant bits; fewer are spread over the range. @throws unsupported, invalid (the frame is short) */
function sampleReader({ bytes, bitsAllocated, bitsStored, highBit }: DecodedFrame): (index: number) => number {
  const sampleBytes = bitsAllocated / 8;
  if (sampleBytes !== 1 && sampleBytes !== 2 && sampleBytes !== 4) throw new DomainError('unsupported', 'colour samples of this width');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stored = bitsStored === 0 ? bitsAllocated : bitsStored;
  const below = 2 ** Math.max(0, highBit + 1 - stored);
  const range = 2 ** stored;
  const scaled = (raw: number): number => {
    const value = Math.floor(raw / below) % range;
    return stored >= 8 ? Math.floor(value / 2 ** (stored - 8)) : Math.round((value * 255) / (range - 1));
  };
  // A last pair of an odd number of pixels has no chroma of its own; the sample before stands for it.
  const last = Math.floor(bytes.length / sampleBytes) - 1;
  if (sampleBytes === 4) return (index) => scaled(view.getUint32(Math.min(index, last) * 4, true));
  // Each value is worked out once.
  const table = Uint8Array.from({ length: 2 ** bitsAllocated }, (_, raw) => scaled(raw));
  if (sampleBytes === 1) return (index) => table[bytes[Math.min(index, last)] as number] as number;
  return (index) => table[view.getUint16(Math.min(index, last) * 2, true)] as number;
}

/** ITU-R BT.601 as PS3.3 C.7.6.3.1.2 gives it; partial range has 219 steps of luma from 16, and 224 of chroma. */
function toRgb(data: Uint8Array, lumaFloor: number, lumaGain: number, chromaGain: number): void {
  const clamped = new Uint8ClampedArray(data.buffer as ArrayBuffer, data.byteOffset, data.length);
  for (let i = 0; i < data.length; i += 3) {
    const y = ((data[i] as number) - lumaFloor) * lumaGain;
    const cb = ((data[i + 1] as number) - 128) * chromaGain;
    const cr = ((data[i + 2] as number) - 128) * chromaGain;
    clamped[i] = y + 1.402 * cr;
    clamped[i + 1] = y - 0.344136 * cb - 0.714136 * cr;
    clamped[i + 2] = y + 1.772 * cb;
  }
}
