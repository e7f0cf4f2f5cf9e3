import { describe, expect, it } from 'vitest';
import { ds, pixelOf, sq, us } from '../../../test/fixtures/dicom/painted-samples.ts';
import type { DicomJson, PixelDescription } from '../../domain/imaging/dataset.ts';
import { greyFunction, greyTable, paintGrey, settled } from './display.ts';
import type { DecodedFrame } from './frame.ts';
import { type ModalityValues, modalityValues } from './modality.ts';
import { nativeFrame } from './native.ts';
import { withPadding } from './padding.ts';
import { type GreyPresentation, presentationOf } from './presentation.ts';
import { realWorldValue, storedValueOf } from './real-world.ts';

const fd = (...Value: number[]) => ({ vr: 'FD', Value });
const rescale = (slope: number, intercept: number) => ({ '00281053': ds(slope), '00281052': ds(intercept) });

type Stored = Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array | Float32Array | Float64Array;

function described(stored: Stored, more: Partial<PixelDescription> = {}): PixelDescription {
  return pixelOf({
    columns: stored.length,
    bitsAllocated: stored.BYTES_PER_ELEMENT * 8,
    pixelRepresentation: /^Int/.test(stored.constructor.name) ? 1 : 0,
    floatingPoint: /^Float/.test(stored.constructor.name),
    ...more,
  });
}

function grey(stored: Stored, header: DicomJson, more: Partial<PixelDescription> = {}) {
  const pixel = described(stored, more);
  const bytes = new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
  const presentation = presentationOf(header, 0, pixel);
  if (presentation.kind !== 'grey') throw new Error('not grey');
  return { presentation, values: modalityValues(nativeFrame({ bytes, pixel, transferSyntaxUID: '1.2.840.10008.1.2.1' }), presentation) };
}

