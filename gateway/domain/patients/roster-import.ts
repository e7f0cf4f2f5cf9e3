/** A facility's roster or receipts on their way into the index: read, compared, applied, and taken back. */
import type { Brand, FacilityCode, FacilityId, PatientNo, UserId } from '../identifiers.ts';
import type { Standing } from '../people/credentials.ts';
import type { EntriesOf } from '../record/audit.ts';
import type { Demographics, NumberedPatient, RosterFinding, RosterPlan } from './demographics.ts';
import type { LinkProposal, Patient } from './patient.ts';
import type { MatchedPatient } from './patient-index.ts';

export type RosterImportId = Brand<string, 'RosterImportId'>;

export const ROSTER_KINDS = ['csv', 'receipts'] as const;
export type RosterKind = (typeof ROSTER_KINDS)[number];
/** `checking`: it is compared with who is known. `ready`: it waits for somebody to apply it. */
export const ROSTER_STATES = ['checking', 'ready', 'applied', 'undone'] as const;
export type RosterState = (typeof ROSTER_STATES)[number];

/** Of one facility at a time, read and not applied. */
export const ROSTERS_WAITING_MAX = 5;
/** One that nobody applies is forgotten. */
export const ROSTER_WAITS_DAYS_MAX = 14;
/** So long what was applied can be taken back; then its lines are forgotten, and its counts stay. */
export const ROSTER_UNDO_DAYS_MAX = 90;

/** Why something that came with an import stays when it is undone. `other-use`: something of this program's refers to it that is none of the others. */
export const STAYS_BECAUSE = ['images', 'decided', 'consent', 'later-import', 'changed-since', 'other-use'] as const;
export type StaysBecause = (typeof STAYS_BECAUSE)[number];

export interface RosterCounts extends Readonly<Record<RosterFinding, number>> {
  readonly lines: number;
  readonly patients: number;
  readonly faults: number;
  /** Lines whose number stood before, and agrees. */
  readonly repeated: number;
  /** Patients beyond the bound were left out. */
  readonly truncated: boolean;
  /** Of whom the facility has the person under another number too. */
  readonly doubled: number;
  /** Pairs that the desk is asked about. */
  readonly candidates: number;
  /** Of those whose person another line of the roster may be, too. */
  readonly shared: number;
}

/** What undoing takes back, and what stays because something was built on it. */
export interface RosterUndoing {
  /** Patients that came with it. */
  readonly removed: number;
  /** Patients that are known as before. */
  readonly restored: number;
  /** Pairs that nobody had decided. */
  readonly withdrawn: number;
  readonly stays: Readonly<Record<StaysBecause, number>>;
}

export interface RosterImport {
  readonly id: RosterImportId;
  readonly facility: { readonly id: FacilityId; readonly code: FacilityCode; readonly name: string };
  readonly kind: RosterKind;
  readonly charset: string;
  readonly state: RosterState;
  readonly counts: RosterCounts;
  readonly undoing: RosterUndoing | undefined;
  readonly read: { readonly at: Date; readonly by: string };
  readonly applied: { readonly at: Date; readonly by: string } | undefined;
  readonly undone: { readonly at: Date; readonly by: string } | undefined;
  /** Its lines are kept still: they can be shown, and what was applied can be undone. */
  readonly kept: boolean;
}

export interface StatedPatient extends Demographics {
  readonly line: number;
  readonly patientID: string;
}

export interface RosterLineFault {
  readonly line: number;
  readonly code: string;
  readonly otherLine: number | undefined;
}

/** A line beside what is known: `before` of who has the number, `after` of who is changed. */
export interface RosterRow {
  readonly line: number;
  readonly patientID: string;
  readonly said: Demographics;
  readonly before: Demographics | undefined;
  readonly after: Demographics | undefined;
  readonly doubled: boolean;
  /** Of one that was undone. */
  readonly stays: StaysBecause | undefined;
}

export interface RosterCandidate {
  readonly line: number;
  readonly patientID: string;
  readonly said: Demographics;
  readonly other: Patient;
  readonly score: number;
  readonly reasons: readonly string[];
  /** Other lines that may be the same person. */
  readonly alsoLines: readonly number[];
}

