import { beforeEach, describe, expect, it, vi } from 'vitest';
import { plainSlice } from '../../../test/fixtures/dicom/plain-slice.ts';
import type { SeriesImage } from '../series-images.ts';
import { type Frame, NotFetched, Outdated } from './frame-fetcher.ts';
import { presentationFor } from './image.ts';
import { remoteness } from './memory.ts';
import type { DecodeRequest } from './picture.ts';
import { imageIdOf, Pictures } from './pictures.ts';
import { deferred } from './urgency.ts';

/** A thousandth of real slices in every respect: frames of a quarter of their pictures of 16 bits. */
const FRAME_BYTES = 128;
const SIDE = 16;
const fetched: string[] = [];
/** While set, the gateway has another version than asked for. */
let conflict = false;
/** While set, no frame comes by itself; the tests let it come. */
let slowLine = false;
const underWay: { url: string; cancelled: boolean; come(): void }[] = [];
const decoded: DecodeRequest[] = [];
/** Of the frames that come. */
let frameBytes = FRAME_BYTES;
let transferSyntaxUID = '1.2.840.10008.1.2.4.202';

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
      // Which fetch it came by.
      const frame = { bytes: new Uint8Array(frameBytes).fill(fetched.length), transferSyntaxUID };
      const { promise, resolve, reject } = deferred<Frame>();
      const one = { url, cancelled: false, come: () => resolve(frame) };
      const cancel = () => {
        one.cancelled = true;
        reject(new DOMException('cancelled', 'AbortError'));
      };
      underWay.push(one);
      if (conflict) reject(new NotFetched(409));
      else if (!slowLine) one.come();
      return { frame: promise, progress: () => 0, hasten: () => undefined, cancel };
    }
  },
}));
vi.mock('./decoder-pool.ts', async (original) => ({
  ...(await original<object>()),
  DecoderPool: class {
    makeReady() {}
    decode(request: DecodeRequest) {
      decoded.push(request);
      const values = { width: SIDE, height: SIDE, values: new Int16Array(SIDE * SIDE), padding: undefined, range: { low: 0, high: 1 } };
      return { picture: Promise.resolve({ kind: 'grey', values }), hasten: () => undefined };
    }
  },
}));
/** Ends of the overlay data that were asked for. */
const overlayData: ReturnType<typeof deferred<Uint8Array>>[] = [];
vi.mock('../../api/dicomweb-retrieve.ts', () => ({
  elementBytes: () => {
    overlayData.push(deferred<Uint8Array>());
    return overlayData.at(-1)?.promise;
  },
}));
vi.mock('../view/painter.ts', () => ({ renderPicture: () => undefined }));

const image = (n: number) => plainSlice(n, SIDE);

const images = Array.from({ length: 1_000 }, (_, n) => image(n));
const index = new Map(images.map((one, at) => [imageIdOf(one), at]));
const NOT_RENEWED = { outdated: () => undefined, overlaid: () => undefined };
const budget = { frameBytes: 160 * FRAME_BYTES, pictureBytes: 80 * SIDE * SIDE * 2 };

beforeEach(() => {
  for (const list of [fetched, underWay, decoded, overlayData]) list.length = 0;
  slowLine = false;
  conflict = false;
  frameBytes = FRAME_BYTES;
  transferSyntaxUID = '1.2.840.10008.1.2.4.202';
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
    ...NOT_RENEWED,
  });
  pictures.describe(images);
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
  const pictures = new Pictures(budget, { remotenessOf: () => undefined, dropped: () => undefined, ...NOT_RENEWED });
  const imageId = imageIdOf(image(1));
  pictures.describe([image(1)]);
  await Promise.all([pictures.picture(imageId, 'ahead'), pictures.picture(imageId, 'now')]);
  expect(fetched.length).toBe(1);
  expect(pictures.metadataOf(imageId)).toBeDefined();
  pictures.forget(() => true);
  expect(pictures.bytes).toEqual({ frames: 0, pictures: 0 });
  expect(pictures.metadataOf(imageId)).toBeUndefined();
});

