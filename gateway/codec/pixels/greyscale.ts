import { DomainError } from '../../domain/errors.ts';
import type { DecodedFrame } from './frame.ts';
import { lookUp } from './lookup-table.ts';
import type { GreyPresentation, Picture, Voi, Window } from './presentation.ts';

/** Stored value → modality LUT → VOI LUT → 8 bits of grey. PS3.4 N.2.1. */
export function presentGrey(frame: DecodedFrame, presentation: GreyPresentation): Picture {
  const width = frame.columns;
  const height = frame.rows;
  const stored = storedValues(frame, presentation.floatingPoint);
  const { padding } = presentation;
  const isPadding = (value: number) => padding !== undefined && value >= padding.low && value <= padding.high;
  const modality = modalityOf(presentation);
  const voi = presentation.voi.kind === 'contents' ? rangeOf(stored, isPadding, modality) : presentation.voi;
  const shade = shadeOf(voi);
  const show = (value: number): number => {
    if (isPadding(value) || Number.isNaN(value)) return 0;
    const grey = Math.round(shade(modality(value)));
    return presentation.invert ? 255 - grey : grey;
  };

  const data = new Uint8Array(width * height);
  if (stored instanceof Uint8Array || stored instanceof Int16Array || stored instanceof Uint16Array) {
    // Far fewer values than pixels: each is worked out once.
    const low = stored instanceof Int16Array ? -0x8000 : 0;
    const table = new Int16Array(stored instanceof Uint8Array ? 0x100 : 0x10000).fill(-1);
    for (let i = 0; i < data.length; i++) {
      const value = stored[i] as number;
      let grey = table[value - low] as number;
      if (grey < 0) {
        grey = show(value);
        table[value - low] = grey;
      }
      data[i] = grey;
    }
  } else {
    for (let i = 0; i < data.length; i++) data[i] = show(stored[i] as number);
  }
  return { width, height, channels: 1, data };
}

type StoredValues = Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | Float32Array | Float64Array;

/** The stored bits of each sample as a number: bits above High Bit (overlays) and below are not part of it. PS3.5 8.1.1. */
export function storedValues(frame: DecodedFrame, floatingPoint: boolean): StoredValues {
  const { bitsAllocated, bitsStored, highBit, pixelRepresentation } = frame;
  const count = frame.rows * frame.columns;
  const { bytes: pixels } = frame;
  // Read in place where a number may begin there; nothing below writes to it.
  const inPlace = pixels.buffer instanceof ArrayBuffer && pixels.byteOffset % 8 === 0 && pixels.byteLength % 8 === 0;
  const memory = inPlace ? (pixels.buffer as ArrayBuffer) : (pixels.slice().buffer as ArrayBuffer);
  const start = inPlace ? pixels.byteOffset : 0;
  if (floatingPoint) {
    if (bitsAllocated === 32) return new Float32Array(memory, start, count);
    if (bitsAllocated === 64) return new Float64Array(memory, start, count);
    throw new DomainError('unsupported', 'floating point pixels of this width');
  }
  const signed = pixelRepresentation === 1;
  if (bitsAllocated === 1) {
    const bytes = pixels;
    return Uint8Array.from({ length: count }, (_, i) => ((bytes[i >> 3] as number) >> (i & 7)) & 1);
  }
  const below = Math.max(0, highBit + 1 - bitsStored);
  const above = Math.max(0, bitsAllocated - 1 - highBit);
  const whole = (above === 0 && below === 0) || bitsStored === 0;
  if (bitsAllocated === 8) {
    const bytes = new Uint8Array(memory, start, count);
    if (!signed) return whole ? bytes : bytes.map((value) => ((value << above) & 0xff) >> (above + below));
    return Int16Array.from(bytes, (value) => (value << (24 + above)) >> (24 + above + below));
  }
  if (bitsAllocated === 16) {
    if (signed) {
      const words = new Int16Array(memory, start, count);
      return whole ? words : words.map((value) => (value << (16 + above)) >> (16 + above + below));
    }
    const words = new Uint16Array(memory, start, count);
    return whole ? words : words.map((value) => ((value << above) & 0xffff) >>> (above + below));
  }
  if (bitsAllocated === 32) {
    if (signed) {
      const words = new Int32Array(memory, start, count);
      return whole ? words : words.map((value) => (value << above) >> (above + below));
    }
    const words = new Uint32Array(memory, start, count);
    return whole ? words : words.map((value) => (value << above) >>> (above + below));
  }
  throw new DomainError('unsupported', 'pixels of this width');
}

function modalityOf({ modality }: GreyPresentation): (stored: number) => number {
  if (modality.kind === 'lut') return (stored) => lookUp(modality.lut, stored);
  return (stored) => stored * modality.slope + modality.intercept;
}

function rangeOf(stored: StoredValues, isPadding: (value: number) => boolean, modality: (stored: number) => number): Voi {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  let padded = false;
  for (const value of stored) {
    if (isPadding(value)) padded = true;
    if (!Number.isFinite(value) || isPadding(value)) continue;
    const transformed = modality(value);
    if (transformed < low) low = transformed;
    if (transformed > high) high = transformed;
  }
  if (!Number.isFinite(low)) return { kind: 'range', low: 0, high: 0 };
  // A single value beside padding (one label of a segmentation) must stand out from it.
  return { kind: 'range', low: low === high && padded ? low - 1 : low, high };
}

/** Modality value → 0 to 255, not rounded. */
function shadeOf(voi: Voi): (value: number) => number {
  switch (voi.kind) {
    case 'window':
      return windowOf(voi);
    case 'lut': {
      const top = 2 ** voi.lut.bits - 1;
      return (value) => clamp((lookUp(voi.lut, value) / top) * 255);
    }
    case 'range': {
      const span = voi.high - voi.low;
      return span > 0 ? (value) => clamp(((value - voi.low) / span) * 255) : () => 0;
    }
    case 'contents':
      return () => 0;
  }
}

/** PS3.3 C.11.2.1.2.1 (linear), C.11.2.1.3.1 (sigmoid), C.11.2.1.3.2 (linear exact), with output 0 to 255. */
export function windowOf({ center, width, function: shape }: Window): (value: number) => number {
  switch (shape) {
    case 'LINEAR':
      // With width 1 this is a step, and 0 / 0 at the centre itself.
      if (width <= 1) return (value) => (value <= center - 0.5 ? 0 : 255);
      return (value) => clamp(((value - (center - 0.5)) / (width - 1) + 0.5) * 255);
    case 'LINEAR_EXACT':
      return (value) => clamp(((value - center) / width + 0.5) * 255);
    case 'SIGMOID':
      return (value) => 255 / (1 + Math.exp((-4 * (value - center)) / width));
  }
}

function clamp(value: number): number {
  return Math.max(0, Math.min(255, value));
}
