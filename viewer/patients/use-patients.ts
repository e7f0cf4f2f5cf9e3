import { infiniteQueryOptions, keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { ListedPerson } from '../../gateway/api/contract/patients.ts';
import { listPatients } from '../api/patients.ts';

const PERSONS_A_PAGE = 50;
/** How soon somebody new shows, as long as the reader has not gone further down. */
const LOOK_AGAIN_MS = 10_000;

export function patientsQuery(q: string | undefined) {
  return infiniteQueryOptions({
    queryKey: ['patients', q ?? ''],
    queryFn: ({ pageParam, signal, client, queryKey }) =>
      listPatients(
        { limit: PERSONS_A_PAGE, ...(q === undefined ? {} : { q }), ...(pageParam === null ? {} : { after: pageParam }) },
        signal,
        pageParam === null && client.getQueryData(queryKey) !== undefined,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
    refetchInterval: ({ state }) => (state.data?.pages.length === 1 ? LOOK_AGAIN_MS : false),
    // Another word typed keeps the old rows until the new ones are there.
    placeholderData: keepPreviousData,
  });
}

/** `enabled`: false for who belongs to no facility: to ask would be an attempt at what they may not. */
export function usePatients(q: string | undefined, enabled: boolean) {
  const options = useMemo(() => patientsQuery(q), [q]);
  const result = useInfiniteQuery({ ...options, enabled });
  const persons = useMemo(() => distinct(result.data?.pages.flatMap((page) => page.persons) ?? []), [result.data]);
  return { ...result, persons, more: result.data?.pages[0]?.more === true };
}

/** Between two pages a person may have come to have another place. */
function distinct(persons: readonly ListedPerson[]): readonly ListedPerson[] {
  const seen = new Map<string, ListedPerson>();
  for (const person of persons) {
    const key = personKey(person);
    if (!seen.has(key)) seen.set(key, person);
  }
  return [...seen.values()];
}

export function personKey({ patients }: Pick<ListedPerson, 'patients'>): string {
  return patients.map(({ id }) => id).join();
}
