import { queryOptions, useQuery } from '@tanstack/react-query';
import { getPerson } from '../api/patients.ts';
import type { PersonOnPage } from '../session/forget-patients.ts';

/** How soon a study that has come, or that somebody opened, shows. */
const LOOK_AGAIN_MS = 5_000;

export function personQuery(id: string) {
  return queryOptions({
    queryKey: ['person', id],
    queryFn: async ({ signal, client, queryKey }): Promise<PersonOnPage> => {
      const before = client.getQueryData<PersonOnPage>(queryKey);
      const fresh = await getPerson(id, { etag: before?.etag, poll: before !== undefined }, signal);
      if (fresh !== undefined) return fresh;
      // Its tag was sent, so it was there.
      return client.getQueryData<PersonOnPage>(queryKey) ?? (before as PersonOnPage);
    },
    // Once nothing of the person may be shown nobody asks again.
    refetchInterval: ({ state }) => (state.status === 'error' ? false : LOOK_AGAIN_MS),
    staleTime: LOOK_AGAIN_MS,
  });
}

export function usePerson(id: string) {
  return useQuery(personQuery(id));
}
