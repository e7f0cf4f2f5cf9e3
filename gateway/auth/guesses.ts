/**
 * Guesses at passwords and codes: counted before they are looked at. They slow down who guesses, and nobody else: the count is per account and
 * network, and a browser that its user has signed in on before has a count of its own (OWASP, "device cookies"). gateway/decisions/sign-in.md has
 * the reasons.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { createFairTurns } from '../domain/bounds/fair-turns.ts';
import type { Clock } from '../domain/clock.ts';
import { DomainError } from '../domain/errors.ts';
import type { Admission, AttemptKey, Slowing } from '../domain/people/credentials.ts';
import { networksOf } from '../domain/people/network.ts';
import type { PeopleIndex } from '../domain/people/people-index.ts';
import type { User } from '../domain/people/user.ts';
import { type ActOf, auditWho, type RefusalLog, type SignInFailure } from '../domain/record/audit.ts';
import { actorOf } from './authenticate.ts';
import { orTooMany } from './passwords.ts';
import { hashSecret } from './secrets.ts';

/** The wrong password after which a guesser waits, at one account from one network or device. The ones before it cost nothing. */
export const FAILURES_BEFORE_WAIT = 5;
const MINUTE_MS = 60_000;
/** One account from one network: 5 s, 10 s, … 15 min. */
export const ACCOUNT_FROM_NETWORK: Slowing = {
  free: FAILURES_BEFORE_WAIT - 1,
  waitMs: 5_000,
  waitMsMax: 15 * MINUTE_MS,
  forgivenInMs: 30 * MINUTE_MS,
  how: 'wait',
};
/** One account from everywhere but its known devices: less than 100 guesses an hour (OWASP ASVS 4.0 2.2.1). */
export const ACCOUNT: Slowing = { free: 30, waitMs: 5_000, waitMsMax: MINUTE_MS, forgivenInMs: 5 * MINUTE_MS, how: 'wait' };
/** One account on a device it is known on, or within a session: only the person at that device waits. */
const ACCOUNT_ON_DEVICE: Slowing = { ...ACCOUNT_FROM_NETWORK };
/**
 * Codes at one account from everywhere but its known devices. Whoever tries them knows the password already, so it may take longer: fewer than
 * 100 a day, of a million, of which three are right at a time.
 */
export const CODES_AT_ACCOUNT: Slowing = { ...ACCOUNT_FROM_NETWORK, free: 10 };
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

export interface Who {
  readonly account: string;
  readonly known: boolean;
  readonly user: User | undefined;
  readonly remoteAddress: string;
}

/** What counting needs. */
export interface GuessStores {
  readonly people: Pick<PeopleIndex, 'admitAttempt' | 'forgiveAttempt'>;
  readonly refusals: RefusalLog;
  readonly clock: Clock;
  /** Given by tests. */
  readonly pause?: (ms: number) => Promise<unknown>;
}

/** Where a guess comes from. */
export interface GuessOrigin {
  readonly remoteAddress: string;
  /** The header of a proxy that is not trusted came with it: `remoteAddress` may stand for everybody. What the header names last, if anything. */
  readonly untrustedProxy?: { readonly claimed: string | undefined };
}

export type Admitted = Extract<Admission, { admitted: true }>;

/** Counted first, then in line, then looked at. @throws busy */
export async function lookAtGuess(
  stores: GuessStores,
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
    // It was not checked, so the attempt is taken back.
    await people.forgiveAttempt(keys.map(({ key }) => ({ key, clears: false })));
    throw thrown;
  }
}

export const inTurn = <Result>(account: string, work: () => Promise<Result>) => orTooMany(COUNTING.run(account, work));

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

/** Under which keys a password is counted: `deviceHash` of a device on which its user is known. */
export function passwordKeys(account: string, origin: GuessOrigin, deviceHash: string | undefined): AttemptKey[] {
  if (deviceHash !== undefined) return [{ key: hashSecret(`device|${account}|${deviceHash}`), account, slowing: ACCOUNT_ON_DEVICE }];
  return strangerKeys(account, origin, 'account', ACCOUNT);
}

