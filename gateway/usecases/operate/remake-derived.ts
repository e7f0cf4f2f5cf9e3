import { asDomainError } from '../../domain/errors.ts';
import type { FacilityCode, SeriesId, StudyInstanceUID } from '../../domain/identifiers.ts';
import type { StudyIndex } from '../../domain/imaging/study-index.ts';
import type { Log } from '../../domain/operation/log.ts';

/** The report names so many series at most; the counts go on. */
export const REMAKE_FAILED_LISTED_MAX = 1_000;

export interface RemakeReport {
  readonly series: number;
  readonly failed: number;
  readonly listed: readonly { readonly series: SeriesId; readonly kind: string }[];
}

/**
 * Makes derived objects again, whatever is there: of a study, of a facility or of all. The ones that are there are replaced one by one, so whoever
 * looks meanwhile finds the old or the new. Beside a running gateway both may make the same one; they come out alike.
 * @throws not-found when there is no such series; unavailable; or the signal's reason
 */
export async function remakeDerived(
  parts: {
    readonly studies: Pick<StudyIndex, 'allSeries'>;
    /** `gateway/ingest/derive-series.ts`, everything anew, to its end. */
    readonly derive: (series: SeriesId) => Promise<unknown>;
    readonly log: Log;
  },
  which: { readonly studyInstanceUID?: StudyInstanceUID; readonly facilityCode?: FacilityCode },
  signal?: AbortSignal,
): Promise<RemakeReport> {
  const listed: { series: SeriesId; kind: string }[] = [];
  let series = 0;
  let failed = 0;
  for await (const id of parts.studies.allSeries(which)) {
    signal?.throwIfAborted();
    series += 1;
    try {
      await parts.derive(id);
    } catch (thrown) {
      const { kind } = asDomainError(thrown);
      // A store that is away is so for the next series too.
      if (kind === 'unavailable' || kind === 'full') throw thrown;
      failed += 1;
      parts.log.error('derive.failed', { series: id, kind }, thrown);
      if (listed.length < REMAKE_FAILED_LISTED_MAX) listed.push({ series: id, kind });
    }
  }
  return { series, failed, listed };
}
