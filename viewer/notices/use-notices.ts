import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useSyncExternalStore } from 'react';
import type { Settlement } from '../../gateway/api/contract/notices.ts';
import { letterNews } from '../api/letters.ts';
import { listNotices, settleNotice } from '../api/notices.ts';
import { useSession } from '../session/use-session.ts';
import { isUnread, markSeen, readSeen, watchSeen } from './notices-seen.ts';

/** How soon the bell shows that something happened. */
const LOOK_AGAIN_MS = 60_000;
/** What the page shows; the gateway's bound is higher. */
export const NOTICES_SHOWN_MAX = 100;

/** When the newest notice to the facility last happened; undefined: none, or not known yet. Ids only, so that asking again and again shows no patient. */
function useNewestNotice() {
  const { user } = useSession();
  return useQuery({
    queryKey: ['notices', 'newest'],
    queryFn: ({ signal }) => listNotices({ limit: 1 }, signal, true),
    select: (answer) => answer.notices[0]?.at,
    enabled: user.facility !== null,
    refetchInterval: LOOK_AGAIN_MS,
    staleTime: LOOK_AGAIN_MS,
  });
}

/** Letters that came, were recalled or declined; without a patient's name. */
export function useLetterNews() {
  const { user } = useSession();
  return useQuery({
    queryKey: ['letters', 'news'],
    queryFn: ({ signal }) => letterNews(signal),
    select: (answer) => answer.news,
    enabled: user.facility !== null && user.letters !== undefined,
    refetchInterval: LOOK_AGAIN_MS,
    staleTime: LOOK_AGAIN_MS,
  });
}

/** All that is shown, with the studies. Read again when there is a newer one. */
export function useNotices() {
  const newest = useNewestNotice();
  const list = useQuery({
    queryKey: ['notices', 'list', newest.data ?? ''],
    queryFn: ({ signal }) => listNotices({ limit: NOTICES_SHOWN_MAX, studies: 'true' }, signal),
    select: (answer) => answer.notices,
    enabled: newest.isSuccess,
    placeholderData: keepPreviousData,
  });
  return { notices: list.data, error: newest.error ?? list.error, retry: () => void (newest.isError ? newest.refetch() : list.refetch()) };
}

/** Says which of two places is right. Lists and studies are read again: what they hold has changed. */
export function useSettlement() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, settlement }: { id: string; settlement: Settlement }) => settleNotice(id, settlement),
    onSettled: () => Promise.all(['notices', 'studies', 'study', 'series'].map((name) => client.invalidateQueries({ queryKey: [name] }))),
  });
}

/** Up to when this person has seen the notices on this device. */
export function useNoticesSeen() {
  const { user } = useSession();
  const seen = useSyncExternalStore(
    watchSeen,
    useCallback(() => readSeen(user.id), [user.id]),
  );
  const see = useCallback((at: string) => markSeen(user.id, at), [user.id]);
  return { seen, see };
}

export function useUnreadNotices(): boolean {
  const { data: newest } = useNewestNotice();
  const { data: news } = useLetterNews();
  const { seen } = useNoticesSeen();
  return [newest, news?.[0]?.at].some((at) => at !== undefined && isUnread(at, seen));
}
