/** What the operator should change, from all nodes, for the administrator's page. */
import { DAY_MS } from '../../../gateway/domain/clock.ts';
import type { WarningIndex } from '../../../gateway/domain/operation/warnings.ts';
import type { Database } from '../postgres/pool.ts';

const WARNINGS_MAX = 100;
const KEPT_DAYS = 30;

export function warningIndex(db: Database, now: () => Date): WarningIndex {
  return {
    async raise(code, detail, count) {
      await db.rows({
        text: `INSERT INTO warnings (code, detail, first_at, last_at, count) VALUES ($1, $2, $3, $3, $4)
          ON CONFLICT (code, detail) DO UPDATE SET last_at = excluded.last_at, count = warnings.count + excluded.count`,
        values: [code, detail.slice(0, 200), now(), count],
      });
      await db.rows({
        text: `DELETE FROM warnings WHERE last_at < $1
          OR (code, detail) IN (SELECT code, detail FROM warnings ORDER BY last_at DESC OFFSET ${WARNINGS_MAX})`,
        values: [new Date(now().getTime() - KEPT_DAYS * DAY_MS)],
      });
    },

    async list() {
      const rows = await db.rows({
        text: `SELECT code, detail, first_at, last_at, count FROM warnings WHERE last_at >= $1 ORDER BY last_at DESC LIMIT ${WARNINGS_MAX}`,
        values: [new Date(now().getTime() - KEPT_DAYS * DAY_MS)],
      });
      return rows.map((row) => ({
        code: row['code'],
        detail: row['detail'],
        firstAt: row['first_at'],
        lastAt: row['last_at'],
        count: Number(row['count']),
      }));
    },
  };
}
