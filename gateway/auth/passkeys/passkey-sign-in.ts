/** Signing in by a passkey alone: the device is what one has, and it has looked who is there. gateway/decisions/second-factor.md. */
import { DomainError } from '../../domain/errors.ts';
import type { PeopleIndex } from '../../domain/people/people-index.ts';
import type { FactorProof } from '../../domain/people/second-factor.ts';
import type { SignInFailure } from '../../domain/record/audit.ts';
import type { AuditLog } from '../../domain/record/audit-log.ts';
import {
  type Admitted,
  failure,
  forgive,
  type GuessStores,
  inTurn,
  lookAtGuess,
  mustWait,
  passkeyKeys,
  recordFailure,
  type Who,
} from '../guesses.ts';
import { hashSecret } from '../secrets.ts';
import { begin, type SignedIn, type SignInOrigin, type SignInStores } from '../sign-in.ts';
import { judgePasskey, type PasskeyStores, type ShownPasskey } from './passkeys.ts';

export interface PasskeySignInStores extends SignInStores, PasskeyStores {
  readonly people: SignInStores['people'] & Pick<PeopleIndex, 'passkey'>;
}

/**
 * Counted, and answered alike for unknown keys, closed accounts and wrong answers, as `signIn` does.
 * @throws unauthenticated (`wrong-passkey`); busy (`ids.retryAfterSeconds`), too-many; unsupported where there are no passkeys
 */
export async function signInByPasskey(
  stores: PasskeySignInStores,
  { shown, browserSecret, origin }: { shown: ShownPasskey; browserSecret: string | undefined; origin: SignInOrigin },
): Promise<SignedIn> {
  const { people } = stores;
  const deviceHash = origin.deviceSecret === undefined ? undefined : hashSecret(origin.deviceSecret);
  const kept = await inTurn(hashSecret(shown.id), () => people.passkey(shown.id));
  const found = kept === undefined ? undefined : await people.credentials(kept.email, deviceHash);
  const account = hashSecret(kept === undefined ? `passkey|${shown.id}` : kept.email.toLowerCase());
  const known = found?.knownDevice === true && deviceHash !== undefined;
  const keys = passkeyKeys(account, origin, known ? deviceHash : undefined);
  const who = { account, known, user: found?.user, remoteAddress: origin.remoteAddress };
  const use = { purpose: 'sign-in', boundTo: hashSecret(browserSecret ?? '') } as const;
  let proof: FactorProof | undefined;
  let why: SignInFailure = 'passkey';
  const { right, admission } = await lookAtGuess(stores, who, keys, async () => {
    const judged = await judgePasskey(stores, use, { shown, kept, owner: found?.user.id });
    if ('proof' in judged) proof = judged.proof;
    else why = judged.failure;
    return proof !== undefined;
  });
  if (!right || proof === undefined || found === undefined) return refusePasskey(stores, who, why, admission);
  if (found.user.disabledAt !== undefined) return refusePasskey(stores, who, 'disabled', admission);
  const begun = await begin(stores, found, { origin, known, factor: proof });
  if (typeof begun === 'string') return refusePasskey(stores, who, why, admission);
  await forgive(stores, keys);
  return begun;
}

/** A copy of a key is made known beside the refusal: somebody has what only its owner should have. */
export async function refusePasskey(
  stores: GuessStores & { readonly audit: Pick<AuditLog, 'append'> },
  who: Who,
  why: SignInFailure,
  { nextAt }: Pick<Admitted, 'nextAt'>,
): Promise<never> {
  recordFailure(stores, who, why);
  if (why === 'passkey-copied') await stores.audit.append([{ ...failure(who, why), action: 'account-guessed-at', outcome: 'success' }]);
  if (nextAt !== undefined) throw mustWait(nextAt, stores.clock.now());
  throw new DomainError('unauthenticated', 'the passkey is not known here, or does not hold', { ids: { reason: 'wrong-passkey' } });
}
