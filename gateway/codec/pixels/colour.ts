import { DomainError } from '../../domain/errors.ts';
import { type DecodedFrame, isSubsampled } from './frame.ts';
import { type LookupTable, lookUp } from './lookup-table.ts';
import type { Picture } from './presentation.ts';
import { storedValues } from './stored.ts';

export interface PalettePresentation {
  readonly kind: 'palette';
  readonly red: LookupTable;
  readonly green: LookupTable;
  readonly blue: LookupTable;
}

export interface ColourPresentation {
  readonly kind: 'colour';
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
  const [red, green, blue] = [channelOf(palette.red), channelOf(palette.green), channelOf(palette.blue)];
  for (let i = 0, to = 0; to < data.length; i++) {
    const value = stored[i] as number;
    data[to++] = lookUp(red, value);
    data[to++] = lookUp(green, value);
    data[to++] = lookUp(blue, value);
  }
  return { width: frame.columns, height: frame.rows, channels: 3, data };
}

/** Entries as 8 bits. Some writers declare 16 and fill only the low byte. */
function channelOf(table: LookupTable): LookupTable {
  const wide = table.bits > 8 && table.entries.some((entry) => entry > 0xff);
  return wide ? { ...table, entries: table.entries.map((entry) => entry >> (table.bits - 8)) } : table;
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
  const { bytes, bitsAllocated, bitsStored, highBit } = frame;
  const pixels = frame.rows * frame.columns;
  const sampleBytes = bitsAllocated / 8;
  if (!Number.isInteger(sampleBytes) || sampleBytes > 4) throw new DomainError('unsupported', 'colour samples of this width');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stored = bitsStored === 0 ? bitsAllocated : bitsStored;
  const below = highBit + 1 - stored;
  const sample = (index: number): number => {
    const raw =
      sampleBytes === 1 ? (bytes[index] as number) : sampleBytes === 2 ? view.getUint16(index * 2, true) : view.getUint32(index * 4, true);
    const value = (raw / 2 ** below) % 2 ** stored;
    return stored >= 8 ? Math.floor(value / 2 ** (stored - 8)) : Math.round((value * 255) / (2 ** stored - 1));
  };
  const data = new Uint8Array(pixels * 3);
  if (isSubsampled(frame)) {
    // Y Y Cb Cr for each two pixels.
    for (let i = 0, to = 0; i < pixels; i++) {
      const pair = (i >> 1) * 4;
      data[to++] = sample(pair + (i & 1));
      data[to++] = sample(pair + 2);
      data[to++] = sample(pair + 3);
    }
    return data;
  }
  const [perPixel, perSample] = frame.planarConfiguration === 1 ? [1, pixels] : [3, 1];
  if (sampleBytes === 1 && stored === 8 && below === 0 && perPixel === 3) {
    data.set(bytes.subarray(0, data.length));
    return data;
  }
  for (let i = 0, to = 0; i < pixels; i++) {
    for (let channel = 0; channel < 3; channel++) data[to++] = sample(i * perPixel + channel * perSample);
  }
  return data;
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
