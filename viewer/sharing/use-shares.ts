import { infiniteQueryOptions, queryOptions, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { Facility, FacilityList } from '../../gateway/api/contract/people.ts';
import type { CreateShare } from '../../gateway/api/contract/sharing.ts';
import { listFacilities } from '../api/people.ts';
import { createShare, listDisclosures, listShares, revokeShare } from '../api/shares.ts';
import { type StudyAddress, studyAddressKey } from '../api/study-address.ts';
import { useLanguage } from '../i18n/use-language.ts';

const facilitiesQuery = queryOptions({
  queryKey: ['facilities'],
  queryFn: ({ signal }) => wholeDirectory((after) => listFacilities(after === undefined ? {} : { after }, signal)),
  staleTime: 60_000,
});

/** Page by page to its end: who is not in the first is to be found too. */
export async function wholeDirectory(list: (after: string | undefined) => Promise<FacilityList>): Promise<Facility[]> {
  const found: Facility[] = [];
  let after: string | undefined;
  do {
    const { facilities, next } = await list(after);
    found.push(...facilities);
    after = next ?? undefined;
  } while (after !== undefined);
  return found;
}

/** The region's directory. `enabled` false: it is not asked for. */
export function useFacilities(enabled = true) {
  return useQuery({ ...facilitiesQuery, enabled });
}

export function useShares(study: StudyAddress) {
  const client = useQueryClient();
  const queryKey = ['shares', studyAddressKey(study)];
  const changed = () =>
    Promise.all([client.invalidateQueries({ queryKey }), client.invalidateQueries({ queryKey: ['disclosures', studyAddressKey(study)] })]);
  const shares = useQuery({ queryKey, queryFn: ({ signal }) => listShares(study, signal), select: (answer) => answer.shares });
  const share = useMutation({
    mutationFn: (body: CreateShare) => createShare(study, body),
    onSuccess: changed,
  });
  const revoke = useMutation({ mutationFn: (shareId: string) => revokeShare(study, shareId), onSuccess: changed });
  return { shares, share, revoke };
}

export function useDisclosures(study: StudyAddress) {
  // People and facilities are named in the reader's language.
  const language = useLanguage();
  return useInfiniteQuery(
    infiniteQueryOptions({
      queryKey: ['disclosures', studyAddressKey(study), language],
      queryFn: ({ pageParam, signal }) => listDisclosures(study, pageParam, signal),
      initialPageParam: undefined as number | undefined,
      getNextPageParam: (last) => last.next ?? undefined,
    }),
  );
}
