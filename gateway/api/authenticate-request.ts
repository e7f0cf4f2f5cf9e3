import type { FastifyRequest } from 'fastify';
import { type Authenticated, authenticate, CSRF_HEADER, SESSION_COOKIE } from '../auth/authenticate.ts';
import type { CredentialLookUp } from '../auth/remembered-credentials.ts';
import type { Clock } from '../domain/ports.ts';

/** Who sent this HTTP request. For every door that speaks HTTP. @throws unauthenticated, denied */
export async function authenticateRequest(
  stores: { people: CredentialLookUp; clock: Clock },
  request: FastifyRequest,
): Promise<Authenticated> {
  const csrfToken = request.headers[CSRF_HEADER];
  const cookie = request.cookies[SESSION_COOKIE];
  const { authorization } = request.headers;
  return authenticate(stores, {
    changes: request.method !== 'GET' && request.method !== 'HEAD',
    remoteAddress: request.ip,
    ...(authorization === undefined ? {} : { authorization }),
    ...(cookie === undefined ? {} : { sessionCookie: cookie }),
    ...(typeof csrfToken === 'string' ? { csrfToken } : {}),
  });
}
