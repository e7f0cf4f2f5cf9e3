import { beforeEach, expect, it, vi } from 'vitest';
import type { SeriesImage } from '../series-images.ts';
import { remoteness } from './memory.ts';
import { imageIdOf, Pictures } from './pictures.ts';

/** A thousandth of real slices in every respect: frames of a quarter of their pictures of 16 bits. */
const FRAME_BYTES = 128;
const SIDE = 16;
const fetched: string[] = [];

vi.mock('@cornerstonejs/core', () => ({
  cache: { getImageLoadObject: () => undefined },
  imageLoader: { registerImageLoader: () => undefined },
  utilities: { VoxelManager: class {} },
}));
vi.mock('./frame-fetcher.ts', async (original) => ({
  ...(await original<object>()),
  FrameFetcher: class {
    fetch(url: string) {
      fetched.push(url);
      const frame = { bytes: new Uint8Array(FRAME_BYTES), transferSyntaxUID: '1.2.840.10008.1.2.4.202' };
      return { frame: Promise.resolve(frame), hasten: () => undefined, cancel: () => undefined };
    }
  },
}));
vi.mock('./decoder-pool.ts', async (original) => ({
  ...(await original<object>()),
  DecoderPool: class {
    makeReady() {}
    decode() {
      const values = { width: SIDE, height: SIDE, values: new Int16Array(SIDE * SIDE), padding: undefined, range: { low: 0, high: 1 } };
      return { picture: Promise.resolve({ kind: 'grey', values }), hasten: () => undefined };
    }
  },
}));
vi.mock('../view/painter.ts', () => ({ renderPicture: () => undefined }));

const image = (n: number): SeriesImage => ({
  sopInstanceUID: `1.2.${n}`,
  instanceUrl: `/dicom-web/studies/1/series/2/instances/1.2.${n}`,
  frame: 1,
  frames: 1,
  instanceNumber: n,
  rows: SIDE,
  columns: SIDE,
  metadata: { '00280010': { vr: 'US', Value: [SIDE] }, '00280011': { vr: 'US', Value: [SIDE] }, '00280100': { vr: 'US', Value: [16] } },
  sliceLocationMm: undefined,
  sliceThicknessMm: undefined,
  hasOrientation: false,
  patientOrientation: undefined,
  lossy: false,
  derived: undefined,
  frameTimeMs: undefined,
});

const images = Array.from({ length: 1_000 }, (_, n) => image(n));
const index = new Map(images.map((one, at) => [imageIdOf(one), at]));
const budget = { frameBytes: 160 * FRAME_BYTES, pictureBytes: 80 * SIDE * SIDE * 2 };

beforeEach(() => {
  fetched.length = 0;
});

it('a thousand slices passed from end to end stay within the bound, and what is near the reader is there', async () => {
  let current = 0;
  const dropped: string[] = [];
  const pictures = new Pictures(budget, {
    remotenessOf: (imageId) => {
      const at = index.get(imageId);
      return at === undefined ? undefined : remoteness(at, current, 1);
    },
    dropped: (imageId) => dropped.push(imageId),
  });
  for (const one of images) pictures.describe(imageIdOf(one), one);
  for (const [at, one] of images.entries()) {
    current = at;
    await pictures.picture(imageIdOf(one), 'now');
    expect(pictures.bytes.frames).toBeLessThanOrEqual(budget.frameBytes);
    expect(pictures.bytes.pictures).toBeLessThanOrEqual(budget.pictureBytes);
    if (at > 0) expect(pictures.isDecoded(imageIdOf(images[at - 1] as SeriesImage))).toBe(true);
  }
  // Farther off the frame is still there when the picture is not; of the first neither is.
  expect(pictures.isDecoded(imageIdOf(images[880] as SeriesImage))).toBe(false);
  expect(pictures.isHere(imageIdOf(images[880] as SeriesImage))).toBe(true);
  expect(pictures.isHere(imageIdOf(images[0] as SeriesImage))).toBe(false);
  expect(dropped).toContain(imageIdOf(images[0] as SeriesImage));
  expect(fetched.length).toBe(images.length);
});

it('a picture asked for twice is fetched once; one that is forgotten is gone', async () => {
  const pictures = new Pictures(budget, { remotenessOf: () => undefined, dropped: () => undefined });
  const imageId = imageIdOf(image(1));
  pictures.describe(imageId, image(1));
  await Promise.all([pictures.picture(imageId, 'ahead'), pictures.picture(imageId, 'now')]);
  expect(fetched.length).toBe(1);
  expect(pictures.metadataOf(imageId)).toBeDefined();
  pictures.forget(() => true);
  expect(pictures.bytes).toEqual({ frames: 0, pictures: 0 });
  expect(pictures.metadataOf(imageId)).toBeUndefined();
});
