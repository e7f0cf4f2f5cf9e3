import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { Roster } from '../../gateway/api/contract/rosters.ts';
import { getRoster, listRosters } from '../api/rosters.ts';
import { toast } from '../design/raised/toast.tsx';
import { useErrorText } from '../i18n/use-error-text.ts';

/** How soon it is asked again for what is being compared. */
const CHECK_MS = 1_000;

export function useRosters() {
  return useInfiniteQuery({
    queryKey: ['rosters', 'list'],
    queryFn: ({ pageParam, signal }) => listRosters(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
    refetchInterval: ({ state: { data } }) =>
      data?.pages.some(({ rosters }) => rosters.some(({ state }) => state === 'checking')) === true ? CHECK_MS : false,
  });
}

export function useRoster(id: string) {
  return useQuery({
    queryKey: ['rosters', id],
    queryFn: ({ signal }) => getRoster(id, signal),
    refetchInterval: ({ state: { data } }) => (data?.state === 'checking' ? CHECK_MS : false),
  });
}

/** What is done with a list: what came of it is said, and everything that is shown of lists and links is asked for anew. */
export function useRosterAct<Answer>(act: () => Promise<Answer>, said: string) {
  const errorText = useErrorText();
  const client = useQueryClient();
  return useMutation({
    mutationFn: act,
    onSuccess: () => toast(said),
    onError: (error) => toast(errorText(error), 'problem'),
    onSettled: () => Promise.all([client.invalidateQueries({ queryKey: ['rosters'] }), client.invalidateQueries({ queryKey: ['links'] })]),
  });
}

/** What stays when it is undone, by reason, without those that nothing is of. */
export function staysOf({ stays }: NonNullable<Roster['undoing']>) {
  return (Object.keys(stays) as (keyof typeof stays)[]).filter((why) => stays[why] > 0).map((why) => ({ why, count: stays[why] }));
}
