import { type AuditEntry, auditWho } from '../domain/audit.ts';
import { DomainError } from '../domain/errors.ts';
import { evictOldest } from '../domain/evict-oldest.ts';
import type { AuditLog, Clock, Credentials, PeopleIndex, User } from '../domain/ports.ts';
import { actorOf } from './authenticate.ts';
import { passwordMatches } from './passwords.ts';
import { hashSecret, newSessionSecret } from './secrets.ts';

/** After this many wrong passwords in a row an account is locked for a while, whoever tries. */
export const FAILURES_BEFORE_LOCK = 5;
export const LOCK_MS = 15 * 60_000;
export const SESSION_MS = 12 * 3_600_000;
/** Wrong passwords from one address, over all accounts, before it must wait: guessing one password over many accounts. */
export const FAILURES_PER_ADDRESS_MAX = 50;
export const ADDRESS_WINDOW_MS = 15 * 60_000;
export const ADDRESSES_REMEMBERED_MAX = 10_000;

export interface SignedIn {
  readonly user: User;
  /** Goes into the cookie and nowhere else. */
  readonly sessionSecret: string;
  readonly csrfToken: string;
  readonly expiresAt: Date;
}

/**
 * Checks a password and opens a session. Each attempt is counted before its password is looked at, so that a burst of guesses sent at once
 * gets no more of them than the same guesses one after another; and an address that nobody has is answered as one that somebody has.
 * @throws unauthenticated (wrong, unknown, disabled: one answer for all), busy (locked; `ids.retryAfterSeconds`)
 */
export async function signIn(
  stores: { people: PeopleIndex; audit: AuditLog; clock: Clock },
  request: { email: string; password: string; remoteAddress: string },
): Promise<SignedIn> {
  const { people, audit, clock } = stores;
  const now = clock.now();
  const email = request.email.toLowerCase();
  countAddressAttempt(request.remoteAddress, now);
  const found = await people.credentials(email);
  const attempt = found === undefined ? countUnknownAttempt(email, now) : await countAttempt(people, found, now);
  if (attempt.refusedUntil !== undefined) {
    await audit.append([entry(request.remoteAddress, 'sign-in-failed', 'refused', 'locked', found?.user)]);
    throw locked(attempt.refusedUntil, now);
  }
  const matches = await passwordMatches(request.password, found?.passwordHash);
  if (found === undefined || !matches || found.user.disabledAt !== undefined) {
    return refuse(audit, request.remoteAddress, found?.user, attempt, now);
  }

  const sessionSecret = newSessionSecret();
  const csrfToken = newSessionSecret();
  const expiresAt = new Date(now.getTime() + SESSION_MS);
  await people.clearSignInFailures(found.user.id);
  forgiveAddressAttempt(request.remoteAddress);
  await audit.append([entry(request.remoteAddress, 'sign-in', 'success', undefined, found.user)]);
  await people.createSession({
    idHash: hashSecret(sessionSecret),
    userId: found.user.id,
    csrfToken,
    expiresAt,
    remoteAddress: request.remoteAddress,
  });
  return { user: found.user, sessionSecret, csrfToken, expiresAt };
}

/**
 * Asks someone who is signed in for the password once more. Guesses count as those at the door do: a session that was left open or stolen
 * must not become a place to try them in peace. @throws denied, busy (locked)
 */
export async function confirmPassword(
  stores: { people: PeopleIndex; audit: AuditLog; clock: Clock },
  request: { user: User; password: string; remoteAddress: string },
): Promise<void> {
  const { people, audit, clock } = stores;
  const now = clock.now();
  countAddressAttempt(request.remoteAddress, now);
  const found = await people.credentials(request.user.email);
  if (found === undefined) throw new DomainError('denied', 'the current password is wrong');
  const attempt = await countAttempt(people, found, now);
  if (attempt.refusedUntil === undefined && (await passwordMatches(request.password, found.passwordHash))) {
    await people.clearSignInFailures(found.user.id);
    forgiveAddressAttempt(request.remoteAddress);
    return;
  }
  const why = attempt.refusedUntil === undefined ? 'password' : 'locked';
  await audit.append([entry(request.remoteAddress, 'sign-in-failed', 'refused', why, found.user)]);
  const until = attempt.refusedUntil ?? attempt.locksUntil;
  if (until !== undefined) throw locked(until, now);
  throw new DomainError('denied', 'the current password is wrong');
}

