/** Who gave the right password and not yet the second factor. Nothing here lets anybody do anything but show that factor. */
import { DEVICE_MS_MAX } from '../../../gateway/domain/people/credentials.ts';
import { HALF_SIGN_INS_A_USER_MAX, type HalfSignInIndex } from '../../../gateway/domain/people/second-factor.ts';
import type { Database, Queryable } from '../postgres/pool.ts';
import { CREDENTIAL_COLUMNS, toCredentials } from './user-rows.ts';

const ENDED_REMOVED_MAX = 100;

export function halfSignInIndex(db: Database, now: () => Date): HalfSignInIndex {
  return {
    beginHalfSignIn: beginHalfSignIn(db, now),

    async halfSignIn(halfHash, at, deviceHash) {
      const [row] = await db.rows({
        text: `SELECT ${CREDENTIAL_COLUMNS}, h.password_hash
          FROM half_sign_ins h JOIN users u USING (user_id) LEFT JOIN facilities f ON f.facility_id = u.facility_id
          WHERE h.half_hash = $1 AND h.ends_at > $4 AND u.disabled_at IS NULL`,
        values: [halfHash, deviceHash ?? '', new Date(at.getTime() - DEVICE_MS_MAX), at],
      });
      return row === undefined ? undefined : toCredentials(row);
    },
  };
}

const beginHalfSignIn =
  (db: Database, now: () => Date): HalfSignInIndex['beginHalfSignIn'] =>
  ({ halfHash, userId, passwordHash, endsAt }) =>
    db.transaction(async (tx) => {
      const at = now();
      const proven = await tx.rows({
        text: 'SELECT FROM users WHERE user_id = $1 AND password_hash = $2 AND disabled_at IS NULL FOR NO KEY UPDATE',
        values: [userId, passwordHash],
      });
      if (proven.length === 0) return false;
      await tx.rows({
        text: `DELETE FROM half_sign_ins WHERE half_hash = ANY (ARRAY(SELECT half_hash FROM half_sign_ins
          WHERE ends_at <= $1 ORDER BY ends_at LIMIT ${ENDED_REMOVED_MAX} FOR UPDATE SKIP LOCKED))`,
        values: [at],
      });
      await tx.rows({
        text: `DELETE FROM half_sign_ins WHERE half_hash IN (SELECT half_hash FROM half_sign_ins
          WHERE user_id = $1 ORDER BY created_at DESC, half_hash OFFSET ${HALF_SIGN_INS_A_USER_MAX - 1})`,
        values: [userId],
      });
      await tx.rows({
        text: 'INSERT INTO half_sign_ins (half_hash, user_id, password_hash, created_at, ends_at) VALUES ($1, $2, $3, $4, $5)',
        values: [halfHash, userId, passwordHash, at, endsAt],
      });
      return true;
    });

/** Whether it was still there: of two who come with it at once one gets a session. */
export async function usedUp(tx: Queryable, halfHash: string, userId: string, at: Date): Promise<boolean> {
  const text = 'DELETE FROM half_sign_ins WHERE half_hash = $1 AND user_id = $2 AND ends_at > $3 RETURNING half_hash';
  return (await tx.rows({ text, values: [halfHash, userId, at] })).length > 0;
}
