/** From the metadata of a series to the pictures of a stack, in reading order. Plain computation; no library. */
import { type DicomObject, firstNumber, firstString, items, numbers } from '../api/dicom-json.ts';

/** One picture: one frame of one instance. */
export interface SeriesImage {
  readonly sopInstanceUID: string;
  /** Path of the instance below /dicom-web. */
  readonly instanceUrl: string;
  /** From 1. */
  readonly frame: number;
  readonly frames: number;
  readonly instanceNumber: number | undefined;
  readonly rows: number;
  readonly columns: number;
  /** DICOM JSON of this frame alone: functional groups are laid flat, so no frame leaks into another. */
  readonly metadata: DicomObject;
  /** mm along the slice normal, PS3.3 C.7.6.2.1.1; undefined without position and orientation. */
  readonly sliceLocationMm: number | undefined;
  readonly sliceThicknessMm: number | undefined;
  readonly hasOrientation: boolean;
  /** Patient Orientation (0020,0020), PS3.3 C.7.6.1.1.1: where rows and columns run. Undefined when it does not say both. */
  readonly patientOrientation: readonly [row: string, column: string] | undefined;
  /** Lossy Image Compression (0028,2110) is 01. */
  readonly lossy: boolean;
}

/** An instance without a picture to draw: a report, a document, a presentation state, a film. */
export interface SeriesDocument {
  readonly sopInstanceUID: string;
  readonly instanceUrl: string;
  readonly kind: 'pdf' | 'report' | 'video' | 'waveform' | 'spectrum' | 'other';
  readonly title: string;
}

export interface SeriesContent {
  readonly images: readonly SeriesImage[];
  readonly documents: readonly SeriesDocument[];
  /** Cine Rate or Recommended Display Frame Rate or 1000 / Frame Time; undefined when the series is not a film. */
  readonly framesPerSecond: number | undefined;
  /** The same of each instance that says it, by SOP Instance UID. */
  readonly ratesOfClips: ReadonlyMap<string, number>;
}

const TAG = {
  SOPClassUID: '00080016',
  SOPInstanceUID: '00080018',
  AvailableTransferSyntaxUID: '00083002',
  InstanceNumber: '00200013',
  PatientOrientation: '00200020',
  NumberOfFrames: '00280008',
  Rows: '00280010',
  Columns: '00280011',
  BitsAllocated: '00280100',
  ImagePositionPatient: '00200032',
  ImageOrientationPatient: '00200037',
  SliceThickness: '00180050',
  LossyImageCompression: '00282110',
  DocumentTitle: '00420010',
  ContentLabel: '00700080',
  SeriesDescription: '0008103E',
  SharedFunctionalGroups: '52009229',
  PerFrameFunctionalGroups: '52009230',
  CineRate: '00180040',
  RecommendedDisplayFrameRate: '00082144',
  FrameTime: '00181063',
} as const;

/** MPEG2, MPEG-4 AVC and HEVC, PS3.6 A: a film in one stream, no frames to fetch. */
const VIDEO_TRANSFER_SYNTAX = /^1\.2\.840\.10008\.1\.2\.4\.10[0-8](\.1)?$/;
const ENCAPSULATED_PDF = '1.2.840.10008.5.1.4.1.1.104.1';
const SR_CLASSES = '1.2.840.10008.5.1.4.1.1.88.';
/** It has rows and columns of spectra, and no pixels. PS3.3 A.36.3. */
const MR_SPECTROSCOPY = '1.2.840.10008.5.1.4.1.1.4.2';
const WAVEFORM_CLASSES = '1.2.840.10008.5.1.4.1.1.9.';

export const FRAMES_PER_SECOND_DEFAULT = 15;
export const FRAMES_PER_SECOND_MAX = 60;
/** A header may claim any number of frames; more than this are not listed. */
export const FRAMES_MAX = 20_000;

export function seriesContent(instances: readonly DicomObject[], urlOf: (sopInstanceUID: string) => string): SeriesContent {
  const images: SeriesImage[] = [];
  const documents: SeriesDocument[] = [];
  for (const instance of instances) {
    const sopInstanceUID = firstString(instance, TAG.SOPInstanceUID);
    if (sopInstanceUID === '') continue;
    const url = urlOf(sopInstanceUID);
    const kind = documentKind(instance);
    if (kind === undefined) images.push(...imagesOf(instance, sopInstanceUID, url));
    else documents.push({ sopInstanceUID, instanceUrl: url, kind, title: titleOf(instance) });
  }
  images.sort(inReadingOrder);
  const ratesOfClips = new Map<string, number>();
  for (const instance of instances) {
    const rate = frameRateOf(instance);
    if (rate !== undefined) ratesOfClips.set(firstString(instance, TAG.SOPInstanceUID), rate);
  }
  const isFilm = images.some((image) => image.frames > 1);
  const [first = FRAMES_PER_SECOND_DEFAULT] = ratesOfClips.values();
  return { images, documents, framesPerSecond: isFilm ? first : undefined, ratesOfClips };
}

function documentKind(instance: DicomObject): SeriesDocument['kind'] | undefined {
  const sopClass = firstString(instance, TAG.SOPClassUID);
  if (sopClass === ENCAPSULATED_PDF) return 'pdf';
  if (sopClass === MR_SPECTROSCOPY) return 'spectrum';
  if (sopClass.startsWith(SR_CLASSES)) return 'report';
  if (sopClass.startsWith(WAVEFORM_CLASSES)) return 'waveform';
  if (VIDEO_TRANSFER_SYNTAX.test(firstString(instance, TAG.AvailableTransferSyntaxUID))) return 'video';
  const drawable = (firstNumber(instance, TAG.Rows) ?? 0) > 0 && (firstNumber(instance, TAG.Columns) ?? 0) > 0;
  return drawable ? undefined : 'other';
}

