import type { DicomJson, DicomJsonElement } from '../../../domain/imaging/dataset.ts';
import { bytesInBase64, bytesOfBase64, elementOf, textOf, VR_BOUNDS, wholeOf } from '../../../domain/imaging/header-values.ts';
import type { DecodedFrame, PixelDescription } from '../frame.ts';

/** PS3.5 7.6: repeating groups are the even ones from 6000 to 601E. */
const GROUPS = Array.from({ length: 16 }, (_, plane) => (0x6000 + 2 * plane).toString(16).toUpperCase());
/** Bits of a plane, all its frames together; one that says to be larger is left out. 65,535 × 4,096 fit. */
export const OVERLAY_BITS_MAX = 1 << 28;

const ATTRIBUTE = {
  rows: '0010',
  columns: '0011',
  frames: '0015',
  description: '0022',
  origin: '0050',
  imageFrameOrigin: '0051',
  bitsAllocated: '0100',
  bitPosition: '0102',
  label: '1500',
  data: '3000',
} as const;
/** A group with one of these is read. */
const DESCRIBING = [ATTRIBUTE.rows, ATTRIBUTE.bitPosition, ATTRIBUTE.data] as const;

/**
 * A plane as it lies over one frame of the image, plain data. `name`: its label or description, may be empty.
 * `separate`: `rows` × `columns` bits, row by row, the first being bit `firstBit` of `bytes`, from the lowest (PS3.5 8.1.2); its first row and column
 * lie over `row` and `column` of the image (from 0), which may be outside of it.
 * `embedded`: bit `bit` of each cell of the pixels, PS3.5 8.1.2 of 2004 (retired since).
 */
export type OverlayPlane =
  | {
      readonly kind: 'separate';
      readonly name: string;
      readonly rows: number;
      readonly columns: number;
      readonly row: number;
      readonly column: number;
      readonly bytes: Uint8Array;
      readonly firstBit: number;
    }
  | { readonly kind: 'embedded'; readonly name: string; readonly bit: number };

/** Why a plane whose data the file has is not drawn: they have not come, they do not fit its description, it is larger than OVERLAY_BITS_MAX. */
export type OverlayFault = 'not-read' | 'invalid' | 'too-large';

/** What lies over a frame: `rows` × `columns` bits of the image, row by row, from the lowest bit of the first byte. */
export interface OverlayMask {
  readonly rows: number;
  readonly columns: number;
  readonly bits: Uint8Array;
  /** What the file calls them, each name once. */
  readonly names: readonly string[];
}

/**
 * The overlay planes of frame `frame` (from 0), PS3.3 C.9.2 and C.9.3. Left out is what cannot be drawn: without sizes, larger than OVERLAY_BITS_MAX, with less data
 * than it says, in bits that are the image's own, or with data that are a reference still (`overlayReferences`).
 */
export function overlayPlanesOf(header: DicomJson, frame: number, pixel: PixelDescription): readonly OverlayPlane[] {
  return groupsOver(header, frame).flatMap((group) => {
    if (faultOf(header, group, pixel) !== undefined) return [];
    const data = elementOf(header, tagOf(group, ATTRIBUTE.data));
    const plane = data === undefined ? embedded(header, group) : separate(header, group, frame, data);
    return plane === undefined ? [] : [plane];
  });
}

/** Planes whose data the header holds only by reference. Whoever draws them sets the element's `InlineBinary` first, as for `presentationReferences`. */
export function overlayReferences(header: DicomJson): readonly DicomJsonElement[] {
  return groupsOf(header).flatMap((group) => {
    const data = header[tagOf(group, ATTRIBUTE.data)];
    if (data?.BulkDataURI === undefined || data.InlineBinary !== undefined) return [];
    return typeof extentOf(header, group) === 'string' ? [] : [data];
  });
}

/** Why planes of frame `frame` (from 0) are left out, each reason once. */
export function overlayFaults(header: DicomJson, frame: number, pixel: PixelDescription): readonly OverlayFault[] {
  return [...new Set(groupsOver(header, frame).flatMap((group) => faultOf(header, group, pixel) ?? []))];
}

/** The file says that planes lie over the frame (from 0), whether they can be drawn or not. */
export function hasOverlays(header: DicomJson, frame: number): boolean {
  return groupsOver(header, frame).length > 0;
}

/** All planes together as they lie over the image; what is outside of it is cut off. Undefined: nothing of them does. */
export function overlayMask(planes: readonly OverlayPlane[], frame: DecodedFrame): OverlayMask | undefined {
  if (planes.length === 0) return undefined;
  const mask = maskOver(frame, planes, undefined);
  const bits = planes.flatMap((plane) => (plane.kind === 'embedded' ? [plane.bit] : []));
  drawEmbedded(bits, frame, mask);
  return isSet(mask) ? mask : undefined;
}

