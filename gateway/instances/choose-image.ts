import { DomainError } from '../domain/errors.ts';
import type { SeriesInstanceUID } from '../domain/identifiers.ts';
import type { InstanceRecord, StudyRecord } from '../domain/imaging/study.ts';
import type { StudyIndex } from '../domain/imaging/study-index.ts';

/** The image that stands for a series: the one in the middle; for a study, that of its first series with images. @throws not-found */
export async function representativeImage(
  studies: Pick<StudyIndex, 'instancesOf'>,
  studyId: StudyRecord['id'],
  seriesInstanceUID: SeriesInstanceUID | undefined,
): Promise<InstanceRecord> {
  let series = seriesInstanceUID;
  let images = 0;
  for await (const { instance, seriesInstanceUID: ofSeries } of studies.instancesOf(studyId, series && { seriesInstanceUID: series })) {
    if (instance.numberOfFrames === 0) continue;
    series ??= ofSeries;
    if (ofSeries !== series) break;
    images += 1;
  }
  if (series === undefined || images === 0) throw new DomainError('not-found', 'there is no image here');
  let left = Math.floor((images - 1) / 2);
  for await (const record of studies.instancesOf(studyId, { seriesInstanceUID: series })) {
    if (record.instance.numberOfFrames > 0 && left-- === 0) return record;
  }
  throw new DomainError('not-found', 'there is no image here');
}
