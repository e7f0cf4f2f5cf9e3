import { DomainError } from '../domain/errors.ts';
import type { SeriesInstanceUID } from '../domain/identifiers.ts';
import type { IndexedInstance, StudyPart } from '../domain/imaging/study.ts';
import type { StudyIndex } from '../domain/imaging/study-index.ts';

/**
 * The image that stands for a series, shown at its `openingFrame`; for a study, that of its first series with images. The viewer opens with the
 * same: gateway/decisions/opening-image.md.
 */
export async function openingImage(
  studies: Pick<StudyIndex, 'openingImagesOf' | 'instancesOf'>,
  part: StudyPart,
  seriesInstanceUID: SeriesInstanceUID | undefined,
): Promise<IndexedInstance | undefined> {
  const [first] = await studies.openingImagesOf(part, seriesInstanceUID && { seriesInstanceUID });
  if (first === undefined) return undefined;
  for await (const image of studies.instancesOf(part, first)) return image;
  return undefined;
}

/** @throws not-found when there is no image */
export async function representativeImage(...where: Parameters<typeof openingImage>): Promise<IndexedInstance> {
  const image = await openingImage(...where);
  if (image === undefined) throw new DomainError('not-found', 'there is no image here');
  return image;
}
