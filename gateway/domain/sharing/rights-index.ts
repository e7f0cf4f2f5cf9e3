import type { FacilityId, UserId } from '../identifiers.ts';
import type { Job } from '../people/actor.ts';
import type { Proof } from '../people/credentials.ts';
import type { DatedKind } from '../people/facility-kind.ts';
import type { EntriesOf } from '../record/audit.ts';
import type { RegionRights } from './job-rights.ts';

/** What a region says of rights, from one change to the next. */
export interface RightsRevision {
  /** 0: nothing was ever changed. */
  readonly revision: number;
  readonly changedAt: Date | undefined;
  readonly changedBy: { readonly id: UserId; readonly name: string } | undefined;
  readonly rights: RegionRights;
}

/** People of one job at one facility whose accounts are open. */
export interface StaffCount {
  readonly facilityId: FacilityId;
  readonly kinds: readonly DatedKind[];
  readonly job: Job;
  readonly people: number;
}

/** Implemented by `storage/index/people/rights.ts`. */
export interface RightsIndex {
  /** As it stands, and as it stood before the last change: the same as now when nothing was. */
  regionRights(): Promise<{ readonly now: RightsRevision; readonly before: RightsRevision }>;
  /**
   * The next revision after `revision`. Holds for everybody within a second: it is read with each user.
   * @throws conflict when another one stands by now; unauthenticated, denied when the proof has ended
   */
  setRegionRights(
    change: { readonly revision: number; readonly rights: RegionRights; readonly by: UserId },
    entries: EntriesOf<RightsRevision>,
    proof: Proof,
  ): Promise<RightsRevision>;
  /** How many people of each job there are at each facility. */
  staffCounts(): Promise<readonly StaffCount[]>;
}
