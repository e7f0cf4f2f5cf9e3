/** From the metadata of a series to the pictures of a stack, in reading order. Plain computation; no library. */
import { frameOrder, framesPerSecondOf, frameTimesOf, placeAlongNormal, readingKey } from '../../gateway/api/contract/reading-order.ts';
import { type DicomObject, firstNumber, firstString, items, numbers } from '../api/dicom-json.ts';

/** One picture: one frame of one instance. */
export interface SeriesImage {
  readonly sopInstanceUID: string;
  /** Path of the instance below /dicom-web. */
  readonly instanceUrl: string;
  /** Which version of the instance the metadata are of: `frameUrl` asks for that one's pixels. Undefined: the gateway does not say. */
  readonly version: string | undefined;
  /** From 1. */
  readonly frame: number;
  readonly frames: number;
  readonly instanceNumber: number | undefined;
  readonly rows: number;
  readonly columns: number;
  /** DICOM JSON of this frame alone, see `frameMetadata`. */
  readonly metadata: DicomObject;
  /** mm along the slice normal, PS3.3 C.7.6.2.1.1; undefined without position and orientation. */
  readonly sliceLocationMm: number | undefined;
  readonly sliceThicknessMm: number | undefined;
  readonly hasOrientation: boolean;
  /** Patient Orientation (0020,0020), PS3.3 C.7.6.1.1.1: where rows and columns run. Undefined when it does not say both. */
  readonly patientOrientation: readonly [row: string, column: string] | undefined;
  /** ms that it stands before the next when the clip plays, where its frames have unlike times. */
  readonly frameTimeMs: number | undefined;
  /** Lossy Image Compression (0028,2110) is 01. */
  readonly lossy: boolean;
  /** No image of the patient, but worked out from one. */
  readonly derived: 'segmentation' | 'dose' | 'parametric' | undefined;
}

export type DocumentKind =
  | 'pdf'
  | 'clinical'
  | 'model'
  | 'report'
  | 'keyObjects'
  | 'presentation'
  | 'structures'
  | 'plan'
  | 'registration'
  | 'video'
  | 'waveform'
  | 'spectrum'
  | 'other';

/** An instance without a picture to draw: a report, a document, a presentation state, a film. */
export interface SeriesDocument {
  readonly sopInstanceUID: string;
  readonly instanceUrl: string;
  readonly kind: DocumentKind;
  readonly title: string;
}

export interface SeriesContent {
  readonly images: readonly SeriesImage[];
  readonly documents: readonly SeriesDocument[];
  /** Undefined when the series is not a film. */
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
} as const;

/** Pixel Data, Float Pixel Data, Double Float Pixel Data. */
const PIXELS = ['7FE00010', '7FE00008', '7FE00009'] as const;

/** MPEG2, MPEG-4 AVC and HEVC, PS3.6 A: a film in one stream, no frames to fetch. */
const VIDEO_TRANSFER_SYNTAX = /^1\.2\.840\.10008\.1\.2\.4\.10[0-8](\.1)?$/;
/** What has no picture, by the beginning of its SOP Class UID (PS3.4 B.5), the longer ones first. Spectra have rows and columns, and no pixels (PS3.3 A.36.3). */
const DOCUMENT_CLASSES: readonly (readonly [string, DocumentKind])[] = [
  ['1.2.840.10008.5.1.4.1.1.104.1', 'pdf'],
  ['1.2.840.10008.5.1.4.1.1.104.2', 'clinical'],
  ['1.2.840.10008.5.1.4.1.1.104.', 'model'],
  ['1.2.840.10008.5.1.4.1.1.88.59', 'keyObjects'],
  ['1.2.840.10008.5.1.4.1.1.88.', 'report'],
  ['1.2.840.10008.5.1.4.1.1.11.', 'presentation'],
  ['1.2.840.10008.5.1.4.1.1.481.3', 'structures'],
  ['1.2.840.10008.5.1.4.1.1.481.4', 'plan'],
  ['1.2.840.10008.5.1.4.1.1.481.5', 'plan'],
  ['1.2.840.10008.5.1.4.1.1.481.6', 'plan'],
  ['1.2.840.10008.5.1.4.1.1.481.7', 'plan'],
  ['1.2.840.10008.5.1.4.1.1.481.8', 'plan'],
  ['1.2.840.10008.5.1.4.1.1.481.9', 'plan'],
  ['1.2.840.10008.5.1.4.1.1.66.1', 'registration'],
  ['1.2.840.10008.5.1.4.1.1.66.3', 'registration'],
  ['1.2.840.10008.5.1.4.1.1.4.2', 'spectrum'],
  ['1.2.840.10008.5.1.4.1.1.9.', 'waveform'],
];
/** Pictures of what was worked out from others. */
const DERIVED_CLASSES: Readonly<Record<string, NonNullable<SeriesImage['derived']>>> = {
  '1.2.840.10008.5.1.4.1.1.66.4': 'segmentation',
  '1.2.840.10008.5.1.4.1.1.66.7': 'segmentation',
  '1.2.840.10008.5.1.4.1.1.481.2': 'dose',
  '1.2.840.10008.5.1.4.1.1.30': 'parametric',
};

