/** One's own second factor, and taking away somebody's who has lost it. */
import { DomainError } from '../../domain/errors.ts';
import type { UserId } from '../../domain/identifiers.ts';
import type { PersonActor } from '../../domain/people/actor.ts';
import type { Proof } from '../../domain/people/credentials.ts';
import type { SecretSeal } from '../../domain/people/second-factor.ts';
import { type ActOf, actBy, auditWho, BY_COMMAND, type SubjectOf } from '../../domain/record/audit.ts';
import type { By, PeopleStores } from './manage-people.ts';

/** Whose second factor it is, in a session. */
export interface Own {
  readonly actor: PersonActor;
  readonly proof: Proof;
}

/** Arithmetic of codes belongs to gateway/auth. */
export interface CodeRule {
  readonly seal: SecretSeal;
  readonly newSecret: () => Uint8Array;
  /** The time step of a code; undefined: it is none of that secret now. */
  readonly stepOf: (secret: Uint8Array, code: string) => number | undefined;
}

export interface RecoveryCodeRule {
  readonly newRecoveryCodes: (userId: UserId) => { readonly codes: readonly string[]; readonly hashes: readonly string[] };
}

/** The secret, to be shown once; nothing is on before a code of it was given. @throws unauthenticated */
export async function beginAuthenticator(
  { people, seal, newSecret }: PeopleStores<'beginAuthenticator'> & Pick<CodeRule, 'seal' | 'newSecret'>,
  { actor, proof }: Own,
): Promise<Uint8Array> {
  const secret = newSecret();
  await people.beginAuthenticator(actor.userId, seal.seal(secret, actor.userId), proof);
  return secret;
}

/**
 * @returns recovery codes, to be shown once; undefined: those that are there stay
 * @throws invalid (`wrong-code`); conflict (`factor-shown-anew`) when nothing waits to be confirmed any more
 */
export async function confirmAuthenticator(
  stores: PeopleStores<'awaitedSecret' | 'confirmAuthenticator'> & Pick<CodeRule, 'seal' | 'stepOf'> & RecoveryCodeRule,
  { actor, proof }: Own,
  code: string,
): Promise<readonly string[] | undefined> {
  const { people, seal, stepOf, newRecoveryCodes } = stores;
  const sealedSecret = await people.awaitedSecret(actor.userId);
  const secret = sealedSecret === undefined ? undefined : seal.open(sealedSecret, actor.userId);
  if (sealedSecret === undefined || secret === undefined)
    throw new DomainError('conflict', 'begin again: nothing waits to be confirmed', { ids: { reason: 'factor-shown-anew' } });
  const step = stepOf(secret, code);
  if (step === undefined) throw new DomainError('invalid', 'the code is wrong', { ids: { reason: 'wrong-code' } });
  const { codes, hashes } = newRecoveryCodes(actor.userId);
  const confirmed = { sealedSecret, step, recoveryHashes: hashes };
  const added = entry(actor, 'factor-added', { factor: 'authenticator' });
  const codesSet = await people.confirmAuthenticator(actor.userId, confirmed, () => [added], proof);
  return codesSet ? codes : undefined;
}

/** @throws conflict when none is on; unauthenticated */
export async function removeAuthenticator({ people }: PeopleStores<'removeAuthenticator'>, { actor, proof }: Own): Promise<void> {
  const removed = entry(actor, 'factor-removed', { factor: 'authenticator' });
  await people.removeAuthenticator(actor.userId, () => [removed], proof);
}

/** To be shown once; the former ones are of no use any more. @throws conflict when no second factor is on; unauthenticated */
export async function renewRecoveryCodes(
  { people, newRecoveryCodes }: PeopleStores<'renewRecoveryCodes'> & RecoveryCodeRule,
  { actor, proof }: Own,
): Promise<readonly string[]> {
  const { codes, hashes } = newRecoveryCodes(actor.userId);
  await people.renewRecoveryCodes(actor.userId, hashes, () => [entry(actor, 'recovery-codes-made', {})], proof);
  return codes;
}

/** Somebody has lost theirs: the password alone lets them in until they set one up anew. @throws not-found; conflict when none is on */
export async function resetFactors({ people }: PeopleStores<'userById' | 'resetSecondFactors'>, by: By, id: UserId): Promise<void> {
  if ((await people.userById(id)) === undefined) throw new DomainError('not-found', 'no such user');
  const who: ActOf<'factors-reset'>['who'] = by.actor === undefined ? BY_COMMAND : auditWho(by.actor);
  const reset = { action: 'factors-reset', outcome: 'success', who, remoteAddress: by.remoteAddress, what: { userId: id } } as const;
  if (!(await people.resetSecondFactors(id, () => [reset], by.proof)))
    throw new DomainError('conflict', 'no second factor is on', { ids: { reason: 'factor-off' } });
}

function entry<Act extends 'factor-added' | 'factor-removed' | 'recovery-codes-made'>(
  actor: PersonActor,
  action: Act,
  what: SubjectOf<Act>,
): ActOf<Act> {
  return { action, ...actBy(actor), what };
}
