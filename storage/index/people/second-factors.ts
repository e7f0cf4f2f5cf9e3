/** Secrets of authenticator apps and recovery codes. Each change is made under the lock on its user. */
import { DomainError } from '../../../gateway/domain/errors.ts';
import type { UserId } from '../../../gateway/domain/identifiers.ts';
import {
  type FactorProof,
  SETTING_UP_MS_MAX,
  type SecondFactorIndex,
  type Showing,
  type Shown,
} from '../../../gateway/domain/people/second-factor.ts';
import type { Database, Queryable } from '../postgres/pool.ts';
import { appendAudit } from '../record/audit.ts';
import { endOthers, isAnyOn, putRecoveryCodes, withoutLast } from './factor-rows.ts';
import { usedUpPasskey } from './passkeys.ts';
import { demandProof, lockUser } from './proofs.ts';

export function secondFactorIndex(db: Database, now: () => Date): SecondFactorIndex {
  return {
    async secondFactors(userId) {
      const [row] = await db.rows({
        text: `SELECT (SELECT since FROM authenticators WHERE user_id = $1) AS since,
            (SELECT count(*)::integer FROM recovery_codes WHERE user_id = $1 AND used_at IS NULL) AS codes_left`,
        values: [userId],
      });
      return { authenticatorSince: row?.['since'] ?? undefined, recoveryCodesLeft: row?.['codes_left'] ?? 0 };
    },

    beginAuthenticator: beginAuthenticator(db, now),

    async awaitedSecret(userId) {
      const [row] = await db.rows({
        text: 'SELECT next_sealed_secret FROM authenticators WHERE user_id = $1 AND next_at > $2',
        values: [userId, new Date(now().getTime() - SETTING_UP_MS_MAX)],
      });
      return row?.['next_sealed_secret'] ?? undefined;
    },

    confirmAuthenticator: confirmAuthenticator(db, now),

    removeAuthenticator: removeAuthenticator(db, now),

    renewRecoveryCodes: renewRecoveryCodes(db, now),

    resetSecondFactors: resetSecondFactors(db, now),

    confirmSession: (userId, idHash, shown) =>
      db.transaction(async (tx) => {
        await lockUser(tx, userId);
        await demandProof(tx, { session: idHash }, now());
        const showing = await whatStands(tx, userId, shown, now());
        if (showing === 'stands')
          await tx.rows({ text: 'UPDATE sessions SET confirmed_at = $2 WHERE id_hash = $1', values: [idHash, now()] });
        return showing;
      }),
  };
}

/** Whether what was shown proves who this is; a second factor is used up by it. Whoever calls it holds the lock on the user. */
export async function whatStands(tx: Queryable, userId: UserId, { passwordHash, factor }: Shown, at: Date): Promise<Showing> {
  const given = await tx.rows({
    text: 'SELECT FROM users WHERE user_id = $1 AND password_hash = $2 AND disabled_at IS NULL',
    values: [userId, passwordHash],
  });
  if (given.length === 0) return 'password';
  if (factor === undefined) return (await isAnyOn(tx, userId)) ? 'factor' : 'stands';
  return (await usedUpFactor(tx, userId, factor, at)) ? 'stands' : 'factor';
}

async function usedUpFactor(tx: Queryable, userId: UserId, factor: FactorProof, at: Date): Promise<boolean> {
  if (factor.kind === 'passkey') return usedUpPasskey(tx, userId, factor, at);
  const used =
    factor.kind === 'authenticator'
      ? {
          text: 'UPDATE authenticators SET last_step = $3 WHERE user_id = $1 AND sealed_secret = $2 AND last_step < $3 RETURNING user_id',
          values: [userId, factor.sealedSecret, factor.step],
        }
      : {
          text: 'UPDATE recovery_codes SET used_at = $3 WHERE user_id = $1 AND code_hash = $2 AND used_at IS NULL RETURNING user_id',
          values: [userId, factor.codeHash, at],
        };
  return (await tx.rows(used)).length > 0;
}

