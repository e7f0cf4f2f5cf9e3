import { queryOptions } from '@tanstack/react-query';
import { instanceUrl } from '../api/dicomweb.ts';
import { fetchSeriesMetadata } from '../api/dicomweb-retrieve.ts';
import { type StudyAddress, studyAddressKey } from '../api/study-address.ts';
import { type SeriesContent, seriesContent } from '../imaging/series-images.ts';
import { contentOfStack, type Stack } from './stacks.ts';

/** `revision` is part of the key: a series that has grown, or has another version of an instance, is read again. */
export function seriesQuery({ studyInstanceUID, of }: StudyAddress, seriesInstanceUID: string, revision: number) {
  const study = { studyInstanceUID, of };
  return queryOptions({
    queryKey: [...seriesOfStudyKey(study), seriesInstanceUID, revision],
    queryFn: async ({ signal }): Promise<SeriesContent> => {
      const instances = await fetchSeriesMetadata(study, seriesInstanceUID, signal);
      return seriesContent(instances, (sopInstanceUID) => instanceUrl(study, seriesInstanceUID, sopInstanceUID));
    },
    staleTime: Number.POSITIVE_INFINITY,
    // Metadata of a long series is large; what is not on screen is let go after a while.
    gcTime: 5 * 60_000,
    structuralSharing: false,
  });
}

/** What the keys of all series of a study begin with. */
export function seriesOfStudyKey(study: StudyAddress) {
  return ['series', studyAddressKey(study)] as const;
}

/** A series' content, of it what belongs to the stack. */
export function stackQuery(study: StudyAddress, stack: Stack | undefined) {
  return {
    ...seriesQuery(study, stack?.seriesInstanceUID ?? '', stack?.revision ?? 0),
    select: (content: SeriesContent) => (stack === undefined ? content : contentOfStack(content, stack)),
  };
}