describe('modality values in the array that holds them exactly, PS3.3 C.11.1', () => {
  it.each<{ name: string; stored: Stored; header: DicomJson; more?: Partial<PixelDescription>; type: string; expected: number[] }>([
    { name: 'as stored', stored: Uint16Array.of(0, 65535), header: {}, type: 'Uint16Array', expected: [0, 65535] },
    { name: 'CT', stored: Uint16Array.of(0, 4095), header: rescale(1, -1024), type: 'Int16Array', expected: [-1024, 3071] },
    {
      name: 'CT that 16 bits do not hold',
      stored: Uint16Array.of(0, 65535),
      header: rescale(1, -1024),
      type: 'Int32Array',
      expected: [-1024, 64511],
    },
    {
      name: 'one type for a series of either sign',
      stored: Uint16Array.of(2000, 3000),
      header: rescale(1, -1024),
      type: 'Int16Array',
      expected: [976, 1976],
    },
    { name: 'eight bits, doubled', stored: Uint8Array.of(1, 200), header: rescale(2, 0), type: 'Uint16Array', expected: [2, 400] },
    { name: 'eight bits signed', stored: Int8Array.of(-128, 127), header: {}, type: 'Int16Array', expected: [-128, 127] },
    { name: 'turned over', stored: Uint16Array.of(0, 100), header: rescale(-1, 0), type: 'Int16Array', expected: [0, -100] },
    { name: '32 bits', stored: Uint32Array.of(0, 4294967295), header: {}, type: 'Uint32Array', expected: [0, 4294967295] },
    {
      name: '32 bits past themselves',
      stored: Uint32Array.of(4294967295),
      header: rescale(2, 0),
      type: 'Float64Array',
      expected: [8589934590],
    },
    { name: 'a slope below one', stored: Uint16Array.of(300, 301), header: rescale(0.25, 0), type: 'Float32Array', expected: [75, 75.25] },
    {
      name: 'a slope that single precision loses',
      stored: Uint16Array.of(0, 1),
      header: rescale(0.001, 1e6),
      type: 'Float64Array',
      expected: [1e6, 1e6 + 0.001],
    },
    {
      name: 'dose of 32 bits',
      stored: Uint32Array.of(4294967295, 1),
      header: rescale(1e-9, 0),
      type: 'Float64Array',
      expected: [4.294967295, 1e-9],
    },
    { name: 'float', stored: Float32Array.of(0.5, 1.5), header: {}, type: 'Float32Array', expected: [0.5, 1.5] },
    { name: 'double', stored: Float64Array.of(1e-300), header: rescale(2, 0), type: 'Float64Array', expected: [2e-300] },
    {
      name: 'a LUT of 16 bits, count 0 is 65536',
      stored: Uint16Array.of(0, 65535),
      header: {
        '00283000': sq({ '00283002': us(0, 0, 16), '00283006': { vr: 'US', Value: Array.from({ length: 65536 }, (_, n) => 65535 - n) } }),
      },
      type: 'Uint16Array',
      expected: [65535, 0],
    },
    {
      name: 'a LUT of 8 bits packed in OW, first value signed',
      stored: Int16Array.of(-3, -2, -1, 9),
      header: {
        '00283000': sq({ '00283002': us(2, 65534, 8), '00283006': { vr: 'OW', InlineBinary: Buffer.from([7, 9]).toString('base64') } }),
      },
      type: 'Uint16Array',
      expected: [7, 7, 9, 9],
    },
    {
      name: 'the functional group of the frame',
      stored: Uint16Array.of(10),
      header: { ...rescale(5, 5), '52009230': sq({ '00289145': sq(rescale(2, -1)) }) },
      type: 'Int16Array',
      expected: [19],
    },
    { name: 'slope 0 is none', stored: Uint16Array.of(7), header: rescale(0, 3), type: 'Uint16Array', expected: [10] },
  ])('$name', ({ stored, header, more, type, expected }) => {
    const { values } = grey(stored, header, more);
    expect(
      [...values.values].map((value, n) => Math.abs(value - (expected[n] as number)) < 1e-12 * Math.max(1, Math.abs(value))),
    ).not.toContain(false);
    expect(values.values.length).toBe(expected.length);
    expect(values.values.constructor.name).toBe(type);
    expect(values.range).toEqual({ low: Math.min(...values.values), high: Math.max(...values.values) });
  });

  it.each<{ name: string; stored: Stored; header: DicomJson; range: ModalityValues['range']; padding: ModalityValues['padding'] }>([
    {
      name: 'linear: padding goes through too',
      stored: Int16Array.of(-2000, 0, 10),
      header: { '00280120': us(63536), ...rescale(2, -1) },
      range: { low: -1, high: 19 },
      padding: { low: -4001, high: -4001 },
    },
    {
      name: 'a negative slope',
      stored: Uint16Array.of(9, 1, 2),
      header: { '00280120': us(8), '00280121': us(9), ...rescale(-0.5, 0) },
      range: { low: -1, high: -0.5 },
      padding: { low: -4.5, high: -4 },
    },
    {
      name: 'LUT: below its least entry',
      stored: Uint16Array.of(9, 0, 1),
      header: { '00280120': us(9), '00283000': sq({ '00283002': us(2, 0, 16), '00283006': us(0, 50) }) },
      range: { low: 0, high: 50 },
      padding: { low: -1, high: -1 },
    },
    {
      name: 'none of it is there',
      stored: Uint16Array.of(1, 2),
      header: { '00280120': us(9) },
      range: { low: 1, high: 2 },
      padding: undefined,
    },
    {
      name: 'nothing else is there',
      stored: Uint16Array.of(9, 9),
      header: { '00280120': us(9) },
      range: undefined,
      padding: { low: 9, high: 9 },
    },
    {
      name: 'NaN is no picture',
      stored: Float32Array.of(Number.NaN, 1, Number.POSITIVE_INFINITY),
      header: {},
      range: { low: 1, high: 1 },
      padding: undefined,
    },
  ])('padding and range: $name', ({ stored, header, range, padding }) => {
    const { values } = grey(stored, header);
    expect(values.range).toEqual(range);
    expect(values.padding).toEqual(padding);
  });
});

