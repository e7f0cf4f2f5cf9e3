/**
 * Checks passwords and opens sessions. Wrong passwords slow down who guesses, and nobody else: the count is per account and network, and a
 * browser that its user has signed in on before has a count of its own (OWASP, "device cookies"). gateway/decisions/sign-in.md has the reasons.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { createFairTurns } from '../domain/bounds/fair-turns.ts';
import type { Clock } from '../domain/clock.ts';
import { DomainError } from '../domain/errors.ts';
import type { PersonActor } from '../domain/people/actor.ts';
import type { Admission, AttemptKey, NextSession, Slowing } from '../domain/people/credentials.ts';
import { plainEmailAddress } from '../domain/people/email-address.ts';
import { networksOf } from '../domain/people/network.ts';
import type { PeopleIndex } from '../domain/people/people-index.ts';
import type { Credentials, User } from '../domain/people/user.ts';
import { type ActOf, auditWho, type RefusalLog, type SignInFailure } from '../domain/record/audit.ts';
import type { AuditLog } from '../domain/record/audit-log.ts';
import { actorOf } from './authenticate.ts';
import { orTooMany, passwordMatches } from './passwords.ts';
import { hashSecret, newSessionSecret } from './secrets.ts';

/** The wrong password after which a guesser waits, at one account from one network or device. The ones before it cost nothing. */
export const FAILURES_BEFORE_WAIT = 5;
const MINUTE_MS = 60_000;
/** One account from one network: 5 s, 10 s, … 15 min. */
const ACCOUNT_FROM_NETWORK: Slowing = {
  free: FAILURES_BEFORE_WAIT - 1,
  waitMs: 5_000,
  waitMsMax: 15 * MINUTE_MS,
  forgivenInMs: 30 * MINUTE_MS,
  how: 'wait',
};
/** One account from everywhere but its known devices: less than 100 guesses an hour (OWASP ASVS 4.0 2.2.1). */
const ACCOUNT: Slowing = { free: 30, waitMs: 5_000, waitMsMax: MINUTE_MS, forgivenInMs: 5 * MINUTE_MS, how: 'wait' };
/** One account on a device it is known on, or within a session: only the person at that device waits. */
const ACCOUNT_ON_DEVICE: Slowing = { ...ACCOUNT_FROM_NETWORK };
/** Many accounts from one network: a hospital's people all stand behind one address, so that nobody is refused before the line is long. */
const NETWORK: Slowing = { free: 20, waitMs: 1_000, waitMsMax: 10_000, forgivenInMs: 30_000, how: 'queue' };
/** The same for the /48 around an IPv6 /64. */
const SITE: Slowing = { free: 100, waitMs: 500, waitMsMax: 10_000, forgivenInMs: 10_000, how: 'queue' };
/** Sign-ins of this process that stand in line, each an open request. */
export const SIGN_INS_HELD_MAX = 200;

/**
 * A flood of sign-ins must not hold the connections to the index that images need, nor those at one account wait for each other's row in
 * them: they are looked up and counted a few at a time, in turn by account.
 */
const COUNTING = createFairTurns({ atOnce: 2, atOnceOfOne: 1, waitingMax: 200, waitingOfOneMax: 20, waitMsMax: 10_000 });

