/** Columns and rows of users. Used by people.ts, sessions.ts, half-sign-ins.ts and tokens.ts. */

import type { FacilityCode, FacilityId, UserId } from '../../../gateway/domain/identifiers.ts';
import type { Job } from '../../../gateway/domain/people/actor.ts';
import type { DatedKind, FacilityKind } from '../../../gateway/domain/people/facility-kind.ts';
import type { Credentials, User } from '../../../gateway/domain/people/user.ts';
import type { Row } from '../postgres/pool.ts';

/** The rows of a facility's kinds, the earliest first, as JSON for `toKinds`. Milliseconds since 1970, so that no zone is in it. */
export const FACILITY_KINDS_OF = (facilityId: string): string => `
  (SELECT coalesce(json_agg(json_build_object('kind', k.kind, 'since', extract(epoch FROM k.since) * 1000) ORDER BY k.since), '[]')
    FROM facility_kinds k WHERE k.facility_id = ${facilityId})`;

export function toKinds(rows: readonly { readonly kind: string; readonly since: number }[]): readonly DatedKind[] {
  return rows.map(({ kind, since }) => ({ kind: kind as FacilityKind, since: new Date(Number(since)) }));
}

/** Of u = users: the region demands a second factor of the job. */
export const MUST_HAVE_FACTOR = `EXISTS (SELECT FROM region_settings r WHERE r.key = 'secondFactorJobs' AND r.value ? u.job)`;

/** Of u = users: somebody else has set the password, and the region demands another. */
const MUST_CHANGE_PASSWORD = `(u.password_by_other IS TRUE
    AND NOT EXISTS (SELECT FROM region_settings r WHERE r.key = 'firstUseChange' AND r.value = 'false'))`;

/** Of u = users: a second factor is on. */
export const HAS_FACTOR = `(EXISTS (SELECT FROM authenticators a WHERE a.user_id = u.user_id AND a.since IS NOT NULL)
    OR EXISTS (SELECT FROM passkeys p WHERE p.user_id = u.user_id))`;

/** u = users, f = their facility. What the region says of rights is read with each: a change holds as soon as whoever asks is looked up again. */
export const USER_COLUMNS = `
  u.user_id, u.email, u.name, u.name_kana, u.job, u.administrator, u.language, u.disabled_at, u.created_at,
  u.facility_id, f.code AS facility_code, f.name AS facility_name,
  ${HAS_FACTOR} AS second_factor,
  ${FACILITY_KINDS_OF('u.facility_id')} AS facility_kinds,
  (SELECT jsonb_build_object(u.job, r.rights -> u.job) FROM region_rights r ORDER BY r.revision DESC LIMIT 1) AS region_rights,
  ${MUST_HAVE_FACTOR} AS must_have_factor,
  ${MUST_CHANGE_PASSWORD} AS must_change_password`;

export function toUser(row: Row): User {
  return {
    id: row['user_id'] as UserId,
    email: row['email'],
    name: row['name'],
    nameKana: row['name_kana'],
    facility:
      row['facility_id'] === null
        ? undefined
        : {
            id: row['facility_id'] as FacilityId,
            code: row['facility_code'] as FacilityCode,
            name: row['facility_name'],
            kinds: toKinds(row['facility_kinds']),
          },
    job: row['job'] as Job,
    regionRights: row['region_rights'] ?? {},
    administrator: row['administrator'],
    language: row['language'] ?? undefined,
    disabledAt: row['disabled_at'] ?? undefined,
    createdAt: row['created_at'],
    secondFactor: row['second_factor'],
    mustHaveFactor: row['must_have_factor'],
    mustChangePassword: row['must_change_password'],
  };
}

/** Beside a user's what it takes to sign in; a `password_hash` comes with them. $2: the hash of the asking device, $3: signed in there since then. */
export const CREDENTIAL_COLUMNS = `${USER_COLUMNS},
  (SELECT a.sealed_secret FROM authenticators a WHERE a.user_id = u.user_id) AS sealed_secret,
  EXISTS (SELECT FROM passkeys p WHERE p.user_id = u.user_id) AS passkey,
  EXISTS (SELECT FROM known_devices d WHERE d.user_id = u.user_id AND d.device_hash = $2 AND d.signed_in_at > $3) AS known_device`;

export function toCredentials(row: Row): Credentials {
  const sealedSecret: string | null = row['sealed_secret'];
  return {
    user: toUser(row),
    passwordHash: row['password_hash'],
    knownDevice: row['known_device'],
    passkey: row['passkey'],
    ...(sealedSecret === null ? {} : { sealedSecret }),
  };
}
