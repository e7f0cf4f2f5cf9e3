import type { FacilityCode, FacilityId, SeriesInstanceUID, ShareId, StudyId, UserId } from '../identifiers.ts';
import type { Job } from '../people/actor.ts';
import type { Standing } from '../people/credentials.ts';
import type { AuditEntry, EntriesOf } from '../record/audit.ts';

interface Named {
  readonly id: UserId;
  readonly name: string;
  readonly nameKana: string;
}

/** Series that one share holds back. */
export const HELD_BACK_MAX = 200;

/** The grant that somebody of the owner made by hand. */
export interface Share {
  readonly id: ShareId;
  readonly studyId: StudyId;
  readonly to: { readonly id: FacilityId; readonly code: FacilityCode; readonly name: string };
  /** Of the facility; at most one of these is there, without either it is for everybody. */
  readonly toJob: Job | undefined;
  readonly toPerson: Named | undefined;
  readonly notBefore: Date | undefined;
  readonly until: Date;
  readonly mayDownload: boolean;
  readonly heldBack: readonly SeriesInstanceUID[];
  readonly createdAt: Date;
  /** Undefined: made on the command line. */
  readonly createdBy: Named | undefined;
  readonly revokedAt: Date | undefined;
}

export interface ShareRequest {
  readonly studyId: StudyId;
  readonly toFacilityId: FacilityId;
  /** Absent: everybody of the facility. */
  readonly to?: { readonly job?: Job; readonly userId?: UserId };
  /** Absent: at once. */
  readonly notBefore?: Date;
  readonly until: Date;
  /** Absent: as the share that lives says, a new one true. */
  readonly mayDownload?: boolean;
  /** Absent: as the share that lives says, a new one none. */
  readonly heldBack?: readonly SeriesInstanceUID[];
  /** Undefined: the command line. */
  readonly by: UserId | undefined;
}

/**
 * Each writes the share, its study_access row and its audit entry in one transaction: no record, no disclosure. `proven`: what proves who asks stands
 * until it is done. @throws unauthenticated, denied when it does not. Implemented by `storage/index/sharing/shares.ts`.
 */
export interface ShareIndex {
  /** One live share a study and audience: sharing again changes from when and until when, and, where it is said, what for and what of it. */
  share(request: ShareRequest, entries: EntriesOf<Share>, proven: Standing): Promise<Share>;
  revoke(shareId: ShareId, studyId: StudyId, by: UserId, audit: AuditEntry, proven: Standing): Promise<Share | undefined>;
  sharesOf(studyId: StudyId): Promise<readonly Share[]>;
}
