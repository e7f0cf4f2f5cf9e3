import type { FacilityCode, FacilityId, SeriesInstanceUID, UserId } from '../identifiers.ts';
import type { Actor, FacilityRef, MustFirst } from '../people/actor.ts';
import { type Audience, reaches } from './audience.ts';
import type { Act } from './job-rights.ts';

/** What is done in the name of the caller's facility, and of what is that facility's. */
export type MemberAction =
  | 'study.list'
  | 'patient.list'
  | 'patient.view'
  | 'study.store'
  | 'notice.settle'
  | 'consent.take'
  | 'emergency.open'
  | 'emergency.review'
  | 'letter.read'
  | 'letter.write';

/** What concerns no facility's images. */
export type PersonAction =
  | 'facility.list'
  | 'facility.manage'
  | 'user.manage'
  | 'rights.manage'
  | 'region.manage'
  | 'quarantine.read'
  | 'quarantine.retry'
  | 'quarantine.download'
  | 'record.read'
  | 'record.review'
  | 'operation.read'
  | 'link.manage'
  | 'emergency.oversee'
  | 'roster.import'
  | 'fees.read'
  | 'token.manage-own'
  | 'session.manage-own'
  | 'factor.manage-own'
  | 'mail.manage-own'
  | 'self';

/** What is decided by who is asking alone. */
export type ActorAction = MemberAction | PersonAction;

/** What is decided by who is asking and one study, as it stands now. */
export type StudyAction = 'study.view' | 'study.download' | 'study.share' | 'study.disclosures';

/** Everything a caller may ask to do. A route or DIMSE operation names exactly one of these. */
export type Action = ActorAction | StudyAction;

