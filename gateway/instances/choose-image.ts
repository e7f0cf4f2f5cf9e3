import { DomainError } from '../domain/errors.ts';
import type { SeriesInstanceUID } from '../domain/identifiers.ts';
import type { InstanceRecord, StudyRecord } from '../domain/imaging/study.ts';
import type { StudyIndex } from '../domain/imaging/study-index.ts';

/** The image that stands for a series: the one in the middle; for a study, that of its first series with images. Instances without pixels do not count. */
export async function middleImage(
  studies: Pick<StudyIndex, 'instancesOf'>,
  studyId: StudyRecord['id'],
  seriesInstanceUID: SeriesInstanceUID | undefined,
): Promise<InstanceRecord | undefined> {
  let series = seriesInstanceUID;
  let images = 0;
  for await (const { instance, seriesInstanceUID: ofSeries } of studies.instancesOf(studyId, series && { seriesInstanceUID: series })) {
    if (instance.numberOfFrames === 0) continue;
    series ??= ofSeries;
    if (ofSeries !== series) break;
    images += 1;
  }
  if (series === undefined || images === 0) return undefined;
  let left = Math.floor((images - 1) / 2);
  for await (const record of studies.instancesOf(studyId, { seriesInstanceUID: series })) {
    if (record.instance.numberOfFrames > 0 && left-- === 0) return record;
  }
  return undefined;
}

/** @throws not-found when there is no image */
export async function representativeImage(...where: Parameters<typeof middleImage>): Promise<InstanceRecord> {
  const image = await middleImage(...where);
  if (image === undefined) throw new DomainError('not-found', 'there is no image here');
  return image;
}
