/** What the region decides of itself: typed, changed by administrators, on record. */
import type { EntriesOf } from '../record/audit.ts';
import type { Job } from './actor.ts';
import type { Proof } from './credentials.ts';

export interface RegionSettings {
  /** Who has one of these jobs must have a second factor. Without one they can do nothing but set it up. */
  readonly secondFactorJobs: readonly Job[];
  /** Whose password somebody else has set, at the making of the account or later, changes it before anything else. */
  readonly firstUseChange: boolean;
}

/** As long as nobody has changed it. */
export const REGION_SETTINGS_AT_FIRST: RegionSettings = { secondFactorJobs: [], firstUseChange: true };

/** Implemented by `storage/index/people/region-settings.ts`. */
export interface RegionSettingsIndex {
  regionSettings(): Promise<RegionSettings>;
  /** What is absent stays. @throws unauthenticated when the proof has ended, denied when its user no longer administers */
  changeRegionSettings(change: Partial<RegionSettings>, entries: EntriesOf<RegionSettings>, proof: Proof): Promise<RegionSettings>;
}
