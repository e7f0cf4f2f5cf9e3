import { DomainError } from '../../../domain/errors.ts';
import type { EntropyReader, HuffmanTable } from './jpeg-entropy.ts';

/** Position in the block, row by row, of the k-th coefficient in zig-zag order. ITU-T T.81 figure A.6. */
export const ZIGZAG = Uint8Array.from(zigzag());

function* zigzag(): Generator<number> {
  for (let diagonal = 0; diagonal < 15; diagonal++) {
    const steps = Array.from({ length: 8 }, (_, i) => i).filter((i) => diagonal - i >= 0 && diagonal - i < 8);
    for (const i of diagonal % 2 === 0 ? steps.reverse() : steps) yield i * 8 + (diagonal - i);
  }
}

/** What a scan codes of each block: a band of coefficients at a precision. ITU-T T.81 G.1.1. */
export interface Band {
  readonly progressive: boolean;
  /** Ss, Se: first and last coefficient, zig-zag order. */
  readonly first: number;
  readonly last: number;
  /** Ah, Al: bit positions before and after this scan. */
  readonly high: number;
  readonly low: number;
}

/** What carries over from block to block within a restart interval. */
export interface ScanState {
  /** Predictions of DC, by component of the scan. */
  readonly dc: Int32Array;
  /** Blocks left in an end-of-band run. */
  endOfBandRun: number;
}

export interface BlockTables {
  readonly dc: HuffmanTable | undefined;
  readonly ac: HuffmanTable | undefined;
}

/** Decodes one block of one scan into `coefficients` (natural order, not dequantised) at `at`. */
export function decodeBlock(
  reader: EntropyReader,
  band: Band,
  tables: BlockTables,
  state: ScanState,
  component: number,
  coefficients: Int16Array,
  at: number,
): void {
  if (!band.progressive) sequentialBlock(reader, tables, state, component, coefficients, at);
  else if (band.first > 0 && band.high === 0) acFirst(reader, band, need(tables.ac), state, coefficients, at);
  else if (band.first > 0) acRefine(reader, band, need(tables.ac), state, coefficients, at);
  else if (band.high === 0) {
    const dc = (state.dc[component] as number) + reader.receiveSigned(dcSize(reader, tables));
    state.dc[component] = dc;
    coefficients[at] = dc << band.low;
  } else if (reader.receive(1) === 1) {
    coefficients[at] = (coefficients[at] as number) | (1 << band.low);
  }
}

/** ITU-T T.81 F.2.2. */
function sequentialBlock(
  reader: EntropyReader,
  tables: BlockTables,
  state: ScanState,
  component: number,
  coefficients: Int16Array,
  at: number,
): void {
  const dc = (state.dc[component] as number) + reader.receiveSigned(dcSize(reader, tables));
  state.dc[component] = dc;
  coefficients[at] = dc;
  const ac = need(tables.ac);
  for (let k = 1; k < 64; k++) {
    const symbol = reader.symbol(ac);
    const size = symbol & 15;
    if (size === 0) {
      if (symbol !== 0xf0) return;
      k += 15;
      continue;
    }
    k += symbol >> 4;
    if (k > 63) throw new DomainError('invalid', 'JPEG block has too many coefficients');
    coefficients[at + (ZIGZAG[k] as number)] = reader.receiveSigned(size);
  }
}

/** ITU-T T.81 G.1.2.2. */
function acFirst(reader: EntropyReader, band: Band, ac: HuffmanTable, state: ScanState, coefficients: Int16Array, at: number): void {
  if (state.endOfBandRun > 0) {
    state.endOfBandRun--;
    return;
  }
  for (let k = band.first; k <= band.last; k++) {
    const symbol = reader.symbol(ac);
    const run = symbol >> 4;
    const size = symbol & 15;
    if (size === 0) {
      if (run < 15) {
        state.endOfBandRun = (1 << run) + (run === 0 ? 0 : reader.receive(run)) - 1;
        return;
      }
      k += 15;
      continue;
    }
    k += run;
    if (k > band.last) throw new DomainError('invalid', 'JPEG block has too many coefficients');
    coefficients[at + (ZIGZAG[k] as number)] = reader.receiveSigned(size) << band.low;
  }
}

/** ITU-T T.81 G.1.2.3: one more bit for coefficients already known, and new ones of ±1 between them. */
function acRefine(reader: EntropyReader, band: Band, ac: HuffmanTable, state: ScanState, coefficients: Int16Array, at: number): void {
  const bit = 1 << band.low;
  const refine = (position: number): void => {
    const value = coefficients[position] as number;
    if (reader.receive(1) === 1 && (Math.abs(value) & bit) === 0) coefficients[position] = value + (value > 0 ? bit : -bit);
  };
  let k = band.first;
  while (state.endOfBandRun === 0 && k <= band.last) {
    const symbol = reader.symbol(ac);
    let zeros = symbol >> 4;
    const size = symbol & 15;
    let fresh = 0;
    if (size === 0) {
      if (zeros < 15) {
        state.endOfBandRun = (1 << zeros) + (zeros === 0 ? 0 : reader.receive(zeros));
        break;
      }
    } else if (size === 1) {
      fresh = reader.receive(1) === 1 ? bit : -bit;
    } else {
      throw new DomainError('invalid', 'JPEG refinement adds more than one bit');
    }
    for (; k <= band.last; k++) {
      const position = at + (ZIGZAG[k] as number);
      if (coefficients[position] !== 0) refine(position);
      else if (zeros-- === 0) {
        if (fresh !== 0) coefficients[position] = fresh;
        k++;
        break;
      }
    }
  }
  if (state.endOfBandRun > 0) {
    for (; k <= band.last; k++) {
      const position = at + (ZIGZAG[k] as number);
      if (coefficients[position] !== 0) refine(position);
    }
    state.endOfBandRun--;
  }
}

