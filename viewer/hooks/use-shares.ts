import { infiniteQueryOptions, queryOptions, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { createShare, listDisclosures, listFacilities, listShares, revokeShare } from '../api/gateway.ts';

const facilitiesQuery = queryOptions({
  queryKey: ['facilities'],
  queryFn: ({ signal }) => listFacilities(signal),
  staleTime: 60_000,
  select: (answer) => answer.facilities,
});

export function useFacilities() {
  return useQuery(facilitiesQuery);
}

export function useShares(studyInstanceUID: string) {
  const client = useQueryClient();
  const queryKey = ['shares', studyInstanceUID];
  const changed = () =>
    Promise.all([client.invalidateQueries({ queryKey }), client.invalidateQueries({ queryKey: ['disclosures', studyInstanceUID] })]);
  const shares = useQuery({ queryKey, queryFn: ({ signal }) => listShares(studyInstanceUID, signal), select: (answer) => answer.shares });
  const share = useMutation({
    mutationFn: (body: { facilityCode: string; until: string }) => createShare(studyInstanceUID, body),
    onSuccess: changed,
  });
  const revoke = useMutation({ mutationFn: (shareId: string) => revokeShare(studyInstanceUID, shareId), onSuccess: changed });
  return { shares, share, revoke };
}

export function useDisclosures(studyInstanceUID: string) {
  return useInfiniteQuery(
    infiniteQueryOptions({
      queryKey: ['disclosures', studyInstanceUID],
      queryFn: ({ pageParam, signal }) => listDisclosures(studyInstanceUID, pageParam, signal),
      initialPageParam: undefined as number | undefined,
      getNextPageParam: (last) => last.next ?? undefined,
    }),
  );
}
