import { DomainError } from '../errors.ts';
import type { FacilityCode, ObjectKey, SeriesInstanceUID, Sha256, SOPInstanceUID, StudyInstanceUID } from '../identifiers.ts';
import { isObjectName } from './object-name.ts';

export const OBJECT_KEY_CHARS_MAX = 900;

/** @throws invalid when a segment could leave the root or is not portable to every driver. */
export function objectKey(...segments: readonly string[]): ObjectKey {
  const key = segments.join('/');
  if (segments.length === 0 || key.length > OBJECT_KEY_CHARS_MAX || !segments.every(isObjectName)) {
    throw new DomainError('invalid', 'not a storable object key');
  }
  return key as ObjectKey;
}

export interface InstancePath {
  readonly facilityCode: FacilityCode;
  readonly studyInstanceUID: StudyInstanceUID;
  readonly seriesInstanceUID: SeriesInstanceUID;
  readonly sopInstanceUID: SOPInstanceUID;
}

/** Where an original is kept, for ever, under a name that contains its digest. */
export function originalKey(path: InstancePath, sha256: Sha256): ObjectKey {
  return objectKey('originals', path.facilityCode, path.studyInstanceUID, path.seriesInstanceUID, path.sopInstanceUID, `${sha256}.dcm`);
}

/** Where something that can be rebuilt from originals is kept. */
export function derivedKey(
  path: Pick<InstancePath, 'facilityCode' | 'studyInstanceUID' | 'seriesInstanceUID'> & { readonly ordinal: number },
  ...name: readonly string[]
): ObjectKey {
  const which = path.ordinal === 1 ? [] : [`study-${path.ordinal}`];
  return objectKey('derived', path.facilityCode, path.studyInstanceUID, path.seriesInstanceUID, ...which, ...name);
}

/** Where what could not be read is kept, with its digest. */
export function quarantineKey(facilityCode: FacilityCode, sha256: Sha256): ObjectKey {
  return objectKey('quarantine', facilityCode, `${sha256}.bin`);
}
