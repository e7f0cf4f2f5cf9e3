import { asDomainError, DomainError } from '../../domain/errors.ts';
import type { FacilityCode, UserId } from '../../domain/identifiers.ts';
import type { Actor, FacilityRef } from '../../domain/people/actor.ts';
import { auditWho, type RefusalLog } from '../../domain/record/audit.ts';
import {
  type Action,
  type ActorAction,
  decide,
  decideFees,
  decideMember,
  decideReview,
  type MemberAction,
  type RefusalReason,
  type Right,
} from '../../domain/sharing/access.ts';

/** In words for whoever reads the answer, and as a code for the record. */
export function refused(reason: RefusalReason): DomainError {
  return new DomainError('denied', reason.replaceAll('-', ' '), { ids: { reason } });
}

/** What is asked for; a refusal of it is on record before it is told. @throws denied */
export async function onRecord<Granted>(refusals: RefusalLog, actor: Actor, asked: Action, ask: () => Granted): Promise<Granted> {
  try {
    return ask();
  } catch (thrown) {
    await refusals.refused({
      action: 'access-refused',
      outcome: 'refused',
      who: auditWho(actor),
      remoteAddress: actor.remoteAddress,
      what: { asked },
      refusal: asDomainError(thrown).ids['reason'] as RefusalReason,
    });
    throw thrown;
  }
}

/** For actions that concern no single study; those that do are asked for by `see-study.ts`. @throws denied */
export function demand(actor: Actor, action: ActorAction): void {
  const decision = decide(actor, action);
  if (!decision.allowed) throw refused(decision.reason);
}

/** For what is to be said of what somebody did. @throws denied */
export function demandReview(actor: Actor, userId: UserId): void {
  const decision = decideReview(actor, userId);
  if (!decision.allowed) throw refused(decision.reason);
}

/** By what right they read the fee evidence of a facility. @throws denied */
export function demandFees(actor: Actor, of: FacilityCode): Right {
  const decision = decideFees(actor, of);
  if (!decision.allowed) throw refused(decision.reason);
  return decision.right;
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
