/** The second step of a sign-in, and proving again within a session who is there: gateway/decisions/second-factor.md. */
import { DomainError } from '../domain/errors.ts';
import type { PeopleIndex } from '../domain/people/people-index.ts';
import type { FactorProof, SecretSeal } from '../domain/people/second-factor.ts';
import type { Credentials, User } from '../domain/people/user.ts';
import type { SignInFailure } from '../domain/record/audit.ts';
import {
  type Admitted,
  CODES_AT_ACCOUNT,
  codeKeys,
  failure,
  failuresAtAccount,
  forgive,
  lookAtGuess,
  mustWait,
  recordFailure,
  type Who,
  withinKeys,
} from './guesses.ts';
import { refusePasskey } from './passkeys/passkey-sign-in.ts';
import { askPasskey, type JudgedPasskey, judgePasskey, type PasskeyStores, type ShownPasskey } from './passkeys/passkeys.ts';
import type { QuestionUse } from './passkeys/questions.ts';
import { passwordMatches } from './passwords.ts';
import { recoveryCodeHash } from './recovery-codes.ts';
import { hashSecret } from './secrets.ts';
import { begin, type SignedIn, type SignInOrigin, type SignInStores } from './sign-in.ts';
import { totpStep } from './totp.ts';

/** What somebody shows beside the password: one of these. */
export interface TypedFactor {
  /** Of an authenticator app, six digits. */
  readonly code?: string;
  readonly recoveryCode?: string;
  readonly passkey?: ShownPasskey;
}

export interface SecondStepStores extends Omit<SignInStores, 'people'>, PasskeyStores {
  readonly people: SignInStores['people'] & Pick<PeopleIndex, 'halfSignIn' | 'passkey'>;
  readonly seal: SecretSeal;
}

/**
 * @throws unauthenticated: `sign-in-again` when the first step has ended or the password is another by now, `wrong-code`; busy
 * (`ids.retryAfterSeconds`), too-many
 */
export async function finishSignIn(
  stores: SecondStepStores,
  request: { halfSecret: string | undefined; typed: TypedFactor; origin: SignInOrigin },
): Promise<SignedIn> {
  const { people, clock } = stores;
  const { origin } = request;
  const halfHash = hashSecret(request.halfSecret ?? '');
  const deviceHash = origin.deviceSecret === undefined ? undefined : hashSecret(origin.deviceSecret);
  const found = await people.halfSignIn(halfHash, clock.now(), deviceHash);
  if (found === undefined) throw signInAgain();
  const account = hashSecret(found.user.email.toLowerCase());
  const known = found.knownDevice && deviceHash !== undefined;
  const keys = codeKeys(account, origin, known ? deviceHash : undefined);
  const who = { account, known, user: found.user, remoteAddress: origin.remoteAddress };
  let judged: JudgedPasskey = { failure: 'code' };
  const { admission } = await lookAtGuess(stores, who, keys, async () => {
    judged = await factorOf(stores, found, request.typed, { purpose: 'second-step', boundTo: halfHash });
    return 'proof' in judged;
  });
  const { proof: factor, failure: why = failureOf(request.typed) } = both(judged);
  if (factor === undefined) return refuseFactor(stores, who, why, admission);
  const begun = await begin(stores, found, { origin, known, factor, halfHash });
  if (begun === 'factor') return refuseFactor(stores, who, why, admission);
  if (begun === 'password') throw signInAgain();
  await forgive(stores, keys);
  return begun;
}

function signInAgain(): DomainError {
  return new DomainError('unauthenticated', 'sign in again', { ids: { reason: 'sign-in-again' } });
}

/** What a passkey may be asked to sign for the second step. @throws unauthenticated: `sign-in-again` */
export async function askForSecondStep(
  stores: PasskeyStores & { readonly people: Pick<PeopleIndex, 'halfSignIn' | 'passkeysOf'> },
  halfSecret: string | undefined,
) {
  const halfHash = hashSecret(halfSecret ?? '');
  const found = await stores.people.halfSignIn(halfHash, stores.clock.now());
  if (found === undefined) throw signInAgain();
  return { ...askPasskey(stores, { purpose: 'second-step', boundTo: halfHash }), known: await stores.people.passkeysOf(found.user.id) };
}

