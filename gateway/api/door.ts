import { demandFresh } from '../auth/fresh.ts';
import { asDomainError, DomainError } from '../domain/errors.ts';
import type { Log } from '../domain/operation/log.ts';
import type { PersonActor } from '../domain/people/actor.ts';
import { isMemberAction } from '../domain/sharing/access.ts';
import { COMPRESSED_BYTES_MIN, compress, contentCoding } from '../doorstep/compress.ts';
import { type HttpAnswer, type HttpRequest, jsonAnswer } from '../doorstep/exchange.ts';
import { bodyOf, hasBody, type RouteTable, wholeBody } from '../doorstep/route.ts';
import { RECHECK_MS, watchAnswer } from '../doorstep/watch-answer.ts';
import { demand, demandMember, demandStill, onRecord } from '../usecases/access/demand.ts';
import { seeAgain } from '../usecases/access/see-study.ts';
import { authenticateRequest } from './authenticate-request.ts';
import { closedOnce, demandKnownMembers } from './body-members.ts';
import { RELEASE_ROUTES } from './consents/release-routes.ts';
import { CONSENT_ROUTES } from './consents/routes.ts';
import { EMERGENCY_ROUTES } from './emergencies/routes.ts';
import { parseJsonBody } from './json-body.ts';
import { LETTER_ROUTES } from './letters/routes.ts';
import { LINK_ROUTES } from './links/routes.ts';
import { NOTICE_ROUTES } from './notices/routes.ts';
import { openApiDocument } from './openapi.ts';
import { OPERATION_ROUTES } from './operation/routes.ts';
import { PATIENT_ROUTES } from './patients/routes.ts';
import { PEOPLE_ROUTES } from './people/routes.ts';
import { RECORD_ROUTES } from './record/routes.ts';
import { RIGHTS_ROUTES } from './rights/routes.ts';
import { ROSTER_ROUTES } from './rosters/routes.ts';
import type { ApiPorts, ApiRoute, ApiRouteHead, Asked, MemberRow, PersonRow, Reply, StudyRow, Watch } from './route.ts';
import { FACTOR_ROUTES } from './session/factors.ts';
import { MAIL_ROUTES } from './session/mail.ts';
import { PASSKEY_ROUTES } from './session/passkeys.ts';
import { SESSION_ROUTES } from './session/routes.ts';
import { SHARING_ROUTES } from './sharing/routes.ts';
import { API_STATUS } from './status.ts';
import { EXPORT_ROUTES } from './studies/export-routes.ts';
import { STUDY_ROUTES } from './studies/routes.ts';
import { UPLOAD_ROUTES } from './uploads/routes.ts';

export const JSON_BODY_BYTES_MAX = 256 * 1024;
const WRONG_TYPE = 'this media type is not taken here';

const ROUTES: readonly ApiRoute[] = [
  ...SESSION_ROUTES,
  ...FACTOR_ROUTES,
  ...PASSKEY_ROUTES,
  ...MAIL_ROUTES,
  ...STUDY_ROUTES,
  ...EXPORT_ROUTES,
  ...PATIENT_ROUTES,
  ...SHARING_ROUTES,
  ...PEOPLE_ROUTES,
  ...RIGHTS_ROUTES,
  ...UPLOAD_ROUTES,
  ...OPERATION_ROUTES,
  ...RECORD_ROUTES,
  ...NOTICE_ROUTES,
  ...LINK_ROUTES,
  ...EMERGENCY_ROUTES,
  ...CONSENT_ROUTES,
  ...RELEASE_ROUTES,
  ...ROSTER_ROUTES,
  ...LETTER_ROUTES,
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

type KnownRow = ApiRouteHead & (PersonRow | MemberRow | StudyRow);

/** A row whose action was asked for. */
interface Admitted {
  /** The same question again. @throws denied, not-found */
  stillMay(actor: PersonActor): Promise<unknown>;
  handle(body: unknown): Promise<Reply<unknown>>;
}

/** Who asks, and whether they may, is known before anything of a body is read. */
export async function serve(ports: ApiPorts, route: ApiRoute, request: HttpRequest): Promise<HttpAnswer> {
  if (route.action === 'open') return answerOf(route, request, await route.serve(ports, request, await jsonOf(route, request)));
  const answer = watchAnswer(request.sending);
  const asking = await authenticateRequest(ports, request);
  // Who was signed out or disabled meanwhile has lost the right too.
  const askAgain = async (stillMay: Admitted['stillMay']) => stillMay((await authenticateRequest(ports, request)).actor);
  const watch: Watch = (stillMay) => answer.add(() => askAgain(stillMay));
  const { stillMay, handle } = await admitted(ports, route, request, { ...asking, watch });
  if (route.freshMinutes !== undefined) demandFresh(ports, asking, route.freshMinutes);
  if (route.method === 'GET') watch(stillMay);
  const askedAtMs = performance.now();
  const body = await jsonOf(route, request);
  // A body may be sent slowly until its sender has lost the right.
  if (performance.now() - askedAtMs >= RECHECK_MS) await askAgain(stillMay);
  return answer.begins(await answerOf(route, request, await handle(body)));
}

/** Nothing of a row is handled before its action was asked for. @throws denied, on record; not-found, too-many */
async function admitted(ports: ApiPorts, route: KnownRow, request: HttpRequest, asked: Asked): Promise<Admitted> {
  const { actor } = asked;
  if ('study' in route) {
    const { access } = ports;
    const address = route.study(request);
    spend(ports, route, actor);
    const seen = await access.see(actor, route.action, address);
    return {
      // The address may mean another study by now: that one was not asked for.
      stillMay: (again) => seeAgain(access, again, seen),
      handle: (body) => route.serve(ports, request, body, { ...asked, seen }),
    };
  }
  if (isOfMember(route)) {
    const facility = await onRecord(ports.refusals, actor, route.action, () => demandMember(actor, route.action));
    spend(ports, route, actor);
    return {
      stillMay: async (again) => demandStill(again, route.action, facility),
      handle: (body) => route.serve(ports, request, body, { ...asked, facility }),
    };
  }
  await onRecord(ports.refusals, actor, route.action, () => demand(actor, route.action));
  spend(ports, route, actor);
  return {
    stillMay: async (again) => demand(again, route.action),
    handle: (body) => route.serve(ports, request, body, asked),
  };
}

function isOfMember(route: PersonRow | MemberRow): route is MemberRow {
  return isMemberAction(route.action);
}

/** An act that is one entry on the record counts against its person's rate. @throws too-many */
function spend({ rate }: Pick<ApiPorts, 'rate'>, { method, recorded = method !== 'GET' }: ApiRouteHead, actor: PersonActor): void {
  if (recorded) rate.spend(actor);
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

/** What comes as JSON, every member of it known. Undefined where nothing has come, or its handler reads it. @throws unsupported, too-large, invalid */
async function jsonOf(route: ApiRouteHead, request: HttpRequest): Promise<unknown> {
  const { method, streams, body } = route;
  if (streams === true) bodyOf(request, ['application/octet-stream'], WRONG_TYPE);
  if (streams === true || method === 'GET') return undefined;
  // Programs name a type of the nothing that they send where nothing is asked for.
  if (body === undefined && !hasBody(request)) return undefined;
  if (bodyOf(request, ['application/json'], WRONG_TYPE) === undefined) return undefined;
  const given = parseJsonBody(await wholeBody(request, JSON_BODY_BYTES_MAX));
  demandKnownMembers(closedOnce(body), given);
  return given;
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
