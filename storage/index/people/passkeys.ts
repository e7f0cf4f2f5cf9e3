/** Passkeys, and which of the questions that they answered are not to be answered again. Each change is made under the lock on its user. */
import { DomainError } from '../../../gateway/domain/errors.ts';
import type { UserId } from '../../../gateway/domain/identifiers.ts';
import { type AnsweredQuestion, PASSKEYS_A_USER_MAX, type Passkey, type PasskeyIndex } from '../../../gateway/domain/people/passkey.ts';
import type { FactorProof } from '../../../gateway/domain/people/second-factor.ts';
import type { Database, Queryable, Row } from '../postgres/pool.ts';
import { appendAudit } from '../record/audit.ts';
import { endOthers, isAnyOn, putRecoveryCodes, withoutLast } from './factor-rows.ts';
import { demandProof, lockUser } from './proofs.ts';

const ENDED_REMOVED_MAX = 100;
const PASSKEY = `p.passkey_id, p.user_id, p.credential_id, p.public_key, p.sign_count::float8 AS sign_count, p.transports, p.name, p.created_at,
  p.last_used_at`;

export function passkeyIndex(db: Database, now: () => Date): PasskeyIndex {
  return {
    async passkeysOf(userId) {
      const text = `SELECT ${PASSKEY} FROM passkeys p WHERE p.user_id = $1 ORDER BY p.passkey_id`;
      return (await db.rows({ text, values: [userId] })).map(toPasskey);
    },

    async passkey(credentialId) {
      const text = `SELECT ${PASSKEY}, u.email FROM passkeys p JOIN users u USING (user_id) WHERE p.credential_id = $1`;
      const [row] = await db.rows({ text, values: [credentialId] });
      return row === undefined ? undefined : { ...toPasskey(row), email: row['email'] };
    },

    addPasskey: addPasskey(db, now),

    renamePasskey: (userId, id, name, proof) =>
      db.transaction(async (tx) => {
        await lockUser(tx, userId);
        await demandProof(tx, proof, now());
        const text = 'UPDATE passkeys SET name = $3 WHERE passkey_id = $1 AND user_id = $2 RETURNING passkey_id';
        return isNumber(id) && (await tx.rows({ text, values: [id, userId, name] })).length > 0;
      }),

    removePasskey: (userId, id, entries, proof) =>
      db.transaction(async (tx) => {
        await lockUser(tx, userId);
        await demandProof(tx, proof, now());
        const text = 'DELETE FROM passkeys WHERE passkey_id = $1 AND user_id = $2 RETURNING passkey_id';
        if (!isNumber(id) || (await tx.rows({ text, values: [id, userId] })).length === 0) return false;
        await withoutLast(tx, userId);
        await endOthers(tx, userId, proof);
        await appendAudit(tx, entries(), now());
        return true;
      }),
  };
}

const addPasskey =
  (db: Database, now: () => Date): PasskeyIndex['addPasskey'] =>
  (userId, { key, name, recoveryHashes, ...answered }, entries, proof) =>
    db.transaction(async (tx) => {
      const at = now();
      await lockUser(tx, userId);
      await demandProof(tx, proof, at);
      if (!(await isFirstAnswer(tx, answered, at)))
        throw new DomainError('conflict', 'the question was answered before', { ids: { reason: 'factor-shown-anew' } });
      const first = !(await isAnyOn(tx, userId));
      const made = await tx.rows({
        text: `INSERT INTO passkeys (user_id, credential_id, public_key, sign_count, transports, name, created_at)
          SELECT $1, $2, $3, $4, $5, $6, $7 WHERE (SELECT count(*) FROM passkeys WHERE user_id = $1) < ${PASSKEYS_A_USER_MAX}
          ON CONFLICT (credential_id) DO NOTHING RETURNING passkey_id`,
        values: [userId, key.credentialId, key.publicKey, key.signCount, key.transports, name, at],
      });
      if (made.length === 0) throw await whyNotAdded(tx, userId);
      if (first) await putRecoveryCodes(tx, userId, recoveryHashes);
      await endOthers(tx, userId, proof);
      await appendAudit(tx, entries(), at);
      return first;
    });

async function whyNotAdded(tx: Queryable, userId: UserId): Promise<DomainError> {
  const kept = await tx.rows({ text: 'SELECT FROM passkeys WHERE user_id = $1', values: [userId] });
  return kept.length >= PASSKEYS_A_USER_MAX
    ? new DomainError('conflict', `a user has at most ${PASSKEYS_A_USER_MAX} passkeys`, { ids: { reason: 'too-many-passkeys' } })
    : new DomainError('conflict', 'the passkey is known already', { ids: { reason: 'passkey-known' } });
}

/** Whether it still proves its user: the question was not answered before, and the count has risen since the last time, also of two at once. */
export async function usedUpPasskey(
  tx: Queryable,
  userId: UserId,
  { passkeyId, signCount, ...answered }: Extract<FactorProof, { kind: 'passkey' }>,
  at: Date,
): Promise<boolean> {
  if (!(await isFirstAnswer(tx, answered, at))) return false;
  const text = `UPDATE passkeys SET sign_count = $3, last_used_at = $4
    WHERE passkey_id = $1 AND user_id = $2 AND (sign_count < $3 OR (sign_count = 0 AND $3 = 0)) RETURNING passkey_id`;
  return (await tx.rows({ text, values: [passkeyId, userId, signCount, at] })).length > 0;
}

/** Remembered until the question is too old anyhow. */
async function isFirstAnswer(tx: Queryable, { questionHash, questionEndsAt }: AnsweredQuestion, at: Date): Promise<boolean> {
  await tx.rows({
    text: `DELETE FROM passkey_questions_answered WHERE question_hash = ANY (ARRAY(SELECT question_hash FROM passkey_questions_answered
      WHERE ends_at <= $1 ORDER BY ends_at LIMIT ${ENDED_REMOVED_MAX} FOR UPDATE SKIP LOCKED))`,
    values: [at],
  });
  const text =
    'INSERT INTO passkey_questions_answered (question_hash, ends_at) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING question_hash';
  return (await tx.rows({ text, values: [questionHash, questionEndsAt] })).length > 0;
}

const isNumber = (id: string) => /^[0-9]{1,18}$/.test(id);

function toPasskey(row: Row): Passkey {
  return {
    id: row['passkey_id'],
    userId: row['user_id'] as UserId,
    credentialId: row['credential_id'],
    publicKey: row['public_key'],
    signCount: row['sign_count'],
    transports: row['transports'],
    name: row['name'],
    createdAt: row['created_at'],
    lastUsedAt: row['last_used_at'] ?? undefined,
  };
}
