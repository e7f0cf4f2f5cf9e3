import type {
  FacilityCode,
  FacilityId,
  InstanceId,
  ObjectKey,
  PatientNo,
  SeriesId,
  SeriesInstanceUID,
  Sha256,
  SOPClassUID,
  SOPInstanceUID,
  StudyId,
  StudyInstanceUID,
  TransferSyntaxUID,
  VersionId,
} from '../identifiers.ts';
import type { StudyRight } from '../sharing/access.ts';
import type { DicomJson, FrameIndex, PersonNameJson } from './dataset.ts';
import type { StudyOf } from './study-address.ts';

/** How an instance came in. */
export interface Source {
  readonly door: 'dimse' | 'stow' | 'upload' | 'import' | 'reindex';
  readonly remoteAddress?: string;
  readonly callingAETitle?: string;
  readonly userId?: string;
  /** The person's job when it came in. */
  readonly job?: string;
  /** As the sender calls it; it may hold a patient's name, so it is on no record and in no log. */
  readonly fileName?: string;
}

/** A PN value in its three groups as the file spells them, and each group folded for matching (`gateway/dicom/text/person-name.ts`). */
export interface SearchableName {
  readonly value: PersonNameJson;
  readonly folded: { readonly alphabetic: string; readonly ideographic: string; readonly phonetic: string };
}

/** A name as it is heard (`gateway/dicom/text/name-sound.ts`). */
export interface NameSounds {
  /** Its components joined, beginning with each of them in turn: a part of a name, or all of it, is the beginning of one of these. */
  readonly joined: readonly string[];
  /** No group of it is in kana: who types kana finds it by these alone. */
  readonly withoutKana: boolean;
}

/** Study- and patient-level attributes the index keeps in columns. Empty string = present but empty or absent. */
export interface StudyAttributes {
  readonly studyInstanceUID: StudyInstanceUID;
  readonly patientID: string;
  readonly issuerOfPatientID: string;
  readonly patientName: SearchableName;
  readonly patientBirthDate: string; // DA or ''
  readonly patientSex: string;
  readonly studyDate: string; // DA 'YYYYMMDD' or '' when absent or unreadable
  readonly studyTime: string; // TM as in the file, or ''
  readonly accessionNumber: string;
  readonly studyID: string;
  readonly studyDescription: string;
  readonly referringPhysicianName: SearchableName;
  /** All patient- and study-level attributes of the header, for includefield. */
  readonly attributes: DicomJson;
}

export interface SeriesAttributes {
  readonly seriesInstanceUID: SeriesInstanceUID;
  readonly modality: string;
  readonly seriesNumber: number | null;
  readonly seriesDescription: string;
  readonly bodyPartExamined: string;
  readonly performedProcedureStepStartDate: string;
  readonly performedProcedureStepStartTime: string;
  /** Of each item of the Request Attributes Sequence, in order. */
  readonly requestAttributes: readonly RequestAttributes[];
  readonly attributes: DicomJson;
}

/** What of a request a series is searched by, PS3.18 table 10.6.1-5. Empty string: absent or empty. */
export interface RequestAttributes {
  readonly scheduledProcedureStepID: string;
  readonly requestedProcedureID: string;
}

export interface InstanceAttributes {
  readonly sopInstanceUID: SOPInstanceUID;
  readonly sopClassUID: SOPClassUID;
  readonly instanceNumber: number | null;
  readonly rows: number | null;
  readonly columns: number | null;
  readonly bitsAllocated: number | null;
  /** Number of frames; 0 for an instance without pixels. */
  readonly numberOfFrames: number;
  /** Its frames follow each other in time, to be played: a film, not a stack of slices. */
  readonly clip: boolean;
  /** Where it stands among the instances of its series: they are read in the order of these texts, and of the UIDs where they are the same. */
  readonly readingKey: string;
  /** The frame, from 1, that stands for it in small pictures, and that it opens with. */
  readonly openingFrame: number;
}

/** The bytes of one version of an instance. */
export interface StoredObject {
  readonly key: ObjectKey;
  readonly bytes: number;
  readonly sha256: Sha256;
  readonly transferSyntaxUID: TransferSyntaxUID;
  /** Where the data set begins: after preamble and File Meta Information. 0 when the object has none. */
  readonly dataSetOffset: number;
}