function dcSize(reader: EntropyReader, tables: BlockTables): number {
  const size = reader.symbol(need(tables.dc));
  if (size > 16) throw new DomainError('invalid', 'JPEG difference is too large');
  return size;
}

function need(table: HuffmanTable | undefined): HuffmanTable {
  if (table === undefined) throw new DomainError('invalid', 'JPEG scan names a Huffman table that was not given');
  return table;
}

// ── Inverse transform ────────────────────────────────────────────────────────

const FRACTION_BITS = 13;
const fixed = (value: number): number => Math.round(value * (1 << FRACTION_BITS));
/** Rotations of the eight-point transform, with its scale of √8 left in; C. Loeffler, A. Ligtenberg, G. Moschytz, ICASSP 1989, figure 1. */
const EVEN_SUM = fixed(0.5411961);
const EVEN_2 = fixed(0.765366865);
const EVEN_6 = fixed(1.847759065);
const ODD_SUM = fixed(1.175875602);
const ODD_7 = fixed(0.298631336);
const ODD_5 = fixed(2.053119869);
const ODD_3 = fixed(3.072711026);
const ODD_1 = fixed(1.50132111);
const ODD_71 = fixed(0.899976223);
const ODD_53 = fixed(2.562915447);
const ODD_73 = fixed(1.96157056);
const ODD_51 = fixed(0.390180644);

/**
 * Dequantises and inverts one 8×8 block into `plane` at `to`.
 * The arithmetic (13-bit constants, 2 guard bits between the passes for 8-bit samples and 1 for 12-bit) is the one the common
 * decoders use, so lossy images come out with their very values.
 */
export function invertBlock(
  coefficients: Int16Array,
  at: number,
  quantisation: Uint16Array,
  precision: number,
  plane: Uint8Array | Uint16Array,
  to: number,
  stride: number,
): void {
  const guardBits = precision > 8 ? 1 : 2;
  for (let i = 0; i < 64; i++) workspace[i] = (coefficients[at + i] as number) * (quantisation[i] as number);
  for (let column = 0; column < 8; column++) pass(column, 8, FRACTION_BITS - guardBits);
  const centre = 1 << (precision - 1);
  const top = (1 << precision) - 1;
  for (let row = 0; row < 8; row++) {
    pass(row * 8, 1, FRACTION_BITS + guardBits + 3);
    const line = to + row * stride;
    for (let column = 0; column < 8; column++) {
      const value = (workspace[row * 8 + column] as number) + centre;
      plane[line + column] = Math.max(0, Math.min(top, value));
    }
  }
}

const workspace = new Int32Array(64);

/** One eight-point inverse transform in place, over elements `step` apart, rounded by `shift` bits. */
function pass(at: number, step: number, shift: number): void {
  const w = workspace;
  const i1 = at + step;
  const i2 = i1 + step;
  const i3 = i2 + step;
  const i4 = i3 + step;
  const i5 = i4 + step;
  const i6 = i5 + step;
  const i7 = i6 + step;
  const x0 = w[at] as number;
  const x1 = w[i1] as number;
  const x2 = w[i2] as number;
  const x3 = w[i3] as number;
  const x4 = w[i4] as number;
  const x5 = w[i5] as number;
  const x6 = w[i6] as number;
  const x7 = w[i7] as number;
  const half = 1 << (shift - 1);

  const even = (x2 + x6) * EVEN_SUM;
  const outer = even + x2 * EVEN_2;
  const inner = even - x6 * EVEN_6;
  const sum = (x0 + x4) * (1 << FRACTION_BITS) + half;
  const difference = (x0 - x4) * (1 << FRACTION_BITS) + half;

  const odd = (x7 + x3 + x5 + x1) * ODD_SUM;
  const p73 = odd - (x7 + x3) * ODD_73;
  const p51 = odd - (x5 + x1) * ODD_51;
  const p71 = -(x7 + x1) * ODD_71;
  const p53 = -(x5 + x3) * ODD_53;
  const o0 = x1 * ODD_1 + p71 + p51;
  const o1 = x3 * ODD_3 + p53 + p73;
  const o2 = x5 * ODD_5 + p53 + p51;
  const o3 = x7 * ODD_7 + p71 + p73;

  w[at] = (sum + outer + o0) >> shift;
  w[i7] = (sum + outer - o0) >> shift;
  w[i1] = (difference + inner + o1) >> shift;
  w[i6] = (difference + inner - o1) >> shift;
  w[i2] = (difference - inner + o2) >> shift;
  w[i5] = (difference - inner - o2) >> shift;
  w[i3] = (sum - outer + o3) >> shift;
  w[i4] = (sum - outer - o3) >> shift;
}
