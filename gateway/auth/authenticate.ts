import type { PersonActor } from '../domain/actor.ts';
import { DomainError } from '../domain/errors.ts';
import type { Clock, User } from '../domain/ports.ts';
import type { CredentialLookUp } from './remembered-credentials.ts';
import { hashSecret, sameSecret } from './secrets.ts';

export const SESSION_COOKIE = 'renkei_session';
export const CSRF_HEADER = 'x-renkei-csrf';
/** A token as `newToken` makes it; anything longer is not one and is not hashed. */
const CREDENTIAL_CHARS_MAX = 200;

/** What a door read from a request. */
export interface Asking {
  readonly authorization?: string;
  readonly sessionCookie?: string;
  readonly csrfToken?: string;
  /** The request may change something: a session must then prove that its own page sent it. */
  readonly changes: boolean;
  readonly remoteAddress: string;
}

export interface Authenticated {
  readonly actor: PersonActor;
  readonly user: User;
  readonly session?: { readonly csrfToken: string };
}

/** Who is asking. Bearer token (RFC 6750) before cookie session. @throws unauthenticated; denied when the CSRF token is missing or wrong. */
export async function authenticate(stores: { people: CredentialLookUp; clock: Clock }, asking: Asking): Promise<Authenticated> {
  if (asking.authorization !== undefined) return byToken(stores, asking.authorization, asking.remoteAddress);
  if (asking.sessionCookie !== undefined) return bySession(stores, asking, asking.sessionCookie);
  throw new DomainError('unauthenticated', 'sign in, or send a bearer token');
}

export function actorOf(user: User, through: PersonActor['through'], remoteAddress: string): PersonActor {
  return {
    kind: 'person',
    userId: user.id,
    job: user.job,
    administrator: user.administrator,
    through,
    remoteAddress,
    ...(user.facility === undefined ? {} : { facility: { id: user.facility.id, code: user.facility.code } }),
  };
}

async function byToken(
  { people, clock }: { people: CredentialLookUp; clock: Clock },
  authorization: string,
  remoteAddress: string,
): Promise<Authenticated> {
  const token = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(authorization)?.[1];
  const found = token === undefined || token.length > CREDENTIAL_CHARS_MAX ? undefined : await people.token(hashSecret(token), clock.now());
  if (found === undefined || found.user.disabledAt !== undefined)
    throw new DomainError('unauthenticated', 'the token is unknown, expired or revoked');
  return { actor: actorOf(found.user, 'token', remoteAddress), user: found.user };
}

async function bySession(stores: { people: CredentialLookUp; clock: Clock }, asking: Asking, cookie: string): Promise<Authenticated> {
  const found = cookie.length > CREDENTIAL_CHARS_MAX ? undefined : await stores.people.session(hashSecret(cookie), stores.clock.now());
  if (found === undefined || found.user.disabledAt !== undefined)
    throw new DomainError('unauthenticated', 'the session has ended; sign in again');
  if (asking.changes && !sameSecret(asking.csrfToken ?? '', found.csrfToken))
    throw new DomainError('denied', `the header ${CSRF_HEADER} is missing or stale`);
  return { actor: actorOf(found.user, 'session', asking.remoteAddress), user: found.user, session: { csrfToken: found.csrfToken } };
}
