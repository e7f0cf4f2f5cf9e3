import type { DicomObject } from './dicom-json.ts';
import { requestJson } from './http.ts';

const ROOT = '/dicom-web';

/** Pixels; the side of the square a thumbnail must fit in. */
export const THUMBNAIL_SIDE_PX = 128;
/** Large enough to recognise the anatomy on any screen, small enough (about 25 kB) to arrive before the code does. */
export const PREVIEW_SIDE_PX = 512;

export function studyThumbnailUrl(studyInstanceUID: string): string {
  return `${ROOT}/studies/${studyInstanceUID}/thumbnail?viewport=${THUMBNAIL_SIDE_PX},${THUMBNAIL_SIDE_PX}`;
}

export function seriesThumbnailUrl(studyInstanceUID: string, seriesInstanceUID: string, sidePx: number = THUMBNAIL_SIDE_PX): string {
  return `${ROOT}/studies/${studyInstanceUID}/series/${seriesInstanceUID}/thumbnail?viewport=${sidePx},${sidePx}`;
}

export function renderedUrl(instanceUrl: string, frame: number | undefined, sidePx: number): string {
  return `${instanceUrl}${frame === undefined ? '' : `/frames/${frame}`}/rendered?viewport=${sidePx},${sidePx}`;
}

export function instanceUrl(studyInstanceUID: string, seriesInstanceUID: string, sopInstanceUID: string): string {
  return `${ROOT}/studies/${studyInstanceUID}/series/${seriesInstanceUID}/instances/${sopInstanceUID}`;
}

export function fetchSeriesMetadata(studyInstanceUID: string, seriesInstanceUID: string, signal?: AbortSignal): Promise<DicomObject[]> {
  return requestJson<DicomObject[]>(`${ROOT}/studies/${studyInstanceUID}/series/${seriesInstanceUID}/metadata`, {
    accept: 'application/dicom+json',
    signal,
  });
}
