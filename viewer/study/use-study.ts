import { queryOptions, useQuery } from '@tanstack/react-query';
import { getStudy } from '../api/studies.ts';
import { type StudyAddress, studyAddressKey } from '../api/study-address.ts';

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
