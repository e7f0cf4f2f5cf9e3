import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import type { PeopleListQuery } from '../../gateway/api/contract/people.ts';
import { useRested } from '../design/use-rested.ts';

const ROWS_A_PAGE = 50;
export const TYPING_PAUSE_MS = 150;

/** Some of the region's people or facilities by what is typed, page by page; the gateway finds them. */
export function usePeopleList<Page extends { readonly next: string | null }>(
  name: 'users' | 'facilities',
  typed: string,
  list: (query: PeopleListQuery, signal: AbortSignal) => Promise<Page>,
) {
  const q = useRested(typed.trim(), TYPING_PAUSE_MS);
  return useInfiniteQuery({
    queryKey: [name, 'list', q],
    queryFn: ({ pageParam, signal }) => list({ q, limit: ROWS_A_PAGE, ...(pageParam === null ? {} : { after: pageParam }) }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
    placeholderData: keepPreviousData,
  });
}