/** The same of a code. Its counts are its own: whoever knows the password does not clear them with it. */
export function codeKeys(account: string, origin: GuessOrigin, deviceHash: string | undefined): AttemptKey[] {
  if (deviceHash !== undefined) return [{ key: hashSecret(`code-device|${account}|${deviceHash}`), account, slowing: ACCOUNT_ON_DEVICE }];
  return strangerKeys(account, origin, 'code', CODES_AT_ACCOUNT);
}

/** The same of a passkey that is shown in place of a password. */
export function passkeyKeys(account: string, origin: GuessOrigin, deviceHash: string | undefined): AttemptKey[] {
  if (deviceHash !== undefined)
    return [{ key: hashSecret(`passkey-device|${account}|${deviceHash}`), account, slowing: ACCOUNT_ON_DEVICE }];
  return strangerKeys(account, origin, 'passkey', ACCOUNT);
}

/** Within a session or by a token, one of which may have been left open or stolen. */
export function withinKeys(account: string, userId: string, sessionIdHash: string | undefined): AttemptKey[] {
  return [{ key: hashSecret(`confirm|${userId}|${sessionIdHash ?? 'token'}`), account, slowing: ACCOUNT_ON_DEVICE }];
}

/** What was counted at one account over all networks. */
export function failuresAtAccount(what: 'account' | 'code', { account }: Who, { failures }: Admitted): number {
  return failures.get(hashSecret(`${what}|${account}`)) ?? 0;
}

/**
 * Of those who are not known. Behind a proxy that is not trusted the address is everybody's: it still counts at one account, but over all
 * accounts only what the proxy names last does. Whoever invents that header gets round this one bound, not round those of an account.
 */
function strangerKeys(
  account: string,
  { remoteAddress, untrustedProxy }: GuessOrigin,
  what: 'account' | 'code' | 'passkey',
  atAccount: Slowing,
): AttemptKey[] {
  const peer = networksOf(remoteAddress);
  const spraying =
    untrustedProxy === undefined ? peer : untrustedProxy.claimed === undefined ? undefined : networksOf(untrustedProxy.claimed);
  const behind = untrustedProxy === undefined ? '' : `${peer.network}|`;
  const keys: AttemptKey[] = [
    { key: hashSecret(`${what}|${account}`), account, slowing: atAccount },
    { key: hashSecret(`${what}|${account}|${peer.network}`), account, slowing: ACCOUNT_FROM_NETWORK },
  ];
  if (spraying !== undefined) keys.push({ key: hashSecret(`network|${behind}${spraying.network}`), slowing: NETWORK });
  if (spraying?.site !== undefined) keys.push({ key: hashSecret(`site|${behind}${spraying.site}`), slowing: SITE });
  return keys;
}

/**
 * The guess was right. The counts of its account from there, or on its device, are cleared; of those that stand for many people, or for networks,
 * one failure is taken back.
 */
export async function forgive({ people }: Pick<GuessStores, 'people'>, keys: readonly AttemptKey[]): Promise<void> {
  const own: readonly Slowing[] = [ACCOUNT_FROM_NETWORK, ACCOUNT_ON_DEVICE];
  await people.forgiveAttempt(keys.map(({ key, slowing }) => ({ key, clears: own.includes(slowing) })));
}

/** The answer does not say whether the account exists or whose it is. */
export function mustWait(until: Date, now: Date): DomainError {
  const retryAfterSeconds = Math.max(1, Math.ceil((until.getTime() - now.getTime()) / 1000));
  return new DomainError('busy', 'too many wrong ones from here; try again later', { ids: { retryAfterSeconds } });
}

/** Not waited for: whether one is written or only counted depends on whose account it is, and the time must not tell. */
export function recordFailure({ refusals }: Pick<GuessStores, 'refusals'>, who: Who, why: SignInFailure): void {
  void refusals.refused(failure(who, why));
}

export function failure({ user, remoteAddress }: Who, why: SignInFailure): ActOf<'sign-in-failed'> {
  return {
    action: 'sign-in-failed',
    outcome: 'refused',
    who: auditWho(user === undefined ? undefined : actorOf(user, 'session', remoteAddress)),
    remoteAddress,
    what: { failure: why },
  };
}
