/** What a month's facts ask of the index beside the record's pages. Implemented by `storage/index/record/fees.ts`. */
import type { FacilityCode, PersonId } from '../identifiers.ts';

/** A study that a letter gave, and the entry since which it was. */
export interface GivenStudy {
  readonly ownerFacilityCode: string;
  readonly studyInstanceUID: string;
  readonly ordinal: number;
  readonly afterSeq: number;
}

export interface StudyLook {
  readonly seq: number;
  readonly at: Date;
  /** Undefined: a machine. */
  readonly userId: string | undefined;
}

export interface NamedPatient {
  readonly ownerFacilityCode: string;
  readonly patientID: string;
}

/** Studies, or patients, asked for at once. */
export const FEES_ASKED_MAX = 200;
/** Of one study, the first ones: a facility that looks at it again and again shows nothing more by it. */
export const LOOKS_A_STUDY_MAX = 200;

export interface FeeRecord {
  /** Looks of a facility at each of the studies since it was given, the first ones of each in their order. */
  looksAt(facility: FacilityCode, studies: readonly GivenStudy[]): Promise<readonly (readonly StudyLook[])[]>;
  /** As whom the network knows each today; undefined: nobody goes by that, or several do. */
  personsOf(patients: readonly NamedPatient[]): Promise<readonly (PersonId | undefined)[]>;
}