export const FRAMES_PER_SECOND_DEFAULT = 15;
/** A header may claim any number of frames; more than this are not listed. */
export const FRAMES_MAX = 20_000;

export function seriesContent(instances: readonly DicomObject[], urlOf: (sopInstanceUID: string) => string): SeriesContent {
  const images: SeriesImage[] = [];
  const documents: SeriesDocument[] = [];
  for (const { instance, sopInstanceUID } of inReadingOrder(instances)) {
    const url = urlOf(sopInstanceUID);
    const kind = documentKind(instance);
    if (kind === undefined) images.push(...imagesOf(instance, sopInstanceUID, url));
    else documents.push({ sopInstanceUID, instanceUrl: url, kind, title: titleOf(instance) });
  }
  const ratesOfClips = new Map<string, number>();
  for (const instance of instances) {
    const rate = framesPerSecondOf(instance);
    if (rate !== undefined) ratesOfClips.set(firstString(instance, TAG.SOPInstanceUID), rate);
  }
  const isFilm = images.some((image) => image.frames > 1);
  const [first = FRAMES_PER_SECOND_DEFAULT] = ratesOfClips.values();
  return { images, documents, framesPerSecond: isFilm ? first : undefined, ratesOfClips };
}

function documentKind(instance: DicomObject): SeriesDocument['kind'] | undefined {
  const sopClass = firstString(instance, TAG.SOPClassUID);
  const known = DOCUMENT_CLASSES.find(([uid]) => (uid.endsWith('.') ? sopClass.startsWith(uid) : sopClass === uid));
  if (known !== undefined) return known[1];
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
  const times = frameTimesOf(instance, frames);
  const version = versionOf(instance);
  return frameOrder(instance, frames).map((frame) => {
    const metadata = frameMetadata(instance, frame);
    const position = numbers(metadata, TAG.ImagePositionPatient);
    const orientation = numbers(metadata, TAG.ImageOrientationPatient);
    return {
      sopInstanceUID,
      instanceUrl,
      version,
      frame,
      frames,
      instanceNumber: firstNumber(instance, TAG.InstanceNumber),
      rows: firstNumber(instance, TAG.Rows) ?? 0,
      columns: firstNumber(instance, TAG.Columns) ?? 0,
      metadata,
      sliceLocationMm: placeAlongNormal(position, orientation)?.mm,
      sliceThicknessMm: firstNumber(metadata, TAG.SliceThickness),
      hasOrientation: orientation.length === 6,
      patientOrientation: patientOrientationOf(metadata),
      frameTimeMs: times?.[frame - 1],
      lossy: firstString(instance, TAG.LossyImageCompression) === '01',
      derived: DERIVED_CLASSES[firstString(instance, TAG.SOPClassUID)],
    };
  });
}

/** The pixels' own address names it. */
function versionOf(instance: DicomObject): string | undefined {
  const uri = PIXELS.map((tag) => instance[tag]?.BulkDataURI).find((address) => address !== undefined);
  return /\/bulkdata\/version-([0-9a-f]{16})\//.exec(uri ?? '')?.[1];
}

