import type { Clock } from '../domain/clock.ts';
import { DomainError } from '../domain/errors.ts';
import type { MustFirst, PersonActor } from '../domain/people/actor.ts';
import type { Proof } from '../domain/people/credentials.ts';
import { kindAt } from '../domain/people/facility-kind.ts';
import type { User } from '../domain/people/user.ts';
import { NO_RIGHTS, rightsOf } from '../domain/sharing/job-rights.ts';
import type { CredentialLookUp } from './remembered-credentials.ts';
import { hashSecret, sameSecret } from './secrets.ts';

/** Behind https the browser holds a cookie of this prefix to this host, all paths and TLS (RFC 6265bis 4.1.3.2). */
const HOST_PREFIX = '__Host-';
export interface CookieNames {
  readonly session: string;
  readonly device: string;
  /** Between the password and the second factor. */
  readonly half: string;
}
export function cookieNames(secure: boolean): CookieNames {
  const prefix = secure ? HOST_PREFIX : '';
  return { session: `${prefix}renkei_session`, device: `${prefix}renkei_device`, half: `${prefix}renkei_sign_in` };
}
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
  /** A page asks this by itself: it does not keep the session from its idle end. */
  readonly byItself?: boolean;
}

export interface Authenticated {
  readonly actor: PersonActor;
  readonly user: User;
  readonly proof: Proof;
  readonly session?: {
    readonly id: string;
    readonly idHash: string;
    readonly csrfToken: string;
    readonly endsAt: Date;
    readonly idleEndsAt: Date;
    readonly confirmedAt: Date;
  };
}

/** Who is asking. Bearer token (RFC 6750) before cookie session. @throws unauthenticated; denied when the CSRF token is missing or wrong. */
export async function authenticate(stores: { people: CredentialLookUp; clock: Clock }, asking: Asking): Promise<Authenticated> {
  if (asking.authorization !== undefined) return byToken(stores, asking.authorization, asking.remoteAddress);
  if (asking.sessionCookie !== undefined) return bySession(stores, asking, asking.sessionCookie);
  throw new DomainError('unauthenticated', 'sign in, or send a bearer token');
}

/**
 * `now`: what a facility is and what its people may do is a matter of the day. Absent: for the record alone, it may do nothing.
 * `byCommand`: of a token that whoever owns the machine has made; nothing is demanded of it.
 */
export function actorOf(user: User, through: PersonActor['through'], remoteAddress: string, now?: Date, byCommand = false): PersonActor {
  const { facility, job, regionRights } = user;
  const mustFirst = byCommand ? undefined : demandedOf(user);
  return {
    kind: 'person',
    userId: user.id,
    job,
    rights: facility === undefined || now === undefined ? NO_RIGHTS : rightsOf(regionRights, kindAt(facility.kinds, now), job),
    administrator: user.administrator,
    through,
    remoteAddress,
    ...(mustFirst === undefined ? {} : { mustFirst }),
    ...(facility === undefined ? {} : { facility: { id: facility.id, code: facility.code } }),
  };
}

function demandedOf({ mustChangePassword, mustHaveFactor, secondFactor }: User): MustFirst | undefined {
  if (mustChangePassword) return 'password';
  return mustHaveFactor && !secondFactor ? 'second-factor' : undefined;
}

async function byToken(
  { people, clock }: { people: CredentialLookUp; clock: Clock },
  authorization: string,
  remoteAddress: string,
): Promise<Authenticated> {
  const token = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(authorization)?.[1];
  const tokenHash = token === undefined || token.length > CREDENTIAL_CHARS_MAX ? undefined : hashSecret(token);
  const found = tokenHash === undefined ? undefined : await people.token(tokenHash, clock.now());
  if (tokenHash === undefined || found === undefined || found.user.disabledAt !== undefined)
    throw new DomainError('unauthenticated', 'the token is unknown, expired or revoked', { ids: { reason: 'token' } });
  const actor = actorOf(found.user, 'token', remoteAddress, clock.now(), found.byCommand);
  return { actor, user: found.user, proof: { token: tokenHash } };
}

async function bySession(stores: { people: CredentialLookUp; clock: Clock }, asking: Asking, cookie: string): Promise<Authenticated> {
  const idHash = hashSecret(cookie.slice(0, CREDENTIAL_CHARS_MAX));
  const found =
    cookie.length > CREDENTIAL_CHARS_MAX ? undefined : await stores.people.session(idHash, stores.clock.now(), asking.byItself !== true);
  if (found === undefined || found.user.disabledAt !== undefined)
    throw new DomainError('unauthenticated', 'the session has ended; sign in again', { ids: { reason: 'session' } });
  if (asking.changes && !sameSecret(asking.csrfToken ?? '', found.csrfToken))
    throw new DomainError('denied', `the header ${CSRF_HEADER} is missing or stale`, { ids: { reason: 'csrf', userId: found.user.id } });
  const { id, csrfToken, endsAt, idleEndsAt, confirmedAt } = found;
  return {
    actor: actorOf(found.user, 'session', asking.remoteAddress, stores.clock.now()),
    user: found.user,
    proof: { session: idHash },
    session: { id, idHash, csrfToken, endsAt, idleEndsAt, confirmedAt },
  };
}
