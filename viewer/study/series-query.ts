import { queryOptions } from '@tanstack/react-query';
import { instanceUrl } from '../api/dicomweb.ts';
import { fetchSeriesMetadata } from '../api/dicomweb-retrieve.ts';
import { type StudyAddress, studyAddressKey } from '../api/study-address.ts';
import { type SeriesContent, seriesContent } from '../imaging/series-images.ts';
import { contentOfStack, type Stack } from './stacks.ts';

/** `instanceCount` is part of the key: a series that has grown is read again. */
export function seriesQuery({ studyInstanceUID, of }: StudyAddress, seriesInstanceUID: string, instanceCount: number) {
  const study = { studyInstanceUID, of };
  return queryOptions({
    queryKey: ['series', studyAddressKey(study), seriesInstanceUID, instanceCount],
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

/** A series' content, of it what belongs to the stack. */
export function stackQuery(study: StudyAddress, stack: Stack | undefined) {
  return {
    ...seriesQuery(study, stack?.seriesInstanceUID ?? '', stack?.instanceCount ?? 0),
    select: (content: SeriesContent) => (stack === undefined ? content : contentOfStack(content, stack)),
  };
}
