import type {
  FacilityCode,
  FacilityId,
  ObjectKey,
  SeriesId,
  SeriesInstanceUID,
  Sha256,
  SOPInstanceUID,
  StudyId,
  StudyInstanceUID,
  VersionId,
} from '../identifiers.ts';
import type { StudyFacts } from '../sharing/access.ts';
import type { Asker } from '../sharing/audience.ts';
import type { SeriesName } from './derived.ts';
import type { Match, QueryPage, StudyListFilter, StudyListPage } from './query.ts';
import type { IndexedInstance, IndexedSeries, IndexedStudy, InstancePixels, StudyPart } from './study.ts';
import type { StudyAddress, StudyOf } from './study-address.ts';

/** An instance that is played. */
export interface Clip {
  readonly seriesInstanceUID: SeriesInstanceUID;
  readonly sopInstanceUID: SOPInstanceUID;
  readonly instanceNumber: number | null;
  readonly numberOfFrames: number;
  /** From 1. */
  readonly openingFrame: number;
}

/** The image that stands for a series and that it opens with: gateway/decisions/opening-image.md. */
export interface OpeningImage {
  readonly seriesInstanceUID: SeriesInstanceUID;
  readonly sopInstanceUID: SOPInstanceUID;
  /** From 1. */
  readonly frame: number;
}

/** A stored header: gzipped DICOM JSON, its Bulk Data URIs relative to the instance. */
export interface InstanceHeader {
  readonly sopInstanceUID: SOPInstanceUID;
  readonly seriesInstanceUID: SeriesInstanceUID;
  readonly sha256: Sha256;
  readonly metadataGzip: Uint8Array;
}

/** Implemented by `storage/index/imaging/studies.ts`. */
export interface StudyIndex {
  findStudies(asker: Asker, matches: readonly Match[], page: QueryPage, now: Date, only?: SearchOnly): Promise<readonly IndexedStudy[]>;
  findSeries(asker: Asker, matches: readonly Match[], page: QueryPage, now: Date, only?: SearchOnly): Promise<readonly FoundSeries[]>;
  findInstances(asker: Asker, matches: readonly Match[], page: QueryPage, now: Date, only?: SearchOnly): Promise<readonly FoundInstance[]>;
  /** Newest first in the filter's order; keyset paging. */
  listStudies(
    asker: Asker,
    filter: StudyListFilter,
    page: StudyListPage,
    now: Date,
  ): Promise<{ readonly studies: readonly IndexedStudy[]; readonly next?: string }>;
  /** Differs whenever what `listStudies` shows the facility may have changed, by an event or by a grant that has begun or ended. Cheap. */
  listRevision(scope: FacilityId, now: Date): Promise<string>;
  /** Somebody of the facility has opened the study; the first time counts. */
  markOpened(scope: FacilityId, studyId: StudyId, now: Date): Promise<void>;
  /** The first `limit` clips of a study in the order of `instancesOf`. */
  clipsOf(part: StudyPart, limit: number): Promise<readonly Clip[]>;
  /** Of each series that has an image, in the order of `instancesOf`: of its images that are no clips the middle one where they are slices, else the first. */
  openingImagesOf(part: StudyPart, narrow?: { readonly seriesInstanceUID?: SeriesInstanceUID }): Promise<readonly OpeningImage[]>;
  /** The study they may see under that address: their facility's own before a shared one, the first held or shared before later ones. */
  study(asker: Asker, address: StudyAddress, now: Date): Promise<IndexedStudy | undefined>;
  /** What `access.ts` must know of them and each study, in their order; undefined: no such study for them. For what is on a screen. */
  factsOf(asker: Asker, addresses: readonly StudyAddress[], now: Date): Promise<readonly (StudyFacts | undefined)[]>;
  seriesOf(part: StudyPart): Promise<readonly IndexedSeries[]>;
  seriesByUID(part: StudyPart, seriesInstanceUID: SeriesInstanceUID): Promise<IndexedSeries | undefined>;
  /** Ordered by series number, reading key (`InstanceAttributes`), UID. Optional UIDs narrow. */
  instancesOf(
    part: StudyPart,
    narrow?: { readonly seriesInstanceUID?: SeriesInstanceUID; readonly sopInstanceUID?: SOPInstanceUID },
  ): AsyncIterable<IndexedInstance>;
  /** Gzipped DICOM JSON of these versions, by version; large ones (PAGED_HEADER_BYTES_MAX of storage/index/imaging/studies.ts) are left out. For few at a time. */
  headersOf(versionIds: readonly VersionId[]): Promise<ReadonlyMap<VersionId, Uint8Array>>;
  pixels(
    part: StudyPart,
    seriesInstanceUID: SeriesInstanceUID | undefined,
    sopInstanceUID: SOPInstanceUID,
  ): Promise<InstancePixels | undefined>;
  /** The header of each instance, in the order of `instancesOf`, some at a time. */
  metadataOf(
    part: StudyPart,
    narrow?: { readonly seriesInstanceUID?: SeriesInstanceUID; readonly sopInstanceUID?: SOPInstanceUID },
  ): AsyncIterable<readonly InstanceHeader[]>;
  /** The original of each instance, as the series was at `revision`. Undefined: it has moved past it. */
  versionsOf(seriesId: SeriesId, revision: number): Promise<ReadonlyMap<SOPInstanceUID, Sha256> | undefined>;
  /** Whether anything in the study ever came in place of something else: a new version of an instance, or a correction of its place. */
  hasReplaced(studyId: StudyId): Promise<boolean>;
  /** Notes the settled series' metadata object, unless the series has moved past `revision`. Returns whether it was recorded. */
  setSeriesMetadata(seriesId: SeriesId, revision: number, metadata: { readonly key: ObjectKey; readonly etag: string }): Promise<boolean>;
  /** For what runs by itself and acts for nobody: a series with its study, owner and location. */
  seriesForDerivation(seriesId: SeriesId): Promise<(IndexedSeries & { readonly ownerFacilityCode: FacilityCode }) | undefined>;
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
  /** What the facility itself keeps of these exams, in their order; whoever uploads is told before anything is sent. */
  keptOf(scope: FacilityId, studies: readonly KeptQuestion[]): Promise<readonly KeptStudy[]>;
}

/** A study as a file's header names it, and its instances that are about to be sent. */
export interface KeptQuestion {
  readonly studyInstanceUID: string;
  readonly patientID: string;
  readonly patientBirthDate: string;
  readonly sopInstanceUIDs: readonly string[];
}

export interface KeptStudy {
  /** How many of the instances are kept, in the study of that UID and patient ID. */
  readonly held: number;
  /** Of that study, when its UID alone leads the owner to another one. */
  readonly ordinal?: number;
  /** Under the patient ID the facility keeps images with another birth date. */
  readonly otherBirthDate: boolean;
}

/** What a search is confined to. */
export interface SearchOnly {
  /** Studies of this owner, or those of them with that number under their UID. */
  readonly of?: StudyOf;
  /** One study: the search is below it. */
  readonly studyId?: StudyId;
}

export interface FoundSeries extends IndexedSeries {
  readonly study: IndexedStudy;
}

export interface FoundInstance extends IndexedInstance {
  readonly study: IndexedStudy;
  readonly series: IndexedSeries;
}
