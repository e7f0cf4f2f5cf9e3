/** Sessions and tokens in the contract's shapes. */
import { type Authenticated, actorOf } from '../../auth/authenticate.ts';
import type { KeptToken } from '../../domain/people/credentials.ts';
import type { Passkey as KeptPasskey } from '../../domain/people/passkey.ts';
import { nameInLatin } from '../../domain/people/romaji.ts';
import type { User } from '../../domain/people/user.ts';
import { type ActorAction, decide } from '../../domain/sharing/access.ts';
import type { Passkey } from '../contract/passkeys.ts';
import type { Session, Token } from '../contract/session.ts';

export function sessionAnswer(
  user: User,
  session: Pick<NonNullable<Authenticated['session']>, 'csrfToken' | 'endsAt' | 'idleEndsAt'> | undefined,
  { synthetic, regionName }: { readonly synthetic: boolean; readonly regionName: string },
  now: Date,
): Session {
  const msUntil = (end: Date) => Math.max(0, end.getTime() - now.getTime());
  const actor = actorOf(user, 'session', '', now);
  const may = (action: ActorAction) => decide(actor, action).allowed;
  const { id, email, name, job, administrator, facility, language, secondFactor } = user;
  return {
    user: {
      id,
      email,
      name,
      nameRomaji: nameInLatin(user),
      job,
      administrator,
      language: language ?? null,
      facility: facility === undefined ? null : { code: facility.code, name: facility.name },
      secondFactor,
      mustSetUpFactor: user.mustHaveFactor && !secondFactor,
      mustChangePassword: user.mustChangePassword,
      opensEmergencies: may('emergency.open'),
      reviewsEmergencies: may('emergency.review'),
      importsRosters: may('roster.import'),
      readsFees: may('fees.read'),
      ...lettersOf(user, now),
    },
    csrfToken: session?.csrfToken ?? '',
    ends: session === undefined ? null : { idleInMs: msUntil(session.idleEndsAt), inMs: msUntil(session.endsAt) },
    synthetic,
    regionName,
  };
}

function lettersOf(user: User, now: Date): Pick<Session['user'], 'letters'> {
  const actor = actorOf(user, 'session', '', now);
  if (decide(actor, 'letter.write').allowed) return { letters: 'write' };
  return decide(actor, 'letter.read').allowed ? { letters: 'read' } : {};
}

export function tokenAnswer({ id, name, createdAt, expiresAt, lastUsedAt }: KeptToken): Token {
  return {
    id,
    name,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt?.toISOString() ?? null,
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
  };
}

export function passkeyAnswer({ id, name, createdAt, lastUsedAt }: KeptPasskey): Passkey {
  return { id, name, createdAt: createdAt.toISOString(), lastUsedAt: lastUsedAt?.toISOString() ?? null };
}
