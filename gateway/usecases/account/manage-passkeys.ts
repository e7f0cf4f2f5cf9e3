/** One's own passkeys. */
import { DomainError } from '../../domain/errors.ts';
import type { AnsweredQuestion, PasskeyKey } from '../../domain/people/passkey.ts';
import { actBy } from '../../domain/record/audit.ts';
import type { Own, RecoveryCodeRule } from './manage-factors.ts';
import type { PeopleStores } from './manage-people.ts';

/**
 * `judged`: what the device said of its new key; undefined: it does not hold.
 * @returns recovery codes, to be shown once; undefined: those that are there stay
 * @throws invalid (`wrong-passkey`); conflict; unauthenticated
 */
export async function addPasskey(
  { people, newRecoveryCodes }: PeopleStores<'addPasskey'> & RecoveryCodeRule,
  { actor, proof }: Own,
  { judged, name }: { judged: ({ readonly key: PasskeyKey } & AnsweredQuestion) | undefined; name: string },
): Promise<readonly string[] | undefined> {
  if (judged === undefined) throw new DomainError('invalid', 'that is no passkey for this address', { ids: { reason: 'wrong-passkey' } });
  const { codes, hashes } = newRecoveryCodes(actor.userId);
  const entry = { ...actBy(actor), action: 'factor-added', what: { factor: 'passkey' } } as const;
  const codesSet = await people.addPasskey(actor.userId, { ...judged, name, recoveryHashes: hashes }, () => [entry], proof);
  return codesSet ? codes : undefined;
}

/** @throws not-found; unauthenticated */
export async function renamePasskey(
  { people }: PeopleStores<'renamePasskey'>,
  { actor, proof }: Own,
  { id, name }: { id: string; name: string },
): Promise<void> {
  if (!(await people.renamePasskey(actor.userId, id, name, proof))) throw noSuch();
}

/** @throws not-found; conflict (`factor-demanded`) when it is the last second factor of who must have one; unauthenticated */
export async function removePasskey({ people }: PeopleStores<'removePasskey'>, { actor, proof }: Own, id: string): Promise<void> {
  const entry = { ...actBy(actor), action: 'factor-removed', what: { factor: 'passkey' } } as const;
  if (!(await people.removePasskey(actor.userId, id, () => [entry], proof))) throw noSuch();
}

function noSuch(): DomainError {
  return new DomainError('not-found', 'no such passkey');
}
