import type { FacilityCode, ObjectKey, SeriesInstanceUID, Sha256, StudyInstanceUID } from '../identifiers.ts';
import { derivedKey, type InstancePath } from './object-keys.ts';
import type { IndexedInstance } from './study.ts';

/**
 * Names of what is made from originals. Written by `gateway/ingest`, read by the doors.
 * A missing or damaged object is no error: the reader falls back to rows or to the original.
 */
export type SeriesName = Pick<InstancePath, 'facilityCode' | 'studyInstanceUID' | 'seriesInstanceUID'>;
export type SeriesPath = SeriesName & {
  /** Which of the facility's studies under the UID (`IndexedStudy.ordinal`): two patients' derived objects never meet. */
  readonly ordinal: number;
};

/**
 * Gzipped DICOM JSON of a settled series at one revision. The digest of the object's bytes is in the name: it never changes, so it may be
 * cached for ever.
 */
export function seriesMetadataKey(series: SeriesPath, revision: number, sha256: Sha256): ObjectKey {
  return derivedKey(series, `metadata-${revision}-${sha256}.json.gz`);
}

/** What the metadata objects of a series, of all revisions, begin with. */
export function seriesMetadataPrefix(series: SeriesPath): string {
  return derivedKey(series, 'metadata-');
}

export function seriesMetadataRevision(key: ObjectKey): number | undefined {
  const revision = key.match(/\/metadata-(\d+)-[0-9a-f]{64}\.json\.gz$/)?.[1];
  return revision === undefined ? undefined : Number(revision);
}

/**
 * JPEG of the image that stands for the series, its longer side THUMBNAIL_PIXELS at most; the one part of the object. Named for that image's original: it never
 * shows another.
 */
export function seriesThumbnailKey(series: SeriesPath, original: Sha256): ObjectKey {
  return derivedKey(series, 'thumbnail', `${original}.jpg`);
}

/** What the thumbnails of a series begin with. */
export function seriesThumbnailPrefix(series: SeriesPath): string {
  return `${derivedKey(series, 'thumbnail')}/`;
}
export const THUMBNAIL_PIXELS = 192;
export const THUMBNAIL_MEDIA_TYPE = 'image/jpeg';

/**
 * HTJ2K codestreams (transfer syntax 1.2.840.10008.1.2.4.202, lossless, RPCL) of one original's frames, one part a frame
 * (`gateway/instances/derived-object.ts`). Named for the original's digest, so a new version never meets the frames of an older one.
 */
export function htj2kFramesKey(series: SeriesPath, original: Sha256): ObjectKey {
  return derivedKey(series, 'htj2k', `${original}.frames`);
}

/** An instance of more frames is left as it arrived. */
export const HTJ2K_FRAMES_MAX = 4096;

/**
 * Transfer syntaxes whose pixels lose nothing when coded anew: native, RLE, and the lossless members of JPEG, JPEG-LS and JPEG 2000.
 * PS3.5 annex A. HTJ2K is served as it is, lossy syntaxes too: to code them again costs quality or bytes.
 */
const LOSSLESS_SOURCES: ReadonlySet<string> = new Set([
  '1.2.840.10008.1.2',
  '1.2.840.10008.1.2.1',
  '1.2.840.10008.1.2.1.99',
  '1.2.840.10008.1.2.2',
  '1.2.840.10008.1.2.5',
  '1.2.840.10008.1.2.4.57',
  '1.2.840.10008.1.2.4.70',
  '1.2.840.10008.1.2.4.80',
  '1.2.840.10008.1.2.4.90',
]);

/** From the row alone, so that a long series costs no header reads. */
export function mayHaveHtj2k({ instance, object }: Pick<IndexedInstance, 'instance' | 'object'>): boolean {
  const { numberOfFrames, bitsAllocated } = instance;
  return (
    LOSSLESS_SOURCES.has(object.transferSyntaxUID) &&
    (bitsAllocated === 8 || bitsAllocated === 16) &&
    numberOfFrames >= 1 &&
    numberOfFrames <= HTJ2K_FRAMES_MAX
  );
}

/** What an original's key says: the reverse of `originalKey`. Undefined when it is no such key. */
export function readOriginalKey(key: string): { readonly path: InstancePath; readonly sha256: Sha256 } | undefined {
  const [root, facilityCode, studyInstanceUID, seriesInstanceUID, sopInstanceUID, file, ...rest] = key.split('/');
  const sha256 = file?.match(/^([0-9a-f]{64})\.dcm$/)?.[1];
  if (root !== 'originals' || sha256 === undefined || rest.length > 0) return undefined;
  return {
    path: {
      facilityCode: facilityCode as InstancePath['facilityCode'],
      studyInstanceUID: studyInstanceUID as StudyInstanceUID,
      seriesInstanceUID: seriesInstanceUID as SeriesInstanceUID,
      sopInstanceUID: sopInstanceUID as InstancePath['sopInstanceUID'],
    },
    sha256: sha256 as Sha256,
  };
}

/** What a quarantined object's key says: the reverse of `quarantineKey`. Undefined when it is no such key. */
export function readQuarantineKey(key: string): { readonly facilityCode: FacilityCode; readonly sha256: Sha256 } | undefined {
  const [, facilityCode, sha256] = key.match(/^quarantine\/([^/]+)\/([0-9a-f]{64})\.bin$/) ?? [];
  return facilityCode === undefined ? undefined : { facilityCode: facilityCode as FacilityCode, sha256: sha256 as Sha256 };
}

/** Of which series a derived object is. Undefined when it is no such key. */
export function readDerivedKey(key: string): SeriesPath | undefined {
  const [root, facilityCode, studyInstanceUID, seriesInstanceUID, ...name] = key.split('/');
  if (root !== 'derived' || seriesInstanceUID === undefined || name.length === 0) return undefined;
  const which = /^study-([1-9][0-9]{0,8})$/.exec(name[0] ?? '')?.[1];
  if (which !== undefined && name.length === 1) return undefined;
  return {
    ordinal: Number(which ?? 1),
    facilityCode: facilityCode as FacilityCode,
    studyInstanceUID: studyInstanceUID as StudyInstanceUID,
    seriesInstanceUID: seriesInstanceUID as SeriesInstanceUID,
  };
}
