/** Browser sessions by the hash of their cookie, and the devices that people have signed in on by the hash of theirs. */
import type { UserId } from '../../../gateway/domain/identifiers.ts';
import {
  DEVICE_MS_MAX,
  DEVICES_A_USER_MAX,
  type DeviceIndex,
  type KeptSession,
  type NextSession,
  SESSIONS_A_USER_MAX,
  type SessionIndex,
} from '../../../gateway/domain/people/credentials.ts';
import type { EntriesOf } from '../../../gateway/domain/record/audit.ts';
import type { Database, Query, Queryable, Row } from '../postgres/pool.ts';
import { recorded } from '../record/audit.ts';
import { usedUp } from './half-sign-ins.ts';
import { demandProof, LIVE_SESSION, lockUser } from './proofs.ts';
import { whatStands } from './second-factors.ts';
import { toUser, USER_COLUMNS } from './user-rows.ts';

/** A use is noted at most this often, or four times within the idle time if that is less. */
const TOUCH_MS_MIN = 60_000;
const ENDED_REMOVED_MAX = 100;

export function sessionIndex(db: Database, now: () => Date): SessionIndex & DeviceIndex {
  return {
    createSession: createSession(db, now),

    session: session(db),

    sessionsOf: sessionsOf(db),

    async endSession(idHash, entries) {
      const text = 'DELETE FROM sessions WHERE id_hash = $1 RETURNING session_id';
      return (await db.transaction((tx) => endedOnRecord(tx, { text, values: [idHash] }, () => entries(), now()))) > 0;
    },

    endSessionById: endSessionById(db, now),

    endOtherSessions: endOtherSessions(db, now),

    rememberDevice: rememberDevice(db, now),
  };
}

const createSession =
  (db: Database, now: () => Date): (SessionIndex & DeviceIndex)['createSession'] =>
  (session) =>
    db.transaction(async (tx) => {
      const at = now();
      // The lock: a password is not changed, nor the account closed, between this look and the session. Nothing is locked before it: whoever has it
      // may want any session of the user.
      await lockUser(tx, session.userId);
      const showing = await whatStands(tx, session.userId, session.shown, at);
      if (showing !== 'stands') return showing;
      if (session.halfHash !== undefined && !(await usedUp(tx, session.halfHash, session.userId, at))) return 'password';
      await removeEnded(tx, at);
      await tx.rows({
        text: `DELETE FROM sessions WHERE session_id IN
            (SELECT session_id FROM sessions WHERE user_id = $1 ORDER BY used_at DESC, session_id DESC OFFSET ${SESSIONS_A_USER_MAX - 1})`,
        values: [session.userId],
      });
      await insertSession(tx, session.userId, session, at);
      return 'stands';
    });

/** Whoever calls it holds the lock on the user, and has seen what proves it. */
export async function insertSession(tx: Queryable, userId: UserId, session: NextSession, at: Date): Promise<void> {
  const { idHash, csrfToken, idleMs, endsAt, remoteAddress, device, confirmedAt } = session;
  await tx.rows({
    text: `INSERT INTO sessions (id_hash, user_id, csrf_token, created_at, used_at, idle, ends_at, remote_address, device, confirmed_at)
        VALUES ($1, $2, $3, $4, $4, make_interval(secs => $5), $6, $7, $8, $9)`,
    values: [idHash, userId, csrfToken, at, idleMs / 1000, endsAt, remoteAddress, device, confirmedAt ?? at],
  });
}

const session =
  (db: Database): (SessionIndex & DeviceIndex)['session'] =>
  async (idHash, at, used) => {
    const [row] = await db.rows({
      name: 'session',
      text: `SELECT ${USER_COLUMNS}, s.session_id, s.csrf_token, s.ends_at, s.used_at,
            coalesce(s.confirmed_at, s.created_at) AS confirmed_at, extract(epoch FROM s.idle)::float8 * 1000 AS idle_ms
          FROM sessions s JOIN users u USING (user_id) LEFT JOIN facilities f ON f.facility_id = u.facility_id
          WHERE s.id_hash = $1 AND ${LIVE_SESSION} AND u.disabled_at IS NULL`,
      values: [idHash, at],
    });
    if (row === undefined) return undefined;
    const idleMs: number = row['idle_ms'];
    let usedAt: Date = row['used_at'];
    if (used && at.getTime() - usedAt.getTime() >= Math.min(TOUCH_MS_MIN, idleMs / 4)) {
      await db.rows({ text: 'UPDATE sessions SET used_at = greatest(used_at, $2) WHERE id_hash = $1', values: [idHash, at] });
      usedAt = at;
    }
    return {
      id: row['session_id'],
      user: toUser(row),
      csrfToken: row['csrf_token'],
      endsAt: row['ends_at'],
      idleEndsAt: new Date(usedAt.getTime() + idleMs),
      confirmedAt: row['confirmed_at'],
    };
  };

