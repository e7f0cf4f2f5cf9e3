/** Whether what proves who asks stands, looked at in the transaction of what is asked. */

import { DomainError } from '../../../gateway/domain/errors.ts';
import type { UserId } from '../../../gateway/domain/identifiers.ts';
import { COMMAND_LINE, type Proof, type Standing } from '../../../gateway/domain/people/credentials.ts';
import type { Queryable } from '../postgres/pool.ts';

/** One that is begun later than now was begun by a clock that was wrong and has been set back since: it would outlive its absolute end. */
export const LIVE_SESSION = "s.ends_at > $2 AND s.used_at + s.idle > $2 AND s.created_at <= $2 + interval '10 minutes'";
export const LIVE_TOKEN = 't.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > $2)';

/** What is asked of one account is done in turn. Taken before what proves who asks, and before the account's sessions and tokens. */
export async function lockUser(tx: Queryable, userId: UserId): Promise<void> {
  await tx.rows({ text: 'SELECT FROM users WHERE user_id = $1 FOR NO KEY UPDATE', values: [userId] });
}

/** For what is no act on the account itself, but must not come after it is closed or its work is another: before whatever else the act locks. */
export async function demandProven(tx: Queryable, proven: Standing, at: Date): Promise<void> {
  if (proven === COMMAND_LINE) return;
  await lockUser(tx, proven.userId);
  await demandProof(tx, proven.proof, at);
}

/**
 * The proof is locked, so that it stands until the transaction ends: whoever ends a session deletes it, whoever revokes a token changes it. Where
 * the user's row is locked too, that comes first.
 * @throws unauthenticated; denied
 */
export async function demandProof(tx: Queryable, proof: Proof | undefined, at: Date): Promise<void> {
  if (proof === undefined) return;
  const [kept] = 'session' in proof ? await sessionRows(tx, proof.session, at) : await tokenRows(tx, proof.token, at);
  if (kept === undefined) throw ended(proof);
  if (proof.administrator === true && kept['administrator'] !== true)
    throw new DomainError('denied', 'administrators only', { ids: { reason: 'administrators-only' } });
  if (proof.job !== undefined && proof.job !== kept['job'])
    throw new DomainError('denied', 'your job was changed; ask again', { ids: { reason: 'job-changed' } });
}

function sessionRows(tx: Queryable, idHash: string, at: Date) {
  return tx.rows({
    text: `SELECT u.administrator, u.job FROM sessions s JOIN users u USING (user_id)
        WHERE s.id_hash = $1 AND ${LIVE_SESSION} AND u.disabled_at IS NULL FOR KEY SHARE OF s`,
    values: [idHash, at],
  });
}

function tokenRows(tx: Queryable, tokenHash: string, at: Date) {
  return tx.rows({
    text: `SELECT u.administrator, u.job FROM tokens t JOIN users u USING (user_id)
        WHERE t.token_hash = $1 AND ${LIVE_TOKEN} AND u.disabled_at IS NULL FOR SHARE OF t`,
    values: [tokenHash, at],
  });
}

function ended(proof: Proof): DomainError {
  return 'session' in proof
    ? new DomainError('unauthenticated', 'the session has ended; sign in again', { ids: { reason: 'session' } })
    : new DomainError('unauthenticated', 'the token is unknown, expired or revoked', { ids: { reason: 'token' } });
}
