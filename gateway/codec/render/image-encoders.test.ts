import sharp, { type OutputInfo } from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeJpegImage } from '../pixels/jpeg/jpeg.ts';
import type { Picture } from '../pixels/presentation.ts';
import { drawingOf, drawnRows } from '../pixels/scale.ts';
import { createImageSink } from './image-sink.ts';
import { encodeImage, outputBytesMax } from './picture.ts';

/** Smooth in one place, sharp edges and noise in others. */
function pictureOf(width: number, height: number, channels: 1 | 3): Picture {
  const data = new Uint8Array(width * height * channels);
  let seed = 7;
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < channels; channel++, at++) {
        seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff;
        const smooth = 127 + 100 * Math.sin(x / 17 + channel) * Math.cos(y / 23);
        data[at] = x > width * 0.8 ? seed >> 23 : x > width * 0.6 ? ((x ^ y) & 8) * 31 : smooth;
      }
    }
  }
  return { width, height, channels, data };
}

const raw = async (encoded: Uint8Array, channels: number) =>
  (await sharp(encoded)
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .raw()
    .toBuffer({ resolveWithObject: true })) as {
    data: Buffer;
    info: OutputInfo;
  };
const whole = (picture: Picture) => drawingOf(picture.width, picture.height, undefined);

const SIZES: readonly (readonly [number, number, 1 | 3])[] = [
  [1, 1, 1],
  [1, 1, 3],
  [8, 8, 1],
  [9, 7, 3],
  [17, 33, 1],
  [640, 3, 3],
  [300, 257, 1],
  [500, 300, 3],
];

describe('PNG', () => {
  it.each(SIZES)('%i × %i of %i come back as they were', async (width, height, channels) => {
    const picture = pictureOf(width, height, channels);
    const { data, info } = await raw(encodeImage(picture, whole(picture), { format: 'image/png', quality: 1 }), channels);
    expect([info.width, info.height, info.channels]).toEqual([width, height, channels]);
    expect(data.equals(picture.data)).toBe(true);
  });
});

describe('JPEG', () => {
  const meanDifference = (a: Uint8Array, b: Uint8Array) =>
    a.reduce((sum, value, i) => sum + Math.abs(value - (b[i] as number)), 0) / a.length;

  it.each(SIZES)('%i × %i of %i: what sharp reads is what sharp would have written', async (width, height, channels) => {
    const picture = pictureOf(width, height, channels);
    for (const quality of [30, 90, 100]) {
      const ours = await raw(encodeImage(picture, whole(picture), { format: 'image/jpeg', quality }), channels);
      const theirs = await raw(
        await sharp(picture.data, { raw: { width, height, channels } })
          .toColourspace(channels === 1 ? 'b-w' : 'srgb')
          .jpeg({ quality, chromaSubsampling: '4:4:4', optimiseCoding: false })
          .toBuffer(),
        channels,
      );
      expect([ours.info.width, ours.info.height, ours.info.channels]).toEqual([width, height, channels]);
      // libjpeg's integer transform and ours of floating point round apart now and then.
      expect(meanDifference(ours.data, picture.data)).toBeLessThanOrEqual(meanDifference(theirs.data, picture.data) * 1.05 + 0.5);
    }
  });

  it('is baseline without subsampling, and our own decoder reads it', () => {
    const picture = pictureOf(50, 40, 3);
    const image = decodeJpegImage(encodeImage(picture, whole(picture), { format: 'image/jpeg', quality: 95 }));
    expect([image.width, image.height, image.components, image.precision, image.colour]).toEqual([50, 40, 3, 8, 'YBR']);
  });

  it('the hardest blocks at the finest steps have codes', async () => {
    const side = 64;
    const data = Uint8Array.from({ length: side * side }, (_, i) => (((i % side) + Math.floor(i / side)) % 2 === 0 ? 255 : 0));
    const picture: Picture = { width: side, height: side, channels: 1, data };
    const ours = await raw(encodeImage(picture, whole(picture), { format: 'image/jpeg', quality: 100 }), 1);
    expect(meanDifference(ours.data, data)).toBeLessThan(2);
  });
});

