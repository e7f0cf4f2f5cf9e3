/** Fetches and decodes frames through the library, and keeps the metadata it reads while it does. */
import { Enums as CoreEnums, cache, imageLoader, type Types, utilities } from '@cornerstonejs/core';
import { wadors } from '@cornerstonejs/dicom-image-loader';
import type { DicomObject } from '../api/dicom-json.ts';
import { rgbOfYbr422 } from './frame-fixes.ts';
import { hasPalette, isPaletteColour } from './palette.ts';
import type { SeriesImage } from './series-images.ts';

const { RequestType } = CoreEnums;

/** `now`: the reader looks at it. `ahead`: it may be looked at next. */
export type Urgency = 'now' | 'ahead';
const REQUEST = {
  now: { requestType: RequestType.Interaction, priority: -5 },
  ahead: { requestType: RequestType.Prefetch, priority: 5 },
} as const;

/** Where the frame comes from, in the loader's words. Same origin, so that the session cookie goes with it. */
export function imageIdOf(image: SeriesImage): string {
  return `wadors:${location.origin}${image.instanceUrl}/frames/${image.frame}`;
}

export class FrameLoader {
  readonly #software: boolean;
  readonly #isShown: (imageId: string) => boolean;
  /** Pictures that are being fetched or decoded: the decoder still reads their metadata, also after the reader has left. */
  readonly #underWay = new Map<string, number>();
  /** Decoded pictures in memory. */
  readonly #kept = new Set<string>();
  /** Rises with every `forget`, so that a picture that was under way then is not kept when it comes. */
  #forgettings = 0;

  /** `isShown`: some cell's stack has this picture, so that its metadata is still needed. */
  constructor(software: boolean, isShown: (imageId: string) => boolean) {
    this.#software = software;
    this.#isShown = isShown;
  }

  describe(imageId: string, metadata: DicomObject): void {
    wadors.metaDataManager.add(imageId, completeMetadata(metadata) as never);
  }

  /** @throws the request, or an Error when the picture cannot be decoded */
  async load(imageId: string, metadata: DicomObject | undefined, urgency: Urgency): Promise<void> {
    // The library throws outside its promise then, and the picture would stay "loading" for ever.
    if (metadata !== undefined && isPaletteColour(metadata) && !hasPalette(metadata)) throw new Error('the palette is missing');
    // Each renderer paints its own layout of colour pixels. The loader reads this; the core's type does not name it.
    const options = { useRGBA: this.#software, ...REQUEST[urgency] };
    this.#underWay.set(imageId, (this.#underWay.get(imageId) ?? 0) + 1);
    const forgettings = this.#forgettings;
    try {
      completeColours(await imageLoader.loadAndCacheImage(imageId, options), this.#software ? 4 : 3);
      this.#kept.add(imageId);
      if (forgettings !== this.#forgettings && !this.#isShown(imageId)) drop(imageId);
    } finally {
      const others = (this.#underWay.get(imageId) ?? 1) - 1;
      if (others > 0) this.#underWay.set(imageId, others);
      else this.#underWay.delete(imageId);
      this.forgetUnused([imageId]);
    }
  }

  /** The library let go of it. */
  dropped(imageId: string): void {
    this.#kept.delete(imageId);
  }

  /** Pictures leave the memory, and what is on its way to no cell is dropped when it comes. */
  forget(isOfIt: (imageId: string) => boolean): void {
    this.#forgettings += 1;
    for (const imageId of [...this.#kept].filter(isOfIt)) drop(imageId);
  }

  /** Drops the metadata of those that no cell shows any more. */
  forgetUnused(imageIds: readonly string[]): void {
    for (const imageId of imageIds) {
      if (!this.#underWay.has(imageId) && !this.#isShown(imageId)) wadors.metaDataManager.remove(imageId);
    }
  }
}

/** Out of the library's memory, whoever else counts on it. */
function drop(imageId: string): void {
  if (cache.getImageLoadObject(imageId) !== undefined) cache.removeImageLoadObject(imageId, { force: true });
}

/** Attributes the library reads without looking whether they are there. */
function completeMetadata(metadata: DicomObject): DicomObject {
  return {
    '00080060': { vr: 'CS', Value: ['OT'] },
    '00080008': { vr: 'CS', Value: [] },
    '00280103': { vr: 'US', Value: [0] },
    ...metadata,
  };
}

/** The loader leaves native YBR_FULL_422 as it came (it expects a length no such frame has), which would be painted as nonsense. */
function completeColours(image: Types.IImage, channels: 3 | 4): void {
  const frame = (image as { imageFrame?: { photometricInterpretation?: string; pixelData: ArrayLike<number> } }).imageFrame;
  const pixels = image.rows * image.columns;
  if (frame?.photometricInterpretation !== 'YBR_FULL_422' || frame.pixelData.length !== pixels * 2) return;
  const scalarData = rgbOfYbr422(frame.pixelData, pixels, channels);
  frame.pixelData = scalarData;
  const whole = { scalarData, width: image.columns, height: image.rows, numberOfComponents: channels };
  Object.assign(image, {
    voxelManager: utilities.VoxelManager.createImageVoxelManager(whole as never),
    getPixelData: () => scalarData,
    dataType: 'Uint8ClampedArray',
    numberOfComponents: channels,
    minPixelValue: 0,
    maxPixelValue: 255,
    sizeInBytes: scalarData.byteLength,
  });
}

/** The loader rejects with the XMLHttpRequest itself, or with an Error when the bytes could not be decoded. */
export function statusOf(thrown: unknown): number | undefined {
  if (thrown instanceof XMLHttpRequest) return thrown.status;
  const { status, error } = (thrown ?? {}) as { status?: unknown; error?: unknown };
  if (typeof status === 'number') return status;
  return error === undefined ? undefined : statusOf(error);
}
