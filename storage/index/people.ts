/** Facilities, their AE titles, their people, and how those prove who they are. Hashes only: no password, cookie or token is here. */
import type { Job } from '../../gateway/domain/actor.ts';
import { DomainError } from '../../gateway/domain/errors.ts';
import type { FacilityCode, FacilityId, UserId } from '../../gateway/domain/identifiers.ts';
import type { AETitleEntry, Credentials, Facility, PeopleIndex, User } from '../../gateway/domain/ports.ts';
import type { Database, Queryable, Row } from './pool.ts';

/** A session's end moves, and a token's last use is noted, at most this often. */
const TOUCH_MS_MIN = 60_000;
/** A session that is used all the time ends all the same, after this many of its lifetimes. */
const SESSION_LIFETIMES_MAX = 14;
const EXPIRED_SESSIONS_REMOVED_MAX = 100;

const FACILITY = `
  SELECT f.facility_id, f.code, f.name, f.name_kana, f.name_romaji, f.created_at,
    coalesce((SELECT json_agg(json_build_object('aeTitle', t.ae_title, 'addressRange', t.address_range,
      'certificateSha256', t.certificate_sha256) ORDER BY t.ae_title) FROM ae_titles t WHERE t.facility_id = f.facility_id), '[]') AS ae_titles
  FROM facilities f`;

const USER_COLUMNS = `
  u.user_id, u.email, u.name, u.name_kana, u.job, u.administrator, u.language, u.disabled_at, u.created_at,
  u.facility_id, f.code AS facility_code, f.name AS facility_name`;
const USER = `SELECT ${USER_COLUMNS} FROM users u LEFT JOIN facilities f USING (facility_id)`;