describe('drawn at another size', () => {
  const side = { columns: 60, rows: 45 };
  it.each<[string, Parameters<typeof drawingOf>[2]]>([
    ['smaller', side],
    ['one column', { columns: 1, rows: 300 }],
    ['a region', { ...side, source: { x: 11, y: 20, width: 120, height: 90 } }],
    ['a region, turned about', { ...side, source: { x: 11, y: 20, width: -120, height: -90 } }],
    ['as it is, turned about', { columns: 240, rows: 180, source: { x: 0, y: 0, width: -240, height: -180 } }],
  ])('%s: as sharp draws it', async (_name, viewport) => {
    const picture = pictureOf(240, 180, 3);
    const drawing = drawingOf(240, 180, viewport);
    const ours = await raw(encodeImage(picture, drawing, { format: 'image/png', quality: 90 }), 3);
    const { left, top, width, height, columns, rows } = drawing;
    let theirs = sharp(picture.data, { raw: { width: 240, height: 180, channels: 3 } }).extract({ left, top, width, height });
    if (drawing.flipX) theirs = theirs.flop();
    if (drawing.flipY) theirs = theirs.flip();
    const expected = await sharp(await theirs.png().toBuffer())
      .resize({ width: columns, height: rows, fit: 'fill', kernel: 'lanczos3' })
      .raw()
      .toBuffer();
    expect([ours.info.width, ours.info.height]).toEqual([columns, rows]);
    const mean = expected.reduce((sum, value, i) => sum + Math.abs(value - (ours.data[i] as number)), 0) / expected.length;
    expect(mean).toBeLessThan(3);
  });
});

it('enlarged, a slope stays a slope', () => {
  const [width, height] = [60, 20];
  const data = Uint8Array.from({ length: width * height }, (_, i) => 4 * (i % width) + Math.floor(i / width));
  const drawing = drawingOf(width, height, { columns: 120, rows: 120 });
  const rows = Array.from(drawnRows({ width, height, channels: 1, data }, drawing), (row) => row.slice());
  expect([rows.length, rows[0]?.length]).toEqual([40, 120]);
  const wrong: string[] = [];
  // Beside the edges the filter has fewer neighbours.
  for (let y = 8; y < 32; y++) {
    for (let x = 8; x < 112; x++) {
      const expected = 4 * ((x + 0.5) / 2 - 0.5) + (y + 0.5) / 2 - 0.5;
      if (Math.abs((rows[y]?.[x] as number) - expected) > 1.1) wrong.push(`${x},${y}: ${rows[y]?.[x]} for ${expected}`);
    }
  }
  expect(wrong).toEqual([]);
});

describe('bounds of a rendering', () => {
  it.each<[string, [number, number], Parameters<typeof drawingOf>[2], [number, number]]>([
    ['the image itself', [512, 400], undefined, [512, 400]],
    ['a viewport within', [512, 400], { columns: 256, rows: 256 }, [256, 200]],
    ['twice the image', [512, 400], { columns: 2000, rows: 800 }, [1024, 800]],
    ['never more than twice', [16, 16], { columns: 16_384, rows: 16_384 }, [32, 32]],
    [
      'a region, no larger than twice the whole',
      [100, 100],
      { columns: 5000, rows: 5000, source: { x: 0, y: 0, width: 10, height: 10 } },
      [200, 200],
    ],
    ['40 megapixels', [8000, 8000], { columns: 16_000, rows: 16_000 }, [6324, 6324]],
    ['40 megapixels without a viewport', [10_000, 10_000], undefined, [6324, 6324]],
    ['the widest side', [65_535, 8], undefined, [16_384, 2]],
    ['at least a pixel', [16_000, 1], { columns: 100, rows: 100 }, [100, 1]],
  ])('%s', (_name, [width, height], viewport, expected) => {
    const { columns, rows } = drawingOf(width, height, viewport);
    expect([columns, rows]).toEqual(expected);
    expect(columns * rows).toBeLessThanOrEqual(40_000_000);
  });

  it('what takes more bytes than it may is given up', () => {
    const sink = createImageSink(100_000);
    expect(() => {
      for (let n = 0; n < 100; n++) sink.write(new Uint8Array(10_000));
    }).toThrow(expect.objectContaining({ kind: 'too-large' }));
    expect(outputBytesMax({ columns: 8000, rows: 5000 }, 3, 'image/jpeg')).toBeLessThan(61e6);
  });
});
