import { DomainError } from '../../domain/errors.ts';
import type { DicomJson, DicomJsonElement, PixelDescription } from '../../domain/imaging/dataset.ts';
import type { RenderOptions } from '../../domain/imaging/rendering.ts';
import { presentColour, presentPalette } from './colour.ts';
import type { DecodedFrame } from './frame.ts';
import { presentGrey } from './greyscale.ts';
import { itemOf, numberOf, textOf } from './header-values.ts';
import { type LookupTable, lookupTable } from './lookup-table.ts';

/** Pixels as on screen: 8 bits a channel, row by row. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly data: Uint8Array<ArrayBuffer>;
}

/** How one frame is to be shown, taken from its header; plain data, so that it can go to another thread. */
export type Presentation =
  | GreyPresentation
  | { readonly kind: 'palette'; readonly red: LookupTable; readonly green: LookupTable; readonly blue: LookupTable }
  | { readonly kind: 'colour' };

export interface GreyPresentation {
  readonly kind: 'grey';
  readonly floatingPoint: boolean;
  readonly modality:
    | { readonly kind: 'linear'; readonly slope: number; readonly intercept: number }
    | { readonly kind: 'lut'; readonly lut: LookupTable };
  readonly voi: Voi;
  readonly invert: boolean;
  /** Stored values, both inclusive, that are no image: shown black and left out of the range. PS3.3 C.7.5.1.1.2. */
  readonly padding: { readonly low: number; readonly high: number } | undefined;
}

export type Voi =
  | ({ readonly kind: 'window' } & Window)
  | { readonly kind: 'lut'; readonly lut: LookupTable }
  /** From black to white, in modality values. */
  | { readonly kind: 'range'; readonly low: number; readonly high: number }
  /** Nothing is said: from the frame's own least to its greatest value. */
  | { readonly kind: 'contents' };

export type Window = NonNullable<RenderOptions['window']>;

/**
 * Values that `presentationOf` would read of this header but that it holds only by reference (`BulkDataURI`): palettes and LUTs of some size.
 * Whoever renders reads them first and sets the element's `InlineBinary` (base64, little endian), as stored-image.ts does; what stays a
 * reference is left out.
 */
export function presentationReferences(header: DicomJson, frame: number): readonly DicomJsonElement[] {
  const palette = ['1', '2', '3'].flatMap((n) => [header[`0028120${n}`], header[`0028122${n}`]]);
  const modality = itemOf(header, '00283000')?.[LUT.data];
  const voi = [functionalGroup(header, frame, '00289132'), header].map((holder) => itemOf(holder, '00283010')?.[LUT.data]);
  return [...palette, modality, ...voi].filter(
    (element) => element?.BulkDataURI !== undefined && element.InlineBinary === undefined,
  ) as DicomJsonElement[];
}

/**
 * What the header says of showing frame `frame` (from 0). A functional group of the frame overrules the shared one, and that the top level (PS3.3 C.7.6.16).
 * @throws unsupported when a palette image has no palette.
 */
export function presentationOf(header: DicomJson, frame: number, pixel: PixelDescription, window: Window | undefined): Presentation {
  if (pixel.photometricInterpretation === 'PALETTE COLOR') return paletteOf(header, pixel);
  if (pixel.samplesPerPixel > 1) return { kind: 'colour' };

  const group = (tag: string) => functionalGroup(header, frame, tag);
  const signed = pixel.pixelRepresentation === 1;
  const transformation = group('00289145') ?? header;
  const modalityLut = lookupTable(itemOf(header, '00283000'), LUT, signed);
  const slope = numberOf(transformation, '00281053') ?? 1;
  const intercept = numberOf(transformation, '00281052') ?? 0;
  return {
    kind: 'grey',
    floatingPoint: header['7FE00008'] !== undefined || header['7FE00009'] !== undefined,
    modality: modalityLut === undefined ? { kind: 'linear', slope: slope === 0 ? 1 : slope, intercept } : { kind: 'lut', lut: modalityLut },
    voi: window === undefined ? voiOf(group('00289132') ?? header, header, pixel) : requireWindow(window),
    invert: pixel.photometricInterpretation === 'MONOCHROME1' || textOf(header, '20500020') === 'INVERSE',
    padding: paddingOf(header, pixel),
  };
}

