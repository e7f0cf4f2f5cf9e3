import type { FacilityCode, FacilityId, LinkId, PatientNo, PersonId, StudyId, UserId } from '../identifiers.ts';
import type { IndexedStudy, SearchableName } from '../imaging/study.ts';

/** Whom a facility knows under one Patient ID and issuer, with what the newest study said: gateway/decisions/patients.md. */
export interface Patient {
  readonly no: PatientNo;
  readonly owner: { readonly id: FacilityId; readonly code: FacilityCode; readonly name: string };
  /** The person of the network; of a patient that is joined with none one of its own. */
  readonly personId: PersonId;
  /** '' when no study said one: then it is the patient of one study alone. */
  readonly patientID: string;
  readonly issuerOfPatientID: string;
  readonly patientName: SearchableName;
  readonly patientBirthDate: string; // DA or ''
  readonly patientSex: string;
}

/**
 * Patients of one person of whom the asker may see something, and how much that is. The first is whose study is the newest. Name, birth date and sex
 * are those of the newest study that the asker may see: what a study says that they may not is not told.
 */
export interface PersonSeen {
  readonly personId: PersonId;
  readonly patients: readonly Patient[];
  /** How many of each patient, in their order. */
  readonly studiesOf: readonly number[];
  readonly studies: number;
  readonly unopened: number;
  /** Of what the asker may see, in the order of the study list. */
  readonly newest: { readonly studyId: StudyId; readonly studyDate: string };
}

/** A study on a person's line of time. */
export interface StudyOfPerson {
  readonly study: IndexedStudy;
  /** Of its series that are shown, as they say it; not sorted, without repetition. */
  readonly bodyParts: readonly string[];
}

export type LinkState = 'proposed' | 'confirmed' | 'rejected' | 'undone';

/** That two patients are one person: somebody or something said so, and somebody decided. */
export interface PatientLink {
  readonly id: LinkId;
  readonly patient: Patient;
  readonly other: Patient;
  readonly state: LinkState;
  /** The matcher's; undefined: somebody said so. */
  readonly score: number | undefined;
  /** Codes of the matcher's evidence. */
  readonly reasons: readonly string[];
  readonly proposedAt: Date;
  readonly proposedBy: UserId | undefined;
  readonly decidedAt: Date | undefined;
  readonly decidedBy: UserId | undefined;
  readonly undoneAt: Date | undefined;
}

export interface LinkProposal {
  readonly patient: PatientNo;
  readonly other: PatientNo;
  readonly score?: number;
  readonly reasons: readonly string[];
}

/** Of whom a study is. */
export interface PatientOfStudy {
  readonly studyId: StudyId;
  readonly no: PatientNo;
  readonly personId: PersonId;
}
