import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiError, isFinal } from './api/http.ts';
import { forgetPatients } from './session/forget-patients.ts';
import { sessionQuery } from './session/use-session.ts';

const RETRIES_MAX = 2;

/** `onExpired` is called when an answer says that the session has ended. */
export function makeQueryClient(onExpired: () => void): QueryClient {
  const watch = (error: unknown) => {
    if (!(error instanceof ApiError) || error.status !== 401 || client.getQueryData(sessionQuery.queryKey) == null) return;
    client.setQueryData(sessionQuery.queryKey, null);
    onExpired();
    forgetPatients(client);
  };
  const client = new QueryClient({
    queryCache: new QueryCache({ onError: watch }),
    mutationCache: new MutationCache({ onError: watch }),
    defaultOptions: {
      queries: { retry: (count, error) => !isFinal(error) && count < RETRIES_MAX, refetchOnWindowFocus: false },
      // What somebody does without a network is refused at once; kept, it would be done later, unlooked for.
      mutations: { networkMode: 'always' },
    },
  });
  return client;
}