describe('another version of an instance arrives while the study is open', () => {
  const more = (metadata: SeriesImage['metadata']): SeriesImage => ({
    ...image(1),
    metadata: { ...structuredClone(image(1).metadata), ...metadata },
  });
  const old = more({ '00281053': { vr: 'DS', Value: [1] } });
  const version = more({ '00281053': { vr: 'DS', Value: [2] } });
  const imageId = imageIdOf(old);
  const opened = () => {
    const dropped: string[] = [];
    const pictures = new Pictures(budget, { remotenessOf: () => 0, dropped: (one) => dropped.push(one), ...NOT_RENEWED });
    pictures.describe([old]);
    return { pictures, dropped };
  };

  it('what is here of the one before goes, frame and picture', async () => {
    const { pictures, dropped } = opened();
    const before = await pictures.picture(imageId, 'now');
    pictures.describe([version]);
    expect(pictures.isHere(imageId)).toBe(false);
    expect(pictures.bytes).toEqual({ frames: 0, pictures: 0 });
    expect(dropped).toEqual([imageId]);
    expect(pictures.isCurrent(before)).toBe(false);
    const after = await pictures.picture(imageId, 'now');
    expect(after.presentation).toEqual(presentationFor(version));
    expect(decoded.map(({ frame }) => frame.bytes[0])).toEqual([1, 2]);
    expect(pictures.isCurrent(after)).toBe(true);
  });

  it('of a frame alone, too', async () => {
    const { pictures, dropped } = opened();
    await pictures.frame(imageId);
    pictures.describe([version]);
    expect(pictures.isHere(imageId)).toBe(false);
    expect(dropped).toEqual([imageId]);
  });

  it.each([
    ['ended in time', false],
    ['that had come already', true],
  ])('a fetch from before, %s, is not kept, and who waited gets the new version', async (_name, late) => {
    slowLine = true;
    const { pictures } = opened();
    const waiting = pictures.picture(imageId, 'now');
    if (late) underWay[0]?.come();
    pictures.describe([version]);
    slowLine = false;
    const asked = pictures.picture(imageId, 'now');
    expect((await waiting).presentation).toEqual(presentationFor(version));
    expect(await waiting).toBe(await asked);
    expect(decoded.at(-1)?.frame.bytes[0]).toBe(2);
    expect(decoded.at(-1)?.presentation).toEqual(presentationFor(version));
    expect(pictures.bytes.pictures).toBe((await asked).sizeInBytes);
    expect(fetched.length).toBe(2);
  });

  it('the same metadata read again change nothing', async () => {
    const { pictures, dropped } = opened();
    const before = await pictures.picture(imageId, 'now');
    pictures.describe([structuredClone(old)]);
    expect(await pictures.picture(imageId, 'now')).toBe(before);
    expect(fetched.length).toBe(1);
    expect(dropped).toEqual([]);
  });

  it('what one frame tells of goes for every frame of the instance, and for no other', async () => {
    const { pictures } = opened();
    const frames = (second: SeriesImage) => [1, 2].map((frame) => ({ ...(frame === 2 ? second : structuredClone(old)), frame, frames: 2 }));
    const [first] = frames(old) as [SeriesImage];
    pictures.describe([...frames(old), image(7)]);
    await pictures.picture(imageIdOf(first), 'now');
    await pictures.frame(imageIdOf(image(7)));
    pictures.describe([...frames(version), image(7)]);
    expect(pictures.isHere(imageIdOf(first))).toBe(false);
    expect(pictures.isHere(imageIdOf(image(7)))).toBe(true);
  });

  it('a table by reference may be another behind the same address', async () => {
    const palette = () => more({ '00281201': { vr: 'OW', BulkDataURI: '/bulk/1' } });
    const { pictures } = opened();
    const first = palette();
    pictures.describe([first]);
    await pictures.frame(imageId);
    const table = first.metadata['00281201'];
    if (table !== undefined) table.InlineBinary = 'AAA=';
    pictures.describe([first]);
    expect(pictures.isHere(imageId)).toBe(true);
    pictures.describe([palette()]);
    expect(pictures.isHere(imageId)).toBe(false);
  });
});

