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

interface Stack {
  readonly seriesInstanceUID: string;
  readonly clip: { readonly sopInstanceUID: string } | undefined;
  readonly revision: number;
}

/**
 * Of a clip the instance's own, of a series the one that stands for it: both of the stack's `opening`. At another revision it may be another picture:
 * another address, so that the page asks.
 */
export function stackThumbnailUrl(study: StudyAddress, { seriesInstanceUID, clip, revision }: Stack): string {
  const of =
    clip === undefined ? `${studyUrl(study)}/series/${seriesInstanceUID}` : instanceUrl(study, seriesInstanceUID, clip.sopInstanceUID);
  return `${of}/thumbnail?revision=${revision}`;
}

/** That frame and no other, or a symbol where it cannot be shown. */
export function frameThumbnailUrl(instanceUrl: string, frame: number, sidePx: number): string {
  return `${instanceUrl}/frames/${frame}/thumbnail?viewport=${sidePx},${sidePx}`;
}

/** `rendered`: where the picture is rendered in its own size. */
export function renderedUrl(rendered: string, sidePx: number): string {
  return `${rendered}${rendered.includes('?') ? '&' : '?'}viewport=${sidePx},${sidePx}`;
}

export function instanceUrl(study: StudyAddress, seriesInstanceUID: string, sopInstanceUID: string): string {
  return `${studyUrl(study)}/series/${seriesInstanceUID}/instances/${sopInstanceUID}`;
}
