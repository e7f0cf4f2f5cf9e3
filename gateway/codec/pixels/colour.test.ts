import { describe, expect, it } from 'vitest';
import { ow, shown, us } from '../../../test/fixtures/dicom/painted-samples.ts';
import type { DicomJson, DicomJsonElement, PixelDescription } from '../../domain/imaging/dataset.ts';

describe('colour images', () => {
  const rgb = { samplesPerPixel: 3, photometricInterpretation: 'RGB', bitsAllocated: 8 };
  it.each<{ name: string; stored: ArrayBufferView; pixel: Partial<PixelDescription>; expected: number[] }>([
    { name: 'RGB', stored: Uint8Array.of(1, 2, 3, 4, 5, 6), pixel: rgb, expected: [1, 2, 3, 4, 5, 6] },
    {
      name: 'RGB by plane',
      stored: Uint8Array.of(1, 4, 2, 5, 3, 6),
      pixel: { ...rgb, planarConfiguration: 1 },
      expected: [1, 2, 3, 4, 5, 6],
    },
    {
      name: 'RGB of 16 bits',
      stored: Uint16Array.of(0x0102, 0x8003, 0xffff),
      pixel: { ...rgb, bitsAllocated: 16 },
      expected: [1, 128, 255],
    },
    {
      name: 'YBR_FULL grey',
      stored: Uint8Array.of(77, 128, 128),
      pixel: { ...rgb, photometricInterpretation: 'YBR_FULL' },
      expected: [77, 77, 77],
    },
    {
      name: 'YBR_FULL red',
      stored: Uint8Array.of(76, 85, 255),
      pixel: { ...rgb, photometricInterpretation: 'YBR_FULL' },
      expected: [254, 0, 0],
    },
    {
      name: 'YBR_FULL_422',
      stored: Uint8Array.of(10, 20, 128, 128),
      pixel: { ...rgb, photometricInterpretation: 'YBR_FULL_422' },
      expected: [10, 10, 10, 20, 20, 20],
    },
    {
      name: 'YBR_PARTIAL_422 black and white',
      stored: Uint8Array.of(16, 235, 128, 128),
      pixel: { ...rgb, photometricInterpretation: 'YBR_PARTIAL_422' },
      expected: [0, 0, 0, 255, 255, 255],
    },
    {
      name: 'YBR_FULL_422 whose length says 4:4:4',
      stored: Uint8Array.of(10, 128, 128, 20, 128, 128),
      pixel: { ...rgb, photometricInterpretation: 'YBR_FULL_422', columns: 2 },
      expected: [10, 10, 10, 20, 20, 20],
    },
    {
      name: 'YBR_FULL_422 of odd columns runs on into the next row',
      stored: Uint8Array.of(10, 20, 128, 128, 30, 40, 128, 128, 50, 60, 128, 128),
      pixel: { ...rgb, photometricInterpretation: 'YBR_FULL_422', columns: 3, rows: 2 },
      expected: [10, 20, 30, 40, 50, 60].flatMap((y) => [y, y, y]),
    },
    {
      name: 'YBR_FULL_422 of 16 bits',
      stored: Uint16Array.of(0x0a00, 0x1400, 0x8000, 0x8000),
      pixel: { ...rgb, bitsAllocated: 16, photometricInterpretation: 'YBR_FULL_422', columns: 2 },
      expected: [10, 10, 10, 20, 20, 20],
    },
    {
      name: 'YBR_PARTIAL_420 by pixel',
      stored: Uint8Array.of(16, 235, 235, 16, 128, 128),
      pixel: { ...rgb, photometricInterpretation: 'YBR_PARTIAL_420', columns: 2, rows: 2 },
      expected: [0, 255, 255, 0].flatMap((y) => [y, y, y]),
    },
    {
      name: 'YBR_PARTIAL_420 by plane, odd rows and columns',
      stored: Uint8Array.of(...[16, 235, 16, 0, 235, 16, 235, 0, 16, 235, 16, 0, 0, 0, 0, 0], ...Array(8).fill(128)),
      pixel: { ...rgb, photometricInterpretation: 'YBR_PARTIAL_420', planarConfiguration: 1, columns: 3, rows: 3 },
      expected: [0, 255, 0, 255, 0, 255, 0, 255, 0].flatMap((y) => [y, y, y]),
    },
    {
      name: 'RGB of 12 bits in 16',
      stored: Uint16Array.of(0x0fff, 0x0800, 0x0010),
      pixel: { ...rgb, bitsAllocated: 16, bitsStored: 12 },
      expected: [255, 128, 1],
    },
  ])('$name', ({ stored, pixel, expected }) => {
    expect(shown(stored, {}, pixel)).toEqual(expected);
  });

  it('CMYK is not guessed at', () => {
    expect(() => shown(Uint8Array.of(1, 2, 3, 4), {}, { ...rgb, samplesPerPixel: 4, photometricInterpretation: 'CMYK' })).toThrow(
      expect.objectContaining({ kind: 'unsupported' }),
    );
  });
});

