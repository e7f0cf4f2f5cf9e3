/** How far the record has been sent to a receiver of audit messages. */
import type { AuditFeed } from '../../../gateway/domain/record/audit-feed.ts';
import type { Database } from '../postgres/pool.ts';
import { toRecord } from './audit.ts';

const FEED_PAGE_MAX = 1_000;

export function auditFeed(db: Database): AuditFeed {
  return {
    async lease(destination, holder, now, until) {
      const [row] = await db.rows({
        text: `INSERT INTO audit_feeds AS f (destination, leased_by, leased_until) VALUES ($1, $2, $4)
          ON CONFLICT (destination) DO UPDATE SET leased_by = $2, leased_until = $4,
              -- Past the end of the record: it began anew.
              seq = CASE WHEN f.seq > (SELECT h.seq FROM audit_head h) THEN 0 ELSE f.seq END
            WHERE f.leased_by = $2 OR f.leased_until IS NULL OR f.leased_until <= $3
          RETURNING seq`,
        values: [destination, holder, now, until],
      });
      return row === undefined ? undefined : Number(row['seq']);
    },

    async advance(destination, holder, seq) {
      const rows = await db.rows({
        text: 'UPDATE audit_feeds SET seq = $3 WHERE destination = $1 AND leased_by = $2 AND seq <= $3 RETURNING seq',
        values: [destination, holder, seq],
      });
      return rows.length === 1;
    },

    async after(seq, limit) {
      const rows = await db.rows({
        text: 'SELECT seq, at, entry, previous_hash, hash FROM audit WHERE seq > $1 ORDER BY seq LIMIT $2',
        values: [seq, Math.min(limit, FEED_PAGE_MAX)],
      });
      return rows.map(toRecord);
    },

    async waiting(destination) {
      const [row] = await db.rows({
        text: `SELECT greatest(h.seq - coalesce(f.seq, 0), 0) AS entries, a.at AS since
          FROM audit_head h LEFT JOIN audit_feeds f ON f.destination = $1 LEFT JOIN audit a ON a.seq = coalesce(f.seq, 0) + 1`,
        values: [destination],
      });
      return { entries: Number(row?.['entries'] ?? 0), since: row?.['since'] ?? undefined };
    },
  };
}
