/** Ports of what proves who is asking: sessions, devices, tokens, and how often somebody has guessed. Only hashes of secrets are kept. */
import { DAY_MS } from '../clock.ts';
import type { UserId } from '../identifiers.ts';
import type { EntriesOf } from '../record/audit.ts';
import type { Job, PersonActor } from './actor.ts';
import type { Showing, Shown } from './second-factor.ts';
import type { User } from './user.ts';

/** Past this many the session of a user that was used least lately ends. */
export const SESSIONS_A_USER_MAX = 20;
/** Past this many live tokens a user makes no more. */
export const TOKENS_A_USER_MAX = 50;
/** Past this many the device of a user that signed in least lately is forgotten. */
export const DEVICES_A_USER_MAX = 20;
/** A device that has not signed in for so long is no longer known. */
export const DEVICE_MS_MAX = 180 * DAY_MS;

export interface NewSession {
  readonly idHash: string;
  readonly userId: UserId;
  /** The password's hash as it stood when that was given: a guess that waited for its turn begins nothing under one that was changed since. */
  readonly shown: Shown;
  /** Between password and second factor, by the hash of its secret; used up. */
  readonly halfHash?: string;
  readonly csrfToken: string;
  /** It ends then, however much it is used. */
  readonly endsAt: Date;
  /** It ends when it was not used for so long. */
  readonly idleMs: number;
  readonly remoteAddress: string;
  /** What kind of browser, for its owner to know it by: a few words, never the whole User-Agent. */
  readonly device: string;
}

/**
 * What proves who asks, by its hash. It was looked up when the request came; since then a body was waited for, a password compared or another's turn.
 * An act that is given it is done only if it stands, and before it ends. `administrator`: and only while its user administers. `job`: and only while
 * that is its user's.
 */
export type Proof = ({ readonly session: string } | { readonly token: string }) & { readonly administrator?: true; readonly job?: Job };

/** Whose account asks, and what proves it. */
export interface Proven {
  readonly userId: UserId;
  readonly proof: Proof;
}

/** In place of a proof: who can type commands holds the whole installation, and has nothing to prove. */
export const COMMAND_LINE = 'command-line';

/** What must stand until an act is done. Each act says it, so that none is let through because its proof was forgotten. */
export type Standing = Proven | typeof COMMAND_LINE;

/** For what is decided by the asker's job. */
export function provenAtWork({ userId, job }: PersonActor, proof: Proof): Proven {
  return { userId, proof: { ...proof, job } };
}

/** A session that begins in place of another, under its user's lock: nothing is left to prove. */
export type NextSession = Omit<NewSession, 'userId' | 'shown' | 'halfHash'> & {
  /** When its person last proved who they are; absent: as it begins. */
  readonly confirmedAt?: Date;
};

export interface LiveSession {
  readonly id: string;
  readonly user: User;
  readonly csrfToken: string;
  readonly endsAt: Date;
  readonly idleEndsAt: Date;
  /** When its person last proved who they are. */
  readonly confirmedAt: Date;
}

export interface KeptSession {
  readonly id: string;
  readonly idHash: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date;
  readonly remoteAddress: string;
  readonly device: string;
}

/** Implemented by `storage/index/people/sessions.ts`. */
export interface SessionIndex {
  /** Where what was shown does not stand there is no session. */
  createSession(session: NewSession): Promise<Showing>;
  /** Valid at `now`. `used`: the asking is a person's doing and moves the idle end, at most once in a while. */
  session(idHash: string, now: Date, used: boolean): Promise<LiveSession | undefined>;
  /** Live ones, the last used first. */
  sessionsOf(userId: UserId, now: Date): Promise<readonly KeptSession[]>;
  endSession(idHash: string, entries: EntriesOf<void>): Promise<boolean>;
  /** @throws unauthenticated when the proof has ended */
  endSessionById(userId: UserId, id: string, entries: EntriesOf<void>, proof: Proof): Promise<boolean>;
  /** All but the one in which it is asked. How many ended; nothing goes on record where none did. @throws unauthenticated when that one has ended */
  endOtherSessions(userId: UserId, exceptIdHash: string, entries: EntriesOf<number>): Promise<number>;
}

/** Implemented by `storage/index/people/sessions.ts`. */
export interface DeviceIndex {
  /** The user has signed in on this device. */
  rememberDevice(userId: UserId, deviceHash: string): Promise<void>;
}

export interface KeptToken {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
  /** Undefined: made before tokens had an end. */
  readonly expiresAt: Date | undefined;
  readonly lastUsedAt: Date | undefined;
}

