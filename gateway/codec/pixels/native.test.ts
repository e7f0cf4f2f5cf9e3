import { describe, expect, it } from 'vitest';
import { greyPixels } from '../../../test/fixtures/dicom/grey-pixels.ts';
import type { PixelDescription } from '../../domain/imaging/dataset.ts';
import { decode } from '../wasm/decode.ts';

const EXPLICIT_LE = '1.2.840.10008.1.2.1';
const EXPLICIT_BE = '1.2.840.10008.1.2.2';
const RLE = '1.2.840.10008.1.2.5';

const grey = (columns: number, rows: number, bitsAllocated: number, more: Partial<PixelDescription> = {}) =>
  greyPixels(columns, rows, { bitsAllocated, ...more });

const RGB = { samplesPerPixel: 3, photometricInterpretation: 'RGB' };

/** RLE frame of the given segments, PS3.5 G.3.1. */
function rle(...segments: readonly (readonly number[])[]): number[] {
  const header = new DataView(new ArrayBuffer(64));
  header.setUint32(0, segments.length, true);
  let at = 64;
  for (const [i, segment] of segments.entries()) {
    header.setUint32(4 + i * 4, at, true);
    at += segment.length;
  }
  return [...new Uint8Array(header.buffer), ...segments.flat()];
}

interface Case {
  readonly name: string;
  readonly syntax: string;
  readonly pixel: PixelDescription;
  readonly bytes: readonly number[];
  readonly pixelDataVR?: string;
  readonly expected: readonly number[] | { readonly kind: string };
}