/** `mask` and over it planes whose data came after it; of those in bits of the pixels it has what there is. */
export function withPlanes(
  mask: OverlayMask | undefined,
  planes: readonly OverlayPlane[],
  size: { readonly rows: number; readonly columns: number },
): OverlayMask | undefined {
  const separate = planes.filter(({ kind }) => kind === 'separate');
  if (separate.length === 0) return mask;
  const both = maskOver(size, separate, mask);
  return isSet(both) ? both : undefined;
}

function maskOver(
  size: { readonly rows: number; readonly columns: number },
  planes: readonly OverlayPlane[],
  under: OverlayMask | undefined,
): OverlayMask {
  const { rows, columns } = size;
  const names = [...(under?.names ?? []), ...planes.map(({ name }) => name).filter((name) => name !== '')];
  const mask = { rows, columns, bits: under?.bits.slice() ?? new Uint8Array(Math.ceil((rows * columns) / 8)), names: [...new Set(names)] };
  for (const plane of planes) if (plane.kind === 'separate') drawSeparate(plane, mask);
  return mask;
}

function isSet({ bits }: OverlayMask): boolean {
  return bits.some((byte) => byte !== 0);
}

function groupsOf(header: DicomJson): readonly string[] {
  return GROUPS.filter((group) => DESCRIBING.some((element) => header[tagOf(group, element)] !== undefined));
}

/** Those with a plane over this frame, as far as the file tells over which it lies. */
function groupsOver(header: DicomJson, frame: number): readonly string[] {
  return groupsOf(header).filter((group) => {
    const data = elementOf(header, tagOf(group, ATTRIBUTE.data));
    // One bit in cells of one bit is what a plane of its own says, here without its data.
    if (data === undefined) return (wholeOf(header, tagOf(group, ATTRIBUTE.bitsAllocated), VR_BOUNDS.US) ?? 1) > 1;
    if (isEmpty(data)) return false;
    const extent = extentOf(header, group);
    return typeof extent === 'string' || frameOfPlane(header, group, frame, extent.frames) !== undefined;
  });
}

function tagOf(group: string, element: string): string {
  return `${group}${element}`;
}

function nameOf(header: DicomJson, group: string): string {
  return textOf(header, tagOf(group, ATTRIBUTE.label)) || textOf(header, tagOf(group, ATTRIBUTE.description)) || '';
}

interface Extent {
  readonly rows: number;
  readonly columns: number;
  readonly frames: number;
}

function extentOf(header: DicomJson, group: string): Extent | OverlayFault {
  const rows = wholeOf(header, tagOf(group, ATTRIBUTE.rows), VR_BOUNDS.US);
  const columns = wholeOf(header, tagOf(group, ATTRIBUTE.columns), VR_BOUNDS.US);
  const frames = wholeOf(header, tagOf(group, ATTRIBUTE.frames), VR_BOUNDS.IS) ?? 1;
  if (rows === undefined || columns === undefined || rows === 0 || columns === 0 || frames < 1) return 'invalid';
  return rows * columns * frames > OVERLAY_BITS_MAX ? 'too-large' : { rows, columns, frames };
}

function isEmpty({ BulkDataURI, InlineBinary }: DicomJsonElement): boolean {
  return BulkDataURI === undefined && (InlineBinary ?? '') === '';
}

function faultOf(header: DicomJson, group: string, pixel: PixelDescription): OverlayFault | undefined {
  const data = elementOf(header, tagOf(group, ATTRIBUTE.data));
  if (data === undefined) return isInUnusedBits(header, group, pixel) ? undefined : 'invalid';
  const extent = extentOf(header, group);
  if (typeof extent === 'string') return extent;
  if (data.InlineBinary === undefined) return 'not-read';
  return bytesInBase64(data.InlineBinary) * 8 < extent.rows * extent.columns * extent.frames ? 'invalid' : undefined;
}

function separate(header: DicomJson, group: string, frame: number, data: DicomJsonElement): OverlayPlane | undefined {
  const extent = extentOf(header, group);
  const own = typeof extent === 'string' ? undefined : frameOfPlane(header, group, frame, extent.frames);
  if (typeof extent === 'string' || own === undefined) return undefined;
  const { rows, columns, frames } = extent;
  const bytes = bytesOf(data, frames);
  if (bytes === undefined) return undefined;
  const start = own * rows * columns;
  const [row, column] = [0, 1].map((index) => wholeOf(header, tagOf(group, ATTRIBUTE.origin), VR_BOUNDS.SS, index) ?? 1) as [
    number,
    number,
  ];
  return {
    kind: 'separate',
    name: nameOf(header, group),
    rows,
    columns,
    row: row - 1,
    column: column - 1,
    // Only this frame's: it goes to another thread.
    bytes: bytes.slice(start >> 3, Math.ceil((start + rows * columns) / 8)),
    firstBit: start & 7,
  };
}

/**
 * Which of the plane's frames (from 0) lies over this one of the image. One that says neither how many frames it has nor over which it begins lies over all,
 * PS3.3 C.9.3.
 */
