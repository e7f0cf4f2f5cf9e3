/**
 * Palette colour tables, PS3.3 C.7.6.3.1.5–6 and C.7.9.2. In DICOM JSON they are binary (inline, or behind a BulkDataURI), and may be
 * written in segments; the renderer wants the entries as numbers.
 */
import type { DicomElement, DicomObject } from '../api/dicom-json.ts';
import { firstString, numbers } from '../api/dicom-json.ts';

const COLOURS = [
  { descriptor: '00281101', table: '00281201', segmented: '00281221' },
  { descriptor: '00281102', table: '00281202', segmented: '00281222' },
  { descriptor: '00281103', table: '00281203', segmented: '00281223' },
] as const;

/** PS3.3 C.7.6.3.1.5: an entry count of 0 stands for 65536, the most a table can have. */
export const ENTRIES_MAX = 65_536;

export function isPaletteColour(instance: DicomObject): boolean {
  return firstString(instance, '00280004') === 'PALETTE COLOR';
}

export function hasPalette(instance: DicomObject): boolean {
  return COLOURS.every(({ table }) => numbers(instance, table).length > 0);
}

/** Puts the tables of a palette colour image into its metadata as numbers. `read` gives an element's bytes, wherever they are. */
export async function resolvePalette(instance: DicomObject, read: (element: DicomElement) => Promise<Uint8Array>): Promise<void> {
  if (!isPaletteColour(instance) || hasPalette(instance)) return;
  for (const { descriptor, table, segmented } of COLOURS) {
    const [entries = 0, , bits = 16] = numbers(instance, descriptor);
    const count = entries === 0 ? ENTRIES_MAX : entries;
    const plain = instance[table];
    const source = plain ?? instance[segmented];
    if (source === undefined) return;
    const bytes = await read(source);
    const values = plain === undefined ? expandSegments(words(bytes, bits), count) : tableValues(bytes, count);
    instance[table] = { vr: 'OW', Value: values };
    // Segmented tables have no bit depth of their own that readers agree on; their words are 16 bits wide.
    if (plain === undefined && numbers(instance, descriptor).length < 3) instance[descriptor] = { vr: 'US', Value: [count, 0, 16] };
  }
}

/** Little endian words; or bytes, when there are only as many as entries (some senders pack 8-bit tables). */
export function tableValues(bytes: Uint8Array, entries: number): number[] {
  if (bytes.length < entries * 2) return [...bytes.subarray(0, entries)];
  return words(bytes, 16).slice(0, entries);
}

function words(bytes: Uint8Array, bits: number): number[] {
  if (bits === 8 && bytes.length % 2 !== 0) return [...bytes];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: Math.floor(bytes.length / 2) }, (_, at) => view.getUint16(at * 2, true));
}

/** PS3.3 C.7.9.2: discrete (0), linear (1) and indirect (2) segments, up to `entries` values. Broken ones end the table. */
export function expandSegments(segments: readonly number[], entries: number): number[] {
  const values: number[] = [];
  const run = (from: number, count: number, indirect: boolean): number => {
    let at = from;
    for (let segment = 0; segment < count && at < segments.length && values.length < entries; segment += 1) {
      const [opcode = -1, length = 0] = [segments[at], segments[at + 1]];
      if (opcode === 0) {
        values.push(...segments.slice(at + 2, at + 2 + length));
        at += 2 + length;
      } else if (opcode === 1 && values.length > 0) {
        const first = values.at(-1) ?? 0;
        const last = segments[at + 2] ?? 0;
        for (let step = 1; step <= length; step += 1) values.push(Math.round(first + ((last - first) * step) / length));
        at += 3;
      } else if (opcode === 2 && indirect) {
        const offset = ((segments[at + 3] ?? 0) << 16) | (segments[at + 2] ?? 0);
        run(offset, length, false);
        at += 4;
      } else return segments.length;
    }
    return at;
  };
  run(0, Number.POSITIVE_INFINITY, true);
  return values.slice(0, entries);
}