export function peopleIndex(db: Database, now: () => Date): PeopleIndex {
  return {
    createFacility: (facility) =>
      db.transaction(async (tx) => {
        const [made] = await tx.rows({
          text: `INSERT INTO facilities (code, name, name_kana, name_romaji, created_at) VALUES ($1, $2, $3, $4, $5) RETURNING facility_id`,
          values: [facility.code, facility.name, facility.nameKana, facility.nameRomaji, now()],
        });
        const id = made?.['facility_id'] as FacilityId;
        await setAETitles(tx, id, facility.aeTitles);
        return facilityById(tx, id);
      }),

    updateFacility: (id, change) =>
      db.transaction(async (tx) => {
        await tx.rows({
          text: `UPDATE facilities SET name = coalesce($2, name), name_kana = coalesce($3, name_kana), name_romaji = coalesce($4, name_romaji)
            WHERE facility_id = $1`,
          values: [id, change.name ?? null, change.nameKana ?? null, change.nameRomaji ?? null],
        });
        if (change.aeTitles !== undefined) {
          await tx.rows({ text: 'DELETE FROM ae_titles WHERE facility_id = $1', values: [id] });
          await setAETitles(tx, id, change.aeTitles);
        }
        return facilityById(tx, id);
      }),

    async facilities() {
      return (await db.rows({ text: `${FACILITY} ORDER BY f.code` })).map(toFacility);
    },

    async facilityByCode(code) {
      const [row] = await db.rows({ name: 'facility-by-code', text: `${FACILITY} WHERE f.code = $1`, values: [code] });
      return row === undefined ? undefined : toFacility(row);
    },

    async facilityByAETitle(aeTitle) {
      const [row] = await db.rows({
        name: 'facility-by-ae-title',
        text: `${FACILITY} WHERE f.facility_id = (SELECT facility_id FROM ae_titles WHERE ae_title = $1)`,
        values: [aeTitle],
      });
      if (row === undefined) return undefined;
      const facility = toFacility(row);
      const entry = facility.aeTitles.find((one) => one.aeTitle === aeTitle);
      return entry === undefined ? undefined : { ...facility, entry };
    },

    createUser: (user) =>
      db.transaction(async (tx) => {
        const [made] = await tx.rows({
          text: `INSERT INTO users (email, name, name_kana, facility_id, job, administrator, password_hash, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING user_id`,
          values: [user.email, user.name, user.nameKana, user.facilityId ?? null, user.job, user.administrator, user.passwordHash, now()],
        });
        return requireUser(tx, made?.['user_id'] as UserId);
      }),

    updateUser: (id, change) =>
      db.transaction(async (tx) => {
        await tx.rows({
          text: `UPDATE users SET name = coalesce($2, name), name_kana = coalesce($3, name_kana), job = coalesce($4, job),
              language = coalesce($5, language), password_hash = coalesce($6, password_hash),
              disabled_at = CASE WHEN $7::boolean IS NULL THEN disabled_at WHEN $7 THEN coalesce(disabled_at, $9) END,
              failed_attempts = CASE WHEN $8 THEN 0 ELSE failed_attempts END, locked_until = CASE WHEN $8 THEN NULL ELSE locked_until END
            WHERE user_id = $1`,
          values: [
            id,
            change.name ?? null,
            change.nameKana ?? null,
            change.job ?? null,
            change.language ?? null,
            change.passwordHash ?? null,
            change.disabled ?? null,
            change.unlock === true,
            now(),
          ],
        });
        // Whoever knew the old password, or was signed in when the account was closed, is signed out everywhere; and a token that was
        // made by whoever knew the old password ends with it.
        if (change.passwordHash !== undefined) await tx.rows({ text: 'DELETE FROM tokens WHERE user_id = $1', values: [id] });
        if (change.disabled === true || change.passwordHash !== undefined) {
          await tx.rows({ text: 'DELETE FROM sessions WHERE user_id = $1', values: [id] });
        }
        return requireUser(tx, id);
      }),

    async users() {
      return (await db.rows({ text: `${USER} ORDER BY u.email` })).map(toUser);
    },

    userById: (id) => userById(db, id),

    async credentials(email): Promise<Credentials | undefined> {
      const [row] = await db.rows({
        text: `SELECT ${USER_COLUMNS}, u.password_hash, u.failed_attempts, u.locked_until
          FROM users u LEFT JOIN facilities f USING (facility_id) WHERE lower(u.email) = lower($1)`,
        values: [email],
      });
      if (row === undefined) return undefined;
      return {
        user: toUser(row),
        passwordHash: row['password_hash'],
        failedAttempts: row['failed_attempts'],
        lockedUntil: row['locked_until'] ?? undefined,
      };
    },

    async anyAdministrator() {
      const [row] = await db.rows({ text: 'SELECT EXISTS (SELECT FROM users WHERE administrator AND disabled_at IS NULL) AS any' });
      return row?.['any'] === true;
    },

    async recordSignInFailure(id, lockAfter, lockedUntil) {
      const [row] = await db.rows({
        text: `UPDATE users SET failed_attempts = failed_attempts + 1,
            locked_until = CASE WHEN failed_attempts + 1 >= $2 THEN $3::timestamptz ELSE locked_until END
          WHERE user_id = $1 RETURNING failed_attempts`,
        values: [id, lockAfter, lockedUntil],
      });
      return row === undefined ? 0 : (row['failed_attempts'] as number);
    },

    async clearSignInFailures(id) {
      await db.rows({
        text: 'UPDATE users SET failed_attempts = 0, locked_until = NULL WHERE user_id = $1 AND (failed_attempts > 0 OR locked_until IS NOT NULL)',
        values: [id],
      });
    },

    async createSession(session) {
      const at = now();
      await db.rows({
        text: `DELETE FROM sessions WHERE id_hash IN (
            SELECT id_hash FROM sessions WHERE expires_at <= $1 ORDER BY expires_at LIMIT ${EXPIRED_SESSIONS_REMOVED_MAX} FOR UPDATE SKIP LOCKED)`,
        values: [at],
      });
      await db.rows({
        text: `INSERT INTO sessions (id_hash, user_id, csrf_token, created_at, slid_at, lifetime, expires_at, remote_address)
          VALUES ($1, $2, $3, $4::timestamptz, $4, $5::timestamptz - $4::timestamptz, $5, $6)`,
        values: [session.idHash, session.userId, session.csrfToken, at, session.expiresAt, session.remoteAddress],
      });
    },

    async session(idHash, at) {
      const [row] = await db.rows({
        name: 'session',
        text: `SELECT ${USER_COLUMNS}, s.csrf_token, s.expires_at, s.slid_at
          FROM sessions s JOIN users u USING (user_id) LEFT JOIN facilities f ON f.facility_id = u.facility_id
          WHERE s.id_hash = $1 AND s.expires_at > $2 AND u.disabled_at IS NULL`,
        values: [idHash, at],
      });
      if (row === undefined) return undefined;
      let expiresAt: Date = row['expires_at'];
      if (at.getTime() - row['slid_at'].getTime() >= TOUCH_MS_MIN) {
        const [slid] = await db.rows({
          text: `UPDATE sessions SET slid_at = $2, expires_at = greatest(expires_at, least($2::timestamptz + lifetime, created_at + lifetime * ${SESSION_LIFETIMES_MAX})) WHERE id_hash = $1 RETURNING expires_at`,
          values: [idHash, at],
        });
        expiresAt = slid?.['expires_at'] ?? expiresAt;
      }
      return { user: toUser(row), csrfToken: row['csrf_token'], expiresAt };
    },

    async endSession(idHash) {
      await db.rows({ text: 'DELETE FROM sessions WHERE id_hash = $1', values: [idHash] });
    },

    async createToken(token) {
      const [row] = await db.rows({
        text: 'INSERT INTO tokens (token_hash, user_id, name, created_at, expires_at) VALUES ($1, $2, $3, $4, $5) RETURNING token_id',
        values: [token.tokenHash, token.userId, token.name, now(), token.expiresAt ?? null],
      });
      return row?.['token_id'] as string;
    },

    async token(tokenHash, at) {
      const [row] = await db.rows({
        name: 'token',
        text: `SELECT ${USER_COLUMNS}, t.token_id, t.last_used_at
          FROM tokens t JOIN users u USING (user_id) LEFT JOIN facilities f ON f.facility_id = u.facility_id
          WHERE t.token_hash = $1 AND (t.expires_at IS NULL OR t.expires_at > $2) AND u.disabled_at IS NULL`,
        values: [tokenHash, at],
      });
      if (row === undefined) return undefined;
      if (row['last_used_at'] === null || at.getTime() - row['last_used_at'].getTime() >= TOUCH_MS_MIN) {
        await db.rows({ text: 'UPDATE tokens SET last_used_at = $2 WHERE token_id = $1', values: [row['token_id'], at] });
      }
      return { user: toUser(row) };
    },

    async tokensOf(userId) {
      const rows = await db.rows({
        text: 'SELECT token_id, name, created_at, expires_at, last_used_at FROM tokens WHERE user_id = $1 ORDER BY token_id DESC',
        values: [userId],
      });
      return rows.map((row) => ({
        id: row['token_id'],
        name: row['name'],
        createdAt: row['created_at'],
        expiresAt: row['expires_at'] ?? undefined,
        lastUsedAt: row['last_used_at'] ?? undefined,
      }));
    },

    async revokeToken(userId, id) {
      if (!/^[0-9]{1,18}$/.test(id)) return false;
      const rows = await db.rows({
        text: 'DELETE FROM tokens WHERE token_id = $1 AND user_id = $2 RETURNING token_id',
        values: [id, userId],
      });
      return rows.length > 0;
    },
  };
}

