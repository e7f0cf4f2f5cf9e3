/** What the metadata hold only by reference (BulkDataURI): palettes, LUTs, overlay data. PS3.18 F.2.6. */
import type { DicomElement } from '../../api/dicom-json.ts';
import { elementBytes } from '../../api/dicomweb-retrieve.ts';
import { ApiError } from '../../api/http.ts';
import type { SeriesImage } from '../series-images.ts';
import { isOutdated, NotFetched, SECOND_SILENCE_MS_MAX, whileHeard } from './frame-fetcher.ts';
import { overlayReferences, presentationReferences } from './pixels.ts';

const CHARS_AT_ONCE = 0x8000;

/** Some are not filled in yet. */
export function hasReferences(image: SeriesImage): boolean {
  const { metadata } = image;
  return presentationReferences(metadata as never, 0).length + overlayReferences(metadata as never).length > 0;
}

/**
 * Fills them in where they stand; frames of an instance share them. Overlay data that cannot be had are left out: the picture under them is seen without.
 * @throws NotFetched
 */
export async function completeReferences(image: SeriesImage): Promise<void> {
  const { metadata } = image;
  await Promise.all([
    ...presentationReferences(metadata as never, 0).map((element) => complete(image, element)),
    ...overlayReferences(metadata as never).map((element) => complete(image, element).catch(unlessOutdated)),
  ]);
}

/** Only what is drawn over it, where that is missing still. @throws NotFetched */
export async function completeOverlays(image: SeriesImage): Promise<void> {
  await Promise.all(overlayReferences(image.metadata as never).map((element) => complete(image, element)));
}

function unlessOutdated(thrown: unknown): void {
  if (!(thrown instanceof NotFetched) || isOutdated(thrown)) throw thrown;
}

async function complete({ instanceUrl }: SeriesImage, element: DicomElement): Promise<void> {
  const metadataUrl = `${instanceUrl.replace(/\/instances\/[^/]*$/, '')}/metadata`;
  element.InlineBinary = base64Of(await bytesOf(element, metadataUrl));
}

async function bytesOf(element: DicomElement, metadataUrl: string): Promise<Uint8Array> {
  try {
    return await whileHeard(SECOND_SILENCE_MS_MAX, undefined, (stop) => elementBytes(element, metadataUrl, stop));
  } catch (thrown) {
    throw thrown instanceof ApiError ? new NotFetched(thrown.status) : thrown;
  }
}

function base64Of(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += CHARS_AT_ONCE) text += String.fromCharCode(...bytes.subarray(at, at + CHARS_AT_ONCE));
  return btoa(text);
}