const CASES: readonly Case[] = [
  { name: 'little endian stays', syntax: EXPLICIT_LE, pixel: grey(2, 1, 16), bytes: [1, 2, 3, 4], expected: [1, 2, 3, 4] },
  { name: 'padding is dropped', syntax: EXPLICIT_LE, pixel: grey(3, 1, 8), bytes: [1, 2, 3, 0], expected: [1, 2, 3] },
  { name: 'bits are packed', syntax: EXPLICIT_LE, pixel: grey(3, 3, 1), bytes: [0xff, 1], expected: [0xff, 1] },
  {
    name: 'YBR_FULL_422 has two samples a pixel',
    syntax: EXPLICIT_LE,
    pixel: grey(2, 1, 8, { samplesPerPixel: 3, photometricInterpretation: 'YBR_FULL_422' }),
    bytes: [1, 2, 3, 4],
    expected: [1, 2, 3, 4],
  },
  { name: 'one byte short', syntax: EXPLICIT_LE, pixel: grey(2, 1, 16), bytes: [1, 2, 3], expected: { kind: 'invalid' } },
  { name: 'empty', syntax: EXPLICIT_LE, pixel: grey(1, 1, 8), bytes: [], expected: { kind: 'invalid' } },
  { name: 'big endian words', syntax: EXPLICIT_BE, pixel: grey(2, 1, 16), bytes: [1, 2, 3, 4], expected: [2, 1, 4, 3] },
  { name: 'big endian longs', syntax: EXPLICIT_BE, pixel: grey(1, 1, 32), bytes: [1, 2, 3, 4], expected: [4, 3, 2, 1] },
  {
    name: 'big endian doubles',
    syntax: EXPLICIT_BE,
    pixel: grey(1, 1, 64),
    bytes: [1, 2, 3, 4, 5, 6, 7, 8],
    expected: [8, 7, 6, 5, 4, 3, 2, 1],
  },
  { name: 'big endian bytes as OB', syntax: EXPLICIT_BE, pixelDataVR: 'OB', pixel: grey(2, 1, 8), bytes: [1, 2], expected: [1, 2] },
  {
    name: 'big endian bytes as OW',
    syntax: EXPLICIT_BE,
    pixelDataVR: 'OW',
    pixel: grey(3, 1, 8),
    bytes: [2, 1, 0, 3],
    expected: [1, 2, 3],
  },
  { name: 'no rows', syntax: EXPLICIT_LE, pixel: grey(1, 0, 8), bytes: [1], expected: { kind: 'invalid' } },
  { name: 'twelve bits allocated', syntax: EXPLICIT_LE, pixel: grey(1, 1, 12), bytes: [1, 2], expected: { kind: 'unsupported' } },
  {
    name: 'more stored than allocated',
    syntax: EXPLICIT_LE,
    pixel: grey(1, 1, 8, { bitsStored: 9 }),
    bytes: [1],
    expected: { kind: 'invalid' },
  },
  { name: 'a frame past the bound', syntax: EXPLICIT_LE, pixel: grey(65535, 65535, 8), bytes: [1], expected: { kind: 'too-large' } },
  {
    name: 'MPEG-2 has no frames to decode',
    syntax: '1.2.840.10008.1.2.4.100',
    pixel: grey(1, 1, 8),
    bytes: [1],
    expected: { kind: 'unsupported' },
  },
  { name: 'an unknown syntax', syntax: 'constructor', pixel: grey(1, 1, 8), bytes: [1], expected: { kind: 'unsupported' } },
  { name: 'RLE literal run', syntax: RLE, pixel: grey(3, 1, 8), bytes: rle([2, 7, 8, 9]), expected: [7, 8, 9] },
  { name: 'RLE replicate run', syntax: RLE, pixel: grey(3, 1, 8), bytes: rle([254, 7]), expected: [7, 7, 7] },
  { name: 'RLE skips 128', syntax: RLE, pixel: grey(2, 1, 8), bytes: rle([128, 255, 4]), expected: [4, 4] },
  { name: 'RLE run past the end of the plane', syntax: RLE, pixel: grey(2, 1, 8), bytes: rle([250, 4]), expected: [4, 4] },
  { name: 'RLE words, high byte first', syntax: RLE, pixel: grey(2, 1, 16), bytes: rle([1, 1, 2], [1, 3, 4]), expected: [3, 1, 4, 2] },
  {
    name: 'RLE colour is interleaved',
    syntax: RLE,
    pixel: grey(2, 1, 8, RGB),
    bytes: rle([255, 1], [255, 2], [255, 3]),
    expected: [1, 2, 3, 1, 2, 3],
  },
  { name: 'RLE of packed bits', syntax: RLE, pixel: grey(3, 3, 1), bytes: rle([1, 0xff, 1]), expected: [0xff, 1] },
  { name: 'RLE literal cut', syntax: RLE, pixel: grey(3, 1, 8), bytes: rle([2, 7, 8]), expected: { kind: 'invalid' } },
  { name: 'RLE replicate cut', syntax: RLE, pixel: grey(3, 1, 8), bytes: rle([254]), expected: { kind: 'invalid' } },
  { name: 'RLE plane not full', syntax: RLE, pixel: grey(3, 1, 8), bytes: rle([255, 7]), expected: { kind: 'invalid' } },
  { name: 'RLE header cut', syntax: RLE, pixel: grey(3, 1, 8), bytes: [1, 0, 0, 0], expected: { kind: 'invalid' } },
  { name: 'RLE of another depth', syntax: RLE, pixel: grey(3, 1, 16), bytes: rle([2, 7, 8, 9]), expected: { kind: 'invalid' } },
  {
    name: 'RLE offset outside',
    syntax: RLE,
    pixel: grey(1, 1, 8),
    bytes: [...rle([0, 7]).slice(0, 4), 200, ...rle([0, 7]).slice(5)],
    expected: { kind: 'invalid' },
  },
];

describe('native and RLE frames', () => {
  it.each(CASES)('$name', async ({ syntax, pixel, bytes, pixelDataVR, expected }) => {
    const decoded = decode({
      bytes: Uint8Array.from(bytes),
      transferSyntaxUID: syntax,
      pixel,
      ...(pixelDataVR === undefined ? {} : { pixelDataVR }),
    });
    if ('kind' in expected) await expect(decoded).rejects.toMatchObject({ name: 'DomainError', kind: expected.kind });
    else expect([...(await decoded).bytes]).toEqual(expected);
  });
});
