import type { ConsentId, FacilityCode, FacilityId, PatientNo, PostedNoticeId, StudyId, StudyInstanceUID, UserId } from '../identifiers.ts';
import type { Standing } from '../people/credentials.ts';
import type { EntriesOf } from '../record/audit.ts';
import type { Consent, ConsentCircumstances, ConsentWish, PostedNotice } from './consent.ts';
import type { LeftOut } from './consent-narrower.ts';
import type { ReleaseRule } from './release-rule.ts';

/** Notices of a facility, those that were taken down included: the newest are told. */
export const POSTED_NOTICES_TOLD_MAX = 100;

interface NamedFacility {
  readonly id: FacilityId;
  readonly code: FacilityCode;
  readonly name: string;
}

/** A consent as it is kept, with what it depends on and what it does. */
export interface KeptConsent {
  readonly consent: Consent;
  /** As the facility that took it knows the patient. */
  readonly patientID: string;
  readonly circumstances: ConsentCircumstances;
  /** Facilities that its scope names or leaves out. */
  readonly named: readonly NamedFacility[];
  /** How many of the facility's own studies it opens now; of others' it is not told. */
  readonly studies: number;
}

/** What a consent would open of the facility's own studies if it were taken. Whoever takes it may not see others', though it covers them. */
export interface ConsentReach {
  readonly circumstances: ConsentCircumstances;
  /** What is there now, the newest first, at most REACH_STUDIES_MAX. */
  readonly studies: readonly {
    readonly studyId: StudyId;
    readonly studyDate: string;
    readonly modalities: readonly string[];
  }[];
  readonly studyCount: number;
  /** To how many facilities. */
  readonly facilityCount: number;
}

export const REACH_STUDIES_MAX = 200;

/** What an act on consents changed: of these studies the rights are others than before, on every node. */
export interface Settled<Made> {
  readonly made: Made;
  readonly studies: readonly StudyInstanceUID[];
}

/**
 * Consents of one facility's patients: of others nothing is found, but that all of a person's end. Each act, the rights that it gives or takes and its entry on record are one
 * transaction. `proven`: as in ShareIndex. Implemented by `storage/index/consent/consents.ts`.
 */
export interface ConsentIndex {
  /**
   * `demand` is given what holds of the patient and the facility while neither changes, and ends this by what it throws.
   * @throws not-found: no such patient of the facility; invalid: a facility that is not there; conflict: CONSENTS_OF_PATIENT_MAX
   */
  give(
    facilityId: FacilityId,
    wish: ConsentWish,
    demand: (circumstances: ConsentCircumstances) => void,
    by: UserId | undefined,
    entries: EntriesOf<KeptConsent>,
    proven: Standing,
  ): Promise<Settled<KeptConsent>>;
  /** @throws not-found; conflict when it was withdrawn before */
  withdraw(
    facilityId: FacilityId,
    id: ConsentId,
    by: UserId | undefined,
    entries: EntriesOf<KeptConsent>,
    proven: Standing,
  ): Promise<Settled<KeptConsent>>;
  /** Every consent of the person whom the facility's patient is that `ends`, whichever facility took it. @throws not-found: no such patient of the facility */
  withdrawAll(
    facilityId: FacilityId,
    patient: PatientNo,
    ends: (consent: Consent) => boolean,
    by: UserId | undefined,
    entries: EntriesOf<readonly KeptConsent[]>,
    proven: Standing,
  ): Promise<Settled<readonly KeptConsent[]>>;
  /**
   * What it leaves out from now on, in place of what it left out. `change` is given the consent as it stands, while nobody else changes it; what it
   * throws ends this. @throws not-found; invalid; conflict when it was withdrawn
   */
  leaveOut(
    facilityId: FacilityId,
    id: ConsentId,
    change: (standing: Consent) => LeftOut,
    entries: EntriesOf<KeptConsent>,
    proven: Standing,
  ): Promise<Settled<KeptConsent>>;
  /** All of a patient, the newest first; undefined: no such patient of the facility. */
  consentsOf(facilityId: FacilityId, patient: PatientNo): Promise<readonly KeptConsent[] | undefined>;
  consent(facilityId: FacilityId, id: ConsentId): Promise<KeptConsent | undefined>;
  /** @throws not-found, invalid: as `give` */
  wouldOpen(facilityId: FacilityId, wish: ConsentWish): Promise<ConsentReach>;
  /** When the patient died, YYYY-MM-DD; undefined: it was a mistake. @throws not-found */
  noteDeath(
    facilityId: FacilityId,
    patient: PatientNo,
    diedOn: string | undefined,
    entries: EntriesOf<{ readonly patientID: string }>,
    proven: Standing,
  ): Promise<Settled<{ readonly patientID: string }>>;
}

/** What a facility says of how its patients' consents open its studies, as it was last changed. */
export interface ReleaseRules {
  /** 0: nothing was ever said. */
  readonly revision: number;
  readonly rules: readonly ReleaseRule[];
  readonly setAt: Date | undefined;
  readonly setBy: { readonly id: UserId; readonly name: string } | undefined;
}

/** What rules would open of a facility's studies by the consents that stand now. Of studies that hold something, and of their patients. */
export interface ReleaseCounts {
  readonly patientsNow: number;
  readonly patientsThen: number;
  readonly studiesNow: number;
  readonly studiesThen: number;
  /** Not open now and open then. */
  readonly opened: number;
  /** Open now and not open then, those that wait included. */
  readonly closed: number;
  /** Would be opened later, by time or by a report. */
  readonly waiting: number;
  /** Open now and then, to more facilities or to be taken by more; or by fewer. */
  readonly wider: number;
  readonly narrower: number;
}

/** Implemented by `storage/index/consent/release-rules.ts`. `set` answers when all that follows is settled. */
export interface ReleaseIndex {
  rulesOf(facilityId: FacilityId): Promise<ReleaseRules>;
  /** In place of those of `revision`. @throws conflict when they were changed since */
  set(
    facilityId: FacilityId,
    rules: { readonly revision: number; readonly rules: readonly ReleaseRule[] },
    by: UserId | undefined,
    entries: EntriesOf<ReleaseRules>,
    proven: Standing,
  ): Promise<ReleaseRules>;
  /** Changes nothing. @throws the signal's reason */
  wouldOpen(facilityId: FacilityId, rules: readonly ReleaseRule[], signal: AbortSignal): Promise<ReleaseCounts>;
  /** As of `PostedNoticeIndex`. */
  settleLeft(changedBefore: Date): Promise<number>;
}

/** Notices on the walls of facilities. `post` and `remove` answer when all that stands on the notice is settled. Implemented by `storage/index/consent/posted-notices.ts`. */
export interface PostedNoticeIndex {
  /** It hangs from now on, in place of the one before. */
  post(
    facilityId: FacilityId,
    notice: Pick<PostedNotice, 'version' | 'postedOn' | 'document'>,
    by: UserId | undefined,
    entries: EntriesOf<PostedNotice>,
    proven: Standing,
  ): Promise<PostedNotice>;
  /** @throws not-found: none hangs by that number */
  remove(
    facilityId: FacilityId,
    id: PostedNoticeId,
    by: UserId | undefined,
    entries: EntriesOf<PostedNotice>,
    proven: Standing,
  ): Promise<PostedNotice>;
  /** Goes on with what a process that died left half settled, of changes before then. @returns of how many facilities */
  settleLeft(changedBefore: Date): Promise<number>;
  /** The newest first. */
  noticesOf(facilityId: FacilityId): Promise<readonly PostedNotice[]>;
}