describe('the gateway has another version than the one described', () => {
  const older: SeriesImage = { ...image(1), version: '0123456789abcdef' };
  const newer: SeriesImage = { ...older, version: 'fedcba9876543210' };
  const imageId = imageIdOf(older);
  const opened = () => {
    const told: string[] = [];
    const pictures = new Pictures(budget, {
      remotenessOf: () => 0,
      dropped: () => undefined,
      ...NOT_RENEWED,
      outdated: (one) => told.push(`outdated ${one}`),
    });
    pictures.describe([older]);
    return { pictures, told };
  };

  it('is told once, and once the metadata are those of the other, it is fetched', async () => {
    conflict = true;
    const { pictures, told } = opened();
    await expect(pictures.picture(imageId, 'now')).rejects.toBeInstanceOf(Outdated);
    expect(told).toEqual([`outdated ${imageId}`]);
    conflict = false;
    pictures.describe([newer]);
    expect(told).toEqual([`outdated ${imageId}`]);
    expect((await pictures.picture(imageId, 'now')).imageId).toBe(imageId);
    expect(fetched.map((url) => url.split('?')[1])).toEqual([`version=${older.version}`, `version=${newer.version}`]);
  });

  it('metadata that are read again and are the same leave a failure, not an endless asking', async () => {
    conflict = true;
    const { pictures, told } = opened();
    await expect(pictures.picture(imageId, 'now')).rejects.toBeInstanceOf(Outdated);
    pictures.describe([{ ...older }]);
    const again = await pictures.picture(imageId, 'now').catch((thrown: unknown) => thrown);
    expect([again instanceof NotFetched, again instanceof Outdated]).toEqual([true, false]);
    expect(told).toEqual([`outdated ${imageId}`]);
  });

  it('another version with the same headers is another picture', async () => {
    const { pictures, told } = opened();
    const before = await pictures.picture(imageId, 'now');
    pictures.describe([newer]);
    expect(pictures.isHere(imageId)).toBe(false);
    expect(pictures.isCurrent(before)).toBe(false);
    expect(told).toEqual([]);
  });
});

describe('the memory of a frame', () => {
  const opened = (one: SeriesImage) => {
    const pictures = new Pictures(budget, { remotenessOf: () => 0, dropped: () => undefined, ...NOT_RENEWED });
    pictures.describe([one]);
    return pictures;
  };
  const native = () => {
    frameBytes = SIDE * SIDE * 2;
    transferSyntaxUID = '1.2.840.10008.1.2.1';
  };
  const given = () => decoded.map(({ frame }) => frame.mayBeGivenAway === true);
  const described = (metadata: SeriesImage['metadata']): SeriesImage => ({ ...image(1), metadata: { ...image(1).metadata, ...metadata } });

  it('goes to the worker when the picture takes no more', async () => {
    native();
    const pictures = opened(image(1));
    await pictures.frame(imageIdOf(image(1)));
    const { sizeInBytes } = await pictures.picture(imageIdOf(image(1)), 'now');
    expect(given()).toEqual([true]);
    expect(pictures.bytes).toEqual({ frames: 0, pictures: sizeInBytes });
    expect(fetched.length).toBe(1);
  });

  it.each([
    ['compressed', image(1), () => undefined],
    ['of fractions', described({ '00281052': { vr: 'DS', Value: [0] }, '00281053': { vr: 'DS', Value: [0.5] } }), native],
  ])('stays when it is the smaller form: %s', async (_name, one, come) => {
    come();
    const pictures = opened(one);
    await pictures.picture(imageIdOf(one), 'now');
    expect(given()).toEqual([false]);
  });

  it('stays while two read it: its own picture, and the range of the loop that it is of', async () => {
    native();
    slowLine = true;
    const clip = described({ '00181063': { vr: 'DS', Value: [40] }, '00280008': { vr: 'IS', Value: [2] } });
    const [a, b] = [1, 2].map((frame) => ({ ...clip, frame, frames: 2 })) as [SeriesImage, SeriesImage];
    const pictures = opened(a);
    pictures.describe([a, b]);
    const first = pictures.picture(imageIdOf(a), 'now');
    underWay[0]?.come();
    await expect.poll(() => underWay.length).toBe(2);
    const second = pictures.picture(imageIdOf(b), 'now');
    underWay[1]?.come();
    await Promise.all([first, second]);
    expect(given()).toEqual([true, false, false]);
    expect(fetched.length).toBe(2);
  });

  it('that leaves, and that of pictures, is nobody’s any more: who held it sees no pixel', async () => {
    const { pictureBytes } = budget;
    const kept = pictureBytes / (SIDE * SIDE * 2);
    const pictures = new Pictures(budget, {
      remotenessOf: (imageId) => 1 + (index.get(imageId) ?? 0),
      dropped: () => undefined,
      ...NOT_RENEWED,
    });
    pictures.describe(images);
    const held: ArrayLike<number>[] = [];
    for (const one of images.slice(0, kept + 10).reverse()) held.push((await pictures.picture(imageIdOf(one), 'now')).getPixelData());
    const here = images
      .slice(0, kept + 10)
      .reverse()
      .map((one) => pictures.isDecoded(imageIdOf(one)));
    expect(here.filter((is) => !is).length).toBeGreaterThanOrEqual(10);
    expect(held.map(({ length }) => length)).toEqual(here.map((is) => (is ? SIDE * SIDE : 0)));
  });

  it('that is asked for while it is decoded is not fetched again', async () => {
    native();
    const pictures = opened(image(1));
    await Promise.all([pictures.picture(imageIdOf(image(1)), 'now'), pictures.frame(imageIdOf(image(1)))]);
    expect(fetched.length).toBe(1);
  });
});

