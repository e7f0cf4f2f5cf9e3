import type { FacilityCode, FacilityId, NoticeId, SOPInstanceUID, StudyInstanceUID, UserId } from '../identifiers.ts';
import type { Job } from '../people/actor.ts';
import type { Standing } from '../people/credentials.ts';
import type { AuditEntry } from '../record/audit.ts';
import type { IndexedStudy } from './study.ts';

/** Implemented by `storage/index/imaging/notices.ts`. */
export interface NoticeIndex {
  /** What a facility's people must be told of its own studies, newest first. */
  list(scope: FacilityId, limit: number): Promise<readonly Notice[]>;
  /**
   * Settles two places that claim one UID, with its entry on record, in one transaction. `correction`: the new place is the right one; what is at both
   * becomes versions of what is there, and when it is the patient that was corrected the rest of the former study goes there too.
   * No version is lost. Undefined: the facility has no such notice that waits. @throws unauthenticated, denied when what proves who asks has ended
   */
  settle(
    request: { readonly noticeId: NoticeId; readonly facilityId: FacilityId; readonly settlement: Settlement; readonly by: UserId },
    audit: (settled: SettledNotice) => readonly AuditEntry[],
    proven: Standing,
  ): Promise<SettledNotice | undefined>;
}

export const SETTLEMENTS = ['correction', 'two-objects'] as const;

export type Settlement = (typeof SETTLEMENTS)[number];

export interface SettledNotice {
  readonly kind: Notice['kind'];
  /** The new place. */
  readonly studyInstanceUID: StudyInstanceUID;
  readonly ordinal: number;
  /** The former one. */
  readonly other: { readonly studyInstanceUID: StudyInstanceUID; readonly ordinal: number };
  /** Instances that left it. */
  readonly moved: number;
  /** To whom the former place was shared until it was left empty; a facility may have had several. */
  readonly endedShares: readonly { readonly to: FacilityCode; readonly job?: Job; readonly userId?: UserId }[];
}

/** What happened to a study within a day, as often as it did. */
export interface Notice {
  readonly id: NoticeId;
  /**
   * `new-version`: other bytes under a known SOP Instance UID in the same place. `patient-changed`: a header that says something else of the
   * same patient. `image-damaged`: what is kept of an instance is not what was received; sending it again mends it.
   * `other-patient`: a header that names another patient under a known Study Instance UID; there are two studies now.
   * `same-instance`: a SOP Instance UID that is held in another study or series too. The last two wait to be settled.
   */
  readonly kind: 'new-version' | 'patient-changed' | 'image-damaged' | 'other-patient' | 'same-instance';
  /** Undefined: it waits, or asks for no decision. */
  readonly settlement: Settlement | undefined;
  /** The study that held the UID before, for the kinds that are settled; itself when it is another series of the same study. */
  readonly other: { readonly studyInstanceUID: StudyInstanceUID; readonly study: IndexedStudy | undefined } | undefined;
  /** When it last happened. */
  readonly at: Date;
  /** New versions; for `patient-changed`, how many times. */
  readonly count: number;
  readonly studyInstanceUID: StudyInstanceUID;
  /** The newest; undefined: no one instance stands for it. */
  readonly sopInstanceUID: SOPInstanceUID | undefined;
  /** As it stands now; undefined: all its instances have gone to another study. */
  readonly study: IndexedStudy | undefined;
}
