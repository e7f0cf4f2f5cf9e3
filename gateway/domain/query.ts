/**
 * Attributes the index can match, by PS3.6 keyword. PS3.18 table 10.6.1-5 plus what people search by.
 * `gateway/dicom/query-keys.ts` gives each its tag, VR and level; `storage/index` its column.
 */
export type QueryKeyword =
  | 'StudyDate'
  | 'StudyTime'
  | 'AccessionNumber'
  | 'ModalitiesInStudy'
  | 'ReferringPhysicianName'
  | 'PatientName'
  | 'PatientID'
  | 'IssuerOfPatientID'
  | 'PatientBirthDate'
  | 'PatientSex'
  | 'StudyInstanceUID'
  | 'StudyID'
  | 'StudyDescription'
  | 'Modality'
  | 'SeriesInstanceUID'
  | 'SeriesNumber'
  | 'SeriesDescription'
  | 'BodyPartExamined'
  | 'PerformedProcedureStepStartDate'
  | 'PerformedProcedureStepStartTime'
  | 'ScheduledProcedureStepID'
  | 'RequestedProcedureID'
  | 'SOPClassUID'
  | 'SOPInstanceUID'
  | 'InstanceNumber';

/** One matching key, PS3.4 C.2.2.2. Universal matching (empty value) is no match at all and is not sent. */
export type Match =
  /** Single value or list of values: any of them, exactly (numbers as decimal text). */
  | { readonly keyword: QueryKeyword; readonly kind: 'values'; readonly values: readonly string[] }
  /** `*` any run of characters, `?` any one. */
  | { readonly keyword: QueryKeyword; readonly kind: 'wildcard'; readonly pattern: string }
  /** DA or TM, both ends inclusive, at least one given; as full precision text (YYYYMMDD, HHMMSS.FFFFFF). */
  | { readonly keyword: QueryKeyword; readonly kind: 'range'; readonly from?: string; readonly to?: string }
  /**
   * A date and its time together, from one moment to another (PS3.4 C.2.2.2.5), both inclusive, at least one given; a moment without a time
   * is the whole day. What has no date or no time matches none.
   */
  | {
      readonly keyword: 'StudyDate' | 'PerformedProcedureStepStartDate';
      readonly kind: 'moments';
      readonly from?: Moment;
      readonly to?: Moment;
    }
  /**
   * Person name, already folded as `SearchableName.folded` is; may hold `*` and `?`.
   * `anyGroup`: the pattern may match the alphabetic, ideographic or phonetic group.
   * `fuzzy`: each word may begin any component (PS3.4 C.2.2.2.1.1 leaves the algorithm to us).
   */
  | {
      readonly keyword: 'PatientName' | 'ReferringPhysicianName';
      readonly kind: 'name';
      readonly pattern: string;
      readonly fuzzy: boolean;
    };

/** As in `range`. */
export interface Moment {
  readonly date: string;
  readonly time?: string;
}

/** Offsets page DICOMweb lists; the application's list pages by key. */
export interface QueryPage {
  readonly offset: number;
  readonly limit: number;
}

export interface StudyListPage {
  /** Opaque; from the previous page's `next`. */
  readonly after?: string;
  readonly limit: number;
}

/** The application's list: one text box over names in any script, patient ID, accession number and description. */
export interface StudyListFilter {
  /** Each word must occur somewhere: already folded like names; the raw word too, for identifiers. */
  readonly words: readonly { readonly folded: string; readonly raw: string }[];
  readonly modalities: readonly string[];
  readonly studyDateFrom?: string;
  readonly studyDateTo?: string;
  readonly ownership?: 'own' | 'shared';
}
