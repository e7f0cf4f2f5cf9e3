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
        ? expandSegments(bits <= 8 ? bytesOf(segments) : segments, length)
        : undefined;
  if (entries === undefined) return undefined;
  return { first: signed && first > 0x7fff ? first - 0x10000 : first, bits: Math.min(16, Math.max(1, bits)), entries };
}

/** Eight-bit entries may be packed two a word (PS3.3 C.7.6.3.1.6). */
function entriesOf(words: Uint16Array, length: number, bits: number): Uint16Array {
  if (bits <= 8 && words.length < length) return bytesOf(words).subarray(0, length);
  return words.subarray(0, length);
}

function bytesOf(words: Uint16Array): Uint16Array {
  return Uint16Array.from({ length: words.length * 2 }, (_, i) => ((words[i >> 1] as number) >> (i % 2 === 0 ? 0 : 8)) & 0xff);
}

/** Segmented palette, PS3.3 C.7.9.2: 0 discrete, 1 linear, 2 indirect (repeats earlier segments). @throws invalid */
function expandSegments(data: Uint16Array, length: number): Uint16Array {
  const entries: number[] = [];
  const broken = () => new DomainError('invalid', 'segmented palette is broken');
  let segments = 0;
  const run = (from: number, segmentCount: number, indirectAllowed: boolean): void => {
    let at = from;
    for (let segment = 0; segment < segmentCount && at < data.length && entries.length < length; segment++) {
      segments += 1;
      if (segments > SEGMENTS_MAX) throw broken();
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
        const low = data[at + 2];
        const high = data[at + 3];
        if (low === undefined || high === undefined) throw broken();
        const offset = high * 0x10000 + low;
        if (offset >= at) throw broken();
        run(offset, count, false);
        at += 4;
      } else {
        throw broken();
      }
    }
  };
  run(0, Number.POSITIVE_INFINITY, true);
  if (entries.length === 0) throw broken();
  return Uint16Array.from(entries.slice(0, length));
}
