/** Tags and lengths in the bytes of a data set, PS3.5 7.1. A tag is `group << 16 | element`, unsigned. */

/** Items of a sequence or of fragments and what ends them, PS3.5 7.5. */
export const ITEM = 0xfffee000;
export const ITEM_DELIMITATION = 0xfffee00d;
export const SEQUENCE_DELIMITATION = 0xfffee0dd;
export const PIXEL_DATA = 0x7fe00010;
export const SPECIFIC_CHARACTER_SET = 0x00080005;

/** Item, Item Delimitation or Sequence Delimitation: no element. */
export function isMark(tag: number): boolean {
  return tag === ITEM || tag === ITEM_DELIMITATION || tag === SEQUENCE_DELIMITATION;
}

/** Pixel Data, Float Pixel Data or Double Float Pixel Data. */
export function isPixelTag(tag: number): boolean {
  return tag === PIXEL_DATA || tag === 0x7fe00008 || tag === 0x7fe00009;
}

const HEX4: readonly string[] = Array.from({ length: 0x10000 }, (_, value) => value.toString(16).toUpperCase().padStart(4, '0'));

/** Eight upper-case hexadecimal digits. */
export function tagText(tag: number): string {
  return (HEX4[tag >>> 16] as string) + (HEX4[tag & 0xffff] as string);
}

export function readTag(buffer: Buffer, index: number, bigEndian: boolean): number {
  return bigEndian
    ? buffer.readUInt32BE(index)
    : (((buffer[index + 1] as number) << 24) |
        ((buffer[index] as number) << 16) |
        ((buffer[index + 3] as number) << 8) |
        (buffer[index + 2] as number)) >>>
        0;
}

export function readLength(buffer: Buffer, index: number, bigEndian: boolean): number {
  return bigEndian ? buffer.readUInt32BE(index) : buffer.readUInt32LE(index);
}
