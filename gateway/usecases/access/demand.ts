import { DomainError } from '../../domain/errors.ts';
import type { Actor } from '../../domain/people/actor.ts';
import { type ActorAction, decide, decideStudy, type RefusalReason, type StudyAction } from '../../domain/sharing/access.ts';

/** In words for whoever reads the answer, and as a code for the record. */
export function refused(reason: RefusalReason): DomainError {
  return new DomainError('denied', reason.replaceAll('-', ' '), { ids: { reason } });
}

/** For actions that concern no single study. Those that do are asked for by `see-study.ts`, or by `demandOfOwn`. @throws denied */
export function demand(actor: Actor, action: ActorAction): void {
  const decision = decide(actor, action);
  if (!decision.allowed) throw refused(decision.reason);
}

/**
 * For an action on a study of the asker's own facility that is found by another key than its address: decided as of any study that the facility
 * owns. What is found must be the facility's, which the query's WHERE says. @throws denied
 */
export function demandOfOwn(actor: Actor, action: StudyAction, now: Date): void {
  const { facility } = actor;
  const decision = decideStudy(actor, action, facility && { ownerFacilityId: facility.id, right: { kind: 'owner' } }, now);
  if (!decision.allowed) throw refused(decision.reason);
}