/** What was given of a study to some of a facility, for a time: by its owner, because its patient agreed, or taken by a doctor in an emergency. */
export interface Grant {
  readonly kind: 'share' | 'consent' | 'referral' | 'emergency';
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
export const RIGHT_KINDS = [
  'owner',
  'share',
  'consent',
  'referral',
  'emergency',
  'administrator',
  'member',
  'own-account',
  'directory',
] as const;

/** By what right something may be done, for the record. `grant`: the number of the grant that gives it. */
export interface Right {
  readonly kind: (typeof RIGHT_KINDS)[number];
  readonly grant?: string;
}

/** Why something may not be done, for the record. */
export const REFUSAL_REASONS = [
  'administrators-only',
  'belongs-to-no-facility',
  'emergency-for-viewing-only',
  'emergency-has-ended',
  'gives-more-than-has',
  'not-owned-and-not-shared',
  'not-the-owner',
  'only-the-owner-decides',
  'own-facility-only',
  'own-use',
  'people-only',
  'second-factor-first',
  'password-first',
  'share-for-viewing-only',
  'share-has-ended',
  'share-has-not-begun',
  'system-has-no-account',
  'system-needs-no-directory',
  'this-job-downloads-own-only',
  'this-job-may-not-download',
  'this-job-may-not-import',
  'this-job-may-not-list',
  'this-job-may-not-read-letters',
  'this-job-may-not-refer',
  'this-job-may-not-see-disclosures',
  'this-job-may-not-settle',
  'this-job-may-not-share',
  'this-job-may-not-store',
  'this-job-may-not-view',
  'this-job-opens-no-emergency',
  'this-job-reviews-no-emergency',
  'this-job-views-own-only',
  'token-changes-no-factor',
  'token-changes-no-mail',
  'token-ends-no-session',
  'token-makes-no-token',
  'token-opens-no-emergency',
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

/**
 * What the region's table (`job-rights.ts`) calls each action, and by whom it is asked otherwise: `account`, whoever has one; `administer`, who
 * administers, whatever their job. A new action is given its column here.
 */
export const ACT_OF = {
  self: 'account',
  'token.manage-own': 'account',
  'session.manage-own': 'account',
  'factor.manage-own': 'account',
  'mail.manage-own': 'account',
  'facility.list': 'account',
  'facility.manage': 'administer',
  'user.manage': 'administer',
  'rights.manage': 'administer',
  'region.manage': 'administer',
  'quarantine.read': 'administer',
  'quarantine.retry': 'administer',
  'quarantine.download': 'administer',
  'record.read': 'administer',
  'record.review': 'administer',
  'operation.read': 'administer',
  'link.manage': 'administer',
  'emergency.oversee': 'administer',
  'roster.import': 'roster',
  'fees.read': 'disclosures',
  'study.list': 'list',
  'patient.list': 'list',
  'patient.view': 'list',
  'consent.take': 'give',
  'emergency.open': 'emergency',
  'emergency.review': 'review',
  'study.store': 'store',
  'notice.settle': 'settle',
  'letter.read': 'documents',
  'letter.write': 'refer',
  'study.view': 'view',
  'study.download': 'download',
  'study.share': 'give',
  'study.disclosures': 'disclosures',
} as const satisfies Record<Action, Act | 'account' | 'administer'>;

/** Why the table lets somebody not do it at all, and not with what was given. */
const BY_TABLE = {
  list: ['this-job-may-not-list'],
  view: ['this-job-may-not-view', 'this-job-views-own-only'],
  download: ['this-job-may-not-download', 'this-job-downloads-own-only'],
  store: ['this-job-may-not-store'],
  give: ['this-job-may-not-share'],
  disclosures: ['this-job-may-not-see-disclosures'],
  settle: ['this-job-may-not-settle'],
  emergency: ['this-job-opens-no-emergency'],
  review: ['this-job-reviews-no-emergency'],
  roster: ['this-job-may-not-import'],
  documents: ['this-job-may-not-read-letters'],
  refer: ['this-job-may-not-refer'],
} as const satisfies Record<Act, readonly [RefusalReason, RefusalReason?]>;

/** What the table says against it. A machine has no job. Who may not even list hears of no study. */
function againstJob(actor: Actor, act: Act, own: boolean): Refusal | undefined {
  if (actor.kind !== 'person') return undefined;
  const { [act]: scope, list } = actor.rights;
  if (scope === 'all' || (scope === 'own' && own)) return undefined;
  const [never, othersNever = never]: readonly [RefusalReason, RefusalReason?] = BY_TABLE[act];
  if (list === 'none') return hide(BY_TABLE.list[0]);
  return refuse(scope === 'own' ? othersNever : never);
}

/** One row an action. */
const OF_PERSON = {
  self: onlyPeople,
  // Otherwise a token that leaks would make itself another before it expires or is revoked.
  'token.manage-own': bySession('token-makes-no-token'),
  'session.manage-own': bySession('token-ends-no-session'),
  'factor.manage-own': bySession('token-changes-no-factor'),
  'mail.manage-own': bySession('token-changes-no-mail'),
  'facility.list': (actor) => (actor.kind === 'person' ? allow('directory') : refuse('system-needs-no-directory')),
  'facility.manage': onlyAdministrators,
  'user.manage': onlyAdministrators,
  'rights.manage': onlyAdministrators,
  'region.manage': onlyAdministrators,
  'quarantine.read': onlyAdministrators,
  'quarantine.retry': onlyAdministrators,
  // And of the facility that sent it, which `decideTakingOut` asks: to administer gives no right to images.
  'quarantine.download': onlyAdministrators,
  'record.read': onlyAdministrators,
  // And nobody what they did themselves, which `decideReview` asks.
  'record.review': onlyAdministrators,
  'operation.read': onlyAdministrators,
  // The desk sees what facilities say of their patients; it gives no right to images.
  'link.manage': onlyAdministrators,
  'emergency.oversee': onlyAdministrators,
  'roster.import': decideRosters,
  'fees.read': (actor) => decideFees(actor),
} as const satisfies Record<PersonAction, (actor: Actor) => Decision>;

/** Asked of who belongs to a facility. */
const OF_MEMBER = {
  'study.list': (actor) => byTable(actor, 'list') ?? allow('member'),
  'patient.list': (actor) => byTable(actor, 'list') ?? allow('member'),
  // The person of whom a study may be seen, and of it those studies alone.
  'patient.view': (actor) => byTable(actor, 'list') ?? allow('member'),
  'study.store': (actor) => byTable(actor, 'store') ?? allow('member'),
  // Which of two places of an object is the right one is a person's to say. Only the facility's own notices are found for it.
  'notice.settle': (actor) => (actor.kind === 'person' ? (byTable(actor, 'settle') ?? allow('owner')) : refuse('people-only')),
  // What patients agree to gives their images to others. Only the facility's own patients are found for it.
  'consent.take': (actor) =>
    byTable(actor, 'give') ?? (actor.kind === 'person' || actor.through === 'command' ? allow('owner') : refuse('people-only')),
  // Who proves again who they are: a token cannot, and whoever has one is not at a bedside.
  'emergency.open': (actor) => bySession('token-opens-no-emergency')(actor, byTable(actor, 'emergency') ?? allow('emergency')),
  'emergency.review': (actor) => (actor.kind === 'person' ? (byTable(actor, 'review') ?? allow('owner')) : refuse('people-only')),
  // Letters that the facility sent or was sent: no others are found. What a machine sends has no hand under it.
  'letter.read': (actor) => (actor.kind === 'person' ? (byTable(actor, 'documents') ?? allow('referral')) : refuse('people-only')),
  'letter.write': (actor) => (actor.kind === 'person' ? (byTable(actor, 'refer') ?? allow('referral')) : refuse('people-only')),
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

/** What may be done before what is demanded first: that, and one's own session. */
const BEFORE: Readonly<Record<MustFirst, readonly Action[]>> = { password: ['self'], 'second-factor': ['self', 'factor.manage-own'] };

function demandedFirst(actor: Actor, action: Action): Refusal | undefined {
  const mustFirst = actor.kind === 'person' ? actor.mustFirst : undefined;
  return mustFirst === undefined || BEFORE[mustFirst].includes(action) ? undefined : refuse(`${mustFirst}-first`);
}

/** May this actor do this? Deny by default; right or reason goes on the record. */
export function decide(actor: Actor, action: ActorAction): Decision {
  if (isMemberAction(action)) return decideMember(actor, action);
  return demandedFirst(actor, action) ?? OF_PERSON[action](actor);
}

/** The same, and the facility in whose name it is done: it goes into the WHERE. */
export function decideMember(actor: Actor, action: MemberAction): Refusal | (Permission & { readonly facility: FacilityRef }) {
  const { facility } = actor;
  if (facility === undefined) return demandedFirst(actor, action) ?? refuse('belongs-to-no-facility');
  const decision = demandedFirst(actor, action) ?? OF_MEMBER[action](actor);
  return decision.allowed ? { ...decision, facility } : decision;
}

/** May this actor do this with this study, now? `study` is what the index knows of both together; undefined when there is no such study. */
export function decideStudy(actor: Actor, action: StudyAction, study: StudyFacts | undefined, now: Date): StudyDecision {
  return demandedFirst(actor, action) ?? OF_STUDY[action](actor, study, now);
}

/** Of what is the facility's own. What is done with no study in particular hides nothing. */
function byTable(actor: Actor, act: Act): Refusal | undefined {
  const against = againstJob(actor, act, true);
  return against && refuse(against.reason);
}

function onlyPeople(actor: Actor): Decision {
  return actor.kind === 'person' ? allow('own-account') : refuse('system-has-no-account');
}

function bySession(otherwise: RefusalReason): (actor: Actor, decision?: Decision) => Decision {
  return (actor, decision = onlyPeople(actor)) => {
    if (actor.kind !== 'person') return onlyPeople(actor);
    return actor.through === 'session' ? decision : refuse(otherwise);
  };
}

function onlyAdministrators(actor: Actor): Decision {
  return actor.kind === 'person' && actor.administrator ? allow('administrator') : refuse('administrators-only');
}

/** Of which facility may this actor bring in, see and take back lists of patients? Who works at the desk, of each (`of` undefined); others of their own. */
export function decideRosters(actor: Actor): Refusal | (Permission & { readonly of: FacilityId | undefined }) {
  if (actor.kind !== 'person') return refuse('people-only');
  if (actor.administrator) return { ...allow('administrator'), of: undefined };
  if (actor.facility === undefined) return refuse('belongs-to-no-facility');
  return byTable(actor, 'roster') ?? { ...allow('member'), of: actor.facility.id };
}

/**
 * Whose month of fee evidence may this actor have made? What the record says of a facility is its own to read; who administers reads it of each.
 * Without `of`: of any at all.
 */
export function decideFees(actor: Actor, of?: FacilityCode): Decision {
  if (actor.kind !== 'person') return refuse('people-only');
  if (actor.administrator) return allow('administrator');
  if (actor.facility === undefined) return refuse('belongs-to-no-facility');
  if (of !== undefined && of !== actor.facility.code) return refuse('own-facility-only');
  return byTable(actor, 'disclosures') ?? allow('member');
}

/** Of what was given, by each grant apart: one that the job does not look at takes nothing from one that it does. */
function seeStudy(actor: Actor, study: StudyFacts | undefined, now: Date): StudyDecision {
  const found = findStudy(actor, study, now);
  if (!found.allowed || found.right.kind === 'owner') return withinTable(actor, 'view', found);
  const lookedAt = grantsLookedAt(actor, study, now);
  return lookedAt.length > 0 ? allowBy(lookedAt) : withinTable(actor, 'view', found);
}

function grantsLookedAt(actor: Actor, study: StudyFacts | undefined, now: Date): readonly Grant[] {
  const looks = ({ kind }: Grant) => againstJob(actor, kind === 'emergency' ? 'emergency' : 'view', false) === undefined;
  return grantsTo(actor, study).filter((grant) => isLive(grant, now) && looks(grant));
}

/** What an emergency opens is looked at by who may open it, whatever their job sees of what was given. */
function withinTable(actor: Actor, act: Act, decision: StudyDecision): StudyDecision {
  if (!decision.allowed) return decision;
  const { kind } = decision.right;
  return againstJob(actor, act === 'view' && kind === 'emergency' ? 'emergency' : act, kind === 'owner') ?? decision;
}

/** Whether it is the facility's own, or given to it or to this actor: what its lists hold, whatever of it a job may look at. */
function findStudy(actor: Actor, study: StudyFacts | undefined, now: Date): StudyDecision {
  if (actor.facility === undefined) return hide('belongs-to-no-facility');
  if (study?.rights.some(({ kind }) => kind === 'owner')) {
    return study.ownerFacilityId === actor.facility.id ? allowWhole() : hide('not-the-owner');
  }
  const given = grantsTo(actor, study);
  const live = given.filter((grant) => isLive(grant, now));
  if (live.length > 0) return allowBy(live);
  if (given.length === 0) return hide('not-owned-and-not-shared');
  if (given.every(({ kind }) => kind === 'emergency')) return hide('emergency-has-ended');
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

/** What any of them gives. On record is the one that gives most, of several such the first; an emergency only where nothing else gives as much. */
function allowBy(grants: readonly Grant[]): StudyDecision {
  const [most] = grants.toSorted(
    (a, b) => a.heldBack.length - b.heldBack.length || Number(a.kind === 'emergency') - Number(b.kind === 'emergency'),
  );
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
  if (!seen.allowed || seen.right.kind === 'owner') return withinTable(actor, 'download', seen);
  const giving = grantsLookedAt(actor, study, now).filter(({ mayDownload }) => mayDownload);
  if (giving.length === 0) return refuse(seen.right.kind === 'emergency' ? 'emergency-for-viewing-only' : 'share-for-viewing-only');
  return withinTable(actor, 'download', allowBy(giving));
}

/** In the facility's lists, and its own to decide about. */
function ownStudy(actor: Actor, study: StudyFacts | undefined, now: Date): StudyDecision {
  const found = withinTable(actor, 'list', findStudy(actor, study, now));
  if (!found.allowed) return found;
  return study?.ownerFacilityId === actor.facility?.id ? allowWhole() : refuse('only-the-owner-decides');
}

function readDisclosures(actor: Actor, study: StudyFacts | undefined, now: Date): StudyDecision {
  const owned = ownStudy(actor, study, now);
  return owned.allowed && actor.kind !== 'person' ? refuse('people-only') : withinTable(actor, 'disclosures', owned);
}

/** Who can type commands holds the whole installation; a PACS or modality decides nothing. */
function shareStudy(actor: Actor, study: StudyFacts | undefined, now: Date): StudyDecision {
  const owned = ownStudy(actor, study, now);
  if (owned.allowed && actor.kind !== 'person' && actor.through !== 'command') return refuse('this-job-may-not-share');
  return withinTable(actor, 'give', owned);
}

/** What somebody wants to give of a study. */
export interface Gift {
  readonly mayDownload: boolean;
}

/** Nobody gives of the facility's own what they do not have, in whatever form it is given. */
function beyondOwn(actor: Actor, { mayDownload }: Gift): Refusal | undefined {
  return mayDownload && byTable(actor, 'download') !== undefined ? refuse('gives-more-than-has') : undefined;
}

/** May this actor give so much of this study? */
export function decideGift(actor: Actor, study: StudyFacts | undefined, gift: Gift, now: Date): StudyDecision {
  const gives = decideStudy(actor, 'study.share', study, now);
  return gives.allowed ? (beyondOwn(actor, gift) ?? gives) : gives;
}

/** May this actor take a patient's word that gives so much? To hear that somebody withdraws asks for no more than `consent.take`. */
export function decideConsent(actor: Actor, gift: Gift): Decision {
  const takes = decide(actor, 'consent.take');
  return takes.allowed ? (beyondOwn(actor, gift) ?? takes) : takes;
}

/** Whether the study belongs in the actor's lists, and how much of it. */
export function decideListed(actor: Actor, study: StudyFacts | undefined, now: Date): StudyDecision {
  return demandedFirst(actor, 'study.list') ?? withinTable(actor, 'list', findStudy(actor, study, now));
}

/** May this administrator take a quarantined file out? It may show a patient: who belongs to the facility that sent it may. */
export function decideTakingOut(actor: Actor, facilityId: FacilityId): Decision {
  const asked = decide(actor, 'quarantine.download');
  if (!asked.allowed) return asked;
  const against = byTable(actor, 'download');
  if (against !== undefined && actor.facility !== undefined) return against;
  return actor.facility?.id === facilityId ? allow('owner') : refuse('only-the-owner-decides');
}

/** May this administrator say what is to be thought of what somebody did? Nobody reviews their own. */
export function decideReview(actor: Actor, userId: UserId): Decision {
  const asked = decide(actor, 'record.review');
  if (!asked.allowed) return asked;
  return actor.kind === 'person' && actor.userId === userId ? refuse('own-use') : asked;
}
