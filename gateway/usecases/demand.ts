import { type Action, decide } from '../domain/access.ts';
import type { Actor } from '../domain/actor.ts';
import { DomainError } from '../domain/errors.ts';

/** For actions that concern no single study. Those that do go through `see-study.ts`. @throws denied */
export function demand(actor: Actor, action: Action): void {
  const decision = decide(actor, action);
  if (!decision.allowed) throw new DomainError('denied', decision.reason);
}
