import { asDomainError, DomainError } from '../domain/errors.ts';
import type { Log } from '../domain/operation/log.ts';
import { auditWho } from '../domain/record/audit.ts';
import type { RefusalReason } from '../domain/sharing/access.ts';
import { COMPRESSED_BYTES_MIN, compress, contentCoding } from '../doorstep/compress.ts';
import { type HttpAnswer, type HttpRequest, jsonAnswer } from '../doorstep/exchange.ts';
import { bodyOf, type RouteTable, wholeBody } from '../doorstep/route.ts';
import { watchAnswer } from '../doorstep/watch-answer.ts';
import { authenticateRequest } from './authenticate-request.ts';
import { parseJsonBody } from './json-body.ts';
import { NOTICE_ROUTES } from './notices/routes.ts';
import { openApiDocument } from './openapi.ts';
import { OPERATION_ROUTES } from './operation/routes.ts';
import { PEOPLE_ROUTES } from './people/routes.ts';
import { RECORD_ROUTES } from './record/routes.ts';
import type { ApiPorts, ApiRoute, ApiRouteHead, KnownRoute, Reply, Watch } from './route.ts';
import { SESSION_ROUTES } from './session/routes.ts';
import { SHARING_ROUTES } from './sharing/routes.ts';
import { API_STATUS } from './status.ts';
import { STUDY_ROUTES } from './studies/routes.ts';
import { UPLOAD_ROUTES } from './uploads/routes.ts';

export const JSON_BODY_BYTES_MAX = 256 * 1024;
const WRONG_TYPE = 'this media type is not taken here';

const ROUTES: readonly ApiRoute[] = [
  ...SESSION_ROUTES,
  ...STUDY_ROUTES,
  ...SHARING_ROUTES,
  ...PEOPLE_ROUTES,
  ...UPLOAD_ROUTES,
  ...OPERATION_ROUTES,
  ...RECORD_ROUTES,
  ...NOTICE_ROUTES,
];

/** The application API. */
export function apiDoor(ports: ApiPorts, log: Log, version: string): RouteTable {
  const document = jsonAnswer(200, openApiDocument(ROUTES, version, ports.cookies.session));
  return {
    prefix: '/api',
    routes: [
      { method: 'GET', path: '/openapi.json', action: 'open', answer: async () => document },
      ...ROUTES.map((route) => ({
        method: route.method,
        path: route.path,
        action: route.action,
        answer: (request: HttpRequest) => serve(ports, route, request),
      })),
    ],
    refuse: (thrown, request) => problemAnswer(log, thrown, request),
    otherwise: (request) => Promise.resolve(problemAnswer(log, new DomainError('not-found', 'no such address'), request)),
  };
}

/** Who asks is known before anything of a body is read. */
async function serve(ports: ApiPorts, route: ApiRoute, request: HttpRequest): Promise<HttpAnswer> {
  if (route.action === 'open') return answerOf(route, request, await route.serve(ports, request, await jsonOf(route, request)));
  const answer = watchAnswer(request.sending);
  const asking = await whoAsks(ports, request, route);
  // Who was signed out or disabled meanwhile has lost the right too.
  const watch: Watch = (stillMay) => answer.add(async () => stillMay((await authenticateRequest(ports, request)).actor));
  return answer.begins(
    await answerOf(route, request, await route.serve(ports, request, await jsonOf(route, request), { ...asking, watch })),
  );
}

async function answerOf({ status, compressed }: ApiRouteHead, request: HttpRequest, reply: Reply<unknown>): Promise<HttpAnswer> {
  const code = reply.status ?? status ?? 200;
  const cookies = reply.cookies === undefined ? {} : { cookies: reply.cookies };
  const headers = { 'cache-control': 'no-store', ...reply.headers };
  if (code === 204 || code === 304) return { status: code, headers, ...cookies };
  if (reply.file !== undefined) return { status: code, headers, ...cookies, body: reply.file };
  const answer = { ...jsonAnswer(code, reply.body, headers), ...cookies };
  return compressed === true ? packed(answer, request) : answer;
}

/** As br or gzip to who takes it. */
async function packed({ headers, body, ...answer }: HttpAnswer & { readonly body: string }, request: HttpRequest): Promise<HttpAnswer> {
  const bytes = Buffer.from(body);
  const coding = bytes.length < COMPRESSED_BYTES_MIN ? undefined : contentCoding(request.headers['accept-encoding']);
  const varying = { ...headers, vary: 'accept-encoding' };
  if (coding === undefined) return { ...answer, headers: varying, body: bytes };
  return { ...answer, headers: { ...varying, 'content-encoding': coding }, body: await compress(bytes, coding) };
}

/** Undefined where the row takes none or none has come. @throws unsupported, too-large, invalid */
async function jsonOf(route: ApiRouteHead, request: HttpRequest): Promise<unknown> {
  if (route.streams === true) bodyOf(request, ['application/octet-stream'], WRONG_TYPE);
  if (route.body === undefined || bodyOf(request, ['application/json'], WRONG_TYPE) === undefined) return undefined;
  return parseJsonBody(await wholeBody(request, JSON_BODY_BYTES_MAX));
}

/** Signs the request's sender in, for one route. What is refused is on record. @throws unauthenticated, denied, too-many */
async function whoAsks(ports: ApiPorts, request: HttpRequest, route: ApiRouteHead & KnownRoute) {
  const { action, recorded = route.method !== 'GET' } = route;
  const asking = await authenticateRequest(ports, request);
  const { actor } = asking;
  try {
    route.demand?.(actor, ports.clock.now());
  } catch (thrown) {
    await ports.refusals.refused({
      action: 'access-refused',
      outcome: 'refused',
      who: auditWho(actor),
      remoteAddress: actor.remoteAddress,
      what: { asked: action },
      refusal: asDomainError(thrown).ids['reason'] as RefusalReason,
    });
    throw thrown;
  }
  if (recorded) ports.rate.spend(actor);
  return asking;
}

function problemAnswer(log: Log, thrown: unknown, request: HttpRequest): HttpAnswer {
  const error = asDomainError(thrown);
  const requestId = request.id;
  if (error.kind === 'internal' && !request.sending.isOver()) log.error('api.unexpected', { requestId, route: request.route }, thrown);
  const { reason, value, retryAfterSeconds } = error.ids;
  const message = error.kind === 'internal' ? 'unexpected failure; see the log under this request id' : error.message;
  return jsonAnswer(
    API_STATUS[error.kind],
    {
      error: error.kind,
      message,
      ...(reason === undefined ? {} : { reason: String(reason) }),
      ...(value === undefined ? {} : { value: String(value) }),
      requestId,
    },
    {
      'cache-control': 'no-store',
      ...(retryAfterSeconds === undefined ? {} : { 'retry-after': retryAfterSeconds }),
      // The rest of its body is not waited for.
      ...(error.kind === 'too-slow' || error.kind === 'too-large' ? { connection: 'close' } : {}),
    },
  );
}