interface Attempt {
  /** The account is locked until then: the password is not looked at. */
  readonly refusedUntil?: Date;
  /** Should this attempt fail, the account is locked until then. */
  readonly locksUntil?: Date;
}

async function countAttempt(people: PeopleIndex, { user, failedAttempts, lockedUntil }: Credentials, now: Date): Promise<Attempt> {
  if (lockedUntil !== undefined && lockedUntil > now) return { refusedUntil: lockedUntil };
  const until = new Date(now.getTime() + LOCK_MS);
  const attempts = await people.recordSignInFailure(user.id, FAILURES_BEFORE_LOCK, until);
  // After a lock has run out the count stands at the limit: one attempt is looked at, as if it were the last before a lock.
  if (attempts > Math.max(FAILURES_BEFORE_LOCK, failedAttempts + 1)) return { refusedUntil: until };
  return attempts >= FAILURES_BEFORE_LOCK ? { locksUntil: until } : {};
}

async function refuse(audit: AuditLog, remoteAddress: string, user: User | undefined, attempt: Attempt, now: Date): Promise<never> {
  const why = user === undefined ? 'unknown' : user.disabledAt === undefined ? 'password' : 'disabled';
  const failed = entry(remoteAddress, 'sign-in-failed', 'refused', why, user);
  const isLocked = attempt.locksUntil !== undefined && user !== undefined;
  await audit.append(isLocked ? [failed, entry(remoteAddress, 'account-locked', 'success', undefined, user)] : [failed]);
  if (attempt.locksUntil !== undefined) throw locked(attempt.locksUntil, now);
  throw new DomainError('unauthenticated', 'e-mail address or password is wrong');
}

function locked(until: Date, now: Date): DomainError {
  const retryAfterSeconds = Math.ceil((until.getTime() - now.getTime()) / 1000);
  return new DomainError('busy', 'too many wrong passwords; the account is locked for a while', { ids: { retryAfterSeconds } });
}

function entry(
  remoteAddress: string,
  action: AuditEntry['action'],
  outcome: AuditEntry['outcome'],
  detail: string | undefined,
  user: User | undefined,
): AuditEntry {
  return {
    action,
    outcome,
    who: auditWho(user === undefined ? undefined : actorOf(user, 'session', remoteAddress)),
    remoteAddress,
    ...(detail === undefined ? {} : { what: { detail } }),
  };
}

/** Attempts at accounts that do not exist, answered as if they did: otherwise a lock would tell which ones do. By hash of the address. */
const unknownAttempts = new Map<string, { readonly failures: number; readonly lockedUntil: Date | undefined }>();

function countUnknownAttempt(email: string, now: Date): Attempt {
  const key = hashSecret(email);
  const before = unknownAttempts.get(key);
  if (before?.lockedUntil !== undefined && before.lockedUntil > now) return { refusedUntil: before.lockedUntil };
  const failures = (before?.failures ?? 0) + 1;
  const lockedUntil = failures >= FAILURES_BEFORE_LOCK ? new Date(now.getTime() + LOCK_MS) : undefined;
  remember(unknownAttempts, key, { failures, lockedUntil });
  return lockedUntil === undefined ? {} : { locksUntil: lockedUntil };
}

const addressFailures = new Map<string, { readonly count: number; readonly since: number }>();

/** Taken back by `forgiveAddressAttempt` when the password was right. @throws busy */
function countAddressAttempt(address: string, now: Date): void {
  const seen = addressFailures.get(address);
  const current = seen !== undefined && now.getTime() - seen.since <= ADDRESS_WINDOW_MS ? seen : { count: 0, since: now.getTime() };
  if (current.count >= FAILURES_PER_ADDRESS_MAX) throw locked(new Date(current.since + ADDRESS_WINDOW_MS), now);
  remember(addressFailures, address, { count: current.count + 1, since: current.since });
}

function forgiveAddressAttempt(address: string): void {
  const seen = addressFailures.get(address);
  if (seen !== undefined) addressFailures.set(address, { count: Math.max(0, seen.count - 1), since: seen.since });
}

function remember<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key);
  map.set(key, value);
  evictOldest(map, ADDRESSES_REMEMBERED_MAX);
}
