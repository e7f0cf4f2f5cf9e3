import { asDomainError } from '../../domain/errors.ts';
import type { Sha256 } from '../../domain/identifiers.ts';
import { type SeriesPath, seriesThumbnailKey } from '../../domain/imaging/derived.ts';
import type { ObjectStore } from '../../domain/imaging/object-store.ts';
import { type DamageReports, NO_REPORTS } from '../../domain/operation/damage.ts';
import { onlyPart } from '../../instances/derived-object.ts';

/** The thumbnail that ingest made of a series from the image that stands for it: a JPEG. Undefined: there is none, or it is not what was made; then one is rendered. */
export async function derivedThumbnail(
  {
    objects,
    reports = NO_REPORTS,
  }: { readonly objects: Pick<ObjectStore, 'read'>; readonly reports?: Pick<DamageReports, 'found' | 'wanted'> },
  series: SeriesPath,
  original: Sha256,
  signal?: AbortSignal,
): Promise<Uint8Array | undefined> {
  const key = seriesThumbnailKey(series, original);
  try {
    return onlyPart(key, await objects.read(key, undefined, signal));
  } catch (thrown) {
    signal?.throwIfAborted();
    const { kind } = asDomainError(thrown);
    if (kind === 'not-found') reports.wanted(series);
    if (kind === 'damaged') reports.found(key, 'corrupt');
    return undefined;
  }
}
