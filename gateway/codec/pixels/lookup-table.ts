import { DomainError } from '../../domain/errors.ts';
import type { DicomJson } from '../../domain/imaging/dataset.ts';
import { VR_BOUNDS, wholeOf, wordsOf } from '../../domain/imaging/header-values.ts';

/** Entries a LUT can have: the descriptor's 16 bits, 0 standing for 2^16. */
const ENTRIES_MAX = 1 << 16;
/** Segments that one palette may run through, repeated ones each time; one of a few words could otherwise ask for billions that give nothing. */
const SEGMENTS_MAX = 2 * ENTRIES_MAX;

/** Output for inputs `first`, `first + 1`, …; what lies outside takes the end's. PS3.3 C.11.1.1, C.11.2.1.1, C.7.6.3.1.5. */
export interface LookupTable {
  readonly first: number;
  readonly bits: number;
  readonly entries: Uint16Array;
}

export function lookUp(table: LookupTable, input: number): number {
  const index = Math.round(input) - table.first;
  return table.entries[index < 0 ? 0 : index >= table.entries.length ? table.entries.length - 1 : index] as number;
}

/**
 * Descriptor and data as one table; undefined when either is absent or holds nothing (data by reference only counts as absent).
 * `signed`: the inputs are signed, so a descriptor written as US may mean a negative first value.
 */
export function lookupTable(
  item: DicomJson | undefined,
  tags: { readonly descriptor: string; readonly data: string; readonly segmented?: string },
  signed: boolean,
): LookupTable | undefined {
  const [count, first, bits] = [0, 1, 2].map((index) => wholeOf(item, tags.descriptor, VR_BOUNDS.xs, index));
  if (item === undefined || count === undefined || first === undefined || bits === undefined) return undefined;
  // Read as SS, a count from 32768 on is negative.
  const length = (count & 0xffff) === 0 ? ENTRIES_MAX : count & 0xffff;
  const words = wordsOf(item[tags.data]);
  const segments = tags.segmented === undefined ? undefined : wordsOf(item[tags.segmented]);
  const entries =
    words !== undefined && words.length > 0
      ? entriesOf(words, length, bits)
      : segments !== undefined && segments.length > 0
        ? expandSegments(bits <= 8 ? bytesOf(segments) : segments, length, bits > 8)
        : undefined;
  if (entries === undefined) return undefined;
  return { first: signed && first > 0x7fff ? first - 0x10000 : first, bits: Math.min(16, Math.max(1, bits)), entries };
}

/** Eight-bit entries may be packed two a word (PS3.3 C.7.6.3.1.6), also where the descriptor says 16 bits: half the words tell. */
function entriesOf(words: Uint16Array, length: number, bits: number): Uint16Array {
  const packed = bits <= 8 ? words.length < length : length > 2 && words.length === Math.ceil(length / 2);
  return (packed ? bytesOf(words) : words).subarray(0, length);
}

function bytesOf(words: Uint16Array): Uint16Array {
  return Uint16Array.from({ length: words.length * 2 }, (_, i) => ((words[i >> 1] as number) >> (i % 2 === 0 ? 0 : 8)) & 0xff);
}

/**
 * Segmented palette, PS3.3 C.7.9.2: 0 discrete, 1 linear, 2 indirect (repeats earlier segments). `wide`: entries of 16 bits.
 * The offset of an indirect segment counts bytes; some writers count entries. What is no beginning of a segment in bytes is read in entries.
 * @throws invalid
 */
function expandSegments(data: Uint16Array, length: number, wide: boolean): Uint16Array {
  const entries: number[] = [];
  const starts = new Set<number>();
  const broken = () => new DomainError('invalid', 'segmented palette is broken');
  let segments = 0;
  const run = (from: number, segmentCount: number, indirectAllowed: boolean): void => {
    let at = from;
    for (let segment = 0; segment < segmentCount && at < data.length && entries.length < length; segment++) {
      segments += 1;
      if (segments > SEGMENTS_MAX) throw broken();
      starts.add(at);
      const opcode = data[at];
      const count = data[at + 1];
      if (count === undefined) throw broken();
      if (opcode === 0) {
        if (at + 2 + count > data.length) throw broken();
        // One by one: as arguments of one call, 65,535 values can be more than the stack holds.
        for (const entry of data.subarray(at + 2, at + 2 + count)) entries.push(entry);
        at += 2 + count;
      } else if (opcode === 1) {
        const previous = entries.at(-1);
        const last = data[at + 2];
        if (previous === undefined || last === undefined) throw broken();
        for (let i = 1; i <= count; i++) entries.push(Math.round(previous + ((last - previous) * i) / count));
        at += 3;
      } else if (opcode === 2 && indirectAllowed) {
        const target = indirectTarget(data, at, wide, starts);
        if (target === undefined) throw broken();
        run(target, count, false);
        at += wide ? 4 : 6;
      } else {
        throw broken();
      }
    }
  };
  run(0, Number.POSITIVE_INFINITY, true);
  if (entries.length === 0) throw broken();
  return Uint16Array.from(entries.slice(0, length));
}

/** Where the segment that is repeated begins: an earlier one. Least significant part first: two words, or four bytes. */
function indirectTarget(data: Uint16Array, at: number, wide: boolean, starts: ReadonlySet<number>): number | undefined {
  const parts = Array.from(data.subarray(at + 2, at + (wide ? 4 : 6)));
  if (parts.length < (wide ? 2 : 4)) return undefined;
  const offset = parts.reduce((sum, part, n) => sum + part * 2 ** (n * (wide ? 16 : 8)), 0);
  return [wide ? offset / 2 : offset, offset].find((place) => place < at && starts.has(place));
}
