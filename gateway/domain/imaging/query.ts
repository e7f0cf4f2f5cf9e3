/**
 * Attributes the index can match, by PS3.6 keyword. PS3.18 table 10.6.1-5 plus what people search by.
 * `gateway/dicom/query/query-keys.ts` gives each its tag, VR and level; `storage/index` its column.
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

/** Searches of one process that the database works on at once. The index keeps as many connections for them and for nothing else. */
export const SEARCHES_AT_ONCE_MAX = 4;

/** Keys that an index finds without looking at anything else. */
const EXACT: ReadonlySet<QueryKeyword> = new Set(['StudyInstanceUID', 'PatientID', 'AccessionNumber']);
const EXACT_BELOW: ReadonlySet<QueryKeyword> = new Set(['StudyInstanceUID', 'SeriesInstanceUID', 'SOPInstanceUID']);
/** Rows that a page may lie behind; each of them is walked over. */
const LOOKUP_OFFSET_MAX = 10_000;

/**
 * Whether what is asked costs no more than the rows it gives, so that it need not wait among the searches: the newest studies, those of a day,
 * and what is named by its identifiers.
 */
export function isLookup(level: 'study' | 'series' | 'instance', matches: readonly Match[], page: QueryPage): boolean {
  if (page.offset > LOOKUP_OFFSET_MAX) return false;
  if (matches.some((match) => match.kind === 'name' || match.kind === 'wildcard')) return false;
  const isNamed = (match: Match, keys: ReadonlySet<QueryKeyword>) =>
    match.kind === 'values' && keys.has(match.keyword) && !match.values.includes('');
  if (level === 'study')
    return matches.every((match) => isNamed(match, EXACT) || (match.keyword === 'StudyDate' && match.kind !== 'moments'));
  return matches.some((match) => isNamed(match, EXACT_BELOW));
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

export interface SearchWord {
  /** As typed, for identifiers. */
  readonly raw: string;
  /** As `SearchableName.folded` is. */
  readonly folded: string;
  /** As `NameSounds.joined` is, '' when it has none: a name may begin with it. */
  readonly sound?: string;
  /** Typed in kana: its sound finds only names that have no kana. */
  readonly kana?: boolean;
}

/** A day, a month or a year, both ends inclusive, YYYYMMDD; not every date between them need exist. */
export interface SearchDate {
  readonly raw: string;
  readonly from: string;
  readonly to: string;
}

/** The application's list: one text box over names in any script, patient ID, accession number and description. */
export interface StudyListFilter {
  /** Each word must occur somewhere. */
  readonly words: readonly SearchWord[];
  /** Each must be the study's date or the patient's birth date, or occur as it was typed, as in an identifier. */
  readonly dates?: readonly SearchDate[];
  readonly modalities: readonly string[];
  readonly studyDateFrom?: string;
  readonly studyDateTo?: string;
  readonly ownership?: 'own' | 'shared';
  /** Only what nobody of the facility has opened. */
  readonly unopened?: boolean;
  /** Default: by study date. */
  readonly order?: 'study-date' | 'arrived';
}

/** Whether a list is narrowed by more than its order: it may have to look through all of a facility's studies. */
export function isSearch(filter: StudyListFilter): boolean {
  return filter.words.length > 0 || filter.modalities.length > 0 || (filter.dates?.length ?? 0) > 0;
}
