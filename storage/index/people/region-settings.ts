/** What the region decides of itself, a row a setting. */
import { REGION_SETTINGS_AT_FIRST, type RegionSettings, type RegionSettingsIndex } from '../../../gateway/domain/people/region-settings.ts';
import type { Database, Queryable } from '../postgres/pool.ts';
import { recorded } from '../record/audit.ts';
import { demandProof } from './proofs.ts';

export function regionSettingsIndex(db: Database, now: () => Date): RegionSettingsIndex {
  return {
    regionSettings: () => settingsOf(db),

    changeRegionSettings: (change, entries, proof) =>
      db.transaction(async (tx) => {
        await demandProof(tx, proof, now());
        for (const [key, value] of Object.entries(change)) {
          await tx.rows({
            text: `INSERT INTO region_settings (key, value, changed_at) VALUES ($1, $2::jsonb, $3)
              ON CONFLICT (key) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at`,
            values: [key, JSON.stringify(value), now()],
          });
        }
        return recorded(tx, await settingsOf(tx), entries, now());
      }),
  };
}

async function settingsOf(on: Queryable): Promise<RegionSettings> {
  const rows = await on.rows({
    text: 'SELECT key, value FROM region_settings WHERE key = ANY($1)',
    values: [Object.keys(REGION_SETTINGS_AT_FIRST)],
  });
  return { ...REGION_SETTINGS_AT_FIRST, ...Object.fromEntries(rows.map((row) => [row['key'], row['value']])) };
}