/** Which of them are shown. `doubled`, `stays`: lines of whatever finding. */
export type RosterFilter = RosterFinding | 'doubled' | 'stays';

export type PlanOf = (said: Demographics, numbered: readonly NumberedPatient[]) => RosterPlan;

export interface NewRoster {
  readonly facilityId: FacilityId;
  readonly kind: RosterKind;
  readonly charset: string;
  readonly counts: Pick<RosterCounts, 'lines' | 'patients' | 'faults' | 'repeated' | 'truncated'>;
  readonly patients: readonly StatedPatient[];
  readonly faults: readonly RosterLineFault[];
  readonly by: UserId;
}

/** A candidate of a line, before it is kept. */
export interface LineCandidate extends Omit<LinkProposal, 'patient' | 'score'> {
  readonly line: number;
  readonly score: number;
}

/** `of`: the one facility of which the asker may know, undefined: of each. Others are not found. Implemented by `storage/index/patients/rosters.ts`. */
export interface RosterIndex {
  /** @throws conflict when the facility has ROSTERS_WAITING_MAX already (`rosters-wait`) */
  keep(made: NewRoster, entries: EntriesOf<RosterImport>, proven: Standing): Promise<RosterImport>;
  /** The newest first. */
  list(of: FacilityId | undefined, page: { readonly limit: number; readonly after?: RosterImportId }): Promise<readonly RosterImport[]>;
  /** @throws not-found */
  roster(id: RosterImportId, of: FacilityId | undefined): Promise<RosterImport>;
  /** By line, those behind `after`. */
  rows(
    id: RosterImportId,
    page: { readonly show: RosterFilter; readonly after: number; readonly limit: number },
  ): Promise<readonly RosterRow[]>;
  faults(id: RosterImportId): Promise<readonly RosterLineFault[]>;
  /** The likeliest first. */
  candidates(id: RosterImportId, page: { readonly skip: number; readonly limit: number }): Promise<readonly RosterCandidate[]>;

  /** One that is to be compared, and that nobody else compares until then. */
  claim(at: Date, until: Date): Promise<RosterImport | undefined>;
  holdClaim(id: RosterImportId, until: Date): Promise<void>;
  /** What each line means, as of now. */
  plan(id: RosterImportId, planOf: PlanOf): Promise<void>;
  /** Lines that say something new, for who looks for the persons. */
  stated(id: RosterImportId): AsyncIterable<readonly (StatedPatient & { readonly no: PatientNo | undefined })[]>;
  /** Everybody known to the region. */
  known(): AsyncIterable<readonly MatchedPatient[]>;
  /** What was found is kept, and the roster waits to be applied. */
  checked(id: RosterImportId, candidates: readonly LineCandidate[]): Promise<void>;

  /**
   * All of it or nothing: patients are made and changed, pairs wait at the desk. As things are now, whatever they were when it was compared.
   * @throws not-found; conflict when it does not wait to be applied (`roster-not-ready`)
   */
  apply(id: RosterImportId, of: FacilityId | undefined, asked: Decided<PlanOf>): Promise<RosterImport>;
  /** What `undo` would do now. */
  undoing(id: RosterImportId): Promise<RosterUndoing>;
  /** @throws not-found; conflict when it is not applied, or was too long ago (`roster-not-applied`) */
  undo(id: RosterImportId, of: FacilityId | undefined, asked: Decided<undefined>): Promise<RosterImport>;
  /** One that was not applied, and everything that was read of it. @throws not-found; conflict (`roster-not-ready`) */
  discard(id: RosterImportId, of: FacilityId | undefined, asked: Decided<undefined>): Promise<void>;
  /** Lines of those that wait too long, or can be undone no more: how many imports. */
  forget(at: Date): Promise<number>;
}

export interface Decided<Rule> {
  readonly planOf: Rule;
  readonly by: UserId;
  readonly entries: EntriesOf<RosterImport>;
  readonly proven: Standing;
}
