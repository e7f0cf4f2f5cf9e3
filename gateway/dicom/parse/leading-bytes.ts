import { formOf } from '../dictionary/value-representations.ts';

/** Elements of group 0000, pieces of zeros, or marks of items, that are stepped over. */
const STEPS_MAX = 65_536;

/**
 * Where a data set begins that has elements of group 0000 (a command's, PS3.7 6.3.1), zeros, or marks of items and sequences (PS3.5 7.5) before its
 * first one: none belongs there, and what they look like says nothing of the encoding. Index into `bytes`; `at` where nothing of the kind stands.
 */
export function behindLeadingBytes(bytes: Buffer, at: number): number {
  let position = at;
  for (let step = 0; step < STEPS_MAX && isLeading(bytes, position); step += 1) {
    const next = [...ends(bytes, position), position + 2].find((end) => looksLikeElement(bytes, end));
    if (next === undefined) return at;
    position = next;
  }
  return position + 8 <= bytes.length && !isLeading(bytes, position) ? position : at;
}

function isLeading(bytes: Buffer, position: number): boolean {
  return position + 8 <= bytes.length && (bytes.readUInt16LE(position) === 0 || isMark(bytes, position));
}

/** Item, Item Delimitation or Sequence Delimitation, in either byte order. */
function isMark(bytes: Buffer, position: number): boolean {
  const little = bytes.readUInt16LE(position) === 0xfffe;
  if (!little && bytes.readUInt16BE(position) !== 0xfffe) return false;
  return MARKS.has(little ? bytes.readUInt16LE(position + 2) : bytes.readUInt16BE(position + 2));
}

/** Elements of group FFFE. */
const MARKS: ReadonlySet<number> = new Set([0xe000, 0xe00d, 0xe0dd]);

/** Behind the element at `position`, were it explicit, implicit, or implicit big endian. What an item holds is the data set itself. */
function ends(bytes: Buffer, position: number): number[] {
  if (isMark(bytes, position)) return [position + 8];
  const form = formOf(bytes[position + 4] as number, bytes[position + 5] as number);
  if (form?.long === false) return [position + 8 + bytes.readUInt16LE(position + 6), position + 8 + bytes.readUInt16BE(position + 6)];
  if (form !== undefined && position + 12 <= bytes.length) {
    return [position + 12 + bytes.readUInt32LE(position + 8), position + 12 + bytes.readUInt32BE(position + 8)];
  }
  const [implicit, implicitBig] = [bytes.readUInt32LE(position + 4), bytes.readUInt32BE(position + 4)];
  // Last: explicit, of a VR nobody knows.
  return [implicit, implicitBig, bytes.readUInt16LE(position + 6), bytes.readUInt16BE(position + 6)].map((length) => position + 8 + length);
}

/** Zeros, group 0000, a mark, or a group that a data set begins with, in either byte order. */
function looksLikeElement(bytes: Buffer, position: number): boolean {
  if (position + 8 > bytes.length) return false;
  if (isMark(bytes, position)) return true;
  const little = bytes.readUInt16LE(position);
  const big = bytes.readUInt16BE(position);
  return little === 0 || (little >= 4 && little <= 0x20) || (big >= 4 && big <= 0x20);
}
