import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { DomainError } from '../../../domain/errors.ts';
import { decodeJpegImage } from './jpeg.ts';

interface Lossless {
  readonly width: number;
  readonly height: number;
  readonly precision: number;
  /** 1 to 7, ITU-T T.81 Table H.1. */
  readonly predictor: number;
  readonly pointTransform?: number;
  readonly linesPerRestart?: number;
  readonly planes: readonly (readonly number[])[];
}

/** Writes a lossless JPEG (ITU-T T.81 Annex H) with one table in which size n has the code of n in 5 bits. */
function losslessJpeg(image: Lossless): Uint8Array {
  const { width, height, precision, planes, pointTransform = 0, linesPerRestart = 0 } = image;
  const bytes = headersOf(image);
  let bits = '';
  const flush = () => {
    bits = bits.padEnd(Math.ceil(bits.length / 8) * 8, '1');
    for (let i = 0; i < bits.length; i += 8) {
      const byte = Number.parseInt(bits.slice(i, i + 8), 2);
      bytes.push(byte, ...(byte === 0xff ? [0] : []));
    }
    bits = '';
  };
  for (let y = 0; y < height; y++) {
    const restarts = linesPerRestart > 0 && y % linesPerRestart === 0;
    if (restarts && y > 0) {
      flush();
      bytes.push(0xff, 0xd0 + ((y / linesPerRestart - 1) % 8));
    }
    for (let x = 0; x < width; x++) {
      for (const plane of planes) {
        const at: Sample = (dx, dy) => (plane[(y + dy) * width + x + dx] as number) >> pointTransform;
        const first = 1 << (precision - pointTransform - 1);
        bits += codeOf(at(0, 0) - predicted(image, at, x, y === 0 || restarts, first));
      }
    }
  }
  flush();
  return Uint8Array.from([...bytes, 0xff, 0xd9]);
}

function headersOf({ width, height, precision, predictor, planes, pointTransform = 0, linesPerRestart = 0 }: Lossless): number[] {
  const u16 = (value: number) => [value >> 8, value & 0xff];
  const segment = (marker: number, ...body: number[]) => [0xff, marker, ...u16(body.length + 2), ...body];
  const ids = planes.map((_, i) => i + 1);
  return [
    0xff,
    0xd8,
    ...segment(0xc4, 0, ...Array.from({ length: 16 }, (_, i) => (i === 4 ? 17 : 0)), ...Array.from({ length: 17 }, (_, i) => i)),
    ...segment(0xc3, precision, ...u16(height), ...u16(width), planes.length, ...ids.flatMap((id) => [id, 0x11, 0])),
    ...(linesPerRestart > 0 ? segment(0xdd, ...u16(linesPerRestart * width)) : []),
    ...segment(0xda, planes.length, ...ids.flatMap((id) => [id, 0]), predictor, 0, pointTransform),
  ];
}

/** The sample so far from the one that is coded. */
type Sample = (dx: number, dy: number) => number;

/** ITU-T T.81 Table H.1, with its Ra, Rb and Rc. */
const PREDICTORS: readonly ((left: number, above: number, corner: number) => number)[] = [
  (left) => left,
  (_, above) => above,
  (_, __, corner) => corner,
  (left, above, corner) => left + above - corner,
  (left, above, corner) => left + ((above - corner) >> 1),
  (left, above, corner) => above + ((left - corner) >> 1),
  (left, above) => (left + above) >> 1,
];

/** `topLine`: of the image or after a restart; `first`: what its first sample is predicted as. */
function predicted({ predictor }: Lossless, at: Sample, x: number, topLine: boolean, first: number): number {
  if (topLine) return x === 0 ? first : at(-1, 0);
  if (x === 0) return at(0, -1);
  return PREDICTORS[predictor - 1]?.(at(-1, 0), at(0, -1), at(-1, -1)) ?? 0;
}

/** The size of a difference, modulo 2¹⁶, in 5 bits, and its value in so many. */
function codeOf(given: number): string {
  const wrapped = given & 0xffff;
  const difference = wrapped > 0x8000 ? wrapped - 0x10000 : wrapped;
  const size = difference === 0 ? 0 : 32 - Math.clz32(Math.abs(difference));
  const code = size.toString(2).padStart(5, '0');
  if (size === 0 || size === 16) return code;
  return code + (difference < 0 ? difference + (1 << size) - 1 : difference).toString(2).padStart(size, '0');
}

/** Values that jump through the whole range. */
function samples(count: number, precision: number, seed: number): number[] {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state >>> (32 - precision);
  });
}

