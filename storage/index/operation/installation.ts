/** Which installation this database is, and what else `gateway/domain/operation/installation.ts` judges by. */
import type { ObjectKey } from '../../../gateway/domain/identifiers.ts';
import type { InstallationIndex } from '../../../gateway/domain/operation/installation.ts';
import type { Database } from '../postgres/pool.ts';
import { appendAudit } from '../record/audit.ts';

/** Of the oldest and of the newest objects each. */
const SAMPLE = 3;

export function installationIndex(db: Database, now: () => Date): InstallationIndex {
  return {
    async facts() {
      const [found] = await db.rows<{ id: string | null; refers: boolean; entries: string | null }>({
        text: `SELECT (SELECT installation_id FROM installation) AS id, EXISTS (SELECT FROM instance_versions) AS refers,
          (SELECT least(h.seq, (SELECT count(*) FROM (SELECT FROM audit LIMIT 1) one)) FROM audit_head h) AS entries`,
      });
      return { id: found?.id ?? undefined, refersToObjects: found?.refers === true, entries: Number(found?.entries ?? 0) };
    },

    async begin(id, entries) {
      return db.transaction(async (tx) => {
        const [known] = await tx.rows<{ installation_id: string }>({ text: 'SELECT installation_id FROM installation' });
        // Nothing is dated: a start is not refused for a clock that is not to be believed.
        if (known !== undefined) return known.installation_id;
        const made = await tx.rows({
          text: 'INSERT INTO installation (installation_id, begun_at) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING installation_id',
          values: [id, now()],
        });
        if (made.length > 0) await appendAudit(tx, entries, now());
        const [found] = await tx.rows<{ installation_id: string }>({ text: 'SELECT installation_id FROM installation' });
        return found?.installation_id ?? id;
      });
    },

    async someObjects() {
      const rows = await db.rows<{ object_key: ObjectKey }>({
        text: `(SELECT object_key FROM instance_versions ORDER BY version_id LIMIT ${SAMPLE})
          UNION (SELECT object_key FROM instance_versions ORDER BY version_id DESC LIMIT ${SAMPLE})`,
      });
      return rows.map(({ object_key }) => object_key);
    },
  };
}
