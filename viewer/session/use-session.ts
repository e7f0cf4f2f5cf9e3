import { queryOptions, useQuery } from '@tanstack/react-query';
import { createContext, useContext } from 'react';
import type { Session } from '../../gateway/api/contract/session.ts';
import { ApiError, setCsrfToken } from '../api/http.ts';
import { getSession } from '../api/session.ts';
import type { SessionEndReason } from './session-watch.ts';

/** What one's own second factors are kept under. */
export const FACTORS = ['factors'] as const;

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

/**
 * What the signed-in layout was drawn with. The answers kept may know of the end before the layout has gone: a part drawn in that moment is
 * taken away with it.
 */
export const SessionContext = createContext<Session | undefined>(undefined);

/** Within the signed-in pages. */
export function useSession(): Session {
  const drawn = useContext(SessionContext);
  const { data = null } = useQuery(sessionQuery);
  if (drawn !== undefined) return drawn;
  if (data === null) throw new Error('signed out');
  return data;
}

/** The gateway's clock and ours are read a moment apart. */
const NEAR_ITS_END_MS = 5_000;
let endsAt = Number.POSITIVE_INFINITY;

/** When the session ends by itself if nothing more is done, as last heard; ms. */
export function noteSessionEnd(at: number): void {
  endsAt = at;
}

/** Another page says why, shortly before or after the session ends. */
const SAID_MS_MAX = 10_000;
let said: { readonly why: SessionEndReason; readonly at: number } | undefined;

/** Another page of this browser says why the session is no more, or is about to be. */
export function noteWhy(why: SessionEndReason | undefined, at: number): void {
  if (why !== undefined) said = { why, at };
}

/** Why a session that is no more has ended: as another page said, or its time was up, or somebody ended it. */
export function whyNoSession(now: number): SessionEndReason {
  if (said !== undefined && now - said.at < SAID_MS_MAX) return said.why;
  return now >= endsAt - NEAR_ITS_END_MS ? 'expired' : 'ended';
}
