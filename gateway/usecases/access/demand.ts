import { DomainError } from '../../domain/errors.ts';
import type { Actor } from '../../domain/people/actor.ts';
import { type ActorAction, decide } from '../../domain/sharing/access.ts';

/** For actions that concern no single study. Those that do go through `see-study.ts`. @throws denied */
export function demand(actor: Actor, action: ActorAction): void {
  const decision = decide(actor, action);
  if (!decision.allowed) throw new DomainError('denied', decision.reason);
}
