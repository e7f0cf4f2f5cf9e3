import type { ClaimId, FacilityCode, FacilityId, ObjectKey, QuarantineId, Sha256, SOPInstanceUID, StudyId } from '../identifiers.ts';
import type { AuditEntry } from '../record/audit.ts';
import type { FinishOutcome, InstancePlace, InstanceToIndex, Source } from './study.ts';

export interface ClaimRequest {
  readonly facilityId: FacilityId;
  readonly sopInstanceUID: SOPInstanceUID;
  readonly key: ObjectKey;
  readonly sha256: Sha256;
  readonly bytes: number;
  readonly source: Source;
}

export interface Claim extends ClaimRequest {
  readonly id: ClaimId;
  readonly claimedAt: Date;
}

/** A version of an instance with the same UID that is already kept, and where that instance is. */
export interface KeptVersion {
  readonly place: InstancePlace;
  readonly key: ObjectKey;
  readonly sha256: Sha256;
  readonly dataSetOffset: number;
  readonly bytes: number;
}

/** Claim, put the bytes, finish: a crash between leaves a claim to sweep. Calls that arrive together share a commit. Implemented by `storage/index/imaging/ingest.ts`. */
export interface IngestIndex {
  /** `kept` lists what the facility has under the SOP Instance UID, in whatever place; when one has the same digest no claim is made. */
  claim(request: ClaimRequest): Promise<{ readonly claimId: ClaimId | undefined; readonly kept: readonly KeptVersion[] }>;
  /** Durable when it resolves. Indexes the instance, ends the claim, queues derived work, keeps study_access in step, puts the reception on record; all in one transaction. */
  finish(claimId: ClaimId | undefined, instance: InstanceToIndex): Promise<FinishOutcome>;
  release(claimId: ClaimId): Promise<void>;
  /** Claims made before `before`, oldest first; each is leased to the caller for a minute so that two nodes do not sweep one. */
  abandonedClaims(before: Date, limit: number): Promise<readonly Claim[]>;
  /** On record in the same transaction. */
  quarantine(entry: QuarantineEntry): Promise<QuarantineId>;
  /** Newest first. `waiting`: without what was received again. */
  quarantined(page: {
    readonly before?: QuarantineId;
    readonly limit: number;
    readonly waiting?: true;
  }): Promise<readonly QuarantinedFile[]>;
  quarantinedOne(id: QuarantineId): Promise<QuarantinedFile | undefined>;
  /** It was received again, whatever came of that; on record in the same transaction. Its object stays. */
  settleQuarantined(id: QuarantineId, audit: AuditEntry): Promise<void>;
  /** Studies with no new instance since `quietSince` become complete. Returns them. */
  completeQuietStudies(quietSince: Date, limit: number): Promise<readonly StudyId[]>;
}

export interface QuarantineEntry {
  readonly facilityId: FacilityId;
  readonly facilityCode: FacilityCode;
  readonly source: Source;
  /** Code, no patient data: `not-dicom`, `no-study-instance-uid`, … */
  readonly reason: string;
  readonly key: ObjectKey;
  readonly bytes: number;
  readonly sha256: Sha256;
}

export interface QuarantinedFile extends QuarantineEntry {
  readonly id: QuarantineId;
  readonly facilityName: string;
  readonly at: Date;
}
