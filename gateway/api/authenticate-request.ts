import { type Authenticated, actorOf, authenticate, type CookieNames, CSRF_HEADER } from '../auth/authenticate.ts';
import type { CredentialLookUp } from '../auth/remembered-credentials.ts';
import { hashSecret } from '../auth/secrets.ts';
import type { Clock } from '../domain/clock.ts';
import { asDomainError, type DomainError } from '../domain/errors.ts';
import type { UserId } from '../domain/identifiers.ts';
import { plainAddress } from '../domain/people/network.ts';
import type { User } from '../domain/people/user.ts';
import { auditWho, type RefusalLog } from '../domain/record/audit.ts';
import type { HttpRequest } from '../doorstep/exchange.ts';

/** A page sends this with what it asks by itself, again and again: it does not keep the session from its idle end. */
const POLL_HEADER = 'x-renkei-poll';
const TOKEN_CHARS_MAX = 300;
/** Below /api. A browser opens and keeps it by itself. */
export const LIVE_NEWS_PATH = '/notices/live';

export interface RequestStores {
  readonly people: CredentialLookUp & { userById(id: UserId): Promise<User | undefined> };
  readonly clock: Clock;
  readonly cookies: CookieNames;
  readonly refusals: RefusalLog;
}

/** Who sent this HTTP request. For every door that speaks HTTP; what is refused is on record. @throws unauthenticated, denied */
export async function authenticateRequest(stores: RequestStores, request: HttpRequest): Promise<Authenticated> {
  const csrfToken = request.headers[CSRF_HEADER];
  const cookie = request.cookies[stores.cookies.session];
  const { authorization } = request.headers;
  try {
    return await authenticate(stores, {
      changes: request.method !== 'GET' && request.method !== 'HEAD',
      remoteAddress: plainAddress(request.ip),
      ...(authorization === undefined ? {} : { authorization }),
      ...(cookie === undefined ? {} : { sessionCookie: cookie }),
      ...(typeof csrfToken === 'string' ? { csrfToken } : {}),
      ...(asksByItself(request) ? { byItself: true } : {}),
    });
  } catch (thrown) {
    await recordRefusal(stores, request, asDomainError(thrown));
    throw thrown;
  }
}

/** A list that is left open also shows the thumbnails of what arrives, and hears of news: neither can carry the header. */
function asksByItself({ headers, route }: HttpRequest): boolean {
  return headers[POLL_HEADER] !== undefined || route.endsWith('/thumbnail') || route === `/api${LIVE_NEWS_PATH}`;
}

/** A token that is none or no more, and a page that is not ours. Who has no session, or an old one, has not tried anything. */
async function recordRefusal(stores: RequestStores, request: HttpRequest, error: DomainError): Promise<void> {
  const { reason, userId } = error.ids;
  if (reason !== 'token' && reason !== 'csrf') return;
  const remoteAddress = plainAddress(request.ip);
  const past = reason === 'token' ? await endedToken(stores, request.headers.authorization ?? '') : undefined;
  const user =
    past?.user ?? (userId === undefined ? undefined : await stores.people.userById(String(userId) as UserId).catch(() => undefined));
  const who = auditWho(user === undefined ? undefined : actorOf(user, reason === 'token' ? 'token' : 'session', remoteAddress));
  const refusal = reason === 'csrf' ? 'csrf' : (`token-${past?.why ?? 'unknown'}` as const);
  await stores.refusals.refused({ action: 'access-refused', outcome: 'refused', who, remoteAddress, refusal });
}

async function endedToken({ people, clock }: RequestStores, authorization: string) {
  const token = /^Bearer +(\S+)$/i.exec(authorization.slice(0, TOKEN_CHARS_MAX))?.[1];
  return token === undefined ? undefined : people.endedToken(hashSecret(token), clock.now()).catch(() => undefined);
}
