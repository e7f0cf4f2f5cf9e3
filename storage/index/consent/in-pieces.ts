/**
 * What a short transaction noted (0023-notices-in-pieces.sql, 0029-release-rules.sql) is settled right after it, some persons at a time: nothing else waits for
 * longer than a piece. What is broken off is done by whoever looks for what was left.
 */
import { asDomainError } from '../../../gateway/domain/errors.ts';
import type { FacilityId } from '../../../gateway/domain/identifiers.ts';
import type { Database } from '../postgres/pool.ts';

/** Persons whose rights one transaction settles: what arrives of them waits for so many at most. */
export const SETTLED_AT_A_TIME = 50;
const LEFT_A_ROUND_MAX = 100;

/** Where it is noted, and the function that settles a piece. */
export interface Settlement {
  readonly noted: 'notice_settlements' | 'release_settlements';
  readonly piece: 'settle_notice' | 'settle_release';
}

/** Each piece is a transaction; where one takes the database too long, the next are smaller. While it goes on nobody else begins it. */
export async function settleInPieces(db: Database, { noted, piece }: Settlement, facilityId: FacilityId): Promise<void> {
  const [due] = await db.rows({ text: `SELECT revision FROM ${noted} WHERE facility_id = $1`, values: [facilityId] });
  let after: string | null = due === undefined ? null : '0';
  let persons = SETTLED_AT_A_TIME;
  while (after !== null) {
    const values: readonly unknown[] = [facilityId, due?.['revision'], after, persons];
    try {
      after = await db.transaction(async (tx) => {
        await tx.rows({
          text: `UPDATE ${noted} SET changed_at = clock_timestamp() WHERE facility_id = $1 AND revision = $2`,
          values: [facilityId, due?.['revision']],
        });
        const [done] = await tx.rows({ text: `SELECT ${piece}($1, $2, $3, $4) AS last`, values });
        return (done?.['last'] as string | null | undefined) ?? null;
      });
    } catch (thrown) {
      if (asDomainError(thrown).kind !== 'unavailable' || persons === 1) throw thrown;
      persons = Math.ceil(persons / 4);
    }
  }
}

/** Of changes before then. One that fails keeps no other waiting. @returns of how many facilities @throws what the last of them failed with */
export async function settleLeft(db: Database, settlement: Settlement, changedBefore: Date): Promise<number> {
  const left = await db.rows({
    text: `SELECT facility_id FROM ${settlement.noted} WHERE changed_at < $1 ORDER BY changed_at LIMIT ${LEFT_A_ROUND_MAX}`,
    values: [changedBefore],
  });
  let failed: unknown;
  for (const row of left)
    await settleInPieces(db, settlement, row['facility_id'] as FacilityId).catch((thrown: unknown) => {
      failed = thrown;
    });
  if (failed !== undefined) throw failed;
  return left.length;
}
