import type { FacilityId } from '../../../gateway/domain/identifiers.ts';
import type { Queryable } from '../postgres/pool.ts';

/** What is counted of a facility before more is added is added one after the other: two at once would each see room for one. After what proves who asks. */
export async function lockFacility(tx: Queryable, facilityId: FacilityId): Promise<void> {
  await tx.rows({ text: 'SELECT FROM facilities WHERE facility_id = $1 FOR NO KEY UPDATE', values: [facilityId] });
}
