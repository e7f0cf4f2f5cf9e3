/** Facilities, their AE titles and their people. How those prove who they are is in sessions.ts, tokens.ts and sign-in-attempts.ts. */

import { DomainError } from '../../../gateway/domain/errors.ts';
import type { FacilityCode, FacilityId, UserId } from '../../../gateway/domain/identifiers.ts';
import { DEVICE_MS_MAX } from '../../../gateway/domain/people/credentials.ts';
import type { AETitleEntry, Facility } from '../../../gateway/domain/people/facility.ts';
import { type DatedKind, FROM_THE_BEGINNING, USUAL_KIND } from '../../../gateway/domain/people/facility-kind.ts';
import { type PeopleIndex, STAFF_MAX } from '../../../gateway/domain/people/people-index.ts';
import type { User } from '../../../gateway/domain/people/user.ts';
import type { Database, Query, Queryable, Row } from '../postgres/pool.ts';
import { recorded } from '../record/audit.ts';
import { wordsIn } from './folded-words.ts';
import { halfSignInIndex } from './half-sign-ins.ts';
import { passkeyIndex } from './passkeys.ts';
import { demandProof, demandProven, lockUser } from './proofs.ts';
import { secondFactorIndex } from './second-factors.ts';
import { insertSession, sessionIndex } from './sessions.ts';
import { anyWaitsAt, attemptIndex, clearAttemptsAt } from './sign-in-attempts.ts';
import { tokenIndex } from './tokens.ts';
import { CREDENTIAL_COLUMNS, FACILITY_KINDS_OF, toCredentials, toKinds, toUser, USER_COLUMNS } from './user-rows.ts';

const FACILITY = `
  SELECT f.facility_id, f.code, f.name, f.name_kana, f.name_romaji, f.created_at, ${FACILITY_KINDS_OF('f.facility_id')} AS kinds,
    coalesce((SELECT json_agg(json_build_object('aeTitle', t.ae_title, 'addressRange', t.address_range,
      'certificateSha256', t.certificate_sha256, 'host', t.host, 'port', t.port,
      'receivedAt', c.received_at, 'failedAt', c.failed_at, 'error', c.error) ORDER BY t.ae_title)
      FROM ae_titles t LEFT JOIN ae_contacts c USING (ae_title) WHERE t.facility_id = f.facility_id), '[]') AS ae_titles
  FROM facilities f`;

const USER = `SELECT ${USER_COLUMNS} FROM users u LEFT JOIN facilities f USING (facility_id)`;

export function peopleIndex(db: Database, now: () => Date): PeopleIndex {
  return {
    createFacility: createFacility(db, now),

    updateFacility: updateFacility(db, now),

    async facilities() {
      return (await db.rows({ text: `${FACILITY} ORDER BY f.code` })).map(toFacility);
    },

    findFacilities: findFacilities(db),

    facilityByCode: facilityByCode(db),

    facilityByAETitle: facilityByAETitle(db),

    noteAEContact: noteAEContact(db),

    createUser: createUser(db, now),

    updateUser: updateUser(db, now),

    async users() {
      return (await db.rows({ text: `${USER} ORDER BY u.email` })).map(toUser);
    },

    findUsers: findUsers(db),

    async staffOf(facilityId) {
      const text = `${USER} WHERE u.facility_id = $1 AND u.disabled_at IS NULL ORDER BY u.name_kana, u.name, u.user_id LIMIT $2`;
      return (await db.rows({ text, values: [facilityId, STAFF_MAX] })).map(toUser);
    },

    userById: (id) => userById(db, id),

    credentials: credentials(db, now),

    anyAdministrator: anyAdministrator(db),

    demandStanding: (proven) => db.transaction((tx) => demandProven(tx, proven, now())),

    async signInWaits(id, at) {
      return anyWaitsAt(db, (await requireUser(db, id)).email, at);
    },

    ...sessionIndex(db, now),
    ...tokenIndex(db, now),
    ...attemptIndex(db, now),
    ...secondFactorIndex(db, now),
    ...passkeyIndex(db, now),
    ...halfSignInIndex(db, now),
  };
}

