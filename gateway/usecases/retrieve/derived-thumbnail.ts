import { createHash } from 'node:crypto';
import { asDomainError } from '../../domain/errors.ts';
import { seriesThumbnailKey } from '../../domain/imaging/derived.ts';
import type { ObjectStore } from '../../domain/imaging/object-store.ts';
import type { IndexedInstance } from '../../domain/imaging/study.ts';
import { type DamageReports, NO_REPORTS } from '../../domain/operation/damage.ts';
import { onlyPart } from '../../instances/derived-object.ts';
import type { SeenStudy } from '../access/see-study.ts';

/** The thumbnail that ingest made of a series from the image that stands for it: a JPEG. Undefined: there is none, or it is not what was made; then one is rendered. */
export async function derivedThumbnail(
  {
    objects,
    reports = NO_REPORTS,
  }: { readonly objects: Pick<ObjectStore, 'read'>; readonly reports?: Pick<DamageReports, 'found' | 'wanted'> },
  { study: { owner, ordinal } }: SeenStudy,
  { studyInstanceUID, seriesInstanceUID, object }: IndexedInstance,
  signal?: AbortSignal,
): Promise<{ readonly etag: string; readonly bytes: Uint8Array } | undefined> {
  const series = { facilityCode: owner.code, studyInstanceUID, seriesInstanceUID, ordinal };
  const key = seriesThumbnailKey(series, object.sha256);
  try {
    const bytes = onlyPart(key, await objects.read(key, undefined, signal));
    return { etag: createHash('sha256').update(bytes).digest('hex').slice(0, 32), bytes };
  } catch (thrown) {
    signal?.throwIfAborted();
    const { kind } = asDomainError(thrown);
    if (kind === 'not-found') reports.wanted(series);
    if (kind === 'damaged') reports.found(key, 'corrupt');
    return undefined;
  }
}
