import { ZIGZAG } from '../pixels/jpeg/jpeg-dct.ts';
import {
  AC_CHROMA,
  AC_LUMA,
  CHROMA_STEPS,
  codesOf,
  DC_CHROMA,
  DC_LUMA,
  type HuffmanCodes,
  LUMA_STEPS,
  type TableSpec,
} from '../pixels/jpeg/jpeg-tables.ts';
import type { ImageSink } from './image-sink.ts';

/**
 * Baseline JPEG (ITU-T T.81), grey or YCbCr without subsampling, with JFIF's header. Own code, since it runs on the thread of the image: the
 * encoders of libraries run on the process' threads, where every read of a file waits for its turn.
 */
export function encodeJpeg(
  rows: Iterable<Uint8Array>,
  { columns, rows: height, channels }: { readonly columns: number; readonly rows: number; readonly channels: 1 | 3 },
  quality: number,
  sink: ImageSink,
): void {
  const luma = stepsOf(LUMA_STEPS, quality);
  const chroma = stepsOf(CHROMA_STEPS, quality);
  writeHeaders(sink, columns, height, channels, [luma, chroma]);
  const bits = bitWriter(sink);
  const coders = Array.from({ length: channels }, (_, n) =>
    n === 0 ? blockCoder(bits, luma, codesOf(DC_LUMA), codesOf(AC_LUMA)) : blockCoder(bits, chroma, codesOf(DC_CHROMA), codesOf(AC_CHROMA)),
  );
  const stride = Math.ceil(columns / 8) * 8;
  const planes = coders.map(() => new Float32Array(stride * 8));
  let line = 0;
  const codeBand = () => {
    for (let x = 0; x < stride; x += 8) for (let n = 0; n < channels; n++) coders[n]?.(planes[n] as Float32Array, x, stride);
  };
  for (const row of rows) {
    putRow(row, planes, line * stride, columns, stride);
    line++;
    if (line === 8) {
      codeBand();
      line = 0;
    }
  }
  if (line > 0) {
    // What is below the image repeats its last line: it is cut off again, and costs least so.
    for (const plane of planes) for (let n = line; n < 8; n++) plane.copyWithin(n * stride, (line - 1) * stride, line * stride);
    codeBand();
  }
  bits.end();
  sink.write(Uint8Array.of(0xff, 0xd9));
}

/** Samples around zero; RGB as YCbCr (ITU-T T.871). The last one of the line is repeated to whole blocks. */
function putRow(row: Uint8Array, planes: readonly Float32Array[], at: number, columns: number, stride: number): void {
  const [first, second, third] = planes as [Float32Array, Float32Array?, Float32Array?];
  if (second === undefined || third === undefined) {
    for (let x = 0; x < columns; x++) first[at + x] = (row[x] as number) - 128;
  } else {
    for (let x = 0, from = 0; x < columns; x++, from += 3) {
      const r = row[from] as number;
      const g = row[from + 1] as number;
      const b = row[from + 2] as number;
      first[at + x] = 0.299 * r + 0.587 * g + 0.114 * b - 128;
      second[at + x] = -0.168736 * r - 0.331264 * g + 0.5 * b;
      third[at + x] = 0.5 * r - 0.418688 * g - 0.081312 * b;
    }
  }
  for (const plane of planes) plane.fill(plane[at + columns - 1] as number, at + columns, at + stride);
}

/** The tables of annex K, scaled as the Independent JPEG Group's encoders scale them: 50 is the table itself. */
function stepsOf(table: readonly number[], quality: number): Uint8Array {
  const percent = quality < 50 ? 5000 / quality : 200 - 2 * quality;
  return Uint8Array.from(table, (step) => Math.min(255, Math.max(1, Math.floor((step * percent + 50) / 100))));
}

function writeHeaders(sink: ImageSink, columns: number, rows: number, channels: number, steps: readonly Uint8Array[]): void {
  const segment = (marker: number, ...body: number[]) => {
    const length = body.length + 2;
    sink.write(Uint8Array.of(0xff, marker, length >> 8, length & 0xff, ...body));
  };
  sink.write(Uint8Array.of(0xff, 0xd8));
  segment(0xe0, 0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0);
  const tables = channels === 1 ? 1 : 2;
  for (let n = 0; n < tables; n++) segment(0xdb, n, ...Array.from(ZIGZAG, (at) => (steps[n] as Uint8Array)[at] as number));
  const components = Array.from({ length: channels }, (_, n) => [n + 1, 0x11, n === 0 ? 0 : 1]);
  segment(0xc0, 8, rows >> 8, rows & 0xff, columns >> 8, columns & 0xff, channels, ...components.flat());
  const huffman = (head: number, { counts, symbols }: TableSpec) => segment(0xc4, head, ...counts, ...symbols);
  huffman(0x00, DC_LUMA);
  huffman(0x10, AC_LUMA);
  if (channels > 1) {
    huffman(0x01, DC_CHROMA);
    huffman(0x11, AC_CHROMA);
  }
  const selectors = Array.from({ length: channels }, (_, n) => [n + 1, n === 0 ? 0x00 : 0x11]);
  segment(0xda, channels, ...selectors.flat(), 0, 63, 0);
}

interface BitWriter {
  put(bits: number, length: number): void;
  end(): void;
}