const sessionsOf =
  (db: Database): (SessionIndex & DeviceIndex)['sessionsOf'] =>
  async (userId, at) => {
    const rows = await db.rows({
      text: `SELECT s.session_id, s.id_hash, s.created_at, s.used_at, s.remote_address, s.device FROM sessions s
          WHERE s.user_id = $1 AND ${LIVE_SESSION} ORDER BY s.used_at DESC, s.session_id DESC`,
      values: [userId, at],
    });
    return rows.map(toRecord);
  };

const endSessionById =
  (db: Database, now: () => Date): (SessionIndex & DeviceIndex)['endSessionById'] =>
  async (userId, id, entries, proof) => {
    if (!/^[0-9]{1,18}$/.test(id)) return false;
    const text = 'DELETE FROM sessions WHERE session_id = $1 AND user_id = $2 RETURNING session_id';
    return db.transaction(async (tx) => {
      await lockUser(tx, userId);
      await demandProof(tx, proof, now());
      return (await endedOnRecord(tx, { text, values: [id, userId] }, () => entries(), now())) > 0;
    });
  };

const endOtherSessions =
  (db: Database, now: () => Date): (SessionIndex & DeviceIndex)['endOtherSessions'] =>
  (userId, exceptIdHash, entries) =>
    db.transaction(async (tx) => {
      await lockUser(tx, userId);
      await demandProof(tx, { session: exceptIdHash }, now());
      const text = 'DELETE FROM sessions WHERE user_id = $1 AND id_hash <> $2 RETURNING session_id';
      return endedOnRecord(tx, { text, values: [userId, exceptIdHash] }, entries, now());
    });

/** How many sessions were deleted; nothing goes on record where none was. */
async function endedOnRecord(tx: Queryable, query: Query, entries: EntriesOf<number>, at: Date): Promise<number> {
  const ended = (await tx.rows(query)).length;
  return ended === 0 ? 0 : recorded(tx, ended, entries, at);
}

const rememberDevice =
  (db: Database, now: () => Date): (SessionIndex & DeviceIndex)['rememberDevice'] =>
  (userId, deviceHash) =>
    db.transaction(async (tx) => {
      await tx.rows({
        text: `INSERT INTO known_devices (user_id, device_hash, signed_in_at) VALUES ($1, $2, $3)
            ON CONFLICT (user_id, device_hash) DO UPDATE SET signed_in_at = excluded.signed_in_at`,
        values: [userId, deviceHash, now()],
      });
      await tx.rows({
        text: `DELETE FROM known_devices WHERE user_id = $1 AND (signed_in_at <= $2 OR device_hash IN
            (SELECT device_hash FROM known_devices WHERE user_id = $1 ORDER BY signed_in_at DESC, device_hash OFFSET ${DEVICES_A_USER_MAX}))`,
        values: [userId, new Date(now().getTime() - DEVICE_MS_MAX)],
      });
    });

async function removeEnded(tx: Queryable, at: Date): Promise<void> {
  await tx.rows({
    text: `DELETE FROM sessions WHERE session_id = ANY (ARRAY(SELECT session_id FROM sessions
      WHERE ends_at <= $1 ORDER BY ends_at LIMIT ${ENDED_REMOVED_MAX} FOR UPDATE SKIP LOCKED))`,
    values: [at],
  });
}

function toRecord(row: Row): KeptSession {
  return {
    id: row['session_id'],
    idHash: row['id_hash'],
    createdAt: row['created_at'],
    lastUsedAt: row['used_at'],
    remoteAddress: row['remote_address'],
    device: row['device'],
  };
}
