import { queryOptions, useQuery } from '@tanstack/react-query';
import type { Session } from '../../gateway/api/contract.ts';
import { getSession } from '../api/gateway.ts';
import { ApiError, setCsrfToken } from '../api/http.ts';

/** Null: signed out. Kept until sign-out or until some answer says the session has ended. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async ({ signal }): Promise<Session | null> => {
    try {
      const session = await getSession({ signal });
      if (session !== null) setCsrfToken(session.csrfToken);
      return session;
    } catch (thrown) {
      if (thrown instanceof ApiError && thrown.status === 401) return null;
      throw thrown;
    }
  },
  staleTime: Number.POSITIVE_INFINITY,
});

/** Within the signed-in pages. */
export function useSession(): Session {
  const { data } = useQuery(sessionQuery);
  if (data === undefined || data === null) throw new Error('signed out');
  return data;
}