describe('painting again with another window', () => {
  const shades = (rgba: Uint8ClampedArray) => [...rgba].filter((_, n) => n % 4 === 0);
  it.each<{ name: string; stored: Stored; header: DicomJson; tabled: boolean }>([
    { name: 'whole numbers, by a table', stored: Int16Array.of(-2000, 0, 50, 100), header: { '00280120': us(63536) }, tabled: true },
    { name: 'numbers far apart', stored: Int32Array.of(-2000, 0, 50, 2 ** 30), header: { '00280120': us(63536) }, tabled: false },
    { name: 'fractions', stored: Uint16Array.of(9999, 0, 100, 200), header: { '00280120': us(9999), ...rescale(0.5, 0) }, tabled: false },
  ])('$name', ({ stored, header, tabled }) => {
    const { values } = grey(stored, header);
    const display = { voi: { kind: 'window', center: 50, width: 101, function: 'LINEAR' }, invert: false } as const;
    expect(greyTable(values, display) !== undefined).toBe(tabled);
    const rgba = new Uint8ClampedArray(16);
    paintGrey(values, display, rgba);
    expect(shades(rgba).slice(0, 3)).toEqual([0, 1, 129]);
    expect([...rgba.slice(12)]).toEqual([255, 255, 255, 255]);
    paintGrey(values, { ...display, invert: true, background: 40 }, rgba);
    expect(shades(rgba).slice(0, 3)).toEqual([40, 254, 126]);
  });

  it.each([
    ['8 bits', Uint8Array.from({ length: 256 }, (_, n) => n)],
    ['16 bits', Uint16Array.from({ length: 65536 }, (_, n) => n)],
    ['16 bits with a sign', Int16Array.from({ length: 65536 }, (_, n) => n - 32768)],
    ['32 bits that lie together', Int32Array.from({ length: 65536 }, (_, n) => n - 70000)],
    ['16 bits in the middle of other memory', new Uint16Array(64).subarray(8, 40).map((_, n) => n * 2000)],
  ])('every value of %s in its grey', (_name, values) => {
    const [low, high] = [values[0] as number, values.at(-1) as number];
    const display = {
      voi: { kind: 'window', center: (low + high) / 2, width: (high - low) / 2, function: 'LINEAR' },
      invert: true,
    } as const;
    const rgba = new Uint8ClampedArray(values.length * 4);
    paintGrey({ width: values.length, height: 1, values, padding: undefined, range: { low, high } }, display, rgba);
    const grey = greyFunction(display);
    expect(shades(rgba).findIndex((shade, n) => shade !== grey(values[n] as number))).toBe(-1);
  });

  it('a picture of padding only is background', () => {
    const { values, presentation } = grey(Uint16Array.of(9, 9), { '00280120': us(9) });
    const rgba = new Uint8ClampedArray(8);
    paintGrey(values, { voi: settled(presentation.voi, values), invert: true }, rgba);
    expect([...rgba]).toEqual([0, 0, 0, 255, 0, 0, 0, 255]);
  });

  it('names what a reader may choose from', () => {
    const { presentation } = grey(Uint16Array.of(1), {
      '00281050': ds(40, 300, 5),
      '00281051': ds(400, 1500, 0),
      '00281055': { vr: 'LO', Value: ['SOFT', 'BONE', 'NONE'] },
      '00283010': sq({ '00283002': us(1, 0, 8), '00283003': { vr: 'LO', Value: ['HARD'] }, '00283006': us(3) }),
    });
    expect(presentation.choices.map(({ explanation, voi }) => [explanation, voi.kind])).toEqual([
      ['SOFT', 'window'],
      ['BONE', 'window'],
      ['HARD', 'lut'],
    ]);
    expect(presentation.chosen).toBe(0);
    expect(structuredClone(presentation)).toEqual(presentation);
  });
});