/** @throws conflict when a title belongs to another facility */
async function setAETitles(tx: Queryable, id: FacilityId, aeTitles: readonly AETitleEntry[]): Promise<void> {
  for (const entry of aeTitles) {
    await tx.rows({
      text: 'INSERT INTO ae_titles (ae_title, facility_id, address_range, certificate_sha256) VALUES ($1, $2, $3, $4)',
      values: [entry.aeTitle, id, entry.addressRange ?? null, entry.certificateSha256 ?? null],
    });
  }
}

async function facilityById(on: Queryable, id: FacilityId): Promise<Facility> {
  const [row] = await on.rows({ text: `${FACILITY} WHERE f.facility_id = $1`, values: [id] });
  if (row === undefined) throw new DomainError('not-found', 'no such facility');
  return toFacility(row);
}

async function userById(on: Queryable, id: UserId): Promise<User | undefined> {
  if (!/^[0-9]{1,18}$/.test(id)) return undefined;
  const [row] = await on.rows({ name: 'user-by-id', text: `${USER} WHERE u.user_id = $1`, values: [id] });
  return row === undefined ? undefined : toUser(row);
}

async function requireUser(on: Queryable, id: UserId): Promise<User> {
  const user = await userById(on, id);
  if (user === undefined) throw new DomainError('not-found', 'no such user');
  return user;
}

function toFacility(row: Row): Facility {
  const titles = row['ae_titles'] as { aeTitle: string; addressRange: string | null; certificateSha256: string | null }[];
  return {
    id: row['facility_id'] as FacilityId,
    code: row['code'] as FacilityCode,
    name: row['name'],
    nameKana: row['name_kana'],
    nameRomaji: row['name_romaji'],
    aeTitles: titles.map(({ aeTitle, addressRange, certificateSha256 }) => ({
      aeTitle,
      ...(addressRange === null ? {} : { addressRange }),
      ...(certificateSha256 === null ? {} : { certificateSha256 }),
    })),
    createdAt: row['created_at'],
  };
}

function toUser(row: Row): User {
  return {
    id: row['user_id'] as UserId,
    email: row['email'],
    name: row['name'],
    nameKana: row['name_kana'],
    facility:
      row['facility_id'] === null
        ? undefined
        : { id: row['facility_id'] as FacilityId, code: row['facility_code'] as FacilityCode, name: row['facility_name'] },
    job: row['job'] as Job,
    administrator: row['administrator'],
    language: row['language'] ?? undefined,
    disabledAt: row['disabled_at'] ?? undefined,
    createdAt: row['created_at'],
  };
}
