import type { Actor } from '../domain/actor.ts';
import { auditWho } from '../domain/audit.ts';
import type { UserId } from '../domain/identifiers.ts';
import type { AuditLog, Clock, PeopleIndex } from '../domain/ports.ts';
import { hashSecret, newToken } from './secrets.ts';

const DAY_MS = 86_400_000;

/** A token with its user's rights and no more. The text is returned once and kept only as a hash. */
export async function createToken(
  { people, audit, clock }: { people: PeopleIndex; audit: AuditLog; clock: Clock },
  request: { by: Actor | undefined; userId: UserId; name: string; days?: number; remoteAddress: string },
): Promise<{ id: string; token: string }> {
  const token = newToken();
  const expiresAt = request.days === undefined ? undefined : new Date(clock.now().getTime() + request.days * DAY_MS);
  await audit.append([
    {
      action: 'token-created',
      outcome: 'success',
      who: auditWho(request.by),
      remoteAddress: request.remoteAddress,
      what: { detail: `user ${request.userId}` },
    },
  ]);
  const id = await people.createToken({ tokenHash: hashSecret(token), userId: request.userId, name: request.name, expiresAt });
  return { id, token };
}

/** Whether there was such a token of that user. */
export async function revokeToken(
  { people, audit }: { people: PeopleIndex; audit: AuditLog },
  request: { by: Actor; userId: UserId; id: string; remoteAddress: string },
): Promise<boolean> {
  const revoked = await people.revokeToken(request.userId, request.id);
  if (revoked) {
    await audit.append([
      {
        action: 'token-revoked',
        outcome: 'success',
        who: auditWho(request.by),
        remoteAddress: request.remoteAddress,
        what: { detail: `token ${request.id}` },
      },
    ]);
  }
  return revoked;
}
