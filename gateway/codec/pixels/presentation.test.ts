import { describe, expect, it } from 'vitest';
import { cs, ds, ow, shown, sq, us } from '../../../test/fixtures/dicom/painted-samples.ts';
import type { DicomJson, PixelDescription } from '../../domain/imaging/dataset.ts';
import { windowOf } from './display.ts';
import { presentationReferences } from './presentation.ts';

const WINDOW = { '00281050': ds(50), '00281051': ds(100) };

describe('window, PS3.3 C.11.2.1.2 and C.11.2.1.3', () => {
  // The first five are the notes of C.11.2.1.2.1 read at 8 bits.
  it.each([
    { shape: 'LINEAR', center: 2048, width: 4096, value: 0, expected: 0 },
    { shape: 'LINEAR', center: 2048, width: 4096, value: 4095, expected: 255 },
    { shape: 'LINEAR', center: 0, width: 100, value: -50, expected: 0 },
    { shape: 'LINEAR', center: 0, width: 100, value: 49, expected: 255 },
    { shape: 'LINEAR', center: 0, width: 1, value: -1, expected: 0 },
    { shape: 'LINEAR', center: 0, width: 1, value: 0, expected: 255 },
    { shape: 'LINEAR', center: 40.5, width: 101, value: 40, expected: 127.5 },
    { shape: 'LINEAR_EXACT', center: 50, width: 100, value: 0, expected: 0 },
    { shape: 'LINEAR_EXACT', center: 50, width: 100, value: 50, expected: 127.5 },
    { shape: 'LINEAR_EXACT', center: 50, width: 100, value: 101, expected: 255 },
    { shape: 'SIGMOID', center: 50, width: 100, value: 50, expected: 127.5 },
    { shape: 'SIGMOID', center: 0, width: 4, value: 1, expected: 255 / (1 + Math.exp(-1)) },
  ] as const)('$shape $center/$width of $value', ({ shape, center, width, value, expected }) => {
    expect(windowOf({ center, width, function: shape })(value)).toBeCloseTo(expected, 9);
  });
});

