import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Actor } from '../domain/actor.ts';
import { asDomainError, DomainError } from '../domain/errors.ts';
import { createFrameReader } from '../usecases/retrieve-frames.ts';
import type { DicomwebOptions, Door } from './context.ts';
import { registerFrames } from './frames.ts';
import { registerQido } from './qido.ts';
import { registerRendered } from './rendered.ts';
import { HTTP_STATUS, RETRY_AFTER_S } from './status.ts';
import { registerStow } from './stow.ts';
import { registerWadoRs } from './wado-rs.ts';
import { registerWadoUri } from './wado-uri.ts';

export type { DicomwebOptions } from './context.ts';

export const DICOMWEB_PREFIX = '/dicom-web';

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
    base: (request) => `${options.publicUrl ?? `${request.protocol}://${request.host}`}${DICOMWEB_PREFIX}`,
  };
  const prepare = (inner: FastifyInstance) => {
    // Before the body: who is unknown does not get to send one.
    inner.addHook('onRequest', async (request) => {
      actors.set(request, await options.authenticate(request));
    });
    inner.setErrorHandler((thrown: FastifyError | Error, request, reply) => answerError(door, thrown, request, reply));
  };
  await app.register(
    (inner, _options, done) => {
      prepare(inner);
      inner.setNotFoundHandler(async (_request, reply) => sendProblem(reply, new DomainError('not-found', 'there is no such thing here')));
      acceptBodies(inner);
      registerStow(inner, door);
      registerQido(inner, door);
      registerWadoRs(inner, door);
      registerFrames(inner, door);
      registerRendered(inner, door);
      done();
    },
    { prefix: DICOMWEB_PREFIX },
  );
  await app.register((inner, _options, done) => {
    prepare(inner);
    registerWadoUri(inner, door, '/wado');
    // Clients that are given one base address ask there for both (dicomweb-client builds its WADO-URIs so).
    registerWadoUri(inner, door, DICOMWEB_PREFIX);
    done();
  });
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
  if (status === 503) reply.header('retry-after', RETRY_AFTER_S);
  if (status === 401) reply.header('www-authenticate', 'Bearer');
  for (const name of ['etag', 'content-length', 'content-encoding', 'content-range', 'accept-ranges', 'vary']) reply.removeHeader(name);
  // What is unexpected is told to nobody.
  const message = error.kind === 'internal' ? 'unexpected failure' : error.message;
  return reply.code(status).header('cache-control', 'no-store').type('application/json').send({ error: error.kind, message });
}
