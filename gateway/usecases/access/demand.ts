import { DomainError } from '../../domain/errors.ts';
import type { Actor, FacilityRef } from '../../domain/people/actor.ts';
import { type ActorAction, decide, decideMember, type MemberAction, type RefusalReason } from '../../domain/sharing/access.ts';

/** In words for whoever reads the answer, and as a code for the record. */
export function refused(reason: RefusalReason): DomainError {
  return new DomainError('denied', reason.replaceAll('-', ' '), { ids: { reason } });
}

/** For actions that concern no single study; those that do are asked for by `see-study.ts`. @throws denied */
export function demand(actor: Actor, action: ActorAction): void {
  const decision = decide(actor, action);
  if (!decision.allowed) throw refused(decision.reason);
}

/** The facility in whose name the actor does this. @throws denied */
export function demandMember(actor: Actor, action: MemberAction): FacilityRef {
  const decision = decideMember(actor, action);
  if (!decision.allowed) throw refused(decision.reason);
  return decision.facility;
}

/** Whether the actor would be let do it in that facility's name still. @throws denied */
export function demandStill(actor: Actor, action: MemberAction, { id }: FacilityRef): void {
  if (demandMember(actor, action).id !== id) throw refused('belongs-to-no-facility');
}