const createFacility =
  (db: Database, now: () => Date): PeopleIndex['createFacility'] =>
  (facility, entries, proof) =>
    db.transaction(async (tx) => {
      await demandProof(tx, proof, now());
      const [made] = await taken('facility-code-taken', facility.code, tx, {
        text: `INSERT INTO facilities (code, name, name_kana, name_romaji, created_at) VALUES ($1, $2, $3, $4, $5) RETURNING facility_id`,
        values: [facility.code, facility.name, facility.nameKana, facility.nameRomaji, now()],
      });
      const id = made?.['facility_id'] as FacilityId;
      await setKinds(tx, id, facility.kinds ?? [{ kind: USUAL_KIND, since: FROM_THE_BEGINNING }]);
      await setAETitles(tx, id, facility.aeTitles);
      return recorded(tx, await facilityById(tx, id), entries, now());
    });

const updateFacility =
  (db: Database, now: () => Date): PeopleIndex['updateFacility'] =>
  (id, change, entries, proof) =>
    db.transaction(async (tx) => {
      await demandProof(tx, proof, now());
      await tx.rows({
        text: `UPDATE facilities SET name = coalesce($2, name), name_kana = coalesce($3, name_kana), name_romaji = coalesce($4, name_romaji)
            WHERE facility_id = $1`,
        values: [id, change.name ?? null, change.nameKana ?? null, change.nameRomaji ?? null],
      });
      // Its name stands in its own lists and in those of all to whom it has shared.
      if (change.name !== undefined) await tx.rows({ text: 'SELECT lists_changed(array_agg(facility_id)) FROM facilities' });
      if (change.kinds !== undefined) {
        await tx.rows({ text: 'DELETE FROM facility_kinds WHERE facility_id = $1', values: [id] });
        await setKinds(tx, id, change.kinds);
      }
      if (change.aeTitles !== undefined) {
        await tx.rows({ text: 'DELETE FROM ae_titles WHERE facility_id = $1', values: [id] });
        await setAETitles(tx, id, change.aeTitles);
      }
      return recorded(tx, await facilityById(tx, id), entries, now());
    });

const facilityByCode =
  (db: Database): PeopleIndex['facilityByCode'] =>
  async (code) => {
    const [row] = await db.rows({ name: 'facility-by-code', text: `${FACILITY} WHERE f.code = $1`, values: [code] });
    return row === undefined ? undefined : toFacility(row);
  };

const findFacilities =
  (db: Database): PeopleIndex['findFacilities'] =>
  async ({ words, after, limit }) => {
    const rows = await db.rows({
      text: `${FACILITY} WHERE ($2::text IS NULL OR f.code > $2) AND ${wordsIn('$1', "concat_ws(' ', f.name, f.name_kana, f.name_romaji, f.code)")}
          ORDER BY f.code LIMIT $3`,
      values: [words, after ?? null, limit],
    });
    return rows.map(toFacility);
  };

const findUsers =
  (db: Database): PeopleIndex['findUsers'] =>
  async ({ words, after, limit }) => {
    const text = "concat_ws(' ', u.name, u.name_kana, u.email, f.name, f.name_kana, f.name_romaji)";
    const rows = await db.rows({
      text: `${USER} WHERE ($2::text IS NULL OR lower(u.email) > lower($2)) AND ${wordsIn('$1', text)} ORDER BY lower(u.email) LIMIT $3`,
      values: [words, after ?? null, limit],
    });
    return rows.map(toUser);
  };

const noteAEContact =
  (db: Database): PeopleIndex['noteAEContact'] =>
  async (aeTitle, { receivedAt, failedAt, error }) => {
    await db.rows({
      text: `INSERT INTO ae_contacts (ae_title, received_at, failed_at, error)
          SELECT ae_title, $2, $3, $4 FROM ae_titles WHERE ae_title = $1
          ON CONFLICT (ae_title) DO UPDATE SET received_at = greatest(ae_contacts.received_at, excluded.received_at),
            failed_at = coalesce(excluded.failed_at, ae_contacts.failed_at), error = coalesce(excluded.error, ae_contacts.error)`,
      values: [aeTitle, receivedAt ?? null, failedAt ?? null, error ?? null],
    });
  };