const beginAuthenticator =
  (db: Database, now: () => Date): SecondFactorIndex['beginAuthenticator'] =>
  (userId, sealedSecret, proof) =>
    db.transaction(async (tx) => {
      await lockUser(tx, userId);
      await demandProof(tx, proof, now());
      await tx.rows({
        text: `INSERT INTO authenticators (user_id, next_sealed_secret, next_at) VALUES ($1, $2, $3)
          ON CONFLICT (user_id) DO UPDATE SET next_sealed_secret = excluded.next_sealed_secret, next_at = excluded.next_at`,
        values: [userId, sealedSecret, now()],
      });
    });

const confirmAuthenticator =
  (db: Database, now: () => Date): SecondFactorIndex['confirmAuthenticator'] =>
  (userId, { sealedSecret, step, recoveryHashes }, entries, proof) =>
    db.transaction(async (tx) => {
      await lockUser(tx, userId);
      await demandProof(tx, proof, now());
      const first = !(await isAnyOn(tx, userId));
      const confirmed = await tx.rows({
        text: `UPDATE authenticators SET since = $3, sealed_secret = next_sealed_secret, last_step = $4, next_sealed_secret = NULL, next_at = NULL
          WHERE user_id = $1 AND next_sealed_secret = $2 RETURNING user_id`,
        values: [userId, sealedSecret, now(), step],
      });
      if (confirmed.length === 0)
        throw new DomainError('conflict', 'another secret was shown since', { ids: { reason: 'factor-shown-anew' } });
      if (first) await putRecoveryCodes(tx, userId, recoveryHashes);
      await endOthers(tx, userId, proof);
      await appendAudit(tx, entries(), now());
      return first;
    });

const removeAuthenticator =
  (db: Database, now: () => Date): SecondFactorIndex['removeAuthenticator'] =>
  (userId, entries, proof) =>
    db.transaction(async (tx) => {
      await lockUser(tx, userId);
      await demandProof(tx, proof, now());
      const text = 'DELETE FROM authenticators WHERE user_id = $1 AND since IS NOT NULL RETURNING user_id';
      if ((await tx.rows({ text, values: [userId] })).length === 0) throw notOn();
      await withoutLast(tx, userId);
      await endOthers(tx, userId, proof);
      await appendAudit(tx, entries(), now());
    });

const renewRecoveryCodes =
  (db: Database, now: () => Date): SecondFactorIndex['renewRecoveryCodes'] =>
  (userId, recoveryHashes, entries, proof) =>
    db.transaction(async (tx) => {
      await lockUser(tx, userId);
      await demandProof(tx, proof, now());
      if (!(await isAnyOn(tx, userId))) throw notOn();
      await putRecoveryCodes(tx, userId, recoveryHashes);
      await appendAudit(tx, entries(), now());
    });

const resetSecondFactors =
  (db: Database, now: () => Date): SecondFactorIndex['resetSecondFactors'] =>
  (userId, entries, proof) =>
    db.transaction(async (tx) => {
      await lockUser(tx, userId);
      await demandProof(tx, proof, now());
      if (!(await isAnyOn(tx, userId))) return false;
      await tx.rows({ text: 'DELETE FROM authenticators WHERE user_id = $1', values: [userId] });
      await tx.rows({ text: 'DELETE FROM passkeys WHERE user_id = $1', values: [userId] });
      await putRecoveryCodes(tx, userId, []);
      // What was lost may still be signed in.
      await tx.rows({ text: 'DELETE FROM sessions WHERE user_id = $1', values: [userId] });
      await tx.rows({ text: 'DELETE FROM half_sign_ins WHERE user_id = $1', values: [userId] });
      await appendAudit(tx, entries(), now());
      return true;
    });

function notOn(): DomainError {
  return new DomainError('conflict', 'no second factor is on', { ids: { reason: 'factor-off' } });
}
