import type { FacilityId } from '../identifiers.ts';
import type { Actor, Job } from '../people/actor.ts';

/** Everything a caller may ask to do. A route or DIMSE operation names exactly one of these. */
export type Action =
  | 'study.list'
  | 'study.view'
  | 'study.download'
  | 'study.store'
  | 'study.settle'
  | 'study.share'
  | 'study.disclosures'
  | 'facility.list'
  | 'facility.manage'
  | 'user.manage'
  | 'quarantine.read'
  | 'record.read'
  | 'token.manage-own'
  | 'session.manage-own'
  | 'operation.read'
  | 'self';

/** By what right a study may be seen: it is the facility's own, or another facility shared it until a time. */
export type StudyRight = { readonly kind: 'owner' } | { readonly kind: 'share'; readonly shareId: string; readonly until: Date };

/** What is known of the study at the moment of the decision: the row of study_access that joins it to the actor's facility. */
export interface StudyFacts {
  readonly ownerFacilityId: FacilityId;
  readonly right: StudyRight | undefined;
}

export type Decision =
  | { readonly allowed: true; readonly reason: string }
  /** `hide` says the asker may not even learn that the thing exists: the door answers not-found. */
  | { readonly allowed: false; readonly reason: string; readonly hide: boolean };

const allow = (reason: string): Decision => ({ allowed: true, reason });
const refuse = (reason: string): Decision => ({ allowed: false, reason, hide: false });
const hide = (reason: string): Decision => ({ allowed: false, reason, hide: true });

/** Jobs that may decide to disclose their facility's studies. A nurse or pharmacist looks, but does not hand on. */
const SHARING_JOBS: ReadonlySet<Job> = new Set<Job>(['physician', 'dentist', 'radiographer', 'clerk', 'administrator']);

/**
 * May this actor do this, now? Deny by default; the reason goes on the record.
 * For a study action `study` is what the index knows of actor and study together; undefined when there is no such study.
 */
export function decide(actor: Actor, action: Action, study?: StudyFacts, now: Date = new Date(0)): Decision {
  switch (action) {
    case 'self':
      return actor.kind === 'person' ? allow('own account') : refuse('a system has no account');
    case 'session.manage-own':
      if (actor.kind !== 'person') return refuse('a system has no account');
      return actor.through === 'session' ? allow('own account') : refuse('a token ends no session');
    case 'token.manage-own':
      // Otherwise a token that leaks would make itself another before it expires or is revoked.
      if (actor.kind !== 'person') return refuse('a system has no account');
      return actor.through === 'session' ? allow('own account') : refuse('a token makes no token');
    case 'facility.list':
      return actor.kind === 'person' ? allow('directory of the region') : refuse('a system needs no directory');
    case 'facility.manage':
    case 'user.manage':
    case 'quarantine.read':
    case 'record.read':
    case 'operation.read':
      return actor.kind === 'person' && actor.administrator ? allow('administrator') : refuse('administrators only');
    case 'study.list':
      return actor.facility === undefined ? refuse('belongs to no facility') : allow('member of the facility');
    case 'study.store':
      return actor.facility === undefined ? refuse('belongs to no facility') : allow('member of the facility');
    case 'study.settle':
      return settleStudy(actor, study, now);
    case 'study.view':
    case 'study.download':
      return seeStudy(actor, study, now);
    case 'study.share':
    case 'study.disclosures':
      return governStudy(actor, action, study, now);
  }
}

/** The facility in whose name lists are made; it goes into the WHERE. Undefined: the list is refused. */
export function listScope(actor: Actor): FacilityId | undefined {
  return decide(actor, 'study.list').allowed ? actor.facility?.id : undefined;
}

function seeStudy(actor: Actor, study: StudyFacts | undefined, now: Date): Decision {
  if (actor.facility === undefined) return hide('belongs to no facility');
  if (study?.right === undefined) return hide('not owned and not shared');
  if (study.right.kind === 'owner') {
    return study.ownerFacilityId === actor.facility.id ? allow('owner') : hide('not the owner');
  }
  return study.right.until > now ? allow(`share ${study.right.shareId}`) : hide('share has ended');
}

/** Which of two places of an object is the right one: who may store for the owner may say so, when it is a person. */
function settleStudy(actor: Actor, study: StudyFacts | undefined, now: Date): Decision {
  const seen = seeStudy(actor, study, now);
  if (!seen.allowed) return seen;
  if (study?.ownerFacilityId !== actor.facility?.id) return refuse('only the owner decides');
  return actor.kind === 'person' && decide(actor, 'study.store').allowed ? allow('owner') : refuse('people only');
}

function governStudy(actor: Actor, action: 'study.share' | 'study.disclosures', study: StudyFacts | undefined, now: Date): Decision {
  const seen = seeStudy(actor, study, now);
  if (!seen.allowed) return seen;
  if (study?.ownerFacilityId !== actor.facility?.id) return refuse('only the owner decides');
  if (action === 'study.disclosures') return actor.kind === 'person' ? allow('owner') : refuse('people only');
  return actor.kind === 'person' && SHARING_JOBS.has(actor.job) ? allow('owner') : refuse('this job may not share');
}
