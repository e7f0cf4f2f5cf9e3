/** What the region decides of itself. */

import type { PersonActor } from '../../domain/people/actor.ts';
import type { Proof } from '../../domain/people/credentials.ts';
import type { RegionSettings, RegionSettingsIndex } from '../../domain/people/region-settings.ts';
import { actBy } from '../../domain/record/audit.ts';
import { changeWords } from './manage-people.ts';

/** On record with what holds now. @throws unauthenticated, denied */
export async function changeRegionSettings(
  { region }: { readonly region: Pick<RegionSettingsIndex, 'changeRegionSettings'> },
  { actor, proof }: { readonly actor: PersonActor; readonly proof: Proof },
  change: Partial<RegionSettings>,
): Promise<RegionSettings> {
  const act = { action: 'region-changed', ...actBy(actor) } as const;
  return region.changeRegionSettings(
    change,
    ({ secondFactorJobs }) => [{ ...act, what: { changes: changeWords(change), jobs: secondFactorJobs } }],
    proof,
  );
}
