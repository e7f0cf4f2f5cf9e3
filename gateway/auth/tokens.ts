import { type Clock, DAY_MS } from '../domain/clock.ts';
import type { UserId } from '../domain/identifiers.ts';
import type { Actor } from '../domain/people/actor.ts';
import type { Proof } from '../domain/people/credentials.ts';
import type { PeopleIndex } from '../domain/people/people-index.ts';
import { auditWho, BY_COMMAND } from '../domain/record/audit.ts';
import { hashSecret, newToken } from './secrets.ts';

/** How long a token lasts when nobody says. */
export const TOKEN_DAYS_DEFAULT = 90;
export const TOKEN_DAYS_MAX = 3650;

/** A token with its user's rights and no more. The text is returned once and kept only as a hash. @throws conflict when the user has too many; unauthenticated when the proof has ended */
export async function createToken(
  { people, clock }: { people: Pick<PeopleIndex, 'createToken'>; clock: Clock },
  request: { by: Actor | undefined; userId: UserId; name: string; days?: number; remoteAddress: string; proof?: Proof },
): Promise<{ id: string; token: string; expiresAt: Date }> {
  const token = newToken();
  const days = Math.min(request.days ?? TOKEN_DAYS_DEFAULT, TOKEN_DAYS_MAX);
  const expiresAt = new Date(clock.now().getTime() + days * DAY_MS);
  const { userId, name, by, remoteAddress, proof } = request;
  // Its text is returned only after this is on record; if that fails, nobody has seen it.
  const made = { tokenHash: hashSecret(token), userId, name, expiresAt };
  const who = by === undefined ? BY_COMMAND : auditWho(by);
  const id = await people.createToken(
    made,
    (tokenId) => [{ action: 'token-created', outcome: 'success', who, remoteAddress, what: { userId, tokenId, days } }],
    proof,
  );
  return { id, token, expiresAt };
}

/** Whether there was such a token of that user. @throws unauthenticated when the proof has ended */
export async function revokeToken(
  { people }: { people: Pick<PeopleIndex, 'revokeToken'> },
  request: { by: Actor; userId: UserId; id: string; remoteAddress: string; proof: Proof },
): Promise<boolean> {
  const { by, userId, id, remoteAddress, proof } = request;
  const entry = { action: 'token-revoked', outcome: 'success', who: auditWho(by), remoteAddress, what: { tokenId: id } } as const;
  return people.revokeToken(userId, id, () => [entry], proof);
}