const facilityByAETitle =
  (db: Database): PeopleIndex['facilityByAETitle'] =>
  async (aeTitle) => {
    const [row] = await db.rows({
      name: 'facility-by-ae-title',
      text: `${FACILITY} WHERE f.facility_id = (SELECT facility_id FROM ae_titles WHERE ae_title = $1)`,
      values: [aeTitle],
    });
    if (row === undefined) return undefined;
    const facility = toFacility(row);
    const entry = facility.aeTitles.find((one) => one.aeTitle === aeTitle);
    return entry === undefined ? undefined : { ...facility, entry };
  };

const createUser =
  (db: Database, now: () => Date): PeopleIndex['createUser'] =>
  (user, entries, proof) =>
    db.transaction(async (tx) => {
      await demandProof(tx, proof, now());
      const [made] = await taken('email-taken', undefined, tx, {
        text: `INSERT INTO users (email, name, name_kana, facility_id, job, administrator, password_hash, password_by_other, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING user_id`,
        values: [
          ...[user.email, user.name, user.nameKana, user.facilityId ?? null, user.job, user.administrator],
          ...[user.passwordHash, user.passwordByOther === true, now()],
        ],
      });
      return recorded(tx, await requireUser(tx, made?.['user_id'] as UserId), entries, now());
    });

const updateUser =
  (db: Database, now: () => Date): PeopleIndex['updateUser'] =>
  (id, change, entries, proof) =>
    db.transaction(async (tx) => {
      if (change.disabled === true || change.administrator === false) await keepAnAdministrator(tx, id);
      await lockUser(tx, id);
      // As it was before the change: nobody gives themselves what they ask with.
      await demandProof(tx, proof, now());
      const [changed] = await tx.rows({
        text: `UPDATE users SET name = coalesce($2, name), name_kana = coalesce($3, name_kana), job = coalesce($4, job),
              language = coalesce($5, language), password_hash = coalesce($6, password_hash), administrator = coalesce($7, administrator),
              disabled_at = CASE WHEN $8::boolean IS NULL THEN disabled_at WHEN $8 THEN coalesce(disabled_at, $9) END,
              password_by_other = CASE WHEN $6::text IS NULL THEN password_by_other ELSE $10::text IS NULL END
            WHERE user_id = $1 AND ($10::text IS NULL OR password_hash = $10) RETURNING email, facility_id, administrator`,
        values: [
          id,
          change.name ?? null,
          change.nameKana ?? null,
          change.job ?? null,
          change.language ?? null,
          change.passwordHash ?? null,
          change.administrator ?? null,
          change.disabled ?? null,
          now(),
          change.givenPasswordHash ?? null,
        ],
      });
      if (changed === undefined && change.givenPasswordHash !== undefined)
        throw new DomainError('denied', 'the current password is wrong', { ids: { reason: 'wrong-password' } });
      if (changed !== undefined && changed['facility_id'] === null && changed['administrator'] === false)
        throw new DomainError('conflict', 'only an administrator may belong to no facility', { ids: { reason: 'no-facility' } });
      // Whoever knew the old password, or was signed in when the account was closed, is signed out everywhere; and a token that was
      // made by whoever knew the old password ends with it.
      if (change.passwordHash !== undefined)
        await tx.rows({ text: 'UPDATE tokens SET revoked_at = $2 WHERE user_id = $1 AND revoked_at IS NULL', values: [id, now()] });
      if (change.disabled === true || change.passwordHash !== undefined) {
        await tx.rows({ text: 'DELETE FROM sessions WHERE user_id = $1', values: [id] });
      }
      if (change.next !== undefined) await insertSession(tx, id, change.next, now());
      if (change.unlock === true && changed !== undefined) await clearAttemptsAt(tx, changed['email']);
      return recorded(tx, await requireUser(tx, id), entries, now());
    });

const credentials =
  (db: Database, now: () => Date): PeopleIndex['credentials'] =>
  async (email, deviceHash) => {
    const [row] = await db.rows({
      text: `SELECT ${CREDENTIAL_COLUMNS}, u.password_hash FROM users u LEFT JOIN facilities f USING (facility_id) WHERE lower(u.email) = lower($1)`,
      values: [email, deviceHash ?? '', new Date(now().getTime() - DEVICE_MS_MAX)],
    });
    return row === undefined ? undefined : toCredentials(row);
  };