/** Where a password comes from. */
export interface SignInOrigin {
  readonly remoteAddress: string;
  /** The header of a proxy that is not trusted came with it: `remoteAddress` may stand for everybody. What the header names last, if anything. */
  readonly untrustedProxy?: { readonly claimed: string | undefined };
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

export interface SessionTimes {
  readonly idleMs: number;
  readonly lifetimeMs: number;
}

export interface SignInStores {
  readonly people: Pick<PeopleIndex, 'admitAttempt' | 'createSession' | 'credentials' | 'endSession' | 'forgiveAttempt' | 'rememberDevice'>;
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
export async function signIn(stores: SignInStores, request: { email: string; password: string; origin: SignInOrigin }): Promise<SignedIn> {
  const { people, audit, check = passwordMatches } = stores;
  const { origin } = request;
  const email = plainEmailAddress(request.email);
  const account = hashSecret(email);
  const deviceHash = origin.deviceSecret === undefined ? undefined : hashSecret(origin.deviceSecret);
  const found = await inTurn(account, () => people.credentials(email, deviceHash));
  const known = found?.knownDevice === true && deviceHash !== undefined;
  const keys = known ? [deviceKey(account, deviceHash)] : strangerKeys(account, origin);
  const who = { account, known, user: found?.user, remoteAddress: origin.remoteAddress };

  const matches = await lookAtPassword(stores, who, keys, () => check(request.password, found?.passwordHash, who));
  if (found === undefined || !matches.right || found.user.disabledAt !== undefined)
    return refuse(stores, who, found === undefined ? 'unknown' : matches.right ? 'disabled' : 'password', matches.admission);

  const actor = actorOf(found.user, 'session', origin.remoteAddress);
  stores.rate?.spend(actor);
  if (origin.sessionSecret !== undefined) await people.endSession(hashSecret(origin.sessionSecret), () => []);
  const session = await openSession(stores, found, origin);
  // The password was changed, or the account closed, while this one stood in line: it is a wrong one by now.
  if (session === undefined) return refuse(stores, who, 'password', matches.admission);
  await people.forgiveAttempt(keys.map(({ key, slowing }) => ({ key, clears: slowing === ACCOUNT_FROM_NETWORK || known })));
  const deviceSecret = origin.deviceSecret ?? newSessionSecret();
  await people.rememberDevice(found.user.id, hashSecret(deviceSecret));
  await audit.append([
    {
      action: 'sign-in',
      outcome: 'success',
      who: auditWho(actor),
      remoteAddress: origin.remoteAddress,
      ...(known ? {} : { what: { newDevice: true } }),
    },
  ]);
  return { user: found.user, deviceSecret, ...session };
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

/** A new session. Undefined: the password that was given is no longer the user's, or the account is closed. */
export async function openSession(
  { people, ...stores }: Pick<SignInStores, 'clock' | 'sessions'> & { readonly people: Pick<PeopleIndex, 'createSession'> },
  { user, passwordHash }: Pick<Credentials, 'user' | 'passwordHash'>,
  origin: Pick<SignInOrigin, 'remoteAddress' | 'device'>,
): Promise<MadeSession['given'] | undefined> {
  const { given, kept } = makeSession(stores, origin);
  return (await people.createSession({ ...kept, userId: user.id, passwordHash })) ? given : undefined;
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
  const keys = [
    { key: hashSecret(`confirm|${user.id}|${request.sessionIdHash ?? 'token'}`), account, slowing: ACCOUNT_ON_DEVICE } satisfies AttemptKey,
  ];
  const who = { account, known: true, user, remoteAddress };
  const { right, admission } = await lookAtPassword(stores, who, keys, () => check(request.password, found?.passwordHash, who));
  if (right && found !== undefined) {
    await people.forgiveAttempt(keys.map(({ key }) => ({ key, clears: true })));
    return found.passwordHash;
  }
  recordFailure(stores, who, 'password');
  if (admission.nextAt !== undefined) throw mustWait(admission.nextAt, stores.clock.now());
  throw new DomainError('denied', 'the current password is wrong', { ids: { reason: 'wrong-password' } });
}

interface Who {
  readonly account: string;
  readonly known: boolean;
  readonly user: User | undefined;
  readonly remoteAddress: string;
}

type Admitted = Extract<Admission, { admitted: true }>;

/** Counted first, then in line, then looked at. @throws busy */
async function lookAtPassword(
  stores: Pick<SignInStores, 'people' | 'clock' | 'refusals' | 'pause'>,
  who: Who,
  keys: readonly AttemptKey[],
  look: () => Promise<boolean>,
): Promise<{ right: boolean; admission: Admitted }> {
  const { people, clock, pause = delay } = stores;
  const { admission, now } = await inTurn(who.account, async () => {
    const at = clock.now();
    return { admission: await people.admitAttempt(keys, at), now: at };
  });
  if (!admission.admitted) {
    recordFailure(stores, who, 'must-wait');
    throw mustWait(admission.retryAt, now);
  }
  try {
    await stand(admission.lookAt.getTime() - now.getTime(), pause);
    return { right: await look(), admission };
  } catch (thrown) {
    // The password was not checked, so the attempt is taken back.
    await people.forgiveAttempt(keys.map(({ key }) => ({ key, clears: false })));
    throw thrown;
  }
}

const inTurn = <Result>(account: string, work: () => Promise<Result>) => orTooMany(COUNTING.run(account, work));

let held = 0;

async function stand(ms: number, pause: (ms: number) => Promise<unknown>): Promise<void> {
  if (ms <= 0) return;
  if (held >= SIGN_INS_HELD_MAX)
    throw new DomainError('busy', 'too many sign-ins at once', { ids: { retryAfterSeconds: Math.ceil(ms / 1000) } });
  held++;
  try {
    await pause(ms);
  } finally {
    held--;
  }
}

function deviceKey(account: string, deviceHash: string): AttemptKey {
  return { key: hashSecret(`device|${account}|${deviceHash}`), account, slowing: ACCOUNT_ON_DEVICE };
}

/**
 * Of those who are not known. Behind a proxy that is not trusted the address is everybody's: it still counts at one account, but over all
 * accounts only what the proxy names last does. Whoever invents that header gets round this one bound, not round those of an account.
 */
function strangerKeys(account: string, { remoteAddress, untrustedProxy }: SignInOrigin): AttemptKey[] {
  const peer = networksOf(remoteAddress);
  const spraying =
    untrustedProxy === undefined ? peer : untrustedProxy.claimed === undefined ? undefined : networksOf(untrustedProxy.claimed);
  const behind = untrustedProxy === undefined ? '' : `${peer.network}|`;
  const keys: AttemptKey[] = [
    { key: hashSecret(`account|${account}`), account, slowing: ACCOUNT },
    { key: hashSecret(`account|${account}|${peer.network}`), account, slowing: ACCOUNT_FROM_NETWORK },
  ];
  if (spraying !== undefined) keys.push({ key: hashSecret(`network|${behind}${spraying.network}`), slowing: NETWORK });
  if (spraying?.site !== undefined) keys.push({ key: hashSecret(`site|${behind}${spraying.site}`), slowing: SITE });
  return keys;
}

async function refuse(stores: SignInStores, who: Who, why: 'unknown' | 'disabled' | 'password', admission: Admitted): Promise<never> {
  recordFailure(stores, who, why);
  const guessedAt = admission.failures.get(hashSecret(`account|${who.account}`)) ?? 0;
  // For known and unknown addresses alike, so that the time does not tell them apart.
  if (guessedAt === ACCOUNT.free + 1)
    await stores.audit.append([{ ...failure(who, 'from-many-networks'), action: 'account-guessed-at', outcome: 'success' }]);
  if (admission.nextAt !== undefined) throw mustWait(admission.nextAt, stores.clock.now());
  throw new DomainError('unauthenticated', 'e-mail address or password is wrong');
}

/** The answer does not say whether the account exists or whose it is. */
function mustWait(until: Date, now: Date): DomainError {
  const retryAfterSeconds = Math.max(1, Math.ceil((until.getTime() - now.getTime()) / 1000));
  return new DomainError('busy', 'too many wrong passwords from here; try again later', { ids: { retryAfterSeconds } });
}

/** Not waited for: whether one is written or only counted depends on whose account it is, and the time must not tell. */
function recordFailure({ refusals }: Pick<SignInStores, 'refusals'>, who: Who, why: SignInFailure): void {
  void refusals.refused(failure(who, why));
}

function failure({ user, remoteAddress }: Who, why: SignInFailure): ActOf<'sign-in-failed'> {
  return {
    action: 'sign-in-failed',
    outcome: 'refused',
    who: auditWho(user === undefined ? undefined : actorOf(user, 'session', remoteAddress)),
    remoteAddress,
    what: { failure: why },
  };
}
