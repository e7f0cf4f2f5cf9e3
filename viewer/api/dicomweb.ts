import type { StudyAddress } from './study-address.ts';

const ROOT = '/dicom-web';

/** Where DICOMweb is spoken about that study and no other of its UID. */
export function rootOf({ of }: StudyAddress): string {
  return of === null ? ROOT : `${ROOT}/of/${of}`;
}

function studyUrl(study: StudyAddress): string {
  return `${rootOf(study)}/studies/${study.studyInstanceUID}`;
}

/** Large enough to recognise the anatomy on any screen, small enough (about 25 kB) to arrive before the code does. */
export const PREVIEW_SIDE_PX = 512;

/** At the gateway's own size: it keeps those ready, and puts them on record as what they are. */
export function studyThumbnailUrl(study: StudyAddress): string {
  return `${studyUrl(study)}/thumbnail`;
}

export function seriesThumbnailUrl(study: StudyAddress, seriesInstanceUID: string, sidePx?: number): string {
  const size = sidePx === undefined ? '' : `?viewport=${sidePx},${sidePx}`;
  return `${studyUrl(study)}/series/${seriesInstanceUID}/thumbnail${size}`;
}

/** Of a clip the instance's own, of a series the one that stands for it: both of the stack's `opening`. */
export function stackThumbnailUrl(
  study: StudyAddress,
  { seriesInstanceUID, clip }: { readonly seriesInstanceUID: string; readonly clip: { readonly sopInstanceUID: string } | undefined },
  sidePx?: number,
): string {
  if (clip === undefined) return seriesThumbnailUrl(study, seriesInstanceUID, sidePx);
  const size = sidePx === undefined ? '' : `?viewport=${sidePx},${sidePx}`;
  return `${instanceUrl(study, seriesInstanceUID, clip.sopInstanceUID)}/thumbnail${size}`;
}

/** That frame and no other, or a symbol where it cannot be shown. */
export function frameThumbnailUrl(instanceUrl: string, frame: number, sidePx: number): string {
  return `${instanceUrl}/frames/${frame}/thumbnail?viewport=${sidePx},${sidePx}`;
}

export function renderedUrl(instanceUrl: string, frame: number | undefined, sidePx: number): string {
  return `${instanceUrl}${frame === undefined ? '' : `/frames/${frame}`}/rendered?viewport=${sidePx},${sidePx}`;
}

export function instanceUrl(study: StudyAddress, seriesInstanceUID: string, sopInstanceUID: string): string {
  return `${studyUrl(study)}/series/${seriesInstanceUID}/instances/${sopInstanceUID}`;
}

export function seriesMetadataUrl(study: StudyAddress, seriesInstanceUID: string): string {
  return `${studyUrl(study)}/series/${seriesInstanceUID}/metadata`;
}
