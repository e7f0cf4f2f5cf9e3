/** Sessions and tokens in the contract's shapes. */
import type { Authenticated } from '../../auth/authenticate.ts';
import type { KeptToken } from '../../domain/people/credentials.ts';
import { nameInLatin } from '../../domain/people/romaji.ts';
import type { User } from '../../domain/people/user.ts';
import type { Session, Token } from '../contract/session.ts';

export function sessionAnswer(
  user: User,
  session: Pick<NonNullable<Authenticated['session']>, 'csrfToken' | 'endsAt' | 'idleEndsAt'> | undefined,
  synthetic: boolean,
  now: Date,
): Session {
  const msUntil = (end: Date) => Math.max(0, end.getTime() - now.getTime());
  const { id, email, name, job, administrator, facility, language } = user;
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
    },
    csrfToken: session?.csrfToken ?? '',
    ends: session === undefined ? null : { idleInMs: msUntil(session.idleEndsAt), inMs: msUntil(session.endsAt) },
    synthetic,
  };
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
