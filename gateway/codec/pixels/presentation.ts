import { DomainError } from '../../domain/errors.ts';
import type { DicomJson, DicomJsonElement, PixelDescription } from '../../domain/imaging/dataset.ts';
import { itemOf, itemsOf, numberOf, numbersOf, textOf } from '../../domain/imaging/header-values.ts';
import { type ColourPresentation, type PalettePresentation, presentColour, presentPalette } from './colour.ts';
import { isUsable, type Voi, type Window } from './display.ts';
import type { DecodedFrame } from './frame.ts';
import { presentGrey } from './greyscale.ts';
import { type LookupTable, lookupTable } from './lookup-table.ts';
import type { Modality, Range } from './modality.ts';
import { paddingOf, storedBounds } from './padding.ts';
import { type RealWorldMap, realWorldMapsOf } from './real-world.ts';
import { doseMapOf, modalityUnitOf } from './units.ts';

export type { Window } from './display.ts';

/** Pixels as on screen: 8 bits a channel, row by row. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly data: Uint8Array<ArrayBuffer>;
}

/** How one frame is to be shown, taken from its header; plain data, so that it can go to another thread. */
export type Presentation = GreyPresentation | PalettePresentation | ColourPresentation;

export interface GreyPresentation {
  readonly kind: 'grey';
  readonly modality: Modality;
  /** What is shown at first. */
  readonly voi: Voi;
  /** The windows and LUTs that the image brings and that can be applied, in its order: windows, then LUTs. A reader may choose between them (PS3.3 C.11.2.1.2). */
  readonly choices: readonly VoiChoice[];
  /** Which of `choices` is `voi`; undefined when the image brings none. */
  readonly chosen: number | undefined;
  /** Without a window, 8 bits or fewer are shown as they are: the same grey for the same value in each frame. */
  readonly asStored: boolean;
  readonly invert: boolean;
  /** Stored values, both inclusive, that are no image: shown as background and left out of the range. PS3.3 C.7.5.1.1.2. */
  readonly padding: Range | undefined;
  /** Of modality values: `HU`, `Bq/ml` …; '' when the file does not say, see units.ts. */
  readonly unit: string;
  /** Quantities that a readout may name beside the modality value. */
  readonly realWorld: readonly RealWorldMap[];
}

export interface VoiChoice {
  /** Window Center & Width Explanation, LUT Explanation; '' when there is none. */
  readonly explanation: string;
  readonly voi: ({ readonly kind: 'window' } & Window) | { readonly kind: 'lut'; readonly lut: LookupTable };
}

/** Windows and LUTs that are read of one image. */
export const CHOICES_MAX = 64;

/**
 * Values that `presentationOf` would read of this header but that it holds only by reference (`BulkDataURI`): palettes and LUTs of some size.
 * Whoever renders reads them first and sets the element's `InlineBinary` (base64, little endian), as stored-image.ts does; what stays a
 * reference is left out.
 */
export function presentationReferences(header: DicomJson, frame: number): readonly DicomJsonElement[] {
  const palette = ['1', '2', '3'].flatMap((n) => [header[`0028120${n}`], header[`0028122${n}`]]);
  const modality = itemOf(header, '00283000')?.[LUT.data];
  const voi = [functionalGroup(header, frame, '00289132'), header].flatMap((holder) => voiItems(holder).map((item) => item[LUT.data]));
  // A LUT may be named by a group and, laid flat, at the top level.
  return [...new Set([...palette, modality, ...voi])].filter(
    (element) => element?.BulkDataURI !== undefined && element.InlineBinary === undefined,
  ) as DicomJsonElement[];
}

/**
 * What the header says of showing frame `frame` (from 0). A functional group of the frame overrules the shared one, and that the top level (PS3.3 C.7.6.16).
 * `window`: one that is asked for; it is applied whatever the header says.
 * @throws unsupported when a palette image has no palette, invalid when the window asked for cannot be applied.
 */