function frameOfPlane(header: DicomJson, group: string, frame: number, frames: number): number | undefined {
  const first = wholeOf(header, tagOf(group, ATTRIBUTE.imageFrameOrigin), VR_BOUNDS.US);
  if (frames === 1 && first === undefined) return 0;
  const own = frame - ((first ?? 1) - 1);
  return own >= 0 && own < frames ? own : undefined;
}

/** The memory of data that were filled in; they are a reference again. */
export function releaseOverlay(element: DicomJsonElement): void {
  delete element.InlineBinary;
  decoded.delete(element);
}

const decoded = new WeakMap<DicomJsonElement, Uint8Array>();

/** Frames of an instance share the element, and read it once; of a single frame nothing is kept beside the header. */
function bytesOf(element: DicomJsonElement, frames: number): Uint8Array | undefined {
  if (element.InlineBinary === undefined) return undefined;
  if (frames === 1) return bytesOfBase64(element.InlineBinary);
  let bytes = decoded.get(element);
  if (bytes === undefined) {
    bytes = bytesOfBase64(element.InlineBinary);
    decoded.set(element, bytes);
  }
  return bytes;
}

function embedded(header: DicomJson, group: string): OverlayPlane | undefined {
  const bit = wholeOf(header, tagOf(group, ATTRIBUTE.bitPosition), VR_BOUNDS.US);
  return bit === undefined ? undefined : { kind: 'embedded', name: nameOf(header, group), bit };
}

function isInUnusedBits(header: DicomJson, group: string, pixel: PixelDescription): boolean {
  const allocated = wholeOf(header, tagOf(group, ATTRIBUTE.bitsAllocated), VR_BOUNDS.US);
  const bit = wholeOf(header, tagOf(group, ATTRIBUTE.bitPosition), VR_BOUNDS.US);
  const { bitsAllocated, bitsStored, highBit, samplesPerPixel, floatingPoint } = pixel;
  if (bit === undefined || allocated !== bitsAllocated || bit >= bitsAllocated || samplesPerPixel !== 1 || floatingPoint === true)
    return false;
  const isOfTheImage = bit <= highBit && bit > highBit - bitsStored;
  return !isOfTheImage;
}

function drawSeparate(plane: OverlayPlane & { kind: 'separate' }, { rows, columns, bits }: OverlayMask): void {
  const firstRow = Math.max(0, -plane.row);
  const firstColumn = Math.max(0, -plane.column);
  const endRow = Math.min(plane.rows, rows - plane.row);
  const endColumn = Math.min(plane.columns, columns - plane.column);
  for (let row = firstRow; row < endRow; row++) {
    let from = plane.firstBit + row * plane.columns + firstColumn;
    let to = (row + plane.row) * columns + firstColumn + plane.column;
    for (let column = firstColumn; column < endColumn; column++, from++, to++) {
      if ((((plane.bytes[from >> 3] as number) >> (from & 7)) & 1) === 1) bits[to >> 3] = (bits[to >> 3] as number) | (1 << (to & 7));
    }
  }
}

function drawEmbedded(positions: readonly number[], frame: DecodedFrame, { rows, columns, bits }: OverlayMask): void {
  const cells = positions.length === 0 ? undefined : cellsOf(frame, rows * columns);
  if (cells === undefined) return;
  const above = positions.filter((bit) => bit > frame.highBit);
  const isSign = frame.pixelRepresentation === 1 && above.length > 0 && repeatsTheSign(cells, frame.highBit, above);
  const wanted = (isSign ? positions.filter((bit) => bit <= frame.highBit) : positions).reduce((mask, bit) => (mask | (1 << bit)) >>> 0, 0);
  for (let at = 0; at < cells.length; at++) {
    if (((cells[at] as number) & wanted) !== 0) bits[at >> 3] = (bits[at >> 3] as number) | (1 << (at & 7));
  }
}

/** Every machine that runs this is little endian. */
function cellsOf({ bytes, bitsAllocated }: DecodedFrame, count: number): Uint8Array | Uint16Array | Uint32Array | undefined {
  const width = bitsAllocated / 8;
  if (bytes.length < count * width) return undefined;
  const { buffer, byteOffset } = bytes.byteOffset % width === 0 ? bytes : bytes.slice();
  if (bitsAllocated === 8) return new Uint8Array(buffer, byteOffset, count);
  if (bitsAllocated === 16) return new Uint16Array(buffer, byteOffset, count);
  return bitsAllocated === 32 ? new Uint32Array(buffer, byteOffset, count) : undefined;
}

/** A program that compressed the pixels may have filled what is above a negative value with its sign; the header then tells of planes that are gone. */
function repeatsTheSign(cells: Uint8Array | Uint16Array | Uint32Array, highBit: number, above: readonly number[]): boolean {
  let negative = false;
  for (const cell of cells) {
    const sign = (cell >>> highBit) & 1;
    if (sign === 1) negative = true;
    for (const bit of above) if (((cell >>> bit) & 1) !== sign) return false;
  }
  return negative;
}