const anyAdministrator =
  (db: Database): PeopleIndex['anyAdministrator'] =>
  async () => {
    const [row] = await db.rows({ text: 'SELECT EXISTS (SELECT FROM users WHERE administrator AND disabled_at IS NULL) AS any' });
    return row?.['any'] === true;
  };

/** Under a lock on all who administer, so that two who disable each other do not both succeed. @throws conflict when `id` is the last of them */
async function keepAnAdministrator(tx: Queryable, id: UserId): Promise<void> {
  const rows = await tx.rows({
    text: 'SELECT user_id FROM users WHERE administrator AND disabled_at IS NULL ORDER BY user_id FOR UPDATE',
  });
  const others = rows.filter((row) => row['user_id'] !== id);
  if (others.length < rows.length && others.length === 0)
    throw new DomainError('conflict', 'this is the last administrator; make another one first', { ids: { reason: 'last-administrator' } });
}

async function setKinds(tx: Queryable, id: FacilityId, kinds: readonly DatedKind[]): Promise<void> {
  for (const { kind, since } of kinds)
    await tx.rows({ text: 'INSERT INTO facility_kinds (facility_id, since, kind) VALUES ($1, $2, $3)', values: [id, since, kind] });
}

/** @throws conflict when a title belongs to another facility, or stands twice in the list */
async function setAETitles(tx: Queryable, id: FacilityId, aeTitles: readonly AETitleEntry[]): Promise<void> {
  for (const entry of aeTitles) {
    await taken('ae-title-taken', entry.aeTitle, tx, {
      text: 'INSERT INTO ae_titles (ae_title, facility_id, address_range, certificate_sha256, host, port) VALUES ($1, $2, $3, $4, $5, $6)',
      values: [entry.aeTitle, id, entry.addressRange ?? null, entry.certificateSha256 ?? null, entry.host ?? null, entry.port ?? null],
    });
  }
}

const TAKEN = {
  'facility-code-taken': (code = '') => `a facility has the code ${code} already`,
  'ae-title-taken': (aeTitle = '') => `the AE title ${aeTitle} belongs to a facility already`,
  'email-taken': () => 'a user has that address already',
} as const;

/** A statement that adds what may be there already. @throws conflict that says which of it is taken; `value` is no personal one */
async function taken(reason: keyof typeof TAKEN, value: string | undefined, tx: Queryable, query: Query): Promise<Row[]> {
  return tx.rows(query).catch((thrown: unknown) => {
    if (!(thrown instanceof DomainError) || thrown.kind !== 'conflict') throw thrown;
    throw new DomainError('conflict', TAKEN[reason](value), { cause: thrown, ids: { reason, value } });
  });
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
  const titles = row['ae_titles'] as {
    aeTitle: string;
    addressRange: string | null;
    certificateSha256: string | null;
    host: string | null;
    port: number | null;
    receivedAt: string | null;
    failedAt: string | null;
    error: string | null;
  }[];
  return {
    id: row['facility_id'] as FacilityId,
    code: row['code'] as FacilityCode,
    name: row['name'],
    nameKana: row['name_kana'],
    nameRomaji: row['name_romaji'],
    kinds: toKinds(row['kinds']),
    aeTitles: titles.map(({ aeTitle, addressRange, certificateSha256, host, port, receivedAt, failedAt, error }) => ({
      aeTitle,
      ...(addressRange === null ? {} : { addressRange }),
      ...(certificateSha256 === null ? {} : { certificateSha256 }),
      ...(host === null ? {} : { host }),
      ...(port === null ? {} : { port }),
      ...(receivedAt === null && failedAt === null
        ? {}
        : {
            contact: {
              ...(receivedAt === null ? {} : { receivedAt: new Date(receivedAt) }),
              ...(failedAt === null ? {} : { failedAt: new Date(failedAt) }),
              ...(error === null ? {} : { error }),
            },
          }),
    })),
    createdAt: row['created_at'],
  };
}
