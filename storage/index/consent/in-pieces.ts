/**
 * What a short transaction noted (0023-notices-in-pieces.sql, 0029-release-rules.sql) is settled right after it, some persons at a time: nothing else waits for
 * longer than a piece. What is broken off is done by whoever looks for what was left.
 */
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

/** Each piece is a transaction. */
export async function settleInPieces(db: Database, { noted, piece }: Settlement, facilityId: FacilityId): Promise<void> {
  const [due] = await db.rows({ text: `SELECT revision FROM ${noted} WHERE facility_id = $1`, values: [facilityId] });
  let after: string | null = due === undefined ? null : '0';
  while (after !== null) {
    const values: readonly unknown[] = [facilityId, due?.['revision'], after, SETTLED_AT_A_TIME];
    after = await db.transaction(async (tx) => {
      const [done] = await tx.rows({ text: `SELECT ${piece}($1, $2, $3, $4) AS last`, values });
      return (done?.['last'] as string | null | undefined) ?? null;
    });
  }
}

/** Of changes before then. @returns of how many facilities */
export async function settleLeft(db: Database, settlement: Settlement, changedBefore: Date): Promise<number> {
  const left = await db.rows({
    text: `SELECT facility_id FROM ${settlement.noted} WHERE changed_at < $1 ORDER BY changed_at LIMIT ${LEFT_A_ROUND_MAX}`,
    values: [changedBefore],
  });
  for (const row of left) await settleInPieces(db, settlement, row['facility_id'] as FacilityId);
  return left.length;
}
