import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { asDomainError, DomainError } from '../domain/errors.ts';
import type { StudyInstanceUID } from '../domain/identifiers.ts';
import { formatStudyOf, parseStudyOf, type StudyAddress } from '../domain/imaging/study-address.ts';
import type { Actor } from '../domain/people/actor.ts';
import { discloses } from '../domain/sharing/access.ts';
import { exactly } from '../usecases/access/see-study.ts';
import { createFrameReader } from '../usecases/retrieve/retrieve-frames.ts';
import type { DicomwebOptions, Door } from './context.ts';
import { registerFrames } from './frames.ts';
import { answerInTurn } from './outgoing.ts';
import { registerQido } from './qido.ts';
import { registerRendered } from './rendered.ts';
import { type StudyParams, studyOf } from './request.ts';
import { HTTP_STATUS, RETRY_AFTER_S } from './status.ts';
import { registerStow } from './stow.ts';
import { registerWadoRs } from './wado-rs.ts';
import { registerWadoUri } from './wado-uri.ts';
import { watchAnswer } from './watch-answer.ts';

export type { DicomwebOptions } from './context.ts';

export const DICOMWEB_PREFIX = '/dicom-web';
/** The same services, confined to one owner's studies: several studies may go by one UID (`study-url.ts`). */
const OF_PREFIX = `${DICOMWEB_PREFIX}/of/:of`;

/** DICOMweb, PS3.18: the studies service under /dicom-web, and WADO-URI at /wado. Every route names its action and asks who is asking. */
export async function dicomwebDoor(app: FastifyInstance, options: DicomwebOptions): Promise<void> {
  const actors = new WeakMap<FastifyRequest, Actor>();
  const door: Door = {
    ...options,
    frames: createFrameReader(options),
    actor(request) {
      const actor = actors.get(request);
      if (actor === undefined) throw new DomainError('unauthenticated', 'sign in first');
      return actor;
    },
    root: (request) => `${options.publicUrl ?? `${request.protocol}://${hostOf(request)}`}${DICOMWEB_PREFIX}`,
    base: (request) => {
      const of = studyOf((request.params as { readonly of?: string }).of);
      return `${door.root(request)}${of === undefined ? '' : `/of/${formatStudyOf(of)}`}`;
    },
  };
  const prepare = (inner: FastifyInstance) => {
    // Before the body: who is unknown does not get to send one.
    inner.addHook('onRequest', async (request, reply) => {
      const actor = await options.authenticate(request);
      actors.set(request, actor);
      const { turns } = options;
      if (turns !== undefined && request.method !== 'POST')
        await answerInTurn(reply, turns, actor.kind === 'person' ? actor.userId : actor.kind);
      // Here and not in the routes, so that a new one cannot forget it. Who was signed out or disabled meanwhile has lost the right too.
      const { action } = request.routeOptions.config;
      const address = studyAskedFor(request);
      if (action !== undefined && address !== undefined && discloses(action)) {
        // The study that is meant now: the UID may mean another one before the answer is out.
        const meant = options.access.see(actor, action, address).then(exactly);
        meant.catch(() => {});
        watchAnswer(reply, async () => options.access.see(await options.authenticate(request), action, await meant));
      }
    });
    inner.setErrorHandler((thrown: FastifyError | Error, request, reply) => answerError(door, thrown, request, reply));
  };
  await app.register(
    (inner, _options, done) => {
      prepare(inner);
      inner.setNotFoundHandler(async (_request, reply) => sendProblem(reply, new DomainError('not-found', 'there is no such thing here')));
      acceptBodies(inner);
      registerStow(inner, door);
      registerReading(inner, door);
      done();
    },
    { prefix: DICOMWEB_PREFIX },
  );
  await app.register(
    (inner, _options, done) => {
      prepare(inner);
      registerReading(inner, door);
      done();
    },
    { prefix: OF_PREFIX },
  );
  await app.register((inner, _options, done) => {
    prepare(inner);
    registerWadoUri(inner, door, '/wado');
    // Clients that are given one base address ask there for both (dicomweb-client builds its WADO-URIs so).
    registerWadoUri(inner, door, DICOMWEB_PREFIX);
    registerWadoUri(inner, door, OF_PREFIX);
    done();
  });
}

function registerReading(app: FastifyInstance, door: Door): void {
  registerQido(app, door);
  registerWadoRs(app, door);
  registerFrames(app, door);
  registerRendered(app, door);
}

/** What the client calls us goes into URLs, headers and JSON text. @throws invalid when it is no host and port (RFC 3986 3.2.2) */
function hostOf(request: FastifyRequest): string {
  if (!/^(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(:[0-9]{1,5})?$/.test(request.host))
    throw new DomainError('invalid', 'malformed Host');
  return request.host;
}

function studyAskedFor(request: FastifyRequest): StudyAddress | undefined {
  const { study, of } = request.params as Partial<StudyParams>;
  const { studyUID } = request.query as { readonly studyUID?: string | readonly string[] };
  const asked = study ?? studyUID;
  const whose = of === undefined ? undefined : parseStudyOf(of);
  if (typeof asked !== 'string') return undefined;
  return { studyInstanceUID: asked as StudyInstanceUID, ...(whose === undefined ? {} : { of: whose }) };
}

/** Bodies are passed on as streams; what they hold is looked at by the route. Other types are 415. */
function acceptBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  for (const type of ['multipart/related', 'application/dicom']) {
    app.addContentTypeParser(type, (_request, payload, done) => done(null, payload));
  }
}

async function answerError(door: Door, thrown: FastifyError | Error, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const error = fromFastify(thrown) ?? asDomainError(thrown);
  if (error.kind === 'internal' && !reply.raw.destroyed) {
    door.log?.error('dicomweb.unexpected', { requestId: request.id, route: request.routeOptions.url }, thrown);
  }
  return sendProblem(reply, error);
}

/** What the HTTP framework found wrong before a route was asked. */
function fromFastify(thrown: FastifyError | Error): DomainError | undefined {
  const { statusCode, code } = thrown as Partial<FastifyError>;
  if (thrown instanceof DomainError || typeof code !== 'string' || !code.startsWith('FST_')) return undefined;
  if (statusCode === 415) return new DomainError('unsupported', 'instances are taken as multipart/related or application/dicom');
  if (statusCode === 413) return new DomainError('too-large', 'the body is too large');
  return statusCode !== undefined && statusCode < 500 ? new DomainError('invalid', 'malformed request') : undefined;
}

function sendProblem(reply: FastifyReply, error: DomainError): FastifyReply {
  const status = HTTP_STATUS[error.kind];
  const { retryAfterSeconds } = error.ids;
  if (status === 503 || status === 429) reply.header('retry-after', String(retryAfterSeconds ?? RETRY_AFTER_S));
  if (status === 401) reply.header('www-authenticate', 'Bearer');
  for (const name of ['etag', 'content-length', 'content-encoding', 'content-range', 'accept-ranges', 'vary']) reply.removeHeader(name);
  // What is unexpected is told to nobody.
  const message = error.kind === 'internal' ? 'unexpected failure' : error.message;
  return reply.code(status).header('cache-control', 'no-store').type('application/json').send({ error: error.kind, message });
}
