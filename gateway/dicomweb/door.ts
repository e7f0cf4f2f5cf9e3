import { asDomainError, DomainError } from '../domain/errors.ts';
import { type HttpAnswer, type HttpRequest, jsonAnswer } from '../doorstep/exchange.ts';
import { bodyOf, type Route, type RouteTable } from '../doorstep/route.ts';
import { HTTP_STATUS } from '../doorstep/status.ts';
import { watchAnswer } from '../doorstep/watch-answer.ts';
import { createFrameReader } from '../usecases/retrieve/retrieve-frames.ts';
import { FRAME_ROUTES } from './frames.ts';
import { answerInTurn } from './media/outgoing.ts';
import { createRecentAnswers } from './media/recent-answers.ts';
import { DICOMWEB_PREFIX } from './parameters.ts';
import { SEARCH_ROUTES } from './qido.ts';
import { RENDERED_ROUTES } from './rendered.ts';
import type { DicomwebOptions, DicomwebPorts, DicomwebRoute, Watch } from './route.ts';
import { RETRY_AFTER_S } from './status.ts';
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

/** Who is unknown does not get to send a body; who is known waits for a turn. */
async function serve(ports: DicomwebPorts, route: DicomwebRoute, request: HttpRequest): Promise<HttpAnswer> {
  const { authenticate, turns } = ports;
  const answer = watchAnswer(request.sending);
  const actor = await authenticate(request);
  if (route.method === 'POST')
    bodyOf(request, ['multipart/related', 'application/dicom'], 'instances are taken as multipart/related or application/dicom');
  else if (turns !== undefined) await answerInTurn(request.sending, turns, actor.kind === 'person' ? actor.userId : actor.kind);
  // Who was signed out or disabled meanwhile has lost the right too.
  const watch: Watch = (stillMay) => answer.add(async () => stillMay(await authenticate(request)));
  return answer.begins(await route.serve(ports, actor, request, watch));
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
