/** What is asked of all second factors of a user together. Whoever calls it holds the lock on the user. */
import { DomainError } from '../../../gateway/domain/errors.ts';
import type { UserId } from '../../../gateway/domain/identifiers.ts';
import type { Proof } from '../../../gateway/domain/people/credentials.ts';
import type { Queryable } from '../postgres/pool.ts';
import { HAS_FACTOR, MUST_HAVE_FACTOR } from './user-rows.ts';

export async function isAnyOn(tx: Queryable, userId: UserId): Promise<boolean> {
  return (await tx.rows({ text: `SELECT FROM users u WHERE u.user_id = $1 AND ${HAS_FACTOR}`, values: [userId] })).length > 0;
}

/** After one was removed: with the last the recovery codes go. @throws conflict when the region demands one of the user's job */
export async function withoutLast(tx: Queryable, userId: UserId): Promise<void> {
  if (await isAnyOn(tx, userId)) return;
  const demanded = await tx.rows({ text: `SELECT FROM users u WHERE u.user_id = $1 AND ${MUST_HAVE_FACTOR}`, values: [userId] });
  if (demanded.length > 0)
    throw new DomainError('conflict', 'the region demands a second factor of this job', { ids: { reason: 'factor-demanded' } });
  await putRecoveryCodes(tx, userId, []);
}

export async function putRecoveryCodes(tx: Queryable, userId: UserId, hashes: readonly string[]): Promise<void> {
  await tx.rows({ text: 'DELETE FROM recovery_codes WHERE user_id = $1', values: [userId] });
  await tx.rows({ text: 'INSERT INTO recovery_codes (user_id, code_hash) SELECT $1, unnest($2::text[])', values: [userId, hashes] });
}

/** Whoever else is signed in came in by less, or by what is no more. */
export async function endOthers(tx: Queryable, userId: UserId, proof: Proof): Promise<void> {
  const kept = 'session' in proof ? proof.session : '';
  await tx.rows({ text: 'DELETE FROM sessions WHERE user_id = $1 AND id_hash <> $2', values: [userId, kept] });
  await tx.rows({ text: 'DELETE FROM half_sign_ins WHERE user_id = $1', values: [userId] });
}
