import type { FacilityCode, FacilityId, UserId } from '../identifiers.ts';
import type { JobRights } from '../sharing/job-rights.ts';

/** What a person is employed as. The record names it beside the person. */
export const JOBS = [
  'physician', // 医師
  'dentist', // 歯科医師
  'radiographer', // 診療放射線技師
  'nurse', // 看護師
  'pharmacist', // 薬剤師
  'technologist', // 臨床検査技師
  'clerk', // 事務
  'administrator', // システム管理者
] as const;
export type Job = (typeof JOBS)[number];

export interface FacilityRef {
  readonly id: FacilityId;
  readonly code: FacilityCode;
}

/** Who is asking. Made by `gateway/auth`, of a DIMSE caller by `gateway/dimse/server.ts`; everything that decides takes one. */
export type Actor = PersonActor | SystemActor;

/** What a person must do before anything else: change a password that somebody else has set; set up a second factor that is demanded of the job. */
export type MustFirst = 'password' | 'second-factor';

/** A person who signed in, by browser or by token. */
export interface PersonActor {
  readonly kind: 'person';
  readonly userId: UserId;
  readonly job: Job;
  /** The facility the person works in. Absent for the secretariat's administrators, who see no images. */
  readonly facility?: FacilityRef;
  /** What the region lets those of this job do at such a facility, as it stands now. */
  readonly rights: JobRights;
  /** May manage facilities, users, quarantine and the record; gives no right to any image. */
  readonly administrator: boolean;
  /** Where the request came from, for the record. */
  readonly remoteAddress: string;
  readonly mustFirst?: MustFirst;
  /** How the person proved who they are. */
  readonly through: 'session' | 'token';
}

/** A PACS or modality, known by its calling AE title, acting for its facility; or this program's own command line. */
export interface SystemActor {
  readonly kind: 'system';
  readonly facility: FacilityRef;
  readonly aeTitle?: string;
  readonly remoteAddress: string;
  readonly through: 'dimse' | 'command';
}
