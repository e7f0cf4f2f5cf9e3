/** What a region says otherwise of rights: one row a change, the newest holds. */

import { DomainError } from '../../../gateway/domain/errors.ts';
import type { FacilityId, UserId } from '../../../gateway/domain/identifiers.ts';
import type { Job } from '../../../gateway/domain/people/actor.ts';
import type { RightsIndex, RightsRevision } from '../../../gateway/domain/sharing/rights-index.ts';
import type { Database, Queryable, Row } from '../postgres/pool.ts';
import { recorded } from '../record/audit.ts';
import { demandProof } from './proofs.ts';
import { FACILITY_KINDS_OF, toKinds } from './user-rows.ts';

const NEWEST = `SELECT r.revision, r.changed_at, r.changed_by, u.name, r.rights
  FROM region_rights r LEFT JOIN users u ON u.user_id = r.changed_by ORDER BY r.revision DESC LIMIT $1`;

const UNCHANGED: RightsRevision = { revision: 0, changedAt: undefined, changedBy: undefined, rights: {} };

export function rightsIndex(db: Database, now: () => Date): RightsIndex {
  return {
    async regionRights() {
      const [newest = UNCHANGED, before] = (await db.rows({ text: NEWEST, values: [2] })).map(toRevision);
      return { now: newest, before: before ?? { ...UNCHANGED, rights: newest.revision === 0 ? newest.rights : {} } };
    },

    setRegionRights: setRegionRights(db, now),

    async staffCounts() {
      const rows = await db.rows({
        text: `SELECT u.facility_id, ${FACILITY_KINDS_OF('u.facility_id')} AS kinds, u.job, count(*)::integer AS people
          FROM users u WHERE u.facility_id IS NOT NULL AND u.disabled_at IS NULL GROUP BY u.facility_id, u.job ORDER BY u.facility_id, u.job`,
      });
      return rows.map((row) => ({
        facilityId: row['facility_id'] as FacilityId,
        kinds: toKinds(row['kinds']),
        job: row['job'] as Job,
        people: row['people'],
      }));
    },
  };
}

const setRegionRights =
  (db: Database, now: () => Date): RightsIndex['setRegionRights'] =>
  ({ revision, rights, by }, entries, proof) =>
    db.transaction(async (tx) => {
      await demandProof(tx, proof, now());
      const made = await nextRevision(tx, [revision + 1, now(), by, JSON.stringify(rights)]);
      return recorded(tx, made, entries, now());
    });

/** @throws conflict when the revision is not the one after the newest */
async function nextRevision(tx: Queryable, values: readonly [number, Date, UserId, string]): Promise<RightsRevision> {
  const [made] = await tx.rows({
    text: `INSERT INTO region_rights (revision, changed_at, changed_by, rights)
      SELECT $1, $2, $3, $4::jsonb WHERE coalesce((SELECT max(revision) FROM region_rights), 0) = $1 - 1
      ON CONFLICT (revision) DO NOTHING RETURNING revision`,
    values: [...values],
  });
  if (made === undefined) throw new DomainError('conflict', 'the rights were changed meanwhile', { ids: { reason: 'rights-changed' } });
  const [row] = await tx.rows({ text: NEWEST, values: [1] });
  return toRevision(row as Row);
}

function toRevision(row: Row): RightsRevision {
  return {
    revision: row['revision'],
    changedAt: row['changed_at'],
    changedBy: row['changed_by'] === null ? undefined : { id: row['changed_by'] as UserId, name: row['name'] },
    rights: row['rights'],
  };
}
