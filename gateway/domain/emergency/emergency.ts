/**
 * Emergency access: a doctor opens the images of one person without the owner’s or the patient’s word, for a day, with a reason, and everybody
 * concerned is told. What of it a region may narrow is in `job-rights.ts`; why it is so in gateway/decisions/emergency.md.
 */
import { DAY_MS } from '../clock.ts';
import type { EmergencyId, FacilityCode, FacilityId, PatientNo, UserId } from '../identifiers.ts';
import type { Job } from '../people/actor.ts';

/** It ends then, whatever became of its review. */
export const EMERGENCY_MS = DAY_MS;
/** Persons whom one doctor has opened so at once: a disaster has more patients than one doctor looks at in a day. */
export const EMERGENCIES_A_READER_MAX = 20;
export const EMERGENCY_REASON_CHARS_MIN = 10;
export const EMERGENCY_REASON_CHARS_MAX = 500;
/** Entries of a queue that are shown at once. */
export const EMERGENCIES_LISTED_MAX = 200;
/** How long those concerned are told of it when nothing is left to decide. */
export const EMERGENCY_TOLD_MS = 30 * DAY_MS;

/** Why the patient’s consent could not be had: each is a case of “difficult to obtain” in the words of the law. */
export const EMERGENCY_CATEGORIES = ['unconscious', 'life-in-danger', 'cannot-be-asked', 'disaster'] as const;
export type EmergencyCategory = (typeof EMERGENCY_CATEGORIES)[number];

/** Of whom somebody asks, in the form in which patients are looked for. At least two of three are said, each whole. */
export interface Identified {
  readonly patientID?: string;
  /** YYYYMMDD */
  readonly birthDate?: string;
  /** Folded for matching and without blanks: one group of it, whole. */
  readonly name?: string;
}

export type Identification = 'patient-id-and-birth-date' | 'patient-id-and-name' | 'name-and-birth-date' | 'all-three';

/** By what a person is to be found; undefined: it is too little, and would be a way to look around. */
export function identifiedBy({ patientID, birthDate, name }: Identified): Identification | undefined {
  const said = [patientID, birthDate, name].map((one) => one !== undefined && one !== '');
  const ways: Readonly<Record<string, Identification>> = {
    'true,true,false': 'patient-id-and-birth-date',
    'true,false,true': 'patient-id-and-name',
    'false,true,true': 'name-and-birth-date',
    'true,true,true': 'all-three',
  };
  return ways[said.join()];
}

export const EMERGENCY_VERDICTS = ['justified', 'not-justified'] as const;
export type EmergencyVerdict = (typeof EMERGENCY_VERDICTS)[number];

/** What an owner, or the region in its place, said of it; red until then. */
export interface EmergencyReview {
  readonly facility: { readonly id: FacilityId; readonly code: FacilityCode; readonly name: string };
  readonly decided:
    | { readonly verdict: EmergencyVerdict; readonly words: string; readonly at: Date; readonly by: UserId; readonly byRegion: boolean }
    | undefined;
}

/** A patient as one facility knows them. */
export interface EmergencyPatient {
  readonly no: PatientNo;
  readonly facility: FacilityCode;
  readonly patientID: string;
  /** As the newest study said it: PS3.18 F.2.2 person name. */
  readonly patientName: { readonly Alphabetic?: string; readonly Ideographic?: string; readonly Phonetic?: string };
  readonly patientBirthDate: string;
}

export interface Emergency {
  readonly id: EmergencyId;
  readonly reader: {
    readonly id: UserId;
    readonly name: string;
    readonly nameKana: string;
    readonly job: Job;
    readonly facility: { readonly id: FacilityId; readonly code: FacilityCode; readonly name: string };
  };
  readonly category: EmergencyCategory;
  readonly reason: string;
  /** The patient had said no before, and the reader was told. */
  readonly despiteObjection: boolean;
  readonly openedAt: Date;
  readonly until: Date;
  /** By a review; undefined: not before `until`. */
  readonly endedAt: Date | undefined;
  /** Who the person is at the facilities that it concerns, the asker’s own first where one asks. */
  readonly patients: readonly EmergencyPatient[];
  /** Studies that it opens, or opened, of all owners. */
  readonly studies: number;
  /** One an owner. */
  readonly reviews: readonly EmergencyReview[];
}

export function isRunning({ until, endedAt }: Pick<Emergency, 'until' | 'endedAt'>, now: Date): boolean {
  return endedAt === undefined && until > now;
}
