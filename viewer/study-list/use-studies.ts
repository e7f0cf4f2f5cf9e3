import { type InfiniteData, infiniteQueryOptions, keepPreviousData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import type { StudyList, StudySummary } from '../../gateway/api/contract/studies.ts';
import { listStudies, lookAtStudies } from '../api/studies.ts';
import { todayDA } from '../i18n/dates.ts';
import { mergeFirstPage, studyKey } from './merge-first-page.ts';
import { type StudyFilter, toStudyListQuery } from './study-filter.ts';

export const STUDIES_A_PAGE = 60;
/** How soon a new arrival shows. */
const LOOK_AGAIN_MS = 5_000;
/** How long a list that is not looked at is kept; leaving the session forgets it at once. */
const KEPT_MS = 30 * 60_000;
/** How long it stays marked. */
const MARKED_MS = 6_000;

export function studiesQuery(filter: StudyFilter, today: string) {
  const query = toStudyListQuery(filter, today);
  return infiniteQueryOptions({
    queryKey: ['studies', query],
    queryFn: ({ pageParam, signal }) =>
      listStudies({ ...query, limit: STUDIES_A_PAGE, ...(pageParam === null ? {} : { after: pageParam }) }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
    staleTime: LOOK_AGAIN_MS,
    // Who goes back to the list after a while finds the pages that were in sight.
    gcTime: KEPT_MS,
    // Another word typed keeps the old rows until the new ones are there.
    placeholderData: keepPreviousData,
  });
}

/** `enabled`: false for who belongs to no facility: to ask would be an attempt at what they may not, and on record as one. */
export function useStudies(filter: StudyFilter, enabled: boolean) {
  const today = todayDA(new Date());
  const options = useMemo(() => studiesQuery(filter, today), [filter, today]);
  const result = useInfiniteQuery({ ...options, enabled });
  const { arrived, dropMarks } = useArrivals(options, result.isSuccess && !result.isPlaceholderData);
  const studies = useMemo(() => distinct(result.data?.pages ?? []), [result.data]);
  return { ...result, studies, arrived, dropMarks };
}

/** Reads the first page again and again while the page is looked at, and lays it over what is there. */
function useArrivals(options: ReturnType<typeof studiesQuery>, active: boolean) {
  const client = useQueryClient();
  const [arrived, setArrived] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => {
    if (!active) return;
    const leave = new AbortController();
    const query = options.queryKey[1];
    let etag: string | undefined;
    const look = async () => {
      if (document.hidden) return;
      const fresh = await lookAtStudies({ ...(query as object), limit: STUDIES_A_PAGE }, etag, leave.signal);
      const before = client.getQueryData(options.queryKey);
      if (fresh === undefined || leave.signal.aborted || before === undefined) return;
      etag = fresh.etag;
      const merged = mergeFirstPage(before.pages, fresh.list);
      const next: InfiniteData<StudyList, string | null> = {
        pages: [...merged.pages],
        pageParams: (before.pageParams as (string | null)[]).slice(0, merged.pages.length),
      };
      client.setQueryData(options.queryKey, next);
      if (merged.arrived.length > 0) setArrived(new Set(merged.arrived));
    };
    // A missed look is made up by the next one; a lost session shows itself at the next action.
    const timer = setInterval(() => void look().catch(() => undefined), LOOK_AGAIN_MS);
    return () => {
      clearInterval(timer);
      leave.abort();
    };
  }, [client, options, active]);
  useEffect(() => {
    if (arrived.size === 0) return;
    const timer = setTimeout(() => setArrived(new Set()), MARKED_MS);
    return () => clearTimeout(timer);
  }, [arrived]);
  return { arrived, dropMarks: () => setArrived(new Set()) };
}

function distinct(pages: readonly StudyList[]): StudySummary[] {
  const seen = new Map<string, StudySummary>();
  for (const study of pages.flatMap((page) => page.studies)) if (!seen.has(studyKey(study))) seen.set(studyKey(study), study);
  return [...seen.values()];
}
