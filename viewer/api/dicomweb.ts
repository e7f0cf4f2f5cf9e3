import type { DicomElement, DicomObject } from './dicom-json.ts';
import { request, requestJson } from './http.ts';
import type { StudyAddress } from './study-address.ts';

const ROOT = '/dicom-web';

function studyUrl({ studyInstanceUID, of }: StudyAddress): string {
  return `${ROOT}${of === null ? '' : `/of/${of}`}/studies/${studyInstanceUID}`;
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

export function renderedUrl(instanceUrl: string, frame: number | undefined, sidePx: number): string {
  return `${instanceUrl}${frame === undefined ? '' : `/frames/${frame}`}/rendered?viewport=${sidePx},${sidePx}`;
}

export function instanceUrl(study: StudyAddress, seriesInstanceUID: string, sopInstanceUID: string): string {
  return `${studyUrl(study)}/series/${seriesInstanceUID}/instances/${sopInstanceUID}`;
}

export function fetchSeriesMetadata(study: StudyAddress, seriesInstanceUID: string, signal?: AbortSignal): Promise<DicomObject[]> {
  return requestJson<DicomObject[]>(seriesMetadataUrl(study, seriesInstanceUID), {
    accept: 'application/dicom+json',
    signal,
  });
}

/** The bytes of a binary element: inline, or fetched from where it says (relative to the metadata it stood in). */
export async function elementBytes(element: DicomElement, metadataUrl: string, signal?: AbortSignal): Promise<Uint8Array> {
  if (element.InlineBinary !== undefined) return Uint8Array.from(atob(element.InlineBinary), (letter) => letter.charCodeAt(0));
  if (element.BulkDataURI === undefined) return new Uint8Array(0);
  // Behind a proxy the gateway may know itself by another name; the session is valid only for ours.
  const { pathname, search } = new URL(element.BulkDataURI, new URL(metadataUrl, location.origin));
  const response = await request(pathname + search, {
    accept: 'multipart/related; type="application/octet-stream"',
    signal,
  });
  const bytes = new Uint8Array(await response.arrayBuffer());
  return firstPart(bytes, response.headers.get('content-type') ?? '');
}

/** The body of the first part of a multipart answer; anything else as it is. */
function firstPart(bytes: Uint8Array, contentType: string): Uint8Array {
  const boundary = /^multipart\/related/i.test(contentType) ? /boundary="?([^";]+)"?/i.exec(contentType)?.[1] : undefined;
  if (boundary === undefined) return bytes;
  // Latin-1 keeps one character for one byte, so positions in the text are positions in the bytes.
  const text = new TextDecoder('latin1').decode(bytes);
  const start = text.indexOf('\r\n\r\n') + 4;
  const end = text.indexOf(`\r\n--${boundary}`, start);
  return start < 4 ? new Uint8Array(0) : bytes.subarray(start, end < 0 ? undefined : end);
}

export function seriesMetadataUrl(study: StudyAddress, seriesInstanceUID: string): string {
  return `${studyUrl(study)}/series/${seriesInstanceUID}/metadata`;
}
