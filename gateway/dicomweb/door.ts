import { asDomainError, DomainError } from '../domain/errors.ts';
import type { Actor } from '../domain/people/actor.ts';
import { type HttpAnswer, type HttpRequest, jsonAnswer } from '../doorstep/exchange.ts';
import { bodyOf, type Route, type RouteTable } from '../doorstep/route.ts';
import { HTTP_STATUS } from '../doorstep/status.ts';
import { RECHECK_MS, watchAnswer } from '../doorstep/watch-answer.ts';
import { demandMember, demandStill, onRecord } from '../usecases/access/demand.ts';
import { seeAgain } from '../usecases/access/see-study.ts';
import { createFrameReader } from '../usecases/retrieve/retrieve-frames.ts';
import { RETRY_AFTER_S } from './failure-reason.ts';
import { FRAME_ROUTES } from './frames.ts';
import { answerInTurn } from './media/outgoing.ts';
import { createRecentAnswers } from './media/recent-answers.ts';
import { DICOMWEB_PREFIX } from './parameters.ts';
import { SEARCH_ROUTES } from './qido.ts';
import { RENDERED_ROUTES } from './rendered.ts';
import type { Asked, DicomwebOptions, DicomwebPorts, DicomwebRoute, Watch } from './route.ts';
import { STORE_ROUTES } from './stow.ts';
import { RETRIEVE_ROUTES } from './wado-rs.ts';
import { WADO_URI } from './wado-uri.ts';

/** The most asked for first: the framework tries one after another. */
const READING: readonly DicomwebRoute[] = [...FRAME_ROUTES, ...RETRIEVE_ROUTES, ...RENDERED_ROUTES, ...SEARCH_ROUTES, WADO_URI];

/** The same services, confined to one owner's studies: several studies may go by one UID (`study-url.ts`). */
const confined = (route: DicomwebRoute): DicomwebRoute => ({ ...route, path: `/of/:of${route.path}` });

/**
 * DICOMweb, PS3.18: the studies service under /dicom-web, and WADO-URI at /wado; clients that are given one base address ask there for both
 * (dicomweb-client builds its WADO-URIs so).
 */
export function dicomwebDoor(options: DicomwebOptions): readonly RouteTable[] {
  const ports: DicomwebPorts = { ...options, frames: createFrameReader(options), recent: createRecentAnswers() };
  const mounted = (routes: readonly DicomwebRoute[]): readonly Route[] =>
    routes.map((route) => ({
      method: route.method,
      path: route.path,
      action: route.action,
      answer: (request: HttpRequest) => serve(ports, route, request),
    }));
  const refuse: RouteTable['refuse'] = (thrown, request) => problemAnswer(ports, thrown, request);
  return [
    {
      prefix: DICOMWEB_PREFIX,
      routes: mounted([...READING, ...STORE_ROUTES, ...READING.map(confined)]),
      refuse,
      otherwise: async (request) => {
        await ports.authenticate(request);
        throw new DomainError('not-found', 'there is no such thing here');
      },
    },
    { prefix: '', routes: mounted([{ ...WADO_URI, path: '/wado' }]), refuse },
  ];
}

/** Who asks is known before anything of a body is read; who reads waits for a turn. */
export async function serve(ports: DicomwebPorts, route: DicomwebRoute, request: HttpRequest): Promise<HttpAnswer> {
  const { authenticate, turns } = ports;
  const answer = watchAnswer(request.sending);
  const actor = await authenticate(request);
  if (route.method === 'POST')
    bodyOf(request, ['multipart/related', 'application/dicom'], 'instances are taken as multipart/related or application/dicom');
  else if (turns !== undefined) await answerInTurn(request.sending, turns, actor.kind === 'person' ? actor.userId : actor.kind);
  // Who was signed out or disabled meanwhile has lost the right too.
  const watch: Watch = (stillMay) => answer.add(async () => stillMay(await authenticate(request)));
  return answer.begins(await admitted(ports, route, { actor, request, watch }));
}

/** Nothing is handled before the row's action was asked for, and who loses the right to what is read gets no more. @throws denied, not-found, both on record */
async function admitted(ports: DicomwebPorts, route: DicomwebRoute, asked: Asked): Promise<HttpAnswer> {
  const { actor, request, watch } = asked;
  const reads = route.method === 'GET';
  if ('read' in route) {
    const { access } = ports;
    const { study, serve } = route.read(request);
    const seen = await access.see(actor, route.action, study);
    // The address may mean another study before the answer is out: that one was not asked for.
    const again = (asker: Actor) => seeAgain(access, asker, seen);
    if (reads) watch(again);
    return serve(ports, { ...asked, seen, seeAgain: () => again(actor) });
  }
  const facility = await onRecord(ports.refusals, actor, route.action, () => demandMember(actor, route.action));
  if (reads) watch(async (asker) => demandStill(asker, route.action, facility));
  let askedAtMs = performance.now();
  const stillMay = async () => {
    if (performance.now() - askedAtMs < RECHECK_MS) return;
    askedAtMs = performance.now();
    demandStill(await ports.authenticate(request), route.action, facility);
  };
  return route.serve(ports, { ...asked, facility, stillMay });
}

function problemAnswer({ log }: Pick<DicomwebPorts, 'log'>, thrown: unknown, request: HttpRequest): HttpAnswer {
  const error = asDomainError(thrown);
  if (error.kind === 'internal' && !request.sending.isOver())
    log?.error('dicomweb.unexpected', { requestId: request.id, route: request.route }, thrown);
  const status = HTTP_STATUS[error.kind];
  const { retryAfterSeconds } = error.ids;
  // What is unexpected is told to nobody.
  const message = error.kind === 'internal' ? 'unexpected failure' : error.message;
  return jsonAnswer(
    status,
    { error: error.kind, message },
    {
      'cache-control': 'no-store',
      ...(status === 503 || status === 429 ? { 'retry-after': retryAfterSeconds ?? RETRY_AFTER_S } : {}),
      ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    },
  );
}