/** Implemented by `storage/index/people/tokens.ts`. */
export interface TokenIndex {
  /** @throws conflict past TOKENS_A_USER_MAX; unauthenticated when the proof has ended */
  createToken(
    token: { tokenHash: string; userId: UserId; name: string; expiresAt: Date | undefined },
    entries: EntriesOf<string>,
    proof?: Proof,
  ): Promise<string>; // id
  /** `byCommand`: it was made on the command line, by whoever owns the machine. */
  token(tokenHash: string, now: Date): Promise<{ readonly user: User; readonly byCommand: boolean } | undefined>;
  /** Why a token that was once good is refused; undefined: it never was one, or that is long ago. */
  endedToken(tokenHash: string, now: Date): Promise<{ readonly user: User; readonly why: 'expired' | 'revoked' | 'disabled' } | undefined>;
  tokensOf(userId: UserId): Promise<readonly KeptToken[]>;
  /** @throws unauthenticated when the proof has ended */
  revokeToken(userId: UserId, id: string, entries: EntriesOf<void>, proof: Proof): Promise<boolean>;
}

// ── Guesses ──────────────────────────────────────────────────────────────────

/** How attempts under one key are slowed. */
export interface Slowing {
  /** Failures that cost nothing. */
  readonly free: number;
  /** The wait after the next one; each further one doubles it. */
  readonly waitMs: number;
  readonly waitMsMax: number;
  /** One failure is forgiven in so long. */
  readonly forgivenInMs: number;
  /**
   * `wait`: who comes before the wait is over is refused. `queue`: attempts are put in line, `waitMs` apart, and refused only when the line
   * is longer than `waitMsMax`; the key stands for many people, of whom most mean well.
   */
  readonly how: 'wait' | 'queue';
}

export interface AttemptKey {
  readonly key: string;
  /** Hash of the address whose account is guessed at; absent: the key is about a network. */
  readonly account?: string;
  readonly slowing: Slowing;
}

export interface AttemptState {
  readonly failures: number;
  readonly lastAt: Date;
  readonly nextAt: Date | undefined;
}

/** What came of asking for a look at a password. */
export type Admission =
  | { readonly admitted: false; readonly retryAt: Date }
  /** `lookAt`: not before then. `nextAt`: should it fail, who tries again under one of these keys waits until then. */
  | { readonly admitted: true; readonly lookAt: Date; readonly nextAt: Date | undefined; readonly failures: ReadonlyMap<string, number> };

/** Implemented by `storage/index/people/sign-in-attempts.ts`. */
export interface AttemptIndex {
  /** Counts an attempt as failed before its password is looked at, under all keys or, when one refuses, under none. The same on all nodes. */
  admitAttempt(keys: readonly AttemptKey[], now: Date): Promise<Admission>;
  /** The attempt did not fail: takes back one failure under each key, all of them where `clears`. */
  forgiveAttempt(keys: readonly { readonly key: string; readonly clears: boolean }[]): Promise<void>;
  /** Forgets what was counted at these accounts, by the hash of their address. */
  clearAttempts(account: string): Promise<void>;
}

/** The state after one more attempt, as if it failed. Pure; `storage/index/people/sign-in-attempts.ts` runs it under a lock. */
export function nextAttempt(
  before: AttemptState | undefined,
  slowing: Slowing,
  now: Date,
): { readonly refusedUntil: Date } | { readonly state: AttemptState; readonly lookAt: Date } {
  const at = now.getTime();
  const nextAtBefore = before?.nextAt?.getTime() ?? 0;
  // A clock that was set back must not make anybody wait longer than the longest wait.
  const openAt = Math.min(nextAtBefore, at + slowing.waitMsMax);
  if (slowing.how === 'wait' && openAt > at) return { refusedUntil: new Date(openAt) };
  const { failures, lastAt } = remaining(before, slowing, at);
  const over = failures + 1 - slowing.free;
  if (slowing.how === 'wait') {
    const waitMs = over > 0 ? Math.min(slowing.waitMs * 2 ** Math.min(over - 1, 30), slowing.waitMsMax) : 0;
    return { state: { failures: failures + 1, lastAt, nextAt: waitMs === 0 ? undefined : new Date(at + waitMs) }, lookAt: now };
  }
  if (over <= 0) return { state: { failures: failures + 1, lastAt, nextAt: undefined }, lookAt: now };
  const lookAt = Math.max(at, openAt);
  if (lookAt - at >= slowing.waitMsMax) return { refusedUntil: new Date(lookAt) };
  return { state: { failures: failures + 1, lastAt, nextAt: new Date(lookAt + slowing.waitMs) }, lookAt: new Date(lookAt) };
}

/** What is left of the failures after those that time forgave; `lastAt` moves by whole ones, so that nothing of the time is lost. */
function remaining(before: AttemptState | undefined, slowing: Slowing, at: number): { failures: number; lastAt: Date } {
  if (before === undefined || before.failures <= 0) return { failures: 0, lastAt: new Date(at) };
  const since = Math.max(0, at - before.lastAt.getTime());
  const forgiven = Math.floor(since / slowing.forgivenInMs);
  const failures = Math.max(0, before.failures - forgiven);
  if (failures === 0) return { failures: 0, lastAt: new Date(at) };
  return { failures, lastAt: new Date(Math.min(at, before.lastAt.getTime() + forgiven * slowing.forgivenInMs)) };
}
