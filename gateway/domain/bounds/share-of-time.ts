import { evictOldest } from './evict-oldest.ts';

/** Each may have something that all need for a while at once, then for a small share of the time. */
export interface ShareOfTime {
  /** The user has had it for `usedMs` until `nowMs`. */
  used(user: string, usedMs: number, nowMs: number): void;
  /** How long the user is to do without from now on, ms. */
  restMs(user: string, nowMs: number): number;
}

export interface ShareLimits {
  /** Of each ms, from 0 to 1. */
  readonly share: number;
  /** What a user who was away for long may have at once. */
  readonly burstMs: number;
  /** Longest that one has to do without. */
  readonly restMsMax: number;
  /** Users remembered; the one longest away begins anew. */
  readonly usersMax: number;
}

export function createShareOfTime({ share, burstMs, restMsMax, usersMax }: ShareLimits): ShareOfTime {
  const left = new Map<string, { readonly ms: number; readonly at: number }>();
  const has = (user: string, nowMs: number) => {
    const before = left.get(user);
    return before === undefined ? burstMs : Math.min(burstMs, before.ms + (nowMs - before.at) * share);
  };
  return {
    used(user, usedMs, nowMs) {
      const ms = Math.max(has(user, nowMs - usedMs) - usedMs, -restMsMax * share);
      left.delete(user);
      left.set(user, { ms, at: nowMs });
      evictOldest(left, usersMax);
    },
    restMs: (user, nowMs) => Math.max(0, -has(user, nowMs) / share),
  };
}
