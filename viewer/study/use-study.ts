import { queryOptions, useQuery } from '@tanstack/react-query';
import type { DicomElement } from '../api/dicom-json.ts';
import { elementBytes, fetchSeriesMetadata, instanceUrl, seriesMetadataUrl } from '../api/dicomweb.ts';
import { getStudy } from '../api/gateway.ts';
import { type StudyAddress, studyAddressKey } from '../api/study-address.ts';
import { resolvePalette } from '../imaging/palette.ts';
import { type SeriesContent, seriesContent } from '../imaging/series-images.ts';

/** A study that is still arriving is looked at again. */
const STILL_ARRIVING_MS = 4_000;

/** What was found is known from then on by its exact address: pictures, headers and shares are of one study, whatever the UID alone leads to later. */
export function studyQuery(study: StudyAddress) {
  return queryOptions({
    queryKey: ['study', studyAddressKey(study)],
    // The first time somebody opens it; afterwards the page looks again by itself.
    queryFn: async ({ signal, client, queryKey }) => {
      const found = await getStudy(study, signal, client.getQueryData(queryKey) !== undefined);
      return { ...found, of: found.exact };
    },
    staleTime: 30_000,
    refetchInterval: (query) => (query.state.data?.complete === false ? STILL_ARRIVING_MS : false),
  });
}

/** `enabled` false: it may no longer be shown, and is not asked for. */
export function useStudy(study: StudyAddress, enabled = true) {
  return useQuery({ ...studyQuery(study), enabled });
}

/** `instanceCount` is part of the key: a series that has grown is read again. */
export function seriesQuery({ studyInstanceUID, of }: StudyAddress, seriesInstanceUID: string, instanceCount: number) {
  const study = { studyInstanceUID, of };
  return queryOptions({
    queryKey: ['series', studyAddressKey(study), seriesInstanceUID, instanceCount],
    queryFn: async ({ signal }): Promise<SeriesContent> => {
      const instances = await fetchSeriesMetadata(study, seriesInstanceUID, signal);
      const url = seriesMetadataUrl(study, seriesInstanceUID);
      // An image whose colours cannot be had is refused when its turn comes; the others are shown.
      const read = (element: DicomElement) => elementBytes(element, url, signal);
      for (const instance of instances) await resolvePalette(instance, read).catch(() => undefined);
      return seriesContent(instances, (sopInstanceUID) => instanceUrl(study, seriesInstanceUID, sopInstanceUID));
    },
    staleTime: Number.POSITIVE_INFINITY,
    // Metadata of a long series is large; what is not on screen is let go after a while.
    gcTime: 5 * 60_000,
    structuralSharing: false,
  });
}