/** Bits from the most significant on; after a byte of ones a zero byte is stuffed (F.1.2.3). */
function bitWriter(sink: ImageSink): BitWriter {
  let held = 0;
  let count = 0;
  const put = (bits: number, length: number) => {
    held = (held << length) | bits;
    count += length;
    while (count >= 8) {
      count -= 8;
      const byte = (held >> count) & 0xff;
      sink.byte(byte);
      if (byte === 0xff) sink.byte(0);
    }
    held &= (1 << count) - 1;
  };
  return {
    put,
    end: () => {
      if (count > 0) put((1 << (8 - count)) - 1, 8 - count);
    },
  };
}

/** Transforms, quantises and codes blocks of one component (F.1.2); the difference of their means runs from block to block. */
function blockCoder(
  bits: BitWriter,
  steps: Uint8Array,
  dc: HuffmanCodes,
  ac: HuffmanCodes,
): (plane: Float32Array, at: number, stride: number) => void {
  const factors = factorsOf(steps);
  const block = new Float32Array(64);
  const values = new Int32Array(64);
  let before = 0;
  const amplitude = (value: number, length: number) => bits.put(value < 0 ? value + (1 << length) - 1 : value, length);
  return (plane, at, stride) => {
    for (let y = 0, to = 0, from = at; y < 8; y++, from += stride) {
      for (let x = 0; x < 8; x++) block[to++] = plane[from + x] as number;
    }
    transform(block);
    let last = 0;
    for (let k = 0; k < 64; k++) {
      const from = ZIGZAG[k] as number;
      const exact = Math.round((block[from] as number) * (factors[from] as number));
      // At the finest steps rounding may pass what ten bits hold, and no code is for more (F.1.2.2.1).
      const value = k === 0 ? exact : Math.max(-AC_MAX, Math.min(AC_MAX, exact));
      values[k] = value;
      if (value !== 0) last = k;
    }
    const difference = (values[0] as number) - before;
    before = values[0] as number;
    const length = lengthOf(difference);
    bits.put(dc.codes[length] as number, dc.lengths[length] as number);
    if (length > 0) amplitude(difference, length);
    let zeros = 0;
    for (let k = 1; k <= last; k++) {
      const value = values[k] as number;
      if (value === 0) {
        zeros++;
        continue;
      }
      for (; zeros > 15; zeros -= 16) bits.put(ac.codes[0xf0] as number, ac.lengths[0xf0] as number);
      const size = lengthOf(value);
      const symbol = (zeros << 4) | size;
      bits.put(ac.codes[symbol] as number, ac.lengths[symbol] as number);
      amplitude(value, size);
      zeros = 0;
    }
    if (last < 63) bits.put(ac.codes[0] as number, ac.lengths[0] as number);
  };
}

const AC_MAX = 1023;

function lengthOf(value: number): number {
  return 32 - Math.clz32(Math.abs(value));
}

/** What the transform leaves out of each coefficient, together with its quantisation step. */
function factorsOf(steps: Uint8Array): Float32Array {
  const scale = Array.from({ length: 8 }, (_, n) => (n === 0 ? 1 : Math.cos((n * Math.PI) / 16) * Math.SQRT2));
  return Float32Array.from(steps, (step, at) => 1 / (step * (scale[at >> 3] as number) * (scale[at & 7] as number) * 8));
}

/** Forward DCT after Arai, Agui and Nakajima, rows then columns, without its last multiplications: those are in `factorsOf`. */
function transform(block: Float32Array): void {
  for (let at = 0; at < 64; at += 8) transformLine(block, at, 1);
  for (let at = 0; at < 8; at++) transformLine(block, at, 8);
}

const C4 = Math.SQRT1_2;
const C6 = Math.cos((6 * Math.PI) / 16);
const C2_MINUS_C6 = Math.cos((2 * Math.PI) / 16) - C6;
const C2_PLUS_C6 = Math.cos((2 * Math.PI) / 16) + C6;

function transformLine(v: Float32Array, at: number, step: number): void {
  const at1 = at + step;
  const at2 = at1 + step;
  const at3 = at2 + step;
  const at4 = at3 + step;
  const at5 = at4 + step;
  const at6 = at5 + step;
  const at7 = at6 + step;
  const s07 = (v[at] as number) + (v[at7] as number);
  const d07 = (v[at] as number) - (v[at7] as number);
  const s16 = (v[at1] as number) + (v[at6] as number);
  const d16 = (v[at1] as number) - (v[at6] as number);
  const s25 = (v[at2] as number) + (v[at5] as number);
  const d25 = (v[at2] as number) - (v[at5] as number);
  const s34 = (v[at3] as number) + (v[at4] as number);
  const d34 = (v[at3] as number) - (v[at4] as number);
  const even3 = s07 - s34;
  const turned = (s16 - s25 + even3) * C4;
  v[at] = s07 + s34 + (s16 + s25);
  v[at4] = s07 + s34 - (s16 + s25);
  v[at2] = even3 + turned;
  v[at6] = even3 - turned;
  const odd0 = d34 + d25;
  const odd2 = d16 + d07;
  const z5 = (odd0 - odd2) * C6;
  const z2 = C2_MINUS_C6 * odd0 + z5;
  const z4 = C2_PLUS_C6 * odd2 + z5;
  const z3 = (d25 + d16) * C4;
  const z11 = d07 + z3;
  const z13 = d07 - z3;
  v[at5] = z13 + z2;
  v[at3] = z13 - z2;
  v[at1] = z11 + z4;
  v[at7] = z11 - z4;
}
