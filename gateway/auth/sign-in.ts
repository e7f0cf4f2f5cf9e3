import { type AuditEntry, auditWho } from '../domain/audit.ts';
import { DomainError } from '../domain/errors.ts';
import type { AuditLog, Clock, PeopleIndex, User } from '../domain/ports.ts';
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

/** Checks a password and opens a session. @throws unauthenticated (wrong, unknown, disabled: one answer for all), busy (locked; `ids.retryAfterSeconds`). */
export async function signIn(
  stores: { people: PeopleIndex; audit: AuditLog; clock: Clock },
  request: { email: string; password: string; remoteAddress: string },
): Promise<SignedIn> {
  const { people, audit, clock } = stores;
  const now = clock.now();
  refuseFloodingAddress(request.remoteAddress, now);
  const found = await people.credentials(request.email.toLowerCase());
  if (found?.lockedUntil !== undefined && found.lockedUntil > now) {
    await audit.append([entry(request.remoteAddress, 'sign-in-failed', 'refused', 'locked', found.user)]);
    throw locked(found.lockedUntil, now);
  }
  const matches = await passwordMatches(request.password, found?.passwordHash);
  if (found === undefined || !matches || found.user.disabledAt !== undefined) return refuse(stores, request, found?.user, now);

  const sessionSecret = newSessionSecret();
  const csrfToken = newSessionSecret();
  const expiresAt = new Date(now.getTime() + SESSION_MS);
  await people.clearSignInFailures(found.user.id);
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

async function refuse(
  { people, audit }: { people: PeopleIndex; audit: AuditLog },
  request: { remoteAddress: string },
  user: User | undefined,
  now: Date,
): Promise<never> {
  countAddressFailure(request.remoteAddress, now);
  if (user === undefined) {
    await audit.append([entry(request.remoteAddress, 'sign-in-failed', 'refused', 'unknown', undefined)]);
  } else {
    const lockedUntil = new Date(now.getTime() + LOCK_MS);
    const failures = await people.recordSignInFailure(user.id, FAILURES_BEFORE_LOCK, lockedUntil);
    await audit.append([
      entry(request.remoteAddress, 'sign-in-failed', 'refused', user.disabledAt === undefined ? 'password' : 'disabled', user),
    ]);
    if (failures >= FAILURES_BEFORE_LOCK) {
      await audit.append([entry(request.remoteAddress, 'account-locked', 'success', undefined, user)]);
      throw locked(lockedUntil, now);
    }
  }
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

const addressFailures = new Map<string, { count: number; since: number }>();

function refuseFloodingAddress(address: string, now: Date): void {
  const seen = addressFailures.get(address);
  if (seen === undefined || now.getTime() - seen.since > ADDRESS_WINDOW_MS) return;
  if (seen.count >= FAILURES_PER_ADDRESS_MAX) throw locked(new Date(seen.since + ADDRESS_WINDOW_MS), now);
}

function countAddressFailure(address: string, now: Date): void {
  const seen = addressFailures.get(address);
  const current = seen !== undefined && now.getTime() - seen.since <= ADDRESS_WINDOW_MS ? seen : { count: 0, since: now.getTime() };
  addressFailures.delete(address);
  addressFailures.set(address, { count: current.count + 1, since: current.since });
  const oldest = addressFailures.keys().next().value;
  if (addressFailures.size > ADDRESSES_REMEMBERED_MAX && oldest !== undefined) addressFailures.delete(oldest);
}