/** What was shown as what it would prove; whether it was used before, only the index knows. */
async function factorOf(
  stores: Pick<SecondStepStores, 'seal' | 'clock' | 'passkeys'> & { readonly people: Pick<PeopleIndex, 'passkey'> },
  { user, sealedSecret }: Pick<Credentials, 'user' | 'sealedSecret'>,
  { code, recoveryCode, passkey }: TypedFactor,
  use: QuestionUse,
): Promise<JudgedPasskey> {
  const { seal, clock, people } = stores;
  if (passkey !== undefined) return judgePasskey(stores, use, { shown: passkey, kept: await people.passkey(passkey.id), owner: user.id });
  if (recoveryCode !== undefined) return { proof: { kind: 'recovery-code', codeHash: recoveryCodeHash(user.id, recoveryCode) } };
  const secret = sealedSecret === undefined ? undefined : seal.open(sealedSecret, user.id);
  const step = secret === undefined || code === undefined ? undefined : totpStep(secret, code, clock.now());
  return step === undefined || sealedSecret === undefined ? { failure: 'code' } : { proof: { kind: 'authenticator', sealedSecret, step } };
}

const both = (judged: JudgedPasskey): { readonly proof?: FactorProof; readonly failure?: SignInFailure } => judged;
const failureOf = ({ passkey }: TypedFactor): SignInFailure => (passkey === undefined ? 'code' : 'passkey');

async function refuseFactor(stores: SecondStepStores, who: Who, why: SignInFailure, admission: Admitted): Promise<never> {
  // Whoever comes this far knows the password: the person and the administrators must hear of it.
  if (failuresAtAccount('code', who, admission) === CODES_AT_ACCOUNT.free + 1)
    await stores.audit.append([{ ...failure(who, why), action: 'account-guessed-at', outcome: 'success' }]);
  if (why !== 'code') return refusePasskey(stores, who, why, admission);
  recordFailure(stores, who, why);
  if (admission.nextAt !== undefined) throw mustWait(admission.nextAt, stores.clock.now());
  throw new DomainError('unauthenticated', 'the code is wrong, or was used already', { ids: { reason: 'wrong-code' } });
}

/**
 * Asks someone who is signed in to prove once more who they are: by the password, and by the second factor where one is on; or by a passkey, which
 * is both. Counted as `confirmPassword` counts. @throws denied (`ids.reason`: `wrong-password`, `wrong-code`, `wrong-passkey`), busy
 */
export async function confirmIdentity(
  stores: Omit<SecondStepStores, 'people' | 'sessions'> & {
    readonly people: Pick<PeopleIndex, 'admitAttempt' | 'forgiveAttempt' | 'credentials' | 'confirmSession' | 'passkey'>;
  },
  request: { user: User; password: string | undefined; typed: TypedFactor; remoteAddress: string; sessionIdHash: string },
): Promise<void> {
  const { people, check = passwordMatches } = stores;
  const { user, remoteAddress, sessionIdHash, typed } = request;
  const account = hashSecret(user.email.toLowerCase());
  const found = await people.credentials(user.email);
  const keys = withinKeys(account, user.id, sessionIdHash);
  const who = { account, known: true, user, remoteAddress };
  const use = { purpose: 'confirmation', boundTo: sessionIdHash } as const;
  let judged: JudgedPasskey = { failure: failureOf(typed) };
  let given = typed.passkey !== undefined;
  const { admission } = await lookAtGuess(stores, who, keys, async () => {
    if (typed.passkey === undefined) given = await check(request.password ?? '', found?.passwordHash, who);
    if (given && found?.user.secondFactor === true) judged = await factorOf(stores, found, typed, use);
    return given;
  });
  const { proof: factor, failure: why = failureOf(typed) } = both(judged);
  // A passkey stands in for the password: without one that holds nothing was shown.
  const nothing = typed.passkey === undefined ? !given : factor === undefined;
  const shown = { passwordHash: found?.passwordHash ?? '', ...(factor === undefined ? {} : { factor }) };
  const showing = nothing ? 'password' : await people.confirmSession(user.id, sessionIdHash, shown);
  if (showing === 'stands') return forgive(stores, keys);
  const failed = showing === 'password' && typed.passkey === undefined ? 'password' : why;
  if (failed === 'passkey-copied')
    await stores.audit.append([{ ...failure(who, failed), action: 'account-guessed-at', outcome: 'success' }]);
  recordFailure(stores, who, failed);
  if (admission.nextAt !== undefined) throw mustWait(admission.nextAt, stores.clock.now());
  throw notConfirmed(failed);
}

function notConfirmed(failed: SignInFailure): DomainError {
  if (failed === 'password') return new DomainError('denied', 'the current password is wrong', { ids: { reason: 'wrong-password' } });
  return failed === 'code'
    ? new DomainError('denied', 'the code is wrong, or was used already', { ids: { reason: 'wrong-code' } })
    : new DomainError('denied', 'the passkey is not known here, or does not hold', { ids: { reason: 'wrong-passkey' } });
}
