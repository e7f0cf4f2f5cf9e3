import type { FacilityCode, LinkId, PatientNo, PersonId, StudyId, StudyInstanceUID, UserId } from '../identifiers.ts';
import type { Proven } from '../people/credentials.ts';
import type { EntriesOf } from '../record/audit.ts';
import type { Asker } from '../sharing/audience.ts';
import type { PatientContact } from './demographics.ts';
import type { LinkProposal, Patient, PatientLink, PatientOfStudy, PersonSeen, StudyOfPerson } from './patient.ts';

/** Studies of one person that are shown at once; a person with more is shown the newest. */
export const PERSON_STUDIES_MAX = 1_000;
/** Patients that are one person: more is a mistake of the desk's or of an enemy's. */
export const PERSON_PATIENTS_MAX = 100;

/**
 * Whose studies these are. Who asks is in the WHERE: of patients of whom they may see no study nothing is said. Implemented by `storage/index/patients/`.
 */
export interface PatientIndex {
  /** Of whom these studies are, in their order. The studies were seen by whoever asks. */
  patientsOf(studies: readonly StudyId[]): Promise<readonly PatientOfStudy[]>;
  /** Of each person what the asker may see, in no order; persons of whom that is nothing are left out. */
  seenOf(asker: Asker, persons: readonly PersonId[], now: Date): Promise<readonly PersonSeen[]>;
  /** The person of that patient; undefined when the asker may see no study of the person. */
  personOf(asker: Asker, patient: PatientNo, now: Date): Promise<PersonSeen | undefined>;
  /** What the asker may see of the person, the newest first, at most PERSON_STUDIES_MAX. */
  studiesOf(asker: Asker, person: PersonId, now: Date): Promise<readonly StudyOfPerson[]>;
}

/** With what the facility's own list says beside its images. */
export interface MatchedPatient extends Patient {
  readonly contact: PatientContact;
}

/** Patients of whom something is known that nobody was compared with yet. Implemented by `storage/index/patients/matching.ts`. */
export interface MatchIndex {
  /**
   * Takes the first `limit` of them and keeps under what keys each is found and what is proposed of it beside those who share one. In one transaction,
   * one process at a time. Returns how many it took; 0: none waits, or another process is at it.
   */
  matchSome(
    limit: number,
    rules: {
      readonly keysOf: (patient: MatchedPatient) => readonly string[];
      readonly proposalsOf: (patient: MatchedPatient, near: readonly MatchedPatient[]) => readonly LinkProposal[];
    },
    at: Date,
  ): Promise<number>;
}

/** A patient who goes by an identifier, and their studies as they are now. */
export interface PatientOfID {
  readonly patient: Patient;
  readonly studies: readonly { readonly studyInstanceUID: StudyInstanceUID; readonly ordinal: number }[];
}

/** Links: for the desk, who sees demographics of all facilities and no study. Implemented by `storage/index/patients/links.ts`. */
export interface LinkIndex {
  patient(no: PatientNo): Promise<Patient | undefined>;
  /** Those of the person, by facility and number. */
  patientsOfPerson(person: PersonId): Promise<readonly Patient[]>;
  /** By a whole identifier, a birth date and some of a name, folded for matching and without blanks; by nothing nobody. The first `limit` by number. */
  find(
    asked: { readonly patientID?: string; readonly birthDate?: string; readonly name?: string },
    limit: number,
  ): Promise<readonly Patient[]>;
  /** Whom a facility knows by that identifier, each with its studies: one as a rule, and more where the identifier was given twice. */
  goingBy(owner: FacilityCode, patientID: string): Promise<readonly PatientOfID[]>;
  /** What waits to be decided, the likeliest first; what somebody said before what was worked out. */
  waiting(page: { readonly limit: number; readonly after?: LinkId }): Promise<readonly PatientLink[]>;
  /** All links of a patient, whatever became of them, the newest first. */
  linksOf(patient: PatientNo): Promise<readonly PatientLink[]>;
  /**
   * Somebody says that two are one person: it waits to be decided. In one transaction with its entries.
   * @throws not-found; conflict when they are one already, wait, or were refused (`link-known`); unauthenticated, denied when what proves who asks has
   * ended meanwhile
   */
  propose(
    pair: { readonly patient: PatientNo; readonly other: PatientNo },
    by: UserId,
    entries: EntriesOf<PatientLink>,
    proven: Proven,
  ): Promise<PatientLink>;
  link(id: LinkId): Promise<PatientLink | undefined>;
  /**
   * Decides what waits. Confirmed: all patients of both persons are one person from now on. In one transaction with its entries.
   * @throws not-found; conflict when it does not wait any more, when two of them were found to be different people (`link-refused`), when what is
   * rejected is one person already over others (`link-joined`), or the person would have more than PERSON_PATIENTS_MAX patients
   */
  decide(
    id: LinkId,
    verdict: { readonly state: 'confirmed' | 'rejected'; readonly by: UserId },
    entries: EntriesOf<PatientLink>,
    proven: Proven,
  ): Promise<PatientLink>;
  /**
   * The patient is a person by itself again; its confirmed links are undone, and what joined the others stays.
   * @throws not-found; conflict when it is joined with nobody
   */
  separate(patient: PatientNo, by: UserId, entries: EntriesOf<readonly PatientLink[]>, proven: Proven): Promise<readonly PatientLink[]>;
}