describe('lossless JPEG', () => {
  const cases = [1, 2, 3, 4, 5, 6, 7].flatMap((predictor) => [2, 8, 12, 16].map((precision) => ({ predictor, precision })));
  it.each(cases)('predictor $predictor at $precision bits', ({ predictor, precision }) => {
    const plane = samples(7 * 5, precision, 1);
    const image = decodeJpegImage(losslessJpeg({ width: 7, height: 5, precision, predictor, planes: [plane] }));
    expect(image).toMatchObject({ width: 7, height: 5, components: 1, precision });
    expect([...image.data]).toEqual(plane);
  });

  it('colour is interleaved', () => {
    const planes = [1, 2, 3].map((seed) => samples(12, 8, seed));
    const image = decodeJpegImage(losslessJpeg({ width: 4, height: 3, precision: 8, predictor: 1, planes }));
    expect([...image.data]).toEqual(planes[0]?.flatMap((_, i) => planes.map((plane) => plane[i])));
  });

  it('restarts at lines', () => {
    const plane = samples(4 * 6, 12, 3);
    const image = decodeJpegImage(losslessJpeg({ width: 4, height: 6, precision: 12, predictor: 4, linesPerRestart: 2, planes: [plane] }));
    expect([...image.data]).toEqual(plane);
  });

  it('point transform drops low bits', () => {
    const plane = samples(12, 10, 4);
    const image = decodeJpegImage(losslessJpeg({ width: 4, height: 3, precision: 10, predictor: 5, pointTransform: 2, planes: [plane] }));
    expect([...image.data]).toEqual(plane.map((value) => value & ~3));
  });

  it('every cut is an error', () => {
    const whole = losslessJpeg({ width: 7, height: 5, precision: 16, predictor: 6, planes: [samples(35, 16, 5)] });
    for (let length = 0; length < whole.length - 2; length++) {
      expect(() => decodeJpegImage(whole.subarray(0, length)), `cut at ${length}`).toThrow(DomainError);
    }
  });
});

describe('lossy JPEG beside libjpeg-turbo', () => {
  const width = 37;
  const height = 29;
  const picture = Buffer.from(Array.from({ length: width * height * 3 }, (_, i) => (Math.sin(i / 40) + 1) * 100 + ((i * 7) % 50)));

  it.each([
    { name: 'baseline, full chroma', options: { chromaSubsampling: '4:4:4', quality: 90 } },
    { name: 'baseline, halved chroma', options: { chromaSubsampling: '4:2:0', quality: 90 } },
    { name: 'progressive', options: { chromaSubsampling: '4:4:4', quality: 90, progressive: true } },
    { name: 'progressive, halved chroma', options: { chromaSubsampling: '4:2:0', quality: 40, progressive: true } },
  ])('$name', async ({ options }) => {
    const jpeg = await sharp(picture, { raw: { width, height, channels: 3 } })
      .jpeg(options)
      .toBuffer();
    const ours = decodeJpegImage(jpeg);
    expect(ours).toMatchObject({ width, height, components: 3, precision: 8 });
    const theirs = await sharp(jpeg).raw().toBuffer();
    for (let i = 0; i < theirs.length; i += 3) {
      const [y, cb, cr] = [ours.data[i] as number, (ours.data[i + 1] as number) - 128, (ours.data[i + 2] as number) - 128];
      const rgb = [y + 1.402 * cr, y - 0.344136 * cb - 0.714136 * cr, y + 1.772 * cb].map((v) => Math.min(255, Math.max(0, v)));
      for (const [c, value] of rgb.entries()) expect(Math.abs(value - (theirs[i + c] as number))).toBeLessThanOrEqual(2);
    }
  });

  it.each(['baseline', 'progressive'])('every cut of %s is an error', async (kind) => {
    const jpeg = await sharp(picture, { raw: { width, height, channels: 3 } })
      .jpeg({ progressive: kind === 'progressive' })
      .toBuffer();
    // All but the end marker of a baseline image: nothing of the picture is missing then.
    for (let length = 0; length < jpeg.length - 2; length++) {
      expect(() => decodeJpegImage(jpeg.subarray(0, length)), `cut at ${length}`).toThrow(DomainError);
    }
  });
});

describe('refused', () => {
  const frame = (marker: number, precision: number, factors = 0x11) =>
    Uint8Array.from([0xff, 0xd8, 0xff, marker, 0, 11, precision, 0, 8, 0, 8, 1, 1, factors, 0, 0xff, 0xd9]);
  it.each([
    { name: 'nothing', bytes: new Uint8Array(0), kind: 'invalid' },
    { name: 'not a JPEG', bytes: Uint8Array.from([1, 2, 3, 4]), kind: 'invalid' },
    { name: 'arithmetic coding', bytes: frame(0xc9, 8), kind: 'unsupported' },
    { name: 'hierarchical', bytes: frame(0xc5, 8), kind: 'unsupported' },
    { name: 'ten bits of DCT', bytes: frame(0xc1, 10), kind: 'unsupported' },
    { name: 'sampling factor 0', bytes: frame(0xc0, 8, 0), kind: 'invalid' },
    { name: 'a frame and no scan', bytes: frame(0xc0, 8), kind: 'invalid' },
    {
      name: '65535 × 65535',
      bytes: Uint8Array.from([0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 255, 255, 255, 255, 1, 1, 0x11, 0]),
      kind: 'too-large',
    },
    { name: 'a scan before its frame', bytes: Uint8Array.from([0xff, 0xd8, 0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 1, 2]), kind: 'invalid' },
  ])('$name', ({ bytes, kind }) => {
    expect(() => decodeJpegImage(bytes)).toThrow(expect.objectContaining({ kind }));
  });
});
