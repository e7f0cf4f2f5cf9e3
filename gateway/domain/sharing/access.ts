import type { FacilityId, SeriesInstanceUID } from '../identifiers.ts';
import type { Actor, FacilityRef, Job } from '../people/actor.ts';
import { type Audience, reaches } from './audience.ts';

/** What is done in the name of the caller's facility, and of what is that facility's. */
export type MemberAction = 'study.list' | 'study.store' | 'notice.settle';

/** What concerns no facility's images. */
export type PersonAction =
  | 'facility.list'
  | 'facility.manage'
  | 'user.manage'
  | 'quarantine.read'
  | 'quarantine.retry'
  | 'quarantine.download'
  | 'record.read'
  | 'operation.read'
  | 'token.manage-own'
  | 'session.manage-own'
  | 'self';

/** What is decided by who is asking alone. */
export type ActorAction = MemberAction | PersonAction;

/** What is decided by who is asking and one study, as it stands now. */
export type StudyAction = 'study.view' | 'study.download' | 'study.share' | 'study.disclosures';

/** Everything a caller may ask to do. A route or DIMSE operation names exactly one of these. */
export type Action = ActorAction | StudyAction;

/** What the owner gave of a study to some of a facility, for a time. */
export interface Grant {
  readonly kind: 'share';
  readonly grantId: string;
  readonly audience: Audience;
  /** Undefined: from the beginning. */
  readonly notBefore: Date | undefined;
  readonly until: Date;
  /** Otherwise it is for looking at, in the pages and by frames; no instance is handed out. */
  readonly mayDownload: boolean;
  /** Series of which it gives nothing, whether they are there yet or not. */
  readonly heldBack: readonly SeriesInstanceUID[];
  /** Another one whenever `heldBack` has become another, and nothing that could be worked out from it. */
  readonly heldBackState: string;
}

/** By what right a study may be seen: it is the facility's own, or it was given. */
export type StudyRight = { readonly kind: 'owner' } | Grant;

/** What is known of the study at the moment of the decision: the rows of study_access that join it to the actor, the first given first. */
export interface StudyFacts {
  readonly ownerFacilityId: FacilityId;
  readonly rights: readonly StudyRight[];
}

/** Kinds of right. `member`: of a facility, to its own lists; `directory`: anybody's, to the region's facilities. */
export const RIGHT_KINDS = ['owner', 'share', 'administrator', 'member', 'own-account', 'directory'] as const;

/** By what right something may be done, for the record. `grant`: the number of the grant that gives it. */
export interface Right {
  readonly kind: (typeof RIGHT_KINDS)[number];
  readonly grant?: string;
}

/** Why something may not be done, for the record. */
export const REFUSAL_REASONS = [
  'administrators-only',
  'belongs-to-no-facility',
  'not-owned-and-not-shared',
  'not-the-owner',
  'only-the-owner-decides',
  'people-only',
  'share-for-viewing-only',
  'share-has-ended',
  'share-has-not-begun',
  'system-has-no-account',
  'system-needs-no-directory',
  'this-job-may-not-share',
  'token-ends-no-session',
  'token-makes-no-token',
] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

export interface Permission {
  readonly allowed: true;
  readonly right: Right;
}

export interface Refusal {
  readonly allowed: false;
  readonly reason: RefusalReason;
  /** The asker may not even learn that the thing exists: the door answers not-found. */
  readonly hide: boolean;
}

export type Decision = Permission | Refusal;

/** Of a study: all but these series, which each right to it holds back. `shown` as in `shownBy`. */
export type StudyDecision = (Permission & { readonly heldBack: readonly SeriesInstanceUID[]; readonly shown: string }) | Refusal;

const allow = (kind: Right['kind'], grant?: string): Permission => ({
  allowed: true,
  right: { kind, ...(grant === undefined ? {} : { grant }) },
});
const refuse = (reason: RefusalReason): Refusal => ({ allowed: false, reason, hide: false });
const hide = (reason: RefusalReason): Refusal => ({ allowed: false, reason, hide: true });

