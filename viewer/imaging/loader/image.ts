/** A decoded picture in the form the library takes: its geometry and values; painting is ours. */
import { type Types, utilities } from '@cornerstonejs/core';
import type { SeriesImage } from '../series-images.ts';
import { renderPicture } from '../view/painter.ts';
import { NotDecodable } from './decoder-pool.ts';
import type { Frame } from './frame-fetcher.ts';
import { type DecodedPicture, pixelsOf } from './picture.ts';
import {
  type FrameToDecode,
  hasOverlays,
  type OverlayFault,
  type OverlayPlane,
  overlayFaults,
  overlayPlanesOf,
  type Presentation,
  pixelDescription,
  presentationOf,
  withPlanes,
} from './pixels.ts';
import { spacingOf } from './spacing.ts';

export type ShownPicture = Types.IImage & {
  readonly picture: DecodedPicture;
  /** Undefined: drawn by the gateway, its presentation is in the pixels. */
  readonly presentation: Presentation | undefined;
  /** Why something that the file draws over it is not seen. */
  readonly overlayFault: OverlayFault | 'coming' | 'not-drawn' | undefined;
};

/** @throws NotDecodable */
export function presentationFor({ metadata }: SeriesImage): Presentation {
  try {
    return presentationOf(metadata as never, 0, descriptionOf(metadata), undefined);
  } catch (thrown) {
    throw new NotDecodable(String(thrown));
  }
}

/** PS3.3 C.9.2. @throws NotDecodable */
export function overlaysFor({ metadata, frame }: SeriesImage): readonly OverlayPlane[] {
  return overlayPlanesOf(metadata as never, frame - 1, descriptionOf(metadata));
}

function overlayFaultOf({ metadata, frame }: SeriesImage, drawnByGateway: boolean): ShownPicture['overlayFault'] {
  if (drawnByGateway) return hasOverlays(metadata as never, frame - 1) ? 'not-drawn' : undefined;
  return overlayFaults(metadata as never, frame - 1, descriptionOf(metadata))[0];
}

/** What there is to be drawn over the picture may have come after it. `coming`: more is on its way. */
export function layOver(shown: ShownPicture, image: SeriesImage, coming: boolean): void {
  const { picture } = shown;
  const { width, height } = picture.kind === 'grey' ? picture.values : picture;
  const overlay = withPlanes(picture.overlay, overlaysFor(image), { rows: height, columns: width });
  const fault = overlayFaultOf(image, false);
  Object.assign(shown, {
    picture: { ...picture, overlay },
    overlayFault: fault === 'not-read' && coming ? 'coming' : fault,
    sizeInBytes: bytesOf(picture, overlay),
  });
}

/** Compressed frames are interleaved whatever the metadata say; the room's decoder knows that by the transfer syntax. */
export function frameToDecode({ metadata }: SeriesImage, { bytes, transferSyntaxUID }: Frame): FrameToDecode {
  return { bytes, transferSyntaxUID, pixel: descriptionOf(metadata) };
}

/** The picture takes no more memory than its frame, as with most that are not compressed; of some it is only known when they are decoded. */
export function isNoSmaller({ bytes }: Frame, { metadata }: SeriesImage, presentation: Presentation): boolean {
  const { rows, columns, bitsAllocated } = descriptionOf(metadata);
  if (presentation.kind !== 'grey') return bytes.length >= rows * columns * 3;
  const { modality } = presentation;
  const isWhole = modality.kind === 'linear' && Number.isInteger(modality.slope) && Number.isInteger(modality.intercept);
  return isWhole && bitsAllocated >= 16 && bytes.length >= (rows * columns * bitsAllocated) / 8;
}

/** As long as others of its size: compressed ones are each of their own length. */
export function isOfUsualLength({ bytes }: Frame, { rows, columns }: SeriesImage): boolean {
  return bytes.length >= rows * columns;
}

/** What its picture takes, unless its values need wider numbers than its samples. */
export function pictureBytesAbout({ metadata }: SeriesImage, presentation: Presentation): number {
  const { rows, columns, bitsAllocated } = descriptionOf(metadata);
  return rows * columns * (presentation.kind === 'grey' ? Math.ceil(bitsAllocated / 8) : 3);
}

/** @throws NotDecodable */
export function descriptionOf(metadata: SeriesImage['metadata']): FrameToDecode['pixel'] {
  const description = pixelDescription(metadata as never);
  if (description === undefined) throw new NotDecodable('no description of pixels');
  return description;
}

export function shownPicture(
  imageId: string,
  image: SeriesImage,
  presentation: Presentation | undefined,
  picture: DecodedPicture,
): ShownPicture {
  const { rows, columns } = image;
  const spacing = spacingOf(image.metadata);
  const pixels = pixelsOf(picture);
  const range = picture.kind === 'grey' ? picture.values.range : undefined;
  const dimensions = [columns, rows, 1] as const;
  const colour = picture.kind === 'colour';
  return {
    picture,
    presentation,
    overlayFault: overlayFaultOf(image, presentation === undefined),
    render: renderPicture,
    imageId,
    rows,
    columns,
    width: columns,
    height: rows,
    color: colour,
    rgba: false,
    numberOfComponents: colour ? 3 : 1,
    minPixelValue: range?.low ?? 0,
    maxPixelValue: range?.high ?? 255,
    slope: 1,
    intercept: 0,
    // Ours are the picture's own; the library only wants numbers.
    windowCenter: 128,
    windowWidth: 256,
    invert: false,
    rowPixelSpacing: spacing.row,
    columnPixelSpacing: spacing.column,
    sizeInBytes: bytesOf(picture, picture.overlay),
    dataType: pixels.constructor.name,
    // For the library: these are modality values already. It then names their unit.
    preScale: { scaled: true, scalingParameters: { rescaleSlope: 1, rescaleIntercept: 0, modality: '' } },
    getPixelData: () => pixels,
    getCanvas: undefined,
    voxelManager: new utilities.VoxelManager(
      dimensions as never,
      {
        _get: valueGetter(picture, columns * rows) as never,
        _set: () => false,
        _id: imageId,
        _getConstructor: () => pixels.constructor as never,
        // Only ever asked for its type; a Float32Array would be cut to 16 bits.
        _getScalarData: () => new Uint8Array(0) as never,
        numberOfComponents: colour ? 3 : 1,
      } as never,
    ),
  } as unknown as ShownPicture;
}

function bytesOf(picture: DecodedPicture, overlay: DecodedPicture['overlay']): number {
  return pixelsOf(picture).byteLength + (overlay?.bits.byteLength ?? 0);
}

/** The library adds the place in the stack to the index of a point. */
function valueGetter(picture: DecodedPicture, pixels: number): (index: number) => number | number[] | undefined {
  if (picture.kind === 'grey') {
    const { values } = picture.values;
    return (index) => values[index % pixels];
  }
  const { rgb } = picture;
  // The gateway may have drawn it smaller.
  if (rgb.length !== pixels * 3) return () => undefined;
  return (index) => Array.from(rgb.subarray((index % pixels) * 3, (index % pixels) * 3 + 3));
}