function titleOf(instance: DicomObject): string {
  return (
    firstString(instance, TAG.DocumentTitle) || firstString(instance, TAG.ContentLabel) || firstString(instance, TAG.SeriesDescription)
  );
}

function imagesOf(instance: DicomObject, sopInstanceUID: string, instanceUrl: string): SeriesImage[] {
  const frames = Math.min(FRAMES_MAX, Math.max(1, Math.trunc(firstNumber(instance, TAG.NumberOfFrames) ?? 1)));
  return Array.from({ length: frames }, (_, at) => {
    const metadata = frameMetadata(instance, at + 1);
    const position = numbers(metadata, TAG.ImagePositionPatient);
    const orientation = numbers(metadata, TAG.ImageOrientationPatient);
    return {
      sopInstanceUID,
      instanceUrl,
      frame: at + 1,
      frames,
      instanceNumber: firstNumber(instance, TAG.InstanceNumber),
      rows: firstNumber(instance, TAG.Rows) ?? 0,
      columns: firstNumber(instance, TAG.Columns) ?? 0,
      metadata,
      sliceLocationMm: alongNormal(position, orientation),
      sliceThicknessMm: firstNumber(metadata, TAG.SliceThickness),
      hasOrientation: orientation.length === 6,
      patientOrientation: patientOrientationOf(metadata),
      lossy: firstString(instance, TAG.LossyImageCompression) === '01',
    };
  });
}

function patientOrientationOf(metadata: DicomObject): SeriesImage['patientOrientation'] {
  const [row, column] = (metadata[TAG.PatientOrientation]?.Value ?? []).map((value) => String(value ?? ''));
  const letters = /^[LRPAHF]{1,3}$/;
  return row !== undefined && column !== undefined && letters.test(row) && letters.test(column) ? [row, column] : undefined;
}

/**
 * The attributes of one frame as if it were an instance of its own, PS3.3 C.7.6.16: shared groups, then the frame's own, each macro's
 * items laid over the instance. The sequences and the number of frames are left out so that no reader combines them a second time.
 * `frame` from 1.
 */
export function frameMetadata(instance: DicomObject, frame: number): DicomObject {
  const {
    [TAG.SharedFunctionalGroups]: _shared,
    [TAG.PerFrameFunctionalGroups]: _perFrame,
    [TAG.NumberOfFrames]: _frames,
    ...plain
  } = instance;
  const groups = [items(instance, TAG.SharedFunctionalGroups)[0], items(instance, TAG.PerFrameFunctionalGroups)[frame - 1]];
  for (const group of groups) {
    for (const macro of Object.keys(group ?? {})) Object.assign(plain, items(group, macro)[0]);
  }
  return plain;
}

/** Distance of the slice from the origin along its normal, mm; undefined when either is missing. PS3.3 C.7.6.2.1.1. */
export function alongNormal(position: readonly number[], orientation: readonly number[]): number | undefined {
  const [rowX, rowY, rowZ, columnX, columnY, columnZ] = orientation;
  const [x, y, z] = position;
  if (rowX === undefined || rowY === undefined || rowZ === undefined || columnX === undefined) return undefined;
  if (columnY === undefined || columnZ === undefined || x === undefined || y === undefined || z === undefined) return undefined;
  const normal = [rowY * columnZ - rowZ * columnY, rowZ * columnX - rowX * columnZ, rowX * columnY - rowY * columnX] as const;
  return normal[0] * x + normal[1] * y + normal[2] * z;
}

/** Instance Number, then position, then UID, then frame: as the sender numbered them, and always the same. */
function inReadingOrder(a: SeriesImage, b: SeriesImage): number {
  return (
    ordered(a.instanceNumber, b.instanceNumber) ||
    (a.sopInstanceUID === b.sopInstanceUID ? 0 : ordered(a.sliceLocationMm, b.sliceLocationMm)) ||
    (a.sopInstanceUID < b.sopInstanceUID ? -1 : a.sopInstanceUID > b.sopInstanceUID ? 1 : 0) ||
    a.frame - b.frame
  );
}

function ordered(a: number | undefined, b: number | undefined): number {
  if (a === b) return 0;
  if (a === undefined) return 1;
  return b === undefined ? -1 : a - b;
}

function frameRateOf(instance: DicomObject): number | undefined {
  const frameTimeMs = firstNumber(instance, TAG.FrameTime);
  const rate =
    firstNumber(instance, TAG.RecommendedDisplayFrameRate) ??
    firstNumber(instance, TAG.CineRate) ??
    (frameTimeMs === undefined || frameTimeMs <= 0 ? undefined : 1000 / frameTimeMs);
  return rate !== undefined && rate > 0 ? Math.min(FRAMES_PER_SECOND_MAX, Math.max(1, Math.round(rate))) : undefined;
}

/** Modalities read as a stack of slices: these open in the middle, where the anatomy is. */
const SLICED: ReadonlySet<string> = new Set(['CT', 'MR', 'PT', 'NM']);

/** The image a stack opens with, from 0. It is also the one whose thumbnail the gateway makes. */
export function openingIndex(modality: string, count: number): number {
  return SLICED.has(modality) && count > 2 ? Math.floor(count / 2) : 0;
}