/** Jobs that may decide to disclose their facility's studies. A nurse or pharmacist may view, but not share. */
const SHARING_JOBS: ReadonlySet<Job> = new Set<Job>(['physician', 'dentist', 'radiographer', 'clerk', 'administrator']);

/** One row an action. */
const OF_PERSON = {
  self: onlyPeople,
  // Otherwise a token that leaks would make itself another before it expires or is revoked.
  'token.manage-own': bySession('token-makes-no-token'),
  'session.manage-own': bySession('token-ends-no-session'),
  'facility.list': (actor) => (actor.kind === 'person' ? allow('directory') : refuse('system-needs-no-directory')),
  'facility.manage': onlyAdministrators,
  'user.manage': onlyAdministrators,
  'quarantine.read': onlyAdministrators,
  'quarantine.retry': onlyAdministrators,
  // And of the facility that sent it, which `decideTakingOut` asks: to administer gives no right to images.
  'quarantine.download': onlyAdministrators,
  'record.read': onlyAdministrators,
  'operation.read': onlyAdministrators,
} as const satisfies Record<PersonAction, (actor: Actor) => Decision>;

/** Asked of who belongs to a facility. */
const OF_MEMBER = {
  'study.list': () => allow('member'),
  'study.store': () => allow('member'),
  // Which of two places of an object is the right one is a person's to say. Only the facility's own notices are found for it.
  'notice.settle': (actor) => (actor.kind === 'person' ? allow('owner') : refuse('people-only')),
} as const satisfies Record<MemberAction, (actor: Actor) => Decision>;

const OF_STUDY = {
  'study.view': seeStudy,
  'study.download': downloadStudy,
  'study.share': shareStudy,
  'study.disclosures': readDisclosures,
} as const satisfies Record<StudyAction, (actor: Actor, study: StudyFacts | undefined, now: Date) => StudyDecision>;

export const ACTIONS = [...Object.keys(OF_PERSON), ...Object.keys(OF_MEMBER), ...Object.keys(OF_STUDY)] as readonly Action[];

/** Decided where the study is known, by `decideStudy`; every other action before. */
export function isStudyAction(action: Action): action is StudyAction {
  return Object.hasOwn(OF_STUDY, action);
}

/** Decided by `decideMember`. */
export function isMemberAction(action: Action): action is MemberAction {
  return Object.hasOwn(OF_MEMBER, action);
}

/** May this actor do this? Deny by default; right or reason goes on the record. */
export function decide(actor: Actor, action: ActorAction): Decision {
  return isMemberAction(action) ? decideMember(actor, action) : OF_PERSON[action](actor);
}

/** The same, and the facility in whose name it is done: it goes into the WHERE. */
export function decideMember(actor: Actor, action: MemberAction): Refusal | (Permission & { readonly facility: FacilityRef }) {
  const { facility } = actor;
  if (facility === undefined) return refuse('belongs-to-no-facility');
  const decision = OF_MEMBER[action](actor);
  return decision.allowed ? { ...decision, facility } : decision;
}

/** May this actor do this with this study, now? `study` is what the index knows of both together; undefined when there is no such study. */
export function decideStudy(actor: Actor, action: StudyAction, study: StudyFacts | undefined, now: Date): StudyDecision {
  return OF_STUDY[action](actor, study, now);
}

function onlyPeople(actor: Actor): Decision {
  return actor.kind === 'person' ? allow('own-account') : refuse('system-has-no-account');
}

function bySession(otherwise: RefusalReason): (actor: Actor) => Decision {
  return (actor) => (actor.kind === 'person' && actor.through !== 'session' ? refuse(otherwise) : onlyPeople(actor));
}

function onlyAdministrators(actor: Actor): Decision {
  return actor.kind === 'person' && actor.administrator ? allow('administrator') : refuse('administrators-only');
}

