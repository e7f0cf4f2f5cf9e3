import { afterAll, describe, expect, it } from 'vitest';
import { greyPixels } from '../../../test/fixtures/dicom/grey-pixels.ts';
import { jpegXlSize } from '../pixels/codestream/jpeg-xl-size.ts';
import { decodeJpegImage } from '../pixels/jpeg/jpeg.ts';
import { createCodec } from './codec.ts';
import { decodingBytes } from './cost.ts';

const codec = createCodec({ workers: 1 });
afterAll(() => codec.close());

const SYNTAX = '1.2.840.10008.1.2.4.';
const pixel = greyPixels(16, 16);

/** LSB first, as JPEG XL packs its header. */
function bits(...fields: readonly (readonly [value: number, count: number])[]): Buffer {
  let all = '';
  for (const [value, count] of fields) for (let n = 0; n < count; n++) all += Math.floor(value / 2 ** n) % 2;
  const bytes = Buffer.alloc(Math.ceil(all.length / 8) + 8);
  for (let n = 0; n < all.length; n++) if (all[n] === '1') bytes[n >> 3] = (bytes[n >> 3] as number) | (1 << (n & 7));
  return bytes;
}
const jxl = (...fields: readonly (readonly [number, number])[]) => Buffer.concat([Buffer.from('ff0a', 'hex'), bits(...fields)]);
/** SizeHeader: not small, 30 bits each. */
const hugeJxl = jxl([0, 1], [3, 2], [59_999, 30], [0, 3], [3, 2], [59_999, 30]);
const inBox = (codestream: Buffer) => {
  const box = Buffer.from('000000006a786c63', 'hex');
  box.writeUInt32BE(codestream.length + 8);
  const head = '0000000c4a584c200d0a870a' + '00000014667479706a786c20000000006a786c20';
  return Buffer.concat([Buffer.from(head, 'hex'), box, codestream]);
};
const jpeg = (marker: string, width: number, height: number) => {
  const frame = Buffer.from(`ffd8${marker}000b08000000000101110000ffd9`, 'hex');
  frame.writeUInt16BE(height, 7);
  frame.writeUInt16BE(width, 9);
  return frame;
};
const j2k = (width: number, height: number) => {
  const siz = Buffer.alloc(60);
  siz.write('ff4fff510029', 0, 'hex');
  siz.writeUInt32BE(width, 8);
  siz.writeUInt32BE(height, 12);
  siz.writeUInt16BE(1, 40);
  return siz;
};

describe('a stream that claims another size than its description is refused before memory is taken', () => {
  it.each<[string, string, Buffer]>([
    ['JPEG baseline', '50', jpeg('ffc0', 16_000, 16_000)],
    ['JPEG progressive', '55', jpeg('ffc2', 16_000, 16_000)],
    ['JPEG lossless', '70', jpeg('ffc3', 16_000, 16_000)],
    ['JPEG past all bounds', '50', jpeg('ffc0', 65_500, 65_500)],
    ['JPEG XL', '110', hugeJxl],
    ['JPEG XL in boxes', '111', inBox(hugeJxl)],
    ['JPEG 2000', '90', j2k(60_000, 60_000)],
    ['HTJ2K', '201', j2k(60_000, 60_000)],
    ['JPEG-LS', '80', jpeg('fff7', 60_000, 60_000)],
  ])('%s', async (_name, syntax, bytes) => {
    await expect(codec.decodeFrame({ bytes, transferSyntaxUID: `${SYNTAX}${syntax}`, pixel })).rejects.toMatchObject({ kind: 'invalid' });
  });

  it('JPEG, without an allocation', () => {
    const before = process.memoryUsage().arrayBuffers;
    expect(() => decodeJpegImage(jpeg('ffc0', 16_000, 16_000), { width: 16, height: 16, components: 1 })).toThrow(
      expect.objectContaining({ kind: 'invalid' }),
    );
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024);
  });
});

describe('the size that JPEG XL claims', () => {
  it.each<[string, Buffer, { width: number; height: number }]>([
    ['small, given', jxl([1, 1], [1, 5], [0, 3], [3, 5]), { height: 16, width: 32 }],
    ['small, by ratio', jxl([1, 1], [4, 5], [7, 3]), { height: 40, width: 80 }],
    ['9 bits, 4:3', jxl([0, 1], [0, 2], [299, 9], [3, 3]), { height: 300, width: 400 }],
    ['13 and 18 bits', jxl([0, 1], [1, 2], [4095, 13], [0, 3], [2, 2], [99_999, 18]), { height: 4096, width: 100_000 }],
    ['in boxes', inBox(hugeJxl), { height: 60_000, width: 60_000 }],
  ])('%s', (_name, bytes, expected) => {
    expect(jpegXlSize(bytes)).toEqual(expected);
  });

  it.each(['', 'ff', 'ff0a', '000000', '0000000c4a584c200d0a870a', '0000000c4a584c200d0a870a0000000000000000'])('%s is none', (hex) => {
    expect(() => jpegXlSize(Buffer.from(hex, 'hex'))).toThrow(expect.objectContaining({ kind: 'invalid' }));
  });
});

describe('what a frame costs is known from its description', () => {
  const large = { ...pixel, rows: 16_384, columns: 16_384 };
  it.each([
    ['native', '1.2.840.10008.1.2.1', large, 2 ** 28, 256],
    ['RLE of a few bytes', '1.2.840.10008.1.2.5', large, 100, 256],
    ['JPEG of a few bytes', `${SYNTAX}50`, large, 100, 256 * 5],
    ['JPEG 2000 of a few bytes', `${SYNTAX}90`, large, 100, 256 * 7],
    ['unknown', '1.2.3', large, 100, 256 * 7],
    ['small', `${SYNTAX}90`, pixel, 100, 0],
  ])('%s', (_name, syntax, description, stored, mebibytes) => {
    expect(Math.round(decodingBytes(description, syntax, stored) / 2 ** 20 - 2)).toBe(mebibytes);
  });
});