/** Where the frame is asked for; the gateway answers with the pixels of that version, or that there is another (409). */
export function frameUrl({ instanceUrl, frame, version }: SeriesImage, as: '' | '/rendered' = ''): string {
  return `${instanceUrl}/frames/${frame}${as}${version === undefined ? '' : `?version=${version}`}`;
}

/** Objects found equal, so that what the frames of an instance share is compared once. */
const equalTo = new WeakMap<object, object>();

/**
 * Two readings of one frame are of the same version: the gateway says so, or else the headers say the same; where they do not, it is another version of the instance, whose pixels may be others too.
 */
export function isOfSameVersion(a: SeriesImage, b: SeriesImage): boolean {
  return a.version !== undefined && b.version !== undefined ? a.version === b.version : isSameImage(a, b);
}

/** The same, and their headers say the same. Tables by reference are not read for it, only their addresses. */
export function isSameImage(a: SeriesImage, b: SeriesImage): boolean {
  if (a.version !== undefined && b.version !== undefined && a.version !== b.version) return false;
  return a.instanceUrl === b.instanceUrl && a.frame === b.frame && a.frames === b.frames && isEqual(a.metadata, b.metadata);
}

function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (equalTo.get(a) === b) return true;
  const keys = keysOf(a);
  const equal = keys.length === keysOf(b).length && keys.every((key) => key in b && isEqual(a[key as never], b[key as never]));
  if (equal) equalTo.set(a, b);
  return equal;
}

/** What a reference was completed with is not what the header says. */
function keysOf(json: object): readonly string[] {
  const keys = Object.keys(json);
  return 'BulkDataURI' in json ? keys.filter((key) => key !== 'InlineBinary') : keys;
}

function patientOrientationOf(metadata: DicomObject): SeriesImage['patientOrientation'] {
  const [row, column] = (metadata[TAG.PatientOrientation]?.Value ?? []).map((value) => String(value ?? ''));
  const letters = /^[LRPAHF]{1,3}$/;
  return row !== undefined && column !== undefined && letters.test(row) && letters.test(column) ? [row, column] : undefined;
}

/**
 * The attributes of one frame as if it were an instance of one frame, PS3.3 C.7.6.16: shared groups, then the frame's own, each macro's
 * items laid over the instance, for readers that know no functional groups. The groups stay beside it, of the frames this one alone, for those that
 * must know which macro an attribute stands in, or read a macro of several items. `frame` from 1.
 */
export function frameMetadata(instance: DicomObject, frame: number): DicomObject {
  const { [TAG.NumberOfFrames]: _frames, ...plain } = instance;
  const shared = items(instance, TAG.SharedFunctionalGroups)[0];
  const own = items(instance, TAG.PerFrameFunctionalGroups)[frame - 1];
  for (const group of [shared, own]) {
    for (const macro of Object.keys(group ?? {})) Object.assign(plain, items(group, macro)[0]);
  }
  if (plain[TAG.PerFrameFunctionalGroups] !== undefined)
    plain[TAG.PerFrameFunctionalGroups] = { vr: 'SQ', Value: own === undefined ? [] : [own] };
  return plain;
}

/** As the gateway's index has them: `readingKey`, and the UID where that is the same. */
function inReadingOrder(instances: readonly DicomObject[]): { readonly instance: DicomObject; readonly sopInstanceUID: string }[] {
  return instances
    .map((instance) => ({ instance, sopInstanceUID: firstString(instance, TAG.SOPInstanceUID), key: readingKey(instance) }))
    .filter(({ sopInstanceUID }) => sopInstanceUID !== '')
    .sort((a, b) => textOrder(a.key, b.key) || textOrder(a.sopInstanceUID, b.sopInstanceUID));
}

function textOrder(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** Where in a stack the image stands that it opens with, from 0; the first when it is not named or not there. */
export function openingIndex(
  images: readonly Pick<SeriesImage, 'sopInstanceUID' | 'frame'>[],
  opening: { readonly sopInstanceUID: string; readonly frame: number } | undefined,
): number {
  return Math.max(
    0,
    images.findIndex(({ sopInstanceUID, frame }) => sopInstanceUID === opening?.sopInstanceUID && frame === opening.frame),
  );
}