/** All that the index is told of one instance: what ingest read from the header, and where the bytes are. */
export interface InstanceToIndex {
  readonly facilityId: FacilityId;
  /** For the record. */
  readonly facilityCode: FacilityCode;
  readonly source: Source;
  readonly study: StudyAttributes;
  /** Of the patient's name and the referring physician's: what the study is searched by beside its attributes. */
  readonly sounds: readonly NameSounds[];
  readonly series: SeriesAttributes;
  readonly instance: InstanceAttributes;
  readonly object: StoredObject;
  /** UTF-8 DICOM JSON of the whole header with BulkDataURI placeholders (relative URIs), gzipped. */
  readonly metadataGzip: Uint8Array;
  readonly frames: FrameIndex;
  /** What was odd but readable, by code. No patient data. */
  readonly warnings: readonly string[];
}

/** Where an instance is, as its owner addresses it. */
export interface InstancePlace {
  readonly studyInstanceUID: StudyInstanceUID;
  readonly seriesInstanceUID: SeriesInstanceUID;
  /** Set when the Study Instance UID alone leads the owner to another study. */
  readonly of?: StudyOf;
}

/**
 * What finishing an ingest came to, and where the instance is.
 * `stored`: a new instance, beside whatever holds the same UID elsewhere. `duplicate`: the same bytes were there already, nothing was added.
 * `new-version`: the same place and SOP Instance UID, other bytes: both are kept, the newest is served, the owner is told.
 */
export interface FinishOutcome {
  readonly kind: 'stored' | 'duplicate' | 'new-version';
  readonly studyId: StudyId;
  readonly seriesId: SeriesId;
  readonly instanceId: InstanceId;
  readonly place: InstancePlace;
}

/**
 * A study as far as it is shown to somebody: whatever reads below a study takes this and leaves out what is held back, as if it were not there.
 * An IndexedStudy counts what its finder may see.
 */
export interface StudyPart {
  readonly studyId: StudyId;
  readonly heldBack: readonly SeriesInstanceUID[];
}

/** For what runs by itself and shows nobody anything. */
export function wholeStudy(studyId: StudyId): StudyPart {
  return { studyId, heldBack: [] };
}

/** A study as its finder may see it. */
export interface IndexedStudy {
  readonly id: StudyId;
  readonly owner: { readonly id: FacilityId; readonly code: FacilityCode; readonly name: string };
  /** Which of the owner's studies under this UID: 1 is the first that was held. */
  readonly ordinal: number;
  /** Whom it is of: a patient of its owner's. */
  readonly patientNo: PatientNo;
  /** Other studies that go by the same UID and that the finder may see. */
  readonly besides: number;
  /** The UID alone leads the finder to another of them. */
  readonly shadowed: boolean;
  /** The first given first; never empty. */
  readonly rights: readonly StudyRight[];
  readonly study: StudyAttributes;
  readonly modalitiesInStudy: readonly string[];
  readonly numberOfStudyRelatedSeries: number;
  readonly numberOfStudyRelatedInstances: number;
  /** Frames of all instances but clips; one without an image has none. */
  readonly numberOfImages: number;
  readonly numberOfClips: number;
  /** When it came, or when it was shared with the finder's facility. */
  readonly arrivedAt: Date;
  /** When somebody of the finder's facility first opened it. */
  readonly openedAt: Date | undefined;
  readonly firstReceivedAt: Date;
  readonly lastReceivedAt: Date;
  /** Undefined while instances are still expected. */
  readonly completeAt: Date | undefined;
}

export interface IndexedSeries {
  readonly id: SeriesId;
  readonly studyId: StudyId;
  readonly studyInstanceUID: StudyInstanceUID;
  /** The study's, as in `IndexedStudy`. */
  readonly ordinal: number;
  readonly series: SeriesAttributes;
  readonly numberOfSeriesRelatedInstances: number;
  /** As in `IndexedStudy`. */
  readonly numberOfImages: number;
  readonly numberOfClips: number;
  /** Set once the series has settled: the object holding its instances' DICOM JSON, gzipped; it is void when `revision` has moved on. */
  readonly metadata: { readonly key: ObjectKey; readonly etag: string } | undefined;
  /** Rises with every instance or version added. */
  readonly revision: number;
}

/** An instance in its current version. */
export interface IndexedInstance {
  readonly id: InstanceId;
  readonly versionId: VersionId;
  readonly seriesId: SeriesId;
  readonly studyInstanceUID: StudyInstanceUID;
  readonly seriesInstanceUID: SeriesInstanceUID;
  readonly instance: InstanceAttributes;
  readonly object: StoredObject;
}

/** Everything needed to serve frames of one instance. */
export interface InstancePixels extends IndexedInstance {
  readonly frames: FrameIndex;
  readonly metadataGzip: Uint8Array;
}
