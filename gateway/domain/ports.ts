import type {
  ClaimId,
  FacilityCode,
  FacilityId,
  NoticeId,
  ObjectKey,
  QuarantineId,
  SeriesId,
  SeriesInstanceUID,
  Sha256,
  ShareId,
  SOPInstanceUID,
  StudyId,
  StudyInstanceUID,
  UserId,
  VersionId,
} from './identifiers.ts';
import type { SeriesName } from './imaging/derived.ts';
import type { Match, QueryPage, StudyListFilter, StudyListPage } from './imaging/query.ts';
import type {
  FinishOutcome,
  InstancePixels,
  InstancePlace,
  InstanceRecord,
  InstanceToIndex,
  SeriesRecord,
  Source,
  StudyRecord,
} from './imaging/study.ts';
import type { StudyAddress, StudyOf } from './imaging/study-address.ts';
import type { DamageIndex } from './operation/damage.ts';
import type { InstallationIndex } from './operation/installation.ts';
import type { JobQueue } from './operation/jobs.ts';
import type { WarningIndex } from './operation/warnings.ts';
import type { Job } from './people/actor.ts';
import type { AttemptIndex, DeviceIndex, SessionIndex, TokenIndex } from './people/credentials.ts';
import type { AuditEntry, AuditRecord } from './record/audit.ts';
import type { RecordPoint } from './record/record-proof.ts';

/** Bytes that arrive when they are asked for. The consumer's pace is the producer's. */
export type ByteStream = AsyncIterable<Uint8Array>;

// ── Objects ──────────────────────────────────────────────────────────────────

export interface ByteRange {
  readonly offset: number;
  readonly length: number;
  /** Length of the whole object, when the asker knows it: an object of another is `damaged`. */
  readonly of?: number;
  /** CRC-32 (ISO 3309) of the range's bytes, when the asker knows it: other bytes are `damaged`. */
  readonly crc32?: number;
}

/**
 * Whole objects under names. Drivers: files, S3. Errors: unavailable, full, not-found, invalid, damaged.
 * What lies under originals/ and quarantine/ is immutable: its name holds its digest, and bytes with another digest are `invalid` under it.
 */
export interface ObjectStore {
  /** Opens a place to write beside the store. Bounded in number by the driver: `busy` past it. */
  stage(signal?: AbortSignal): Promise<StagedObject>;
  /** Small objects (derived data): stage, write, commit in one. Replaces what had the name. */
  put(key: ObjectKey, bytes: Uint8Array, signal?: AbortSignal): Promise<void>;
  /**
   * The caller must consume or `return()` the stream. A whole object whose name holds its digest is checked as it flows; its last bytes come
   * only when it is what its name says.
   * @throws not-found; invalid when the range leaves the object; damaged
   */
  get(key: ObjectKey, range?: ByteRange, signal?: AbortSignal): Promise<ByteStream>;
  /** As `get`, gathered; a driver may know that the range had its checksum a moment ago. For ranges the caller has bounded. */
  read(key: ObjectKey, range?: ByteRange, signal?: AbortSignal): Promise<Uint8Array>;
  head(key: ObjectKey, signal?: AbortSignal): Promise<{ readonly bytes: number } | undefined>;
  /** Success also when nothing had the name. */
  remove(key: ObjectKey, signal?: AbortSignal): Promise<void>;
  list(prefix: string, signal?: AbortSignal): AsyncIterable<{ readonly key: ObjectKey; readonly bytes: number }>;
  /** Writes, reads and removes a small object. @throws unavailable or full, with a message an operator can act on. */
  probe(signal?: AbortSignal): Promise<void>;
  /** Removes staged bytes that dead processes left. Returns how many. */
  sweepStaged(): Promise<number>;
  close(): Promise<void>;
}

/** Bytes on their way in, not yet an object. Exactly one of `commit` or `discard` ends it; `discard` is safe to repeat. */
export interface StagedObject {
  /** Resolves when the store will take more: a slow disk slows the sender. The chunk may be reused after that. @throws full, unavailable */
  write(chunk: Uint8Array): Promise<void>;
  readonly bytesWritten: number;
  /** Bytes written so far, for re-reading a header. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Digest of all bytes written; no more may be written after. */
  sha256(): Promise<Sha256>;
  /**
   * Durable (synced) and whole under `key` when it resolves; length and digest verified. An object of that name stays as it is, unless
   * the name holds the digest of these bytes: then what is there is read, and replaced when it has another digest.
   */
  commit(key: ObjectKey): Promise<CommitOutcome>;
  /** As `commit`, but replaces what has the name: derived objects. */
  replace(key: ObjectKey): Promise<void>;
  discard(): Promise<void>;
}

