/** What is newest of everything that a facility's people are told, for many facilities at once. Ids and times only. */
import { EMERGENCY_TOLD_MS } from '../../../gateway/domain/emergency/emergency.ts';
import type { FacilityId } from '../../../gateway/domain/identifiers.ts';
import type { NewsIndex } from '../../../gateway/domain/people/news.ts';
import { toldCount } from '../emergency/emergencies.ts';
import type { Database, Query } from '../postgres/pool.ts';

export function newsIndex(db: Database): NewsIndex {
  return {
    async marks(facilities, now) {
      const rows = await db.rows(newsMarksQuery(facilities, now));
      return new Map(rows.map((row) => [row['facility_id'] as FacilityId, JSON.stringify(row)]));
    },
  };
}

export function newsMarksQuery(facilities: readonly FacilityId[], now: Date): Query {
  return {
    name: 'news-marks',
    text: `SELECT f.facility_id, e.waiting, e.newest_at,
        (SELECT max(n.at) FROM notices n WHERE n.facility_id = f.facility_id) AS noticed_at,
        (SELECT max(l.sent_at) FROM letters l WHERE l.to_facility_id = f.facility_id AND l.state IN ('sent', 'recalled')) AS sent_at,
        (SELECT max(l.recalled_at) FROM letters l WHERE l.to_facility_id = f.facility_id AND l.state = 'recalled') AS recalled_at,
        (SELECT max(l.declined_at) FROM letters l WHERE l.from_facility_id = f.facility_id AND l.state = 'declined') AS declined_at
      FROM unnest($1::bigint[]) AS f(facility_id) CROSS JOIN LATERAL (SELECT${toldCount('f.facility_id', '$2')}) e`,
    values: [facilities, new Date(now.getTime() - EMERGENCY_TOLD_MS)],
  };
}