describe('real-world values, PS3.3 C.7.6.16.2.11', () => {
  const units = {
    '004008EA': sq({ '00080100': { vr: 'SH', Value: ['mm2/s'] }, '00080104': { vr: 'LO', Value: ['square millimetre per second'] } }),
  };
  const linear = { '00409216': us(0), '00409211': us(100), '00409225': fd(0.5), '00409224': fd(1), ...units };
  it.each<[string, DicomJson, number, number | undefined]>([
    ['a slope', linear, 10, 6],
    ['outside', linear, 101, undefined],
    ['a LUT', { '00409216': us(5), '00409211': us(6), '00409212': fd(0.25, 0.75) }, 6, 0.75],
    ['double ends', { '00409214': fd(-1.5), '00409213': fd(1.5), '00409225': fd(2), '00409224': fd(0) }, 0.5, 1],
  ])('%s', (_name, item, stored, expected) => {
    const [map] = grey(Uint16Array.of(1), { '00409096': sq(item) }).presentation.realWorld;
    expect(map && realWorldValue(map, stored)).toBe(expected);
  });

  it('has a unit, and the map of the frame comes first', () => {
    const header = { '00409096': sq({ ...linear, '00409225': fd(9) }), '52009230': sq({ '00409096': sq(linear) }) };
    const { realWorld, modality } = grey(Uint16Array.of(1), { ...header, ...rescale(2, -10) }).presentation;
    expect(realWorld).toMatchObject([{ unit: 'mm²/s', map: { slope: 0.5 } }]);
    expect(storedValueOf(modality, 10, true)).toBe(10);
  });

  it.each<[string, DicomJson]>([
    ['a LUT that is too short', { '00409216': us(0), '00409211': us(9), '00409212': fd(1) }],
    ['no ends', { '00409225': fd(1), '00409224': fd(0) }],
    ['ends the wrong way', { '00409216': us(9), '00409211': us(0), '00409225': fd(1), '00409224': fd(0) }],
  ])('%s is none', (_name, item) => {
    expect(grey(Uint16Array.of(1), { '00409096': sq(item) }).presentation.realWorld).toEqual([]);
  });
});

describe('what is done in one pass is what is done in steps', () => {
  const bits = [
    [16, 15],
    [12, 11],
    [12, 13],
    [10, 15],
    [12, 10],
    [0, 15],
  ] as const;
  const rescales = [
    [1, -1024],
    [2, 0],
    [-1, 0],
    [-3, 100],
    [1, 40_000],
    [7, -70_000],
    [16_383, 5],
    [20_000, 1],
  ] as const;
  const paddings = [undefined, { low: -5, high: -5 }, { low: 0, high: 3 }, { low: 63, high: 63 }, { low: -3000, high: -2000 }] as const;
  const cells = Uint16Array.from({ length: 4096 }, (_, at) => (at * 40_503) & 0xffff);
  // Few values near zero, so that narrow arrays are chosen, too.
  const near = Uint16Array.from({ length: 64 }, (_, at) => at);

  it.each(
    bits.flatMap(([bitsStored, highBit]) =>
      ([0, 1] as const).flatMap((sign) => rescales.map(([slope, intercept]) => [bitsStored, highBit, sign, slope, intercept] as const)),
    ),
  )('%s bits below and with bit %s, sign %s, × %s + %s', (bitsStored, highBit, pixelRepresentation, slope, intercept) => {
    for (const samples of [cells, near]) {
      const frame: DecodedFrame = {
        bytes: new Uint8Array(samples.slice().buffer),
        rows: 1,
        columns: samples.length,
        samplesPerPixel: 1,
        photometricInterpretation: 'MONOCHROME2',
        planarConfiguration: 0,
        bitsAllocated: 16,
        bitsStored,
        highBit,
        pixelRepresentation,
      };
      for (const padding of paddings) {
        const {
          values,
          range,
          padding: shown,
        } = modalityValues(frame, { modality: { kind: 'linear', slope, intercept }, padding } as GreyPresentation);
        const stored = withPadding(frame, padding);
        const isPadding = (value: number) => padding !== undefined && value >= padding.low && value <= padding.high;
        expect(Array.from(values)).toEqual(Array.from(stored, (value) => value * slope + intercept));
        const picture = Array.from(stored)
          .filter((value) => !isPadding(value))
          .map((value) => value * slope + intercept);
        expect(range).toEqual(picture.length === 0 ? undefined : { low: Math.min(...picture), high: Math.max(...picture) });
        expect(shown !== undefined).toBe(Array.from(stored).some(isPadding));
      }
    }
  });
});
