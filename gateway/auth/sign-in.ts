/** Checks passwords and opens sessions. Who has a second factor is only half signed in by a password: `second-step.ts` has the rest. */
import type { Clock } from '../domain/clock.ts';
import { DomainError } from '../domain/errors.ts';
import type { PersonActor } from '../domain/people/actor.ts';
import type { NextSession } from '../domain/people/credentials.ts';
import { plainEmailAddress } from '../domain/people/email-address.ts';
import type { PeopleIndex } from '../domain/people/people-index.ts';
import { type FactorProof, HALF_SIGN_IN_MS_MAX, type Showing, type Shown } from '../domain/people/second-factor.ts';
import type { Credentials, User } from '../domain/people/user.ts';
import { auditWho, type RefusalLog } from '../domain/record/audit.ts';
import type { AuditLog } from '../domain/record/audit-log.ts';
import { actorOf } from './authenticate.ts';
import {
  ACCOUNT,
  type Admitted,
  failure,
  failuresAtAccount,
  forgive,
  type GuessOrigin,
  inTurn,
  lookAtGuess,
  mustWait,
  passwordKeys,
  recordFailure,
  type Who,
  withinKeys,
} from './guesses.ts';
import { passwordMatches } from './passwords.ts';
import { hashSecret, newSessionSecret } from './secrets.ts';

/** Where a password comes from. */
export interface SignInOrigin extends GuessOrigin {
  /** The device cookie's secret. */
  readonly deviceSecret?: string;
  /** What kind of browser, for the list of sessions. */
  readonly device: string;
  /** The cookie of the session that this one takes the place of. */
  readonly sessionSecret?: string;
}

export interface SignedIn {
  readonly user: User;
  /** Go into cookies and nowhere else. */
  readonly sessionSecret: string;
  readonly deviceSecret: string;
  readonly csrfToken: string;
  readonly endsAt: Date;
  readonly idleEndsAt: Date;
}

/** The password was right, and a second factor is on. */
export interface HalfSignedIn {
  readonly user: User;
  /** Goes into a cookie and nowhere else, and lets its bearer do nothing but show the second factor. */
  readonly halfSecret: string;
  readonly endsAt: Date;
  /** Of the authenticator app that is on. */
  readonly sealedSecret: string | undefined;
  /** There is a passkey. */
  readonly passkey: boolean;
}

export interface SessionTimes {
  readonly idleMs: number;
  readonly lifetimeMs: number;
}

export interface SignInStores {
  readonly people: Pick<
    PeopleIndex,
    'admitAttempt' | 'beginHalfSignIn' | 'createSession' | 'credentials' | 'endSession' | 'forgiveAttempt' | 'rememberDevice'
  >;
  readonly audit: Pick<AuditLog, 'append'>;
  readonly refusals: RefusalLog;
  readonly clock: Clock;
  readonly sessions: SessionTimes;
  /** Signing in again and again, too, makes the record grow (`gateway/usecases/record/record-rate.ts`). */
  readonly rate?: { spend(actor: PersonActor): void };
  /** Given by tests. */
  readonly pause?: (ms: number) => Promise<unknown>;
  readonly check?: typeof passwordMatches;
}

/**
 * Each attempt is counted before its password is looked at, so that a burst of guesses sent at once gets no more of them than the same
 * guesses one after another; and an address that nobody has is counted, checked and answered as one that somebody has.
 * @throws unauthenticated (wrong, unknown, disabled: one answer for all), busy and, after the right password, too-many (`ids.retryAfterSeconds`)
 */
export async function signIn(
  stores: SignInStores,
  request: { email: string; password: string; origin: SignInOrigin },
): Promise<SignedIn | HalfSignedIn> {
  const { people, check = passwordMatches } = stores;
  const { origin } = request;
  const email = plainEmailAddress(request.email);
  const account = hashSecret(email);
  const deviceHash = origin.deviceSecret === undefined ? undefined : hashSecret(origin.deviceSecret);
  const found = await inTurn(account, () => people.credentials(email, deviceHash));
  const known = found?.knownDevice === true && deviceHash !== undefined;
  const keys = passwordKeys(account, origin, known ? deviceHash : undefined);
  const who = { account, known, user: found?.user, remoteAddress: origin.remoteAddress };

  const matches = await lookAtGuess(stores, who, keys, () => check(request.password, found?.passwordHash, who));
  if (found === undefined || !matches.right || found.user.disabledAt !== undefined)
    return refuse(stores, who, found === undefined ? 'unknown' : matches.right ? 'disabled' : 'password', matches.admission);

  const begun = found.user.secondFactor ? await beginHalf(stores, found) : await begin(stores, found, { origin, known });
  // The password was changed, the account closed or a second factor switched on while this one stood in line: it is a wrong one by now.
  if (typeof begun === 'string') return refuse(stores, who, 'password', matches.admission);
  await forgive(stores, keys);
  return begun;
}