function seeStudy(actor: Actor, study: StudyFacts | undefined, now: Date): StudyDecision {
  if (actor.facility === undefined) return hide('belongs-to-no-facility');
  if (study?.rights.some(({ kind }) => kind === 'owner')) {
    return study.ownerFacilityId === actor.facility.id ? allowWhole() : hide('not-the-owner');
  }
  const given = grantsTo(actor, study);
  const live = given.filter((grant) => isLive(grant, now));
  if (live.length > 0) return allowBy(live);
  if (given.length === 0) return hide('not-owned-and-not-shared');
  return hide(given.some(({ until }) => until > now) ? 'share-has-not-begun' : 'share-has-ended');
}

/** Several grants live and die apart: each gives what it gives, whatever another says less. */
function grantsTo(actor: Actor, study: StudyFacts | undefined): readonly Grant[] {
  return (study?.rights ?? []).filter((right) => right.kind !== 'owner').filter(({ audience }) => reaches(audience, actor));
}

function isLive({ notBefore, until }: Grant, now: Date): boolean {
  return until > now && (notBefore === undefined || notBefore <= now);
}

const allowWhole = () => ({ ...allow('owner'), heldBack: [], shown: WHOLE });

/** What any of them gives. On record is the one that gives most, of several such the first. */
function allowBy(grants: readonly Grant[]): StudyDecision {
  const [most] = grants.toSorted((a, b) => a.heldBack.length - b.heldBack.length);
  if (most === undefined) return hide('not-owned-and-not-shared');
  return { ...allow(most.kind, most.grantId), heldBack: heldBackByAll(grants), shown: shownBy(grants) };
}

const WHOLE = 'whole';

/** Says how much of a study these rights show without saying what is held back: another text when it may be more or less. */
export function shownBy(rights: readonly StudyRight[]): string {
  const states = rights.map((right) => (right.kind === 'owner' || right.heldBack.length === 0 ? WHOLE : right.heldBackState));
  return states.includes(WHOLE) ? WHOLE : states.sort().join();
}

/** The series that each of these rights holds back; an owner's holds nothing back. */
export function heldBackByAll(rights: readonly StudyRight[]): readonly SeriesInstanceUID[] {
  const [first, ...others] = rights.map((right) => (right.kind === 'owner' ? [] : right.heldBack));
  return (first ?? []).filter((series) => others.every((held) => held.includes(series)));
}

/** Seen, and some grant that lives gives more than looking: what such grants give. */
function downloadStudy(actor: Actor, study: StudyFacts | undefined, now: Date): StudyDecision {
  const seen = seeStudy(actor, study, now);
  if (!seen.allowed || seen.right.kind === 'owner') return seen;
  const giving = grantsTo(actor, study).filter((grant) => isLive(grant, now) && grant.mayDownload);
  return giving.length === 0 ? refuse('share-for-viewing-only') : allowBy(giving);
}

/** Seen, and the actor's own facility's to decide about. */
function ownStudy(actor: Actor, study: StudyFacts | undefined, now: Date): StudyDecision {
  const seen = seeStudy(actor, study, now);
  if (!seen.allowed) return seen;
  return study?.ownerFacilityId === actor.facility?.id ? allowWhole() : refuse('only-the-owner-decides');
}

function readDisclosures(actor: Actor, study: StudyFacts | undefined, now: Date): StudyDecision {
  const owned = ownStudy(actor, study, now);
  return owned.allowed && actor.kind !== 'person' ? refuse('people-only') : owned;
}

/** Who can type commands holds the whole installation; a PACS or modality decides nothing. */
function mayHandOn(actor: Actor): boolean {
  return actor.kind === 'person' ? SHARING_JOBS.has(actor.job) : actor.through === 'command';
}

function shareStudy(actor: Actor, study: StudyFacts | undefined, now: Date): StudyDecision {
  const owned = ownStudy(actor, study, now);
  return owned.allowed && !mayHandOn(actor) ? refuse('this-job-may-not-share') : owned;
}

/** May this administrator take a quarantined file out? It may show a patient: who belongs to the facility that sent it may. */
export function decideTakingOut(actor: Actor, facilityId: FacilityId): Decision {
  const asked = decide(actor, 'quarantine.download');
  if (!asked.allowed) return asked;
  return actor.facility?.id === facilityId ? allow('owner') : refuse('only-the-owner-decides');
}
