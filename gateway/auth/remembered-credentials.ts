import { evictOldest } from '../domain/bounds/evict-oldest.ts';
import type { PeopleIndex } from '../domain/people/people-index.ts';

/** How long a token or session that was just looked up may be believed: half of the second in which its end must bite. */
export const CREDENTIALS_MS_MAX = 500;
export const CREDENTIALS_MAX = 10_000;

export type CredentialLookUp = Pick<PeopleIndex, 'token' | 'session' | 'endedToken'>;

/**
 * A page of frames is a burst of requests with one cookie: they are looked up once in `CREDENTIALS_MS_MAX`. The age counts from the
 * question, and what was not found or could not be asked is not remembered.
 */
export function rememberCredentials(people: CredentialLookUp, monotonicMs: () => number = () => performance.now()): CredentialLookUp {
  // Apart: what a page asks by itself must not hide from the session that its person has done something.
  const usedSession = remembered((hash, now) => people.session(hash, now, true), monotonicMs);
  const askedSession = remembered((hash, now) => people.session(hash, now, false), monotonicMs);
  return {
    token: remembered((hash, now) => people.token(hash, now), monotonicMs),
    endedToken: (hash, now) => people.endedToken(hash, now),
    session: (hash, now, used) => (used ? usedSession(hash, now) : askedSession(hash, now)),
  };
}

type LookUp<Found> = (hash: string, now: Date) => Promise<Found | undefined>;

function remembered<Found>(lookUp: LookUp<Found>, monotonicMs: () => number): LookUp<Found> {
  const known = new Map<string, { readonly askedAtMs: number; readonly found: Promise<Found | undefined> }>();
  return (hash, now) => {
    const nowMs = monotonicMs();
    const before = known.get(hash);
    if (before !== undefined && nowMs - before.askedAtMs < CREDENTIALS_MS_MAX) return before.found;
    const entry = { askedAtMs: nowMs, found: lookUp(hash, now) };
    known.delete(hash);
    known.set(hash, entry);
    evictOldest(known, CREDENTIALS_MAX);
    const forget = () => {
      if (known.get(hash) === entry) known.delete(hash);
    };
    entry.found.then((found) => found === undefined && forget(), forget);
    return entry.found;
  };
}
