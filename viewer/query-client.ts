import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiError } from './api/http.ts';
import { forgetPatients } from './hooks/forget-patients.ts';
import { sessionQuery } from './hooks/use-session.ts';

const RETRIES_MAX = 2;

/** Answers that will be the same next time. */
export function isFinal(error: unknown): boolean {
  return error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 408 && error.status !== 429;
}

/** `onExpired`: some answer said that the session has ended. */
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
    defaultOptions: { queries: { retry: (count, error) => !isFinal(error) && count < RETRIES_MAX, refetchOnWindowFocus: false } },
  });
  return client;
}