/** `there`: an object of that name was there, whole as far as its name can say. `mended`: it was not what its name says, and is now. */
export type CommitOutcome = 'stored' | 'there' | 'mended';

// ── Index: ingest ────────────────────────────────────────────────────────────

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

/** Claim, put the bytes, finish: a crash between leaves a claim to sweep. Calls that arrive together share a commit. */
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
  quarantined(page: { readonly before?: QuarantineId; readonly limit: number }): Promise<readonly QuarantineRecord[]>;
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

export interface QuarantineRecord extends QuarantineEntry {
  readonly id: QuarantineId;
  readonly at: Date;
}

// ── Index: finding and reading. Who may see is in every WHERE: `scope` is the asking facility. ───────────

export interface StudyIndex {
  findStudies(scope: FacilityId, matches: readonly Match[], page: QueryPage, now: Date, only?: SearchOnly): Promise<readonly StudyRecord[]>;
  findSeries(scope: FacilityId, matches: readonly Match[], page: QueryPage, now: Date, only?: SearchOnly): Promise<readonly FoundSeries[]>;
  findInstances(
    scope: FacilityId,
    matches: readonly Match[],
    page: QueryPage,
    now: Date,
    only?: SearchOnly,
  ): Promise<readonly FoundInstance[]>;
  /** Newest study date first; keyset paging. */
  listStudies(
    scope: FacilityId,
    filter: StudyListFilter,
    page: StudyListPage,
    now: Date,
  ): Promise<{ readonly studies: readonly StudyRecord[]; readonly next?: string }>;
  /** The study this facility may see under that address: its own before a shared one, the first held or shared before later ones. */
  study(scope: FacilityId, address: StudyAddress, now: Date): Promise<StudyRecord | undefined>;
  seriesOf(studyId: StudyId): Promise<readonly SeriesRecord[]>;
  seriesByUID(studyId: StudyId, seriesInstanceUID: SeriesInstanceUID): Promise<SeriesRecord | undefined>;
  /** Ordered by series number, instance number, UID. Optional UIDs narrow. */
  instancesOf(
    studyId: StudyId,
    narrow?: { readonly seriesInstanceUID?: SeriesInstanceUID; readonly sopInstanceUID?: SOPInstanceUID },
  ): AsyncIterable<InstanceRecord>;
  /** Gzipped DICOM JSON of these versions, by version; large ones (PAGED_HEADER_BYTES_MAX of storage/index/imaging/studies.ts) are left out. For few at a time. */
  headersOf(versionIds: readonly VersionId[]): Promise<ReadonlyMap<VersionId, Uint8Array>>;
  pixels(
    studyId: StudyId,
    seriesInstanceUID: SeriesInstanceUID | undefined,
    sopInstanceUID: SOPInstanceUID,
  ): Promise<InstancePixels | undefined>;
  /** Gzipped DICOM JSON of each instance, in the order of `instancesOf`. */
  metadataOf(
    studyId: StudyId,
    narrow?: { readonly seriesInstanceUID?: SeriesInstanceUID; readonly sopInstanceUID?: SOPInstanceUID },
  ): AsyncIterable<{
    readonly sopInstanceUID: SOPInstanceUID;
    readonly seriesInstanceUID: SeriesInstanceUID;
    readonly metadataGzip: Uint8Array;
  }>;
  /** Records the settled series' metadata object, unless the series has moved past `revision`. Returns whether it was recorded. */
  setSeriesMetadata(seriesId: SeriesId, revision: number, metadata: { readonly key: ObjectKey; readonly etag: string }): Promise<boolean>;
  /** For jobs, which act for nobody: a series with its study, owner and location. */
  seriesForDerivation(seriesId: SeriesId): Promise<(SeriesRecord & { readonly ownerFacilityCode: FacilityCode }) | undefined>;
  /** The series whose derived objects lie there. */
  seriesAt(path: SeriesName): Promise<readonly SeriesId[]>;
  /** Every series with instances, by its id, or those of a study or facility; `after` for the rest of a walk. */
  allSeries(narrow: {
    readonly facilityCode?: FacilityCode;
    readonly studyInstanceUID?: StudyInstanceUID;
    readonly after?: SeriesId;
  }): AsyncIterable<SeriesId>;
  /** Every object key the index refers to, with digest and length, for `verify` and `reindex`. */
  allObjects(
    after?: VersionId,
  ): AsyncIterable<{ readonly key: ObjectKey; readonly sha256: Sha256; readonly bytes: number; readonly versionId: VersionId }>;
  /** Whether the index refers to this original. */
  hasObject(key: ObjectKey): Promise<boolean>;
  /** Which of these digests the facility keeps as an original: a broken-off upload resumes behind them. */
  knownDigests(scope: FacilityId, digests: readonly Sha256[]): Promise<ReadonlySet<Sha256>>;
}

