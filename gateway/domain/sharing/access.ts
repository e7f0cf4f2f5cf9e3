import type { FacilityId } from '../identifiers.ts';
import type { Actor, Job } from '../people/actor.ts';

/** What a caller may ask to do that is decided by who is asking alone. */
export type ActorAction =
  | 'study.list'
  | 'study.store'
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

/** What is decided by who is asking and one study, as it stands now. */
export type StudyAction = 'study.view' | 'study.download' | 'study.settle' | 'study.share' | 'study.disclosures';

/** Everything a caller may ask to do. A route or DIMSE operation names exactly one of these. */
export type Action = ActorAction | StudyAction;

/** By what right a study may be seen: it is the facility's own, or another facility shared it until a time. */
export type StudyRight = { readonly kind: 'owner' } | { readonly kind: 'share'; readonly shareId: string; readonly until: Date };

/** What is known of the study at the moment of the decision: the row of study_access that joins it to the actor's facility. */
export interface StudyFacts {
  readonly ownerFacilityId: FacilityId;
  readonly right: StudyRight | undefined;
}

/** Kinds of right. `member`: of a facility, to its own lists; `directory`: anybody's, to the region's facilities. */
export const RIGHT_KINDS = ['owner', 'share', 'administrator', 'member', 'own-account', 'directory'] as const;

/** By what right something may be done, for the record. `grant`: the number of the share that gives it. */
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
  'share-has-ended',
  'system-has-no-account',
  'system-needs-no-directory',
  'this-job-may-not-share',
  'token-ends-no-session',
  'token-makes-no-token',
] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

export type Decision =
  | { readonly allowed: true; readonly right: Right }
  /** `hide` says the asker may not even learn that the thing exists: the door answers not-found. */
  | { readonly allowed: false; readonly reason: RefusalReason; readonly hide: boolean };

const allow = (kind: Right['kind'], grant?: string): Decision => ({
  allowed: true,
  right: { kind, ...(grant === undefined ? {} : { grant }) },
});
const refuse = (reason: RefusalReason): Decision => ({ allowed: false, reason, hide: false });
const hide = (reason: RefusalReason): Decision => ({ allowed: false, reason, hide: true });

/** Jobs that may decide to disclose their facility's studies. A nurse or pharmacist may view, but not share. */
const SHARING_JOBS: ReadonlySet<Job> = new Set<Job>(['physician', 'dentist', 'radiographer', 'clerk', 'administrator']);

/** One row an action. */
const OF_ACTOR = {
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
  'study.list': onlyMembers,
  'study.store': onlyMembers,
} as const satisfies Record<ActorAction, (actor: Actor) => Decision>;

interface StudyRule {
  /** Its answers hold what is in the study: whoever loses the right while one goes out gets no more of it. */
  readonly discloses: boolean;
  readonly decide: (actor: Actor, study: StudyFacts | undefined, now: Date) => Decision;
}

const OF_STUDY = {
  'study.view': { discloses: true, decide: seeStudy },
  'study.download': { discloses: true, decide: seeStudy },
  'study.settle': { discloses: false, decide: settleStudy },
  'study.share': { discloses: false, decide: shareStudy },
  'study.disclosures': { discloses: false, decide: readDisclosures },
} as const satisfies Record<StudyAction, StudyRule>;

/** Decided where the study is known, by `decideStudy`; every other action before. */
export function isStudyAction(action: Action): action is StudyAction {
  return Object.hasOwn(OF_STUDY, action);
}

/** Whether the right to this must be asked again while its answer goes out. */
export function discloses(action: StudyAction): boolean {
  return OF_STUDY[action].discloses;
}

/** May this actor do this? Deny by default; right or reason goes on the record. */
export function decide(actor: Actor, action: ActorAction): Decision {
  return OF_ACTOR[action](actor);
}

/** May this actor do this with this study, now? `study` is what the index knows of both together; undefined when there is no such study. */
export function decideStudy(actor: Actor, action: StudyAction, study: StudyFacts | undefined, now: Date): Decision {
  return OF_STUDY[action].decide(actor, study, now);
}

/** The facility in whose name lists are made; it goes into the WHERE. Undefined: the list is refused. */
export function listScope(actor: Actor): FacilityId | undefined {
  return decide(actor, 'study.list').allowed ? actor.facility?.id : undefined;
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

function onlyMembers(actor: Actor): Decision {
  return actor.facility === undefined ? refuse('belongs-to-no-facility') : allow('member');
}

function seeStudy(actor: Actor, study: StudyFacts | undefined, now: Date): Decision {
  if (actor.facility === undefined) return hide('belongs-to-no-facility');
  if (study?.right === undefined) return hide('not-owned-and-not-shared');
  if (study.right.kind === 'owner') {
    return study.ownerFacilityId === actor.facility.id ? allow('owner') : hide('not-the-owner');
  }
  return study.right.until > now ? allow('share', study.right.shareId) : hide('share-has-ended');
}

/** Seen, and the actor's own facility's to decide about. */
function ownStudy(actor: Actor, study: StudyFacts | undefined, now: Date): Decision {
  const seen = seeStudy(actor, study, now);
  if (!seen.allowed) return seen;
  return study?.ownerFacilityId === actor.facility?.id ? allow('owner') : refuse('only-the-owner-decides');
}

function readDisclosures(actor: Actor, study: StudyFacts | undefined, now: Date): Decision {
  const owned = ownStudy(actor, study, now);
  return owned.allowed && actor.kind !== 'person' ? refuse('people-only') : owned;
}

function shareStudy(actor: Actor, study: StudyFacts | undefined, now: Date): Decision {
  const owned = ownStudy(actor, study, now);
  return owned.allowed && !(actor.kind === 'person' && SHARING_JOBS.has(actor.job)) ? refuse('this-job-may-not-share') : owned;
}

/** Which of two places of an object is the right one: who may store for the owner may say so, when it is a person. */
function settleStudy(actor: Actor, study: StudyFacts | undefined, now: Date): Decision {
  const owned = ownStudy(actor, study, now);
  if (!owned.allowed) return owned;
  return actor.kind === 'person' && decide(actor, 'study.store').allowed ? owned : refuse('people-only');
}

/** May this administrator take a quarantined file out? It may show a patient: who belongs to the facility that sent it may. */
export function decideTakingOut(actor: Actor, facilityId: FacilityId): Decision {
  const asked = decide(actor, 'quarantine.download');
  if (!asked.allowed) return asked;
  return actor.facility?.id === facilityId ? allow('owner') : refuse('only-the-owner-decides');
}