export function presentationOf(header: DicomJson, frame: number, pixel: PixelDescription, window?: Window): Presentation {
  if (pixel.photometricInterpretation === 'PALETTE COLOR') return paletteOf(header, pixel);
  if (pixel.samplesPerPixel > 1) return { kind: 'colour', ...iccOf(header) };

  const modality = modalityOf(header, frame, pixel);
  const choices = choicesOf(functionalGroup(header, frame, '00289132') ?? header, header, canBeNegative(modality, pixel));
  const asStored = choices.length === 0 && isShownAsStored(header, pixel, modality);
  const [first] = choices;
  const [low, high] = storedBounds(pixel);
  const own: Voi = first?.voi ?? (asStored ? { kind: 'range', low, high } : { kind: 'contents' });
  return {
    kind: 'grey',
    modality,
    voi: window === undefined ? own : requireWindow(window),
    choices,
    chosen: first === undefined || window !== undefined ? undefined : 0,
    asStored,
    invert: pixel.photometricInterpretation === 'MONOCHROME1' || textOf(header, '20500020') === 'INVERSE',
    padding: paddingOf(header, pixel),
    unit: modalityUnitOf(header, functionalGroup(header, frame, '00289145') ?? header, itemOf(header, '00283000')),
    realWorld: [
      ...realWorldMapsOf([itemOf(header, '52009230', frame), itemOf(header, '52009229'), header]),
      ...[doseMapOf(header)].filter((map) => map !== undefined),
    ],
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
export function functionalGroup(header: DicomJson, frame: number, tag: string): DicomJson | undefined {
  return itemOf(itemOf(header, '52009230', frame), tag) ?? itemOf(itemOf(header, '52009229'), tag);
}

const LUT = { descriptor: '00283002', data: '00283006' };

function voiItems(holder: DicomJson | undefined): readonly DicomJson[] {
  return itemsOf(holder, '00283010').slice(0, CHOICES_MAX);
}

function modalityOf(header: DicomJson, frame: number, pixel: PixelDescription): Modality {
  const lut = lookupTable(itemOf(header, '00283000'), LUT, pixel.pixelRepresentation === 1);
  if (lut !== undefined) return { kind: 'lut', lut };
  const transformation = functionalGroup(header, frame, '00289145') ?? header;
  const slope = numberOf(transformation, '00281053') ?? 1;
  const intercept = numberOf(transformation, '00281052') ?? 0;
  return { kind: 'linear', slope: slope === 0 ? 1 : slope, intercept };
}

function paletteOf(header: DicomJson, pixel: PixelDescription): Presentation {
  const channel = (n: number) =>
    lookupTable(header, { descriptor: `0028110${n}`, data: `0028120${n}`, segmented: `0028122${n}` }, pixel.pixelRepresentation === 1);
  const [red, green, blue] = [channel(1), channel(2), channel(3)];
  if (red === undefined || green === undefined || blue === undefined)
    throw new DomainError('unsupported', 'palette image without a palette');
  return { kind: 'palette', red, green, blue, ...iccOf(header) };
}

/** What can be applied; windows come first, then VOI LUTs: both are alternatives the viewer may choose from (PS3.3 C.11.2.1). */
function choicesOf(group: DicomJson, header: DicomJson, signed: boolean): readonly VoiChoice[] {
  const centers = numbersOf(group, '00281050').slice(0, CHOICES_MAX);
  const widths = numbersOf(group, '00281051');
  const named = textOf(group, '00281056');
  const shape = named === 'SIGMOID' || named === 'LINEAR_EXACT' ? named : 'LINEAR';
  const windows = centers.flatMap((center, n): VoiChoice[] => {
    const width = widths[n];
    if (center === undefined || width === undefined) return [];
    const window: Window = { center, width, function: shape };
    return isUsable(window) ? [{ explanation: textOf(group, '00281055', n) ?? '', voi: { kind: 'window', ...window } }] : [];
  });
  const own = voiItems(group);
  const luts = (own.length > 0 ? own : voiItems(header)).flatMap((item): VoiChoice[] => {
    const lut = lookupTable(item, LUT, signed);
    return lut === undefined ? [] : [{ explanation: textOf(item, '00283003') ?? '', voi: { kind: 'lut', lut } }];
  });
  return [...windows, ...luts];
}

/** Whether a modality value can be below zero: the first value of a VOI LUT is then signed, though it be written as US. PS3.3 C.11.2.1.1. */
function canBeNegative(modality: Modality, pixel: PixelDescription): boolean {
  return modality.kind === 'linear' && storedBounds(pixel).some((end) => end * modality.slope + modality.intercept < 0);
}

/** Screen shots and ultrasound are stored as shown; the labels of a segmentation are not, nor is what is rescaled to a quantity. */
function isShownAsStored(header: DicomJson, pixel: PixelDescription, modality: Modality): boolean {
  const narrow = pixel.bitsStored > 0 && pixel.bitsStored <= 8 && pixel.floatingPoint !== true;
  const identity = modality.kind === 'linear' && modality.slope === 1 && modality.intercept === 0;
  return narrow && identity && (pixel.bitsStored === 1 || textOf(header, '00080060') !== 'SEG');
}

function iccOf(header: DicomJson): { icc?: { readonly colourSpace: string } } {
  const named = header['00282000'] ?? itemOf(header, '00480105')?.['00282000'];
  return named === undefined
    ? {}
    : { icc: { colourSpace: textOf(header, '00282002') ?? textOf(itemOf(header, '00480105'), '00282002') ?? '' } };
}

function requireWindow(window: Window): Voi {
  if (!isUsable(window)) throw new DomainError('invalid', 'window width is too small');
  return { kind: 'window', ...window };
}
