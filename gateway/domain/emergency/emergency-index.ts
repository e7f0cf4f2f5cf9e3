import type { EmergencyId, FacilityCode, FacilityId, PatientNo, PersonId, StudyInstanceUID, UserId } from '../identifiers.ts';
import type { Job } from '../people/actor.ts';
import type { Standing } from '../people/credentials.ts';
import type { EntriesOf } from '../record/audit.ts';
import type { Emergency, EmergencyCategory, EmergencyVerdict, Identified } from './emergency.ts';

/** One person whom what was said fits, and no other. */
export interface FoundPerson {
  readonly personId: PersonId;
  /** As whom a facility knows them that has images; the one that fits what was said. */
  readonly patient: { readonly no: PatientNo; readonly owner: FacilityCode; readonly patientID: string };
  /** Others that hold images of them. */
  readonly facilities: readonly { readonly code: FacilityCode; readonly name: string }[];
  /** The patient said no: took a consent back, or left this facility or some study out of one. */
  readonly objected: boolean;
}

export interface EmergencyWish {
  readonly patient: PatientNo;
  readonly reader: { readonly id: UserId; readonly job: Job; readonly facilityId: FacilityId };
  readonly category: EmergencyCategory;
  readonly reason: string;
  readonly despiteObjection: boolean;
  /** EMERGENCY_MS at most. */
  readonly until: Date;
}

/** What was opened: with the studies’ UIDs, so that nothing older is believed of them. */
export interface OpenedEmergency {
  readonly emergency: Emergency;
  /** How many studies of each owner. */
  readonly opened: readonly { readonly owner: FacilityCode; readonly patientID: string; readonly studies: number }[];
  readonly studies: readonly StudyInstanceUID[];
}

export interface ReviewedEmergency {
  readonly emergency: Emergency;
  /** The owners for whom it was decided. */
  readonly owners: readonly FacilityCode[];
  /** It was running until then, and is not any more. */
  readonly ended: boolean;
  readonly studies: readonly StudyInstanceUID[];
}

/** Whose reviews are meant: an owner’s own, or the region’s, which are all. */
export type Reviewing = { readonly facility: FacilityId } | 'region';

/** What a facility is told of, without saying of whom. */
export interface ToldCount {
  /** It has to decide of so many; past EMERGENCIES_LISTED_MAX nobody counts. */
  readonly waiting: number;
  /** When the newest was opened. */
  readonly newestAt: Date | undefined;
}

/** Implemented by `storage/index/emergency/emergencies.ts`. */
export interface EmergencyIndex {
  /** `several`: more than one person fits. Nothing is told of patients without images. */
  findPerson(asked: Identified, asker: FacilityId): Promise<FoundPerson | 'nobody' | 'several'>;
  /**
   * From now on the reader sees the studies of the person that others own, and what comes of them until the end. The owners’ reviews wait. In one
   * transaction with its entries.
   * @throws conflict: it runs already (`emergency-runs`), a review ended it lately (`emergency-was-ended`), nothing of others is there
   * (`nothing-to-open`), the patient objected and nobody said so (`patient-objected`); too-many past EMERGENCIES_A_READER_MAX
   */
  open(wish: EmergencyWish, entries: EntriesOf<OpenedEmergency>, proven: Standing): Promise<OpenedEmergency>;
  /** The reader’s own, the newest first. */
  ofReader(reader: UserId, limit: number): Promise<readonly Emergency[]>;
  /** What waits for a review first, then the newest. */
  toReview(whose: Reviewing, limit: number): Promise<readonly Emergency[]>;
  /** Those that this facility is told of: it owns what was opened, or knows the patient. What waits, and what is newer than `since`, the newest first. */
  toldTo(facility: FacilityId, since: Date, limit: number): Promise<readonly Emergency[]>;
  /** How many of those that `toldTo` lists wait, and the newest: every open page asks again and again. */
  toldCount(facility: FacilityId, since: Date): Promise<ToldCount>;
  /**
   * Decides for an owner, or for all owners that have not. `not-justified` ends it at once. In one transaction with its entries.
   * @throws not-found; denied for the reader’s own (`reviews-own`); conflict when it was decided before (`emergency-reviewed`)
   */
  review(
    id: EmergencyId,
    verdict: { readonly whose: Reviewing; readonly verdict: EmergencyVerdict; readonly words: string; readonly by: UserId },
    entries: EntriesOf<ReviewedEmergency>,
    proven: Standing,
  ): Promise<ReviewedEmergency>;
}
