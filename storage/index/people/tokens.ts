/** Bearer tokens by their hash. One that ended is kept a while, so that the record can say whose it was when somebody still sends it. */

import { DAY_MS } from '../../../gateway/domain/clock.ts';
import { DomainError } from '../../../gateway/domain/errors.ts';
import { TOKENS_A_USER_MAX, type TokenIndex } from '../../../gateway/domain/people/credentials.ts';
import type { Database, Queryable } from '../postgres/pool.ts';
import { appendAudit, recorded } from '../record/audit.ts';
import { demandProof, LIVE_TOKEN, lockUser } from './proofs.ts';
import { toUser, USER_COLUMNS } from './user-rows.ts';

/** A token's last use is noted at most this often. */
const TOUCH_MS_MIN = 60_000;
const ENDED_KEPT_MS = 90 * DAY_MS;
const ENDED_REMOVED_MAX = 100;
/** Of one user: who makes and revokes without end leaves no more behind. */
const ENDED_A_USER_MAX = 200;

export function tokenIndex(db: Database, now: () => Date): TokenIndex {
  return {
    createToken: createToken(db, now),

    token: token(db),

    endedToken: endedToken(db),

    tokensOf: tokensOf(db),

    revokeToken: revokeToken(db, now),
  };
}

const createToken =
  (db: Database, now: () => Date): TokenIndex['createToken'] =>
  (token, entries, proof) =>
    db.transaction(async (tx) => {
      const at = now();
      // Two at once do not both pass the bound, and a new password ends what is made before it and keeps out what comes after.
      await lockUser(tx, token.userId);
      await demandProof(tx, proof, at);
      await removeEnded(tx, token.userId, at);
      const [live] = await tx.rows({
        text: `SELECT count(*)::integer AS count FROM tokens t WHERE t.user_id = $1 AND ${LIVE_TOKEN}`,
        values: [token.userId, at],
      });
      if (Number(live?.['count']) >= TOKENS_A_USER_MAX)
        throw new DomainError('conflict', `a user has at most ${TOKENS_A_USER_MAX} tokens; revoke one first`, {
          ids: { reason: 'too-many-tokens' },
        });
      const [row] = await tx.rows({
        text: 'INSERT INTO tokens (token_hash, user_id, name, created_at, expires_at, by_command) VALUES ($1, $2, $3, $4, $5, $6) RETURNING token_id',
        values: [token.tokenHash, token.userId, token.name, at, token.expiresAt ?? null, proof === undefined],
      });
      return recorded(tx, row?.['token_id'] as string, entries, at);
    });

const token =
  (db: Database): TokenIndex['token'] =>
  async (tokenHash, at) => {
    const [row] = await db.rows({
      name: 'token',
      text: `SELECT ${USER_COLUMNS}, t.token_id, t.last_used_at, t.by_command
          FROM tokens t JOIN users u USING (user_id) LEFT JOIN facilities f ON f.facility_id = u.facility_id
          WHERE t.token_hash = $1 AND ${LIVE_TOKEN} AND u.disabled_at IS NULL`,
      values: [tokenHash, at],
    });
    if (row === undefined) return undefined;
    if (row['last_used_at'] === null || at.getTime() - row['last_used_at'].getTime() >= TOUCH_MS_MIN) {
      await db.rows({ text: 'UPDATE tokens SET last_used_at = $2 WHERE token_id = $1', values: [row['token_id'], at] });
    }
    return { user: toUser(row), byCommand: row['by_command'] === true };
  };

const endedToken =
  (db: Database): TokenIndex['endedToken'] =>
  async (tokenHash, at) => {
    const [row] = await db.rows({
      text: `SELECT ${USER_COLUMNS}, t.revoked_at, t.expires_at
          FROM tokens t JOIN users u USING (user_id) LEFT JOIN facilities f ON f.facility_id = u.facility_id WHERE t.token_hash = $1`,
      values: [tokenHash],
    });
    if (row === undefined) return undefined;
    const expired = row['expires_at'] !== null && row['expires_at'] <= at;
    return { user: toUser(row), why: row['revoked_at'] !== null ? 'revoked' : expired ? 'expired' : 'disabled' };
  };

const tokensOf =
  (db: Database): TokenIndex['tokensOf'] =>
  async (userId) => {
    const rows = await db.rows({
      text: `SELECT t.token_id, t.name, t.created_at, t.expires_at, t.last_used_at FROM tokens t
          WHERE t.user_id = $1 AND t.revoked_at IS NULL ORDER BY t.token_id DESC`,
      values: [userId],
    });
    return rows.map((row) => ({
      id: row['token_id'],
      name: row['name'],
      createdAt: row['created_at'],
      expiresAt: row['expires_at'] ?? undefined,
      lastUsedAt: row['last_used_at'] ?? undefined,
    }));
  };

const revokeToken =
  (db: Database, now: () => Date): TokenIndex['revokeToken'] =>
  async (userId, id, entries, proof) => {
    if (!/^[0-9]{1,18}$/.test(id)) return false;
    const text = 'UPDATE tokens SET revoked_at = $3 WHERE token_id = $1 AND user_id = $2 AND revoked_at IS NULL RETURNING token_id';
    return db.transaction(async (tx) => {
      await lockUser(tx, userId);
      await demandProof(tx, proof, now());
      const revoked = await tx.rows({ text, values: [id, userId, now()] });
      if (revoked.length > 0) await appendAudit(tx, entries(), now());
      return revoked.length > 0;
    });
  };

async function removeEnded(tx: Queryable, userId: string, at: Date): Promise<void> {
  await tx.rows({
    text: `DELETE FROM tokens WHERE token_id = ANY (ARRAY(SELECT token_id FROM tokens
      WHERE least(revoked_at, expires_at) <= $1 ORDER BY least(revoked_at, expires_at) LIMIT ${ENDED_REMOVED_MAX} FOR UPDATE SKIP LOCKED))`,
    values: [new Date(at.getTime() - ENDED_KEPT_MS)],
  });
  await tx.rows({
    text: `DELETE FROM tokens WHERE token_id IN (SELECT token_id FROM tokens WHERE user_id = $1 AND least(revoked_at, expires_at) <= $2
      ORDER BY token_id DESC OFFSET ${ENDED_A_USER_MAX})`,
    values: [userId, at],
  });
}