describe('grey images', () => {
  const u16 = (...values: number[]) => Uint16Array.from(values);
  const lut = (first: number, bits: number, ...entries: number[]) =>
    sq({ '00283002': us(entries.length, first, bits), '00283006': us(...entries) });

  it.each<{
    name: string;
    stored: ArrayBufferView;
    header: DicomJson;
    pixel?: Partial<PixelDescription>;
    frame?: number;
    expected: number[];
  }>([
    { name: 'no window: from least to greatest', stored: u16(10, 20, 30), header: {}, expected: [0, 128, 255] },
    { name: 'one value only', stored: u16(7, 7), header: {}, expected: [0, 0] },
    { name: 'one value beside padding', stored: u16(0, 9), header: { '00280120': us(0) }, expected: [0, 255] },
    {
      name: 'eight bits without a window are as stored',
      stored: Uint8Array.of(0, 100, 200),
      header: {},
      pixel: { bitsAllocated: 8 },
      expected: [0, 100, 200],
    },
    {
      name: 'segmentation labels use the range',
      stored: Uint8Array.of(0, 1, 2),
      header: { '00080060': cs('SEG') },
      pixel: { bitsAllocated: 8 },
      expected: [0, 128, 255],
    },
    {
      name: 'signed eight bits without a window are as stored',
      stored: Int8Array.of(-128, 0, 127),
      header: {},
      pixel: { bitsAllocated: 8, pixelRepresentation: 1 },
      expected: [0, 128, 255],
    },
    {
      name: 'a rescale that changes nothing leaves eight bits as stored',
      stored: Uint8Array.of(10, 100),
      header: { '00281052': ds(0), '00281053': ds(1) },
      pixel: { bitsAllocated: 8 },
      expected: [10, 100],
    },
    {
      name: 'eight bits of a quantity use the range',
      stored: Uint8Array.of(10, 20),
      header: { '00281052': ds(0), '00281053': ds(2) },
      pixel: { bitsAllocated: 8 },
      expected: [0, 255],
    },
    {
      name: 'the next usable window',
      stored: u16(0, 99),
      header: { '00281050': ds(7, 50), '00281051': ds(0, 100) },
      expected: [0, 255],
    },
    {
      name: 'an empty first window',
      stored: u16(0, 99),
      header: { '00281050': { vr: 'DS', Value: [null, 50] }, '00281051': { vr: 'DS', Value: [null, 100] } },
      expected: [0, 255],
    },
    {
      name: 'a window that is none, then the VOI LUT',
      stored: u16(0, 1),
      header: { '00281050': { vr: 'DS', Value: ['NaN'] }, '00281051': ds(100), '00283010': lut(0, 8, 9, 200) },
      expected: [9, 200],
    },
    {
      name: 'a window that is none leaves eight bits as stored',
      stored: Uint8Array.of(10, 20),
      header: { '00281050': ds(5), '00281051': ds(-100) },
      pixel: { bitsAllocated: 8 },
      expected: [10, 20],
    },
    {
      name: 'VOI LUT of unsigned pixels that are rescaled below zero, first value as US',
      stored: u16(0, 1),
      header: { '00281052': ds(-2), '00281053': ds(1), '00283010': lut(65534, 8, 10, 20) },
      expected: [10, 20],
    },
    { name: 'window', stored: u16(0, 50, 99), header: WINDOW, expected: [0, 129, 255] },
    {
      name: 'first of several windows',
      stored: u16(0, 99),
      header: { '00281050': ds(50, 500), '00281051': ds(100, 1) },
      expected: [0, 255],
    },
    { name: 'window width 0 is no window', stored: u16(0, 4), header: { '00281050': ds(50), '00281051': ds(0) }, expected: [0, 255] },
    { name: 'rescale comes first', stored: u16(0, 50), header: { ...WINDOW, '00281052': ds(-100), '00281053': ds(4) }, expected: [0, 255] },
    { name: 'slope 0 is none', stored: u16(0, 99), header: { ...WINDOW, '00281053': ds(0) }, expected: [0, 255] },
    {
      name: 'MONOCHROME1 is inverted',
      stored: u16(0, 99),
      header: WINDOW,
      pixel: { photometricInterpretation: 'MONOCHROME1' },
      expected: [255, 0],
    },
    { name: 'presentation LUT shape INVERSE', stored: u16(0, 99), header: { ...WINDOW, '20500020': cs('INVERSE') }, expected: [255, 0] },
    {
      name: 'MONOCHROME1 with INVERSE is inverted once',
      stored: u16(0, 99),
      header: { ...WINDOW, '20500020': cs('INVERSE') },
      pixel: { photometricInterpretation: 'MONOCHROME1' },
      expected: [255, 0],
    },
    {
      name: 'signed',
      stored: Int16Array.of(-50, 49),
      header: { '00281050': ds(0), '00281051': ds(100) },
      pixel: { pixelRepresentation: 1 },
      expected: [0, 255],
    },
    {
      name: 'signed in 12 of 16 bits, not extended',
      stored: u16(0x0fce, 49),
      header: { '00281050': ds(0), '00281051': ds(100) },
      pixel: { pixelRepresentation: 1, bitsStored: 12 },
      expected: [0, 255],
    },
    {
      name: 'bits above high bit are no pixel',
      stored: u16(0xf000, 0x1063),
      header: WINDOW,
      pixel: { bitsStored: 12 },
      expected: [0, 255],
    },
    {
      name: 'high bit 15 of 12 stored',
      stored: u16(0x000f, 0x0630),
      header: WINDOW,
      pixel: { bitsStored: 12, highBit: 15 },
      expected: [0, 255],
    },
    { name: 'padding is black and out of the range', stored: u16(63000, 10, 20), header: { '00280120': us(63000) }, expected: [0, 0, 255] },
    {
      name: 'padding of MONOCHROME1 is black too',
      stored: u16(63000, 10, 20),
      header: { '00280120': us(63000) },
      pixel: { photometricInterpretation: 'MONOCHROME1' },
      expected: [0, 255, 0],
    },
    { name: 'padding range', stored: u16(5, 6, 10, 20), header: { '00280120': us(6), '00280121': us(5) }, expected: [0, 0, 0, 255] },
    {
      name: 'signed padding written as US',
      stored: Int16Array.of(-2000, 10, 20),
      header: { '00280120': us(63536) },
      pixel: { pixelRepresentation: 1 },
      expected: [0, 0, 255],
    },
    {
      // -2000 in signed pixels of 12 bits, written as US of 16 bits.
      name: 'padding coded in more bits than are stored',
      stored: u16(0xf830, 0, 10, 20),
      header: { '00280120': us(63536) },
      pixel: { pixelRepresentation: 1, bitsStored: 12 },
      expected: [0, 0, 128, 255],
    },
    {
      name: 'the same with a range limit',
      stored: u16(0xf830, 0xf831, 0, 10, 20),
      header: { '00280120': us(63536), '00280121': us(63537) },
      pixel: { pixelRepresentation: 1, bitsStored: 12 },
      expected: [0, 0, 0, 128, 255],
    },
    {
      name: 'padding that stored bits cannot hold is looked for in the whole cell',
      stored: u16(0x8000, 0, 10, 20),
      header: { '00280120': us(0x8000) },
      pixel: { pixelRepresentation: 1, bitsStored: 12 },
      expected: [0, 0, 128, 255],
    },
    {
      name: 'and no picture is taken for it',
      stored: u16(4095, 0),
      header: { '00280120': us(65535) },
      pixel: { bitsStored: 12 },
      expected: [255, 0],
    },
    {
      name: 'padding in a cell of unsigned pixels',
      stored: u16(63536, 10, 20),
      header: { '00280120': { vr: 'SS', Value: [-2000] } },
      pixel: { bitsStored: 12 },
      expected: [0, 0, 255],
    },
    {
      name: 'unsigned padding written as SS',
      stored: u16(63536, 10, 20),
      header: { '00280120': { vr: 'SS', Value: [-2000] } },
      expected: [0, 0, 255],
    },
    {
      name: 'signed padding written as US in the stored bits',
      stored: u16(0x0830, 10, 20),
      header: { '00280120': us(0x830) },
      pixel: { pixelRepresentation: 1, bitsStored: 12 },
      expected: [0, 0, 255],
    },
    {
      name: 'padding as a cell, high bit at the top',
      stored: u16(0xfff0, 0x00a0, 0x0140),
      header: { '00280120': us(0xfff0) },
      pixel: { bitsStored: 12, highBit: 15 },
      expected: [0, 0, 255],
    },
    {
      name: 'padding in signed pixels of eight bits, written as US',
      stored: Int8Array.of(-128, 0, 10),
      header: { '00280120': us(128) },
      pixel: { bitsAllocated: 8, pixelRepresentation: 1 },
      expected: [0, 128, 138],
    },
    {
      name: 'padding in signed pixels of eight bits, written as US of sixteen',
      stored: Int8Array.of(-128, 0, 10),
      header: { '00280120': us(0xff80) },
      pixel: { bitsAllocated: 8, pixelRepresentation: 1 },
      expected: [0, 128, 138],
    },
    {
      name: 'eight bits as stored, with padding',
      stored: Uint8Array.of(255, 0, 100),
      header: { '00280120': us(255) },
      pixel: { bitsAllocated: 8 },
      expected: [0, 0, 100],
    },
    {
      name: 'padding is out of a rescaled range too',
      stored: Int16Array.of(-2000, 0, 10),
      header: { '00280120': us(63536), '00281052': ds(-1024), '00281053': ds(-2) },
      pixel: { pixelRepresentation: 1 },
      expected: [0, 255, 0],
    },
    {
      name: 'padding as UN',
      stored: u16(63000, 10, 20),
      header: { '00280120': { vr: 'UN', InlineBinary: Buffer.from(Uint16Array.of(63000).buffer).toString('base64') } },
      expected: [0, 0, 255],
    },
    {
      name: 'float padding',
      stored: Float32Array.of(-3.4e38, 0.5, 1.5),
      header: { '7FE00008': { vr: 'OF' }, '00280122': { vr: 'FL', Value: [-3.4e38] } },
      pixel: { bitsAllocated: 32 },
      expected: [0, 0, 255],
    },
    {
      name: 'float padding range up to infinity',
      stored: Float32Array.of(Number.POSITIVE_INFINITY, 1000, 0.5, 1.5),
      header: { '7FE00008': { vr: 'OF' }, '00280122': { vr: 'FL', Value: [999] }, '00280124': { vr: 'FL', Value: ['Infinity'] } },
      pixel: { bitsAllocated: 32 },
      expected: [0, 0, 0, 255],
    },
    {
      name: 'double padding',
      stored: Float64Array.of(-1e300, 0.5, 1.5),
      header: { '7FE00009': { vr: 'OD' }, '00280123': { vr: 'FD', Value: [-1e300] } },
      pixel: { bitsAllocated: 64 },
      expected: [0, 0, 255],
    },
    { name: 'modality LUT', stored: u16(0, 1, 2, 9), header: { '00283000': lut(1, 16, 0, 50, 99), ...WINDOW }, expected: [0, 0, 129, 255] },
    { name: 'VOI LUT', stored: u16(0, 10, 11, 12), header: { '00283010': lut(10, 8, 7, 100, 255) }, expected: [7, 7, 100, 255] },
    { name: 'VOI LUT of 12 bits', stored: u16(0, 1), header: { '00283010': lut(0, 12, 0, 4095) }, expected: [0, 255] },
    {
      name: 'VOI LUT, first value negative as US',
      stored: Int16Array.of(-2, -1),
      header: { '00283010': lut(65534, 8, 1, 2) },
      pixel: { pixelRepresentation: 1 },
      expected: [1, 2],
    },
    {
      name: 'LUT packed two a word',
      stored: u16(0, 1, 2),
      header: { '00283010': sq({ '00283002': us(3, 0, 8), '00283006': ow(0x0201, 0x0003) }) },
      expected: [1, 2, 3],
    },
    {
      name: 'a LUT by reference is left out',
      stored: u16(1, 2),
      header: { '00283010': sq({ '00283002': us(3, 0, 8), '00283006': { vr: 'OW', BulkDataURI: 'bulkdata/x' } }) },
      expected: [0, 255],
    },
    { name: 'a window is preferred to a LUT', stored: u16(0, 99), header: { ...WINDOW, '00283010': lut(0, 8, 9, 9) }, expected: [0, 255] },
    { name: 'bits', stored: Uint8Array.of(0b101), header: {}, pixel: { bitsAllocated: 1, columns: 3 }, expected: [255, 0, 255] },
    { name: '32 bits', stored: Uint32Array.of(0, 0xffffffff), header: {}, pixel: { bitsAllocated: 32 }, expected: [0, 255] },
    {
      name: '32 bits signed',
      stored: Int32Array.of(-5, 5),
      header: {},
      pixel: { bitsAllocated: 32, pixelRepresentation: 1 },
      expected: [0, 255],
    },
    {
      name: 'float, with values that are none',
      stored: Float32Array.of(0.5, Number.NaN, 1.5, Number.POSITIVE_INFINITY),
      header: { '7FE00008': { vr: 'OF' } },
      pixel: { bitsAllocated: 32 },
      expected: [0, 0, 255, 255],
    },
    {
      name: 'double',
      stored: Float64Array.of(-1, 0, 1),
      header: { '7FE00009': { vr: 'OD' } },
      pixel: { bitsAllocated: 64 },
      expected: [0, 128, 255],
    },
    {
      name: 'the functional group of the frame',
      stored: u16(0, 50, 99),
      header: {
        '52009229': sq({
          '00289132': sq({ '00281050': ds(5000), '00281051': ds(100) }),
          '00289145': sq({ '00281052': ds(-10), '00281053': ds(1) }),
        }),
        '52009230': sq({}, { '00289132': sq({ '00281050': ds(40), '00281051': ds(100) }) }),
      },
      frame: 1,
      expected: [0, 129, 255],
    },
  ])('$name', ({ stored, header, pixel, frame, expected }) => {
    expect(shown(stored, header, pixel, frame)).toEqual(expected);
  });

  it('a requested window overrules the header', () => {
    expect(shown(u16(0, 9, 99), WINDOW, {}, 0, { center: 5, width: 10, function: 'LINEAR' })).toEqual([0, 255, 255]);
  });

  it.each([
    { center: 1, width: 0, function: 'LINEAR' },
    { center: 1, width: -1, function: 'SIGMOID' },
    { center: Number.NaN, width: 10, function: 'LINEAR' },
  ] as const)('a requested window that is none is refused: $center/$width', (window) => {
    expect(() => shown(u16(0), {}, {}, 0, window)).toThrow(expect.objectContaining({ kind: 'invalid' }));
  });
});

describe('references', () => {
  it('names what is not inline, of the frame asked for', () => {
    const reference = (uri: string) => ({ vr: 'OW', BulkDataURI: uri });
    const header: DicomJson = {
      '00281201': reference('red'),
      '00281202': ow(1),
      '00283000': sq({ '00283006': reference('modality') }),
      '52009230': sq({}, { '00289132': sq({ '00283010': sq({ '00283006': reference('voi') }) }) }),
      '7FE00010': reference('pixels'),
    };
    expect(presentationReferences(header, 1).map(({ BulkDataURI }) => BulkDataURI)).toEqual(['red', 'modality', 'voi']);
    expect(presentationReferences(header, 0).map(({ BulkDataURI }) => BulkDataURI)).toEqual(['red', 'modality']);
  });
});