describe('palettes, PS3.3 C.7.6.3.1.5 and C.7.9.2', () => {
  const palette = { photometricInterpretation: 'PALETTE COLOR', bitsAllocated: 8 };
  const channels = (descriptor: DicomJsonElement, data: (n: number) => DicomJsonElement): DicomJson =>
    Object.fromEntries(
      [1, 2, 3].flatMap((n) => [
        [`0028110${n}`, descriptor],
        [`0028120${n}`, data(n)],
      ]),
    );

  it('16-bit entries lose their low byte, what lies outside takes the end', () => {
    const header = channels(us(2, 5, 16), (n) => ow(n * 256, n * 512));
    expect(shown(Uint8Array.of(0, 5, 6, 200), header, palette)).toEqual([1, 2, 3, 1, 2, 3, 2, 4, 6, 2, 4, 6]);
  });

  it('8-bit entries declared as 16', () => {
    expect(
      shown(
        Uint8Array.of(1),
        channels(us(2, 0, 16), (n) => ow(0, n)),
        palette,
      ),
    ).toEqual([1, 2, 3]);
  });

  it('8-bit entries packed', () => {
    expect(
      shown(
        Uint8Array.of(0, 1),
        channels(us(2, 0, 8), (n) => ow(n * 256 + 9)),
        palette,
      ),
    ).toEqual([9, 9, 9, 1, 2, 3]);
  });

  const segmented = (...words: number[]): DicomJson =>
    Object.fromEntries(
      [1, 2, 3].flatMap((n) => [
        [`0028110${n}`, us(0, 0, 16)],
        [`0028122${n}`, ow(...words)],
      ]),
    );
  it.each([
    { name: 'discrete and linear', words: [0, 2, 0x0100, 0x0200, 1, 2, 0x0400], expected: [1, 2, 3, 4, 4] },
    { name: 'indirect, offset in entries', words: [0, 1, 0x0100, 1, 1, 0x0300, 2, 1, 3, 0], expected: [1, 3, 3, 3, 3] },
    { name: 'indirect, offset in bytes', words: [0, 1, 0x0100, 0, 1, 0x0300, 2, 1, 6, 0], expected: [1, 3, 3, 3, 3] },
    { name: 'indirect, several segments', words: [0, 1, 0x0100, 1, 1, 0x0300, 2, 2, 0, 0], expected: [1, 3, 1, 3, 3] },
  ])('segments: $name', ({ words, expected }) => {
    const grey = shown(Uint8Array.of(0, 1, 2, 3, 4), segmented(...words), palette).filter((_, i) => i % 3 === 0);
    expect(grey).toEqual(expected);
  });

  it.each([
    { name: 'linear first', words: [1, 2, 3] },
    { name: 'discrete cut', words: [0, 5, 1] },
    { name: 'an unknown opcode', words: [9, 1] },
    { name: 'indirect to itself', words: [0, 1, 1, 2, 1, 3, 0] },
    { name: 'a count and no more', words: [0] },
    {
      name: 'repeats of nothing, again and again',
      words: [0, 1, 7, ...new Array<number[]>(1_000).fill([0, 0]).flat(), ...new Array<number[]>(200).fill([2, 1_000, 3, 0]).flat()],
    },
  ])('broken segments: $name', ({ words }) => {
    expect(() => shown(Uint8Array.of(0), segmented(...words), palette)).toThrow(expect.objectContaining({ kind: 'invalid' }));
  });

  it.each([
    { name: 'discrete and linear', bytes: [0, 2, 10, 20, 1, 2, 40, 0], expected: [10, 20, 30, 40, 40] },
    { name: 'indirect, offset of four bytes', bytes: [0, 2, 10, 20, 2, 1, 0, 0, 0, 0], expected: [10, 20, 10, 20, 20] },
  ])('segments of 8 bits: $name', ({ bytes, expected }) => {
    const data = { vr: 'OW', InlineBinary: Buffer.from(bytes).toString('base64') };
    const header = Object.fromEntries(
      [1, 2, 3].flatMap((n) => [
        [`0028110${n}`, us(expected.length - 1, 0, 8)],
        [`0028122${n}`, data],
      ]),
    );
    expect(shown(Uint8Array.of(0, 1, 2, 3, 4), header, palette).filter((_, i) => i % 3 === 0)).toEqual(expected);
  });

  it('a dark table beside 16-bit ones is scaled as they are', () => {
    const header = channels(us(2, 0, 16), (n) => (n === 1 ? ow(0, 255) : ow(0, 0xff00)));
    expect(shown(Uint8Array.of(1), header, palette)).toEqual([0, 255, 255]);
  });

  it('8-bit entries packed under a descriptor of 16', () => {
    const header = channels(us(4, 0, 16), () => ow(0x0201, 0x0403));
    expect(shown(Uint8Array.of(0, 1, 2, 3), header, palette).filter((_, i) => i % 3 === 0)).toEqual([1, 2, 3, 4]);
  });

  it('no palette', () => {
    expect(() => shown(Uint8Array.of(0), {}, palette)).toThrow(expect.objectContaining({ kind: 'unsupported' }));
  });
});
