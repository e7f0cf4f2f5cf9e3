import type { FacilityCode, FacilityId, ShareId, StudyId, UserId } from '../identifiers.ts';
import type { AuditEntry } from '../record/audit.ts';

export interface Share {
  readonly id: ShareId;
  readonly studyId: StudyId;
  readonly to: { readonly id: FacilityId; readonly code: FacilityCode; readonly name: string };
  readonly until: Date;
  readonly createdAt: Date;
  /** Undefined: made on the command line. */
  readonly createdBy: { readonly id: UserId; readonly name: string; readonly nameKana: string } | undefined;
  readonly revokedAt: Date | undefined;
}

/** Each writes the share, its study_access row and its audit entry in one transaction: no record, no disclosure. Implemented by `storage/index/sharing/shares.ts`. */
export interface ShareIndex {
  /** One live share a study and facility: sharing again moves `until`. `by` undefined: the command line. */
  share(request: { studyId: StudyId; toFacilityId: FacilityId; until: Date; by: UserId | undefined }, audit: AuditEntry): Promise<Share>;
  revoke(shareId: ShareId, studyId: StudyId, by: UserId, audit: AuditEntry): Promise<Share | undefined>;
  sharesOf(studyId: StudyId): Promise<readonly Share[]>;
}