async function beginHalf(
  { people, clock }: Pick<SignInStores, 'people' | 'clock'>,
  { user, passwordHash, sealedSecret, passkey }: Credentials,
): Promise<HalfSignedIn | 'password'> {
  const halfSecret = newSessionSecret();
  const endsAt = new Date(clock.now().getTime() + HALF_SIGN_IN_MS_MAX);
  const begun = await people.beginHalfSignIn({ halfHash: hashSecret(halfSecret), userId: user.id, passwordHash, endsAt });
  return begun ? { user, halfSecret, endsAt, sealedSecret, passkey } : 'password';
}

/** The session, the device and the entry on record of somebody who has shown all there is to show. Otherwise what of it does not stand. */
export async function begin(
  stores: Pick<SignInStores, 'audit' | 'clock' | 'rate' | 'sessions'> & {
    readonly people: Pick<PeopleIndex, 'createSession' | 'endSession' | 'rememberDevice'>;
  },
  { user, passwordHash }: Pick<Credentials, 'user' | 'passwordHash'>,
  { origin, known, ...rest }: { origin: SignInOrigin; known: boolean; factor?: FactorProof; halfHash?: string },
): Promise<SignedIn | Exclude<Showing, 'stands'>> {
  const { people } = stores;
  const actor = actorOf(user, 'session', origin.remoteAddress);
  stores.rate?.spend(actor);
  if (origin.sessionSecret !== undefined) await people.endSession(hashSecret(origin.sessionSecret), () => []);
  const { given, kept } = makeSession(stores, origin);
  const { factor, halfHash } = rest;
  const shown: Shown = { passwordHash, ...(factor === undefined ? {} : { factor }) };
  const showing = await people.createSession({ ...kept, userId: user.id, shown, ...(halfHash === undefined ? {} : { halfHash }) });
  if (showing !== 'stands') return showing;
  const deviceSecret = origin.deviceSecret ?? newSessionSecret();
  await people.rememberDevice(user.id, hashSecret(deviceSecret));
  const what = { ...(known ? {} : { newDevice: true as const }), ...(factor === undefined ? {} : { factor: factor.kind }) };
  await stores.audit.append([
    {
      action: 'sign-in',
      outcome: 'success',
      who: auditWho(actor),
      remoteAddress: origin.remoteAddress,
      ...(Object.keys(what).length === 0 ? {} : { what }),
    },
  ]);
  return { user, deviceSecret, ...given };
}

/** What goes into cookies, and what is kept of it. */
interface MadeSession {
  readonly given: Pick<SignedIn, 'sessionSecret' | 'csrfToken' | 'endsAt' | 'idleEndsAt'>;
  readonly kept: NextSession;
}

/** A session to begin, under a secret that nobody has chosen. */
export function makeSession(
  { clock, sessions: { idleMs, lifetimeMs } }: Pick<SignInStores, 'clock' | 'sessions'>,
  { remoteAddress, device }: Pick<SignInOrigin, 'remoteAddress' | 'device'>,
): MadeSession {
  const sessionSecret = newSessionSecret();
  const csrfToken = newSessionSecret();
  const now = clock.now().getTime();
  const endsAt = new Date(now + lifetimeMs);
  const idleEndsAt = new Date(Math.min(endsAt.getTime(), now + idleMs));
  return {
    given: { sessionSecret, csrfToken, endsAt, idleEndsAt },
    kept: { idHash: hashSecret(sessionSecret), csrfToken, endsAt, idleMs, remoteAddress, device },
  };
}

/**
 * Asks someone who is signed in for the password once more. Guesses count per session or token, so that one that was left open or stolen is
 * no place to try them in peace, and so that nobody else's guesses keep its owner from changing the password.
 * @returns the hash that the password was compared with
 * @throws denied (`ids.reason`), busy
 */
export async function confirmPassword(
  stores: Omit<SignInStores, 'audit' | 'sessions'>,
  request: { user: User; password: string; remoteAddress: string; sessionIdHash?: string },
): Promise<string> {
  const { people, check = passwordMatches } = stores;
  const { user, remoteAddress } = request;
  const account = hashSecret(user.email.toLowerCase());
  const found = await people.credentials(user.email);
  const keys = withinKeys(account, user.id, request.sessionIdHash);
  const who = { account, known: true, user, remoteAddress };
  const { right, admission } = await lookAtGuess(stores, who, keys, () => check(request.password, found?.passwordHash, who));
  if (right && found !== undefined) {
    await forgive(stores, keys);
    return found.passwordHash;
  }
  recordFailure(stores, who, 'password');
  if (admission.nextAt !== undefined) throw mustWait(admission.nextAt, stores.clock.now());
  throw new DomainError('denied', 'the current password is wrong', { ids: { reason: 'wrong-password' } });
}

async function refuse(stores: SignInStores, who: Who, why: 'unknown' | 'disabled' | 'password', admission: Admitted): Promise<never> {
  recordFailure(stores, who, why);
  // For known and unknown addresses alike, so that the time does not tell them apart.
  if (failuresAtAccount('account', who, admission) === ACCOUNT.free + 1)
    await stores.audit.append([{ ...failure(who, 'from-many-networks'), action: 'account-guessed-at', outcome: 'success' }]);
  if (admission.nextAt !== undefined) throw mustWait(admission.nextAt, stores.clock.now());
  throw new DomainError('unauthenticated', 'e-mail address or password is wrong');
}
