import { DomainError } from '../../domain/errors.ts';
import type { Actor } from '../../domain/people/actor.ts';
import { type ActorAction, decide, type RefusalReason } from '../../domain/sharing/access.ts';

/** In words for whoever reads the answer, and as a code for the record. */
export function refused(reason: RefusalReason): DomainError {
  return new DomainError('denied', reason.replaceAll('-', ' '), { ids: { reason } });
}

/** For actions that concern no single study. Those that do go through `see-study.ts`. @throws denied */
export function demand(actor: Actor, action: ActorAction): void {
  const decision = decide(actor, action);
  if (!decision.allowed) throw refused(decision.reason);
}
