import { queryOptions, useQuery } from '@tanstack/react-query';
import type { DicomElement } from '../api/dicom-json.ts';
import { elementBytes, fetchSeriesMetadata, instanceUrl, seriesMetadataUrl } from '../api/dicomweb.ts';
import { getStudy } from '../api/gateway.ts';
import { resolvePalette } from '../imaging/palette.ts';
import { type SeriesContent, seriesContent } from '../imaging/series-images.ts';

/** A study that is still arriving is looked at again. */
const STILL_ARRIVING_MS = 4_000;

export function studyQuery(studyInstanceUID: string) {
  return queryOptions({
    queryKey: ['study', studyInstanceUID],
    // The first time somebody opens it; afterwards the page looks again by itself.
    queryFn: ({ signal, client, queryKey }) => getStudy(studyInstanceUID, signal, client.getQueryData(queryKey) !== undefined),
    staleTime: 30_000,
    refetchInterval: (query) => (query.state.data?.complete === false ? STILL_ARRIVING_MS : false),
  });
}

export function useStudy(studyInstanceUID: string) {
  return useQuery(studyQuery(studyInstanceUID));
}

/** `instanceCount` is part of the key: a series that has grown is read again. */
export function seriesQuery(studyInstanceUID: string, seriesInstanceUID: string, instanceCount: number) {
  return queryOptions({
    queryKey: ['series', studyInstanceUID, seriesInstanceUID, instanceCount],
    queryFn: async ({ signal }): Promise<SeriesContent> => {
      const instances = await fetchSeriesMetadata(studyInstanceUID, seriesInstanceUID, signal);
      const url = seriesMetadataUrl(studyInstanceUID, seriesInstanceUID);
      // An image whose colours cannot be had is refused when its turn comes; the others are shown.
      const read = (element: DicomElement) => elementBytes(element, url, signal);
      for (const instance of instances) await resolvePalette(instance, read).catch(() => undefined);
      return seriesContent(instances, (sopInstanceUID) => instanceUrl(studyInstanceUID, seriesInstanceUID, sopInstanceUID));
    },
    staleTime: Number.POSITIVE_INFINITY,
    // Metadata of a long series is large; what is not on screen is let go after a while.
    gcTime: 5 * 60_000,
    structuralSharing: false,
  });
}
