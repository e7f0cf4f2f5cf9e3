/** When an open page warns that the session is about to end, asks whether it still lasts, and lets it go. Times in ms of one clock. */

/** How long before its end the page says so (WCAG 2.2.1 asks for 20 s at least), or a third of the idle time if that is less. */
export const WARN_MS = 60_000;
/** A session may be ended elsewhere; the page notices within this time. */
export const ASK_EVERY_MS = 60_000;
/** What its person does is told to the gateway at most this often, or four times within the idle time. */
export const TELL_EVERY_MS = 60_000;

/** Its time is up; it was ended elsewhere, or the account was disabled; another page of this browser signed out, or signed somebody else in. */
export type SessionEndReason = 'expired' | 'ended' | 'signed-out' | 'other-user';
export const SESSION_END_REASONS: readonly SessionEndReason[] = ['expired', 'ended', 'signed-out', 'other-user'];

export interface SessionTimes {
  /** How long it may go unused. */
  readonly idleMs: number;
  /** Ends then if nothing is done. */
  readonly idleAt: number;
  /** Ends then in any case. */
  readonly at: number;
  readonly askedAt: number;
  /** When something was last done on the page, and when the gateway last heard of it. */
  readonly usedAt: number;
  readonly toldAt: number;
}

export type SessionStep =
  | { readonly do: 'rest' | 'end' }
  /** Whether it still lasts. `tell`: its person is there; otherwise it is the page's own doing. */
  | { readonly do: 'ask'; readonly tell: boolean }
  /** `mayStay`: use moves this end; otherwise it comes however much the page is used. */
  | { readonly do: 'warn'; readonly leftMs: number; readonly mayStay: boolean };

export function sessionStep({ idleMs, idleAt, at, askedAt, usedAt, toldAt }: SessionTimes, now: number): SessionStep {
  const endsAt = Math.min(idleAt, at);
  // Asked once more at the end: another page of the same browser may have kept it.
  if (now >= endsAt) return askedAt >= endsAt ? { do: 'end' } : { do: 'ask', tell: false };
  if (usedAt > toldAt && now - toldAt >= Math.min(TELL_EVERY_MS, idleMs / 4)) return { do: 'ask', tell: true };
  const warnMs = Math.min(WARN_MS, idleMs / 3);
  const warning = now >= endsAt - warnMs;
  if (now - askedAt >= (warning ? warnMs / 4 : ASK_EVERY_MS)) return { do: 'ask', tell: false };
  return warning ? { do: 'warn', leftMs: endsAt - now, mayStay: idleAt < at } : { do: 'rest' };
}
