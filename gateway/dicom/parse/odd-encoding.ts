/**
 * Where the bytes of a data set contradict its encoding: what is meant. The reader of headers and the writer of Explicit VR Little Endian ask here,
 * so that both find the same elements.
 */
import { isMark, readLength, readTag } from '../dictionary/tags.ts';
import { formOf } from '../dictionary/value-representations.ts';
import { UNDEFINED_LENGTH } from './value-place.ts';

/**
 * An explicit element whose two VR bytes name no VR we know, by its first eight bytes. `later`: a VR of a later edition in the long form (PS3.5 6.2,
 * note on future VRs); `implicit`: an element in implicit form; `short`: the short form, of a VR nobody knows.
 * @param room bytes from the element's first to the end of what it stands in
 */
export function oddVR(buffer: Buffer, index: number, bigEndian: boolean, room: number): 'later' | 'implicit' | 'short' {
  if (isLetters(buffer[index + 4] as number, buffer[index + 5] as number)) {
    return buffer[index + 6] === 0 && buffer[index + 7] === 0 ? 'later' : 'short';
  }
  const length = readLength(buffer, index + 4, bigEndian);
  return length === UNDEFINED_LENGTH || 8 + length <= room ? 'implicit' : 'short';
}

/**
 * Whether an item is in explicit form: as its sequence is, unless its first element shows otherwise.
 * @param index of the first eight bytes of the item's value
 * @param room bytes from there to the item's end
 */
export function isItemExplicit(buffer: Buffer, index: number, bigEndian: boolean, room: number, implicit: boolean): boolean {
  const tag = readTag(buffer, index, bigEndian);
  // Marks and zeros belong to no encoding.
  if (isMark(tag) || tag >>> 16 === 0) return !implicit;
  const form = formOf(buffer[index + 4] as number, buffer[index + 5] as number);
  const looksExplicit = form !== undefined && (!form.long || (buffer[index + 6] === 0 && buffer[index + 7] === 0));
  if (implicit) return looksExplicit && 8 + readLength(buffer, index + 4, bigEndian) > room;
  return looksExplicit || isLetters(buffer[index + 4] as number, buffer[index + 5] as number);
}

function isLetters(first: number, second: number): boolean {
  return first >= 65 && first <= 90 && second >= 65 && second <= 90;
}
