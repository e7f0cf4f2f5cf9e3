/** What the metadata hold only by reference (BulkDataURI): palettes, LUTs, overlay data. PS3.18 F.2.6. */
import type { DicomElement } from '../../api/dicom-json.ts';
import { elementBytes } from '../../api/dicomweb-retrieve.ts';
import { ApiError } from '../../api/http.ts';
import type { SeriesImage } from '../series-images.ts';
import { NotFetched, SECOND_SILENCE_MS_MAX, whileHeard } from './frame-fetcher.ts';
import { overlayReferences, presentationReferences } from './pixels.ts';

const CHARS_AT_ONCE = 0x8000;

/** Some are not filled in yet. */
export function hasReferences(image: SeriesImage): boolean {
  return missingOf(image).length > 0;
}

function missingOf({ metadata }: SeriesImage) {
  return [...presentationReferences(metadata as never, 0), ...overlayReferences(metadata as never)];
}

/** Fills them in where they stand; frames of an instance share them. @throws NotFetched */
export async function completeReferences(image: SeriesImage): Promise<void> {
  const missing = missingOf(image);
  if (missing.length === 0) return;
  const metadataUrl = `${image.instanceUrl.replace(/\/instances\/[^/]*$/, '')}/metadata`;
  await Promise.all(
    missing.map(async (element) => {
      element.InlineBinary = base64Of(await tableOf(element, metadataUrl));
    }),
  );
}

async function tableOf(element: DicomElement, metadataUrl: string): Promise<Uint8Array> {
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