describe('what is drawn over a picture comes after it', () => {
  const OVERLAY_BYTES = (SIDE * SIDE) / 8;
  const us = (value: number) => ({ vr: 'US', Value: [value] });
  const opened = async () => {
    const plane = { '60000010': us(SIDE), '60000011': us(SIDE), '60003000': { vr: 'OW', BulkDataURI: '/bulk/60003000' } };
    const one: SeriesImage = { ...image(1), metadata: { ...image(1).metadata, ...plane } };
    const imageId = imageIdOf(one);
    const told: string[] = [];
    const pictures = new Pictures(budget, {
      remotenessOf: () => 0,
      dropped: () => undefined,
      ...NOT_RENEWED,
      overlaid: (id) => told.push(id),
    });
    pictures.describe([one]);
    const shown = await pictures.picture(imageId, 'now');
    return { one, imageId, told, pictures, shown };
  };

  it('it is laid over it, and counted with its frame as long as that is here', async () => {
    const { one, imageId, told, pictures, shown } = await opened();
    expect(shown.overlayFault).toBe('coming');
    const before = pictures.bytes;
    overlayData[0]?.resolve(new Uint8Array(OVERLAY_BYTES).fill(1));
    await vi.waitFor(() => expect(told).toEqual([imageId]));
    expect(shown.overlayFault).toBeUndefined();
    expect(shown.picture.overlay?.bits).toEqual(new Uint8Array(OVERLAY_BYTES).fill(1));
    expect(pictures.bytes.frames - before.frames).toBe(Math.ceil(OVERLAY_BYTES / 3) * 4);
    expect(pictures.bytes.pictures - before.pictures).toBe(OVERLAY_BYTES);
    pictures.forget(() => true);
    expect(pictures.bytes).toEqual({ frames: 0, pictures: 0 });
    expect(one.metadata['60003000']?.InlineBinary).toBeUndefined();
  });

  it('it cannot be had; asked again it comes', async () => {
    const { imageId, told, pictures, shown } = await opened();
    overlayData[0]?.reject(new NotFetched(503));
    await vi.waitFor(() => expect(told).toEqual([imageId]));
    expect(shown.overlayFault).toBe('not-read');
    pictures.overlayAgain(imageId);
    expect(shown.overlayFault).toBe('coming');
    overlayData[1]?.resolve(new Uint8Array(OVERLAY_BYTES).fill(1));
    await vi.waitFor(() => expect(shown.overlayFault).toBeUndefined());
    expect(shown.picture.overlay?.bits.length).toBe(OVERLAY_BYTES);
  });

  it('the gateway has another version: the metadata are read again', async () => {
    const { imageId, pictures, shown } = await opened();
    overlayData[0]?.reject(new NotFetched(409));
    await vi.waitFor(() => expect(shown.overlayFault).toBe('not-read'));
    expect(pictures.isDecoded(imageId)).toBe(true);
  });

  it('of a picture that is gone nothing is kept', async () => {
    const { one, pictures } = await opened();
    pictures.forget(() => true);
    overlayData[0]?.resolve(new Uint8Array(OVERLAY_BYTES).fill(1));
    await new Promise((resolve) => setImmediate(resolve));
    expect(one.metadata['60003000']?.InlineBinary).toBeUndefined();
    expect(pictures.bytes).toEqual({ frames: 0, pictures: 0 });
  });
});