/** @throws invalid, unsupported */
export function present(frame: DecodedFrame, presentation: Presentation): Picture {
  switch (presentation.kind) {
    case 'grey':
      return presentGrey(frame, presentation);
    case 'palette':
      return presentPalette(frame, presentation);
    case 'colour':
      return presentColour(frame);
  }
}

/** The frame's own functional group, or the shared one. */
function functionalGroup(header: DicomJson, frame: number, tag: string): DicomJson | undefined {
  return itemOf(itemOf(header, '52009230', frame), tag) ?? itemOf(itemOf(header, '52009229'), tag);
}

const LUT = { descriptor: '00283002', data: '00283006' };

function paletteOf(header: DicomJson, pixel: PixelDescription): Presentation {
  const channel = (n: number) =>
    lookupTable(header, { descriptor: `0028110${n}`, data: `0028120${n}`, segmented: `0028122${n}` }, pixel.pixelRepresentation === 1);
  const [red, green, blue] = [channel(1), channel(2), channel(3)];
  if (red === undefined || green === undefined || blue === undefined)
    throw new DomainError('unsupported', 'palette image without a palette');
  return { kind: 'palette', red, green, blue };
}

/** A usable window comes first, then a VOI LUT; both are alternatives the viewer may choose from (PS3.3 C.11.2.1). */
function voiOf(group: DicomJson, header: DicomJson, pixel: PixelDescription): Voi {
  const center = numberOf(group, '00281050');
  const width = numberOf(group, '00281051');
  if (center !== undefined && width !== undefined) {
    const named = textOf(group, '00281056');
    const window: Window = { center, width, function: named === 'SIGMOID' || named === 'LINEAR_EXACT' ? named : 'LINEAR' };
    if (isUsable(window)) return { kind: 'window', ...window };
  }
  const lut = lookupTable(itemOf(group, '00283010') ?? itemOf(header, '00283010'), LUT, pixel.pixelRepresentation === 1);
  if (lut !== undefined) return { kind: 'lut', lut };
  const narrow = pixel.bitsStored > 0 && pixel.bitsStored <= 8 && pixel.pixelRepresentation === 0;
  const transformed = header['00281053'] !== undefined || header['00283000'] !== undefined;
  // Screen shots and ultrasound are stored as shown; the labels of a segmentation are not.
  if (narrow && !transformed && (pixel.bitsStored === 1 || textOf(header, '00080060') !== 'SEG')) {
    return { kind: 'range', low: 0, high: (1 << pixel.bitsStored) - 1 };
  }
  return { kind: 'contents' };
}

function requireWindow(window: Window): Voi {
  if (!isUsable(window)) throw new DomainError('invalid', 'window width is too small');
  return { kind: 'window', ...window };
}

/** PS3.3 C.11.2.1.2.1 and C.11.2.1.3. */
function isUsable({ center, width, function: shape }: Window): boolean {
  return Number.isFinite(center) && Number.isFinite(width) && (shape === 'LINEAR' ? width >= 1 : width > 0);
}

function paddingOf(header: DicomJson, pixel: PixelDescription): GreyPresentation['padding'] {
  const value = numberOf(header, '00280120');
  if (value === undefined) return undefined;
  const limit = numberOf(header, '00280121') ?? value;
  const stored = (n: number) => (pixel.pixelRepresentation === 1 && n >= 2 ** (pixel.bitsStored - 1) ? n - 2 ** pixel.bitsStored : n);
  const [a, b] = [stored(value), stored(limit)];
  return { low: Math.min(a, b), high: Math.max(a, b) };
}
