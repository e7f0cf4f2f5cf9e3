import type { FacilityCode, ObjectKey, SeriesInstanceUID, Sha256, StudyInstanceUID } from './identifiers.ts';
import { derivedKey, type InstancePath } from './object-keys.ts';

/**
 * Names of what is made from originals, and the shape of the frame table. Written by `gateway/ingest`, read by the doors.
 * A missing object is no error: the reader falls back to the original.
 */
export type SeriesPath = Pick<InstancePath, 'facilityCode' | 'studyInstanceUID' | 'seriesInstanceUID'>;

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

/** JPEG of the middle image, its longer side THUMBNAIL_PIXELS at most. Replaced when the series grows. */
export function seriesThumbnailKey(series: SeriesPath): ObjectKey {
  return derivedKey(series, 'thumbnail.jpg');
}
export const THUMBNAIL_PIXELS = 192;
export const THUMBNAIL_MEDIA_TYPE = 'image/jpeg';

/**
 * HTJ2K codestreams (transfer syntax 1.2.840.10008.1.2.4.202, lossless, RPCL) of one original's frames, one after another.
 * Named for the original's digest, so a new version never meets the frames of an older one.
 * An original with one frame: the whole object is that frame. With more: `htj2kTableKey` says where each begins.
 */
export function htj2kFramesKey(series: SeriesPath, original: Sha256): ObjectKey {
  return derivedKey(series, 'htj2k', `${original}.j2c`);
}

/** Table of an original with several frames; written after the codestreams, so whoever finds it finds them too. */
export function htj2kTableKey(series: SeriesPath, original: Sha256): ObjectKey {
  return derivedKey(series, 'htj2k', `${original}.table`);
}

/** Bytes of the table of so many frames: their end offsets, unsigned 64-bit little endian. */
function frameTableBytes(frames: number): number {
  return frames * 8;
}

export function encodeFrameTable(lengths: readonly number[]): Uint8Array {
  const table = new Uint8Array(frameTableBytes(lengths.length));
  const view = new DataView(table.buffer);
  let end = 0;
  lengths.forEach((length, frame) => {
    end += length;
    view.setBigUint64(frame * 8, BigInt(end), true);
  });
  return table;
}

/** Where frame n (from 0) is in the object of `htj2kFramesKey`. Undefined when the table has no such frame. */
export function frameInTable(table: Uint8Array, frame: number): { readonly offset: number; readonly length: number } | undefined {
  if (frame < 0 || frameTableBytes(frame + 1) > table.byteLength) return undefined;
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  const offset = frame === 0 ? 0 : Number(view.getBigUint64((frame - 1) * 8, true));
  return { offset, length: Number(view.getBigUint64(frame * 8, true)) - offset };
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