/** What a search is confined to. */
export interface SearchOnly {
  /** Studies of this owner, or those of them with that number under their UID. */
  readonly of?: StudyOf;
  /** One study: the search is below it. */
  readonly studyId?: StudyId;
}

// ── Index: notices ───────────────────────────────────────────────────────────

export interface NoticeIndex {
  /** What a facility's people must be told of its own studies, newest first. */
  list(scope: FacilityId, limit: number): Promise<readonly Notice[]>;
  /**
   * Settles two places that claim one UID, with its record, in one transaction. `correction`: the new place is the right one; what is at both
   * becomes versions of what is there, and when it is the patient that was corrected the rest of the former study goes there too.
   * No version is lost. Undefined: the facility has no such notice that waits.
   */
  settle(
    request: { readonly noticeId: NoticeId; readonly facilityId: FacilityId; readonly settlement: Settlement; readonly by: UserId },
    audit: (settled: SettledNotice) => readonly AuditEntry[],
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
  /** To whom the former place was shared until it was left empty. */
  readonly endedShares: readonly FacilityCode[];
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
  readonly other: { readonly studyInstanceUID: StudyInstanceUID; readonly study: StudyRecord | undefined } | undefined;
  /** When it last happened. */
  readonly at: Date;
  /** New versions; for `patient-changed`, how many times. */
  readonly count: number;
  readonly studyInstanceUID: StudyInstanceUID;
  /** The newest; undefined: no one instance stands for it. */
  readonly sopInstanceUID: SOPInstanceUID | undefined;
  /** As it stands now; undefined: all its instances have gone to another study. */
  readonly study: StudyRecord | undefined;
}

// ── Index: what searches give ────────────────────────────────────────────────

export interface FoundSeries extends SeriesRecord {
  readonly study: StudyRecord;
}

export interface FoundInstance extends InstanceRecord {
  readonly study: StudyRecord;
  readonly series: SeriesRecord;
}

// ── Index: people and facilities ─────────────────────────────────────────────

export interface AETitleEntry {
  readonly aeTitle: string;
  /** CIDR; undefined = from anywhere. */
  readonly addressRange?: string;
  /** Lower-case hexadecimal SHA-256 of the client certificate (DER); undefined = none asked. */
  readonly certificateSha256?: string;
}

export interface Facility {
  readonly id: FacilityId;
  readonly code: FacilityCode;
  readonly name: string;
  readonly nameKana: string;
  readonly nameRomaji: string;
  readonly aeTitles: readonly AETitleEntry[];
  readonly createdAt: Date;
}

export interface User {
  readonly id: UserId;
  readonly email: string;
  readonly name: string;
  readonly nameKana: string;
  readonly facility: { readonly id: FacilityId; readonly code: FacilityCode; readonly name: string } | undefined;
  readonly job: Job;
  readonly administrator: boolean;
  readonly language: 'ja' | 'en' | undefined;
  readonly disabledAt: Date | undefined;
  readonly createdAt: Date;
}

export interface Credentials {
  readonly user: User;
  readonly passwordHash: string;
  /** The user has signed in on the asking device before. */
  readonly knownDevice: boolean;
}

export interface PeopleIndex extends SessionIndex, DeviceIndex, TokenIndex, AttemptIndex {
  createFacility(facility: {
    code: FacilityCode;
    name: string;
    nameKana: string;
    nameRomaji: string;
    aeTitles: readonly AETitleEntry[];
  }): Promise<Facility>; // @throws conflict
  updateFacility(
    id: FacilityId,
    change: { name?: string; nameKana?: string; nameRomaji?: string; aeTitles?: readonly AETitleEntry[] },
  ): Promise<Facility>; // @throws not-found, conflict
  facilities(): Promise<readonly Facility[]>;
  facilityByCode(code: string): Promise<Facility | undefined>;
  facilityByAETitle(aeTitle: string): Promise<(Facility & { readonly entry: AETitleEntry }) | undefined>;
  createUser(user: {
    email: string;
    name: string;
    nameKana: string;
    facilityId: FacilityId | undefined;
    job: Job;
    administrator: boolean;
    passwordHash: string;
  }): Promise<User>; // @throws conflict
  /** A new password ends the user's sessions and tokens. @throws not-found; conflict when nobody would be left to administer */
  updateUser(
    id: UserId,
    change: {
      name?: string;
      nameKana?: string;
      job?: Job;
      language?: 'ja' | 'en';
      passwordHash?: string;
      administrator?: boolean;
      disabled?: boolean;
      unlock?: true;
    },
  ): Promise<User>;
  users(): Promise<readonly User[]>;
  userById(id: UserId): Promise<User | undefined>;
  credentials(email: string, deviceHash?: string): Promise<Credentials | undefined>;
  anyAdministrator(): Promise<boolean>;
}

// ── Index: shares ────────────────────────────────────────────────────────────

export interface Share {
  readonly id: ShareId;
  readonly studyId: StudyId;
  readonly to: { readonly id: FacilityId; readonly code: FacilityCode; readonly name: string };
  readonly until: Date;
  readonly createdAt: Date;
  readonly createdBy: UserId;
  readonly createdByName: string;
  readonly revokedAt: Date | undefined;
}

/** Each writes the share, its study_access row and its audit entry in one transaction: no record, no disclosure. */
export interface ShareIndex {
  /** One live share a study and facility: sharing again moves `until`. */
  share(request: { studyId: StudyId; toFacilityId: FacilityId; until: Date; by: UserId }, audit: AuditEntry): Promise<Share>;
  revoke(shareId: ShareId, studyId: StudyId, by: UserId, audit: AuditEntry): Promise<Share | undefined>;
  sharesOf(studyId: StudyId): Promise<readonly Share[]>;
}

// ── The record ───────────────────────────────────────────────────────────────

export interface AuditLog {
  /** Durable when it resolves. Entries that arrive together share a commit; the chain has one order on all nodes. */
  append(entries: readonly AuditEntry[]): Promise<void>;
  /** Newest first. */
  find(filter: AuditFilter): Promise<readonly AuditRecord[]>;
  /** Walks the whole chain, and compares it with points that were noted outside (in order of their numbers). */
  verify(points?: readonly RecordPoint[]): Promise<RecordVerdict>;
  /** The last entry's point, as the database says. */
  head(): Promise<RecordPoint>;
  /** Walks at most `limit` entries on from `from`, which must be in the chain: to where, or where it first does not fit. */
  walk(from: RecordPoint, limit: number): Promise<{ readonly to: RecordPoint } | { readonly brokenSeq: number }>;
}

export type RecordVerdict = RecordTimes &
  (
    | { readonly intact: true; readonly records: number }
    | {
        readonly intact: false;
        /** The first entry that does not fit, or is missing. After `otherwise-noted`: the first that no point outside vouches for. */
        readonly firstBrokenSeq: number;
        /** Entries up to there that fit. */
        readonly records: number;
        /** An entry does not follow from the one before; entries are missing at the end; the chain fits in itself, but is not the one noted outside. */
        readonly because: 'chain' | 'cut' | 'otherwise-noted';
      }
  );

export interface RecordTimes {
  /** How often an entry is earlier than the one before by more than RECORD_TIME_BACK_MS_MAX, other than where the record says the clock was set. */
  readonly timesBackwards?: number;
}

export interface AuditFilter {
  readonly studyInstanceUID?: StudyInstanceUID;
  readonly ownerFacilityCode?: FacilityCode;
  /** Not of the owner's other studies under the UID, as far as they hold anything: what was settled into this one counts with it. */
  readonly ordinal?: number;
  readonly actions?: readonly AuditEntry['action'][];
  readonly beforeSeq?: number;
  readonly limit: number;
}

// ── The index as one thing to open and close ─────────────────────────────────

export interface Index {
  readonly ingest: IngestIndex;
  readonly studies: StudyIndex;
  readonly notices: NoticeIndex;
  readonly people: PeopleIndex;
  readonly shares: ShareIndex;
  readonly audit: AuditLog;
  readonly jobs: JobQueue;
  readonly installation: InstallationIndex;
  readonly warnings: WarningIndex;
  readonly damage: DamageIndex;
  /** @throws unavailable */
  probe(): Promise<void>;
  close(): Promise<void>;
}

export interface Clock {
  now(): Date;
}

// ── Pixels (implemented by gateway/codec; named here so that use cases and doors share the words) ─────────

export type RenderFormat = 'image/jpeg' | 'image/png';

/** PS3.18 8.3.5.1. */
export interface RenderOptions {
  readonly format: RenderFormat;
  /** JPEG quality 1–100. */
  readonly quality: number;
  readonly window?: { readonly center: number; readonly width: number; readonly function: 'LINEAR' | 'LINEAR_EXACT' | 'SIGMOID' };
  /** Output no larger than this, pixels; aspect kept. Source region in image pixels, negative width/height flips. */
  readonly viewport?: {
    readonly columns: number;
    readonly rows: number;
    readonly source?: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  };
}
