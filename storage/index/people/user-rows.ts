/** Columns and rows of users. Used by people.ts, sessions.ts and tokens.ts. */

import type { FacilityCode, FacilityId, UserId } from '../../../gateway/domain/identifiers.ts';
import type { Job } from '../../../gateway/domain/people/actor.ts';
import type { User } from '../../../gateway/domain/people/user.ts';
import type { Row } from '../postgres/pool.ts';

/** u = users, f = their facility */
export const USER_COLUMNS = `
  u.user_id, u.email, u.name, u.name_kana, u.job, u.administrator, u.language, u.disabled_at, u.created_at,
  u.facility_id, f.code AS facility_code, f.name AS facility_name`;
export function toUser(row: Row): User {
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
