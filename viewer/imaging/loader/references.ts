/** Tables that the metadata hold only by reference (BulkDataURI): palettes and LUTs. PS3.18 F.2.6. */
import { elementBytes } from '../../api/dicomweb-retrieve.ts';
import type { SeriesImage } from '../series-images.ts';
import { presentationReferences } from './pixels.ts';

const CHARS_AT_ONCE = 0x8000;

/** Fills them in where they stand; frames of an instance share them. @throws ApiError */
export async function completeReferences(image: SeriesImage): Promise<void> {
  const missing = presentationReferences(image.metadata as never, 0);
  if (missing.length === 0) return;
  const metadataUrl = `${image.instanceUrl.replace(/\/instances\/[^/]*$/, '')}/metadata`;
  await Promise.all(
    missing.map(async (element) => {
      element.InlineBinary = base64Of(await elementBytes(element, metadataUrl));
    }),
  );
}

function base64Of(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += CHARS_AT_ONCE) text += String.fromCharCode(...bytes.subarray(at, at + CHARS_AT_ONCE));
  return btoa(text);
}
