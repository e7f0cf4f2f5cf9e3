import { DomainError } from '../../../domain/errors.ts';

/** JPEG XL's signature box, ISO/IEC 18181-2 table 1. */
const CONTAINER = Uint8Array.of(0, 0, 0, 12, 0x4a, 0x58, 0x4c, 0x20, 0x0d, 0x0a, 0x87, 0x0a);
const BOXES_MAX = 1000;

/** Width and height that the stream claims, ISO/IEC 18181-1 SizeHeader: known before a decoder takes memory for them. @throws invalid */
export function jpegXlSize(bytes: Uint8Array): { readonly width: number; readonly height: number } {
  const at = codestreamStart(bytes);
  if (at + 2 > bytes.length || bytes[at] !== 0xff || bytes[at + 1] !== 0x0a) throw broken();
  const read = bitReader(bytes, at + 2);
  const small = read(1) === 1;
  const side = () => (small ? (read(5) + 1) * 8 : read([9, 13, 18, 30][read(2)] as number) + 1);
  const height = side();
  const ratio = read(3);
  if (ratio === 0) return { width: side(), height };
  const [numerator, denominator] = RATIOS[ratio] as readonly [number, number];
  return { width: Math.floor((height * numerator) / denominator), height };
}

/** Width to height, by the number that stands for it. */
const RATIOS: readonly (readonly [number, number] | undefined)[] = [undefined, [1, 1], [12, 10], [4, 3], [3, 2], [16, 9], [5, 4], [2, 1]];

function codestreamStart(bytes: Uint8Array): number {
  if (!CONTAINER.every((byte, n) => bytes[n] === byte)) return 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  for (let box = 0; box < BOXES_MAX && at + 8 <= bytes.length; box++) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const wide = length === 1;
    const content = at + (wide ? 16 : 8);
    if (type === 'jxlc') return content;
    // A part of the codestream begins with its number.
    if (type === 'jxlp') return content + 4;
    if (length === 0 || (wide && at + 16 > bytes.length)) break;
    const whole = wide ? Number(view.getBigUint64(at + 8)) : length;
    if (whole < 8) break;
    at += whole;
  }
  throw broken();
}

function bitReader(bytes: Uint8Array, from: number): (count: number) => number {
  let bit = from * 8;
  return (count) => {
    let value = 0;
    for (let n = 0; n < count; n++, bit++) {
      const byte = bytes[bit >> 3];
      if (byte === undefined) throw broken();
      value += ((byte >> (bit & 7)) & 1) * 2 ** n;
    }
    return value;
  };
}

function broken(): DomainError {
  return new DomainError('invalid', 'no JPEG XL codestream');
}
