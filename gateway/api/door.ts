import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { asDomainError, DomainError } from '../domain/errors.ts';
import type { Log } from '../domain/operation/log.ts';
import { parseJsonBody } from './json-body.ts';
import { openApiDocument } from './openapi.ts';
import { type ApiStores, type Call, type Route, whoAsks } from './route.ts';
import { ROUTES } from './routes.ts';
import { API_STATUS } from './status.ts';

export const JSON_BODY_BYTES_MAX = 256 * 1024;
/** One uploaded file; larger ones come by DIMSE or STOW-RS. */
export const UPLOAD_BYTES_MAX = 8 * 1024 ** 3;

/** The application API, registered under the prefix /api. Cookies must be parsed by the app (`@fastify/cookie`). */
export function apiDoor(app: FastifyInstance, options: { stores: ApiStores; log: Log; version: string }, done: () => void): void {
  const { stores, log } = options;
  const document = openApiDocument(options.version, stores.cookies.session);
  app.addContentTypeParser('application/octet-stream', { bodyLimit: UPLOAD_BYTES_MAX }, (_request, _payload, done) => done(null));
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_request: FastifyRequest, body: Buffer) =>
    parseJsonBody(body),
  );
  app.setErrorHandler((thrown, request, reply) => answerProblem(log, thrown, request, reply));
  app.setNotFoundHandler((request, reply) => answerProblem(log, new DomainError('not-found', 'no such address'), request, reply));

  app.get('/openapi.json', { config: { action: undefined, open: true } }, async () => document);
  for (const route of ROUTES) {
    app.route({
      method: route.method,
      url: route.url,
      bodyLimit: route.streams === true ? UPLOAD_BYTES_MAX : JSON_BODY_BYTES_MAX,
      config: { ...(route.action === undefined ? { open: true } : { action: route.action }), compressed: route.compressed === true },
      handler: (request, reply) => serve(stores, route, request, reply),
    });
  }
  done();
}

async function serve(stores: ApiStores, route: Route, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  reply.header('cache-control', 'no-store');
  const { action } = route;
  const asking = action === undefined ? undefined : await whoAsks(stores, request, { ...route, action });
  const call = {
    actor: asking?.actor,
    user: asking?.user,
    session: asking?.session,
    params: checked(route.params, request.params),
    query: checked(route.query, request.query),
    body: checked(route.body, request.body),
    request,
    reply,
  };
  const answer = await route.handle(stores, call as unknown as Call<never, never, never>);
  if (reply.sent) return reply;
  reply.code(route.status ?? 200);
  return route.status === 204 ? reply.send() : answer;
}

/** @throws invalid, naming the member that is wrong, not its value. */
function checked(schema: z.ZodType | undefined, given: unknown): unknown {
  if (schema === undefined) return undefined;
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const where = result.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.code}`);
  const members = result.error.issues[0]?.path.filter((step) => typeof step === 'string') ?? [];
  throw new DomainError('invalid', where.join('; '), { ids: { reason: 'malformed', value: members.join('.') || 'body' } });
}

function answerProblem(log: Log, thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const error = fromFramework(thrown) ?? asDomainError(thrown);
  const requestId = request.id;
  if (error.kind === 'internal') log.error('api.unexpected', { requestId, route: request.routeOptions.url ?? '' }, thrown);
  const retryAfter = error.ids['retryAfterSeconds'];
  if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter));
  // The rest of its body is not waited for.
  if (error.kind === 'too-slow') reply.header('connection', 'close');
  const message = error.kind === 'internal' ? 'unexpected failure; see the log under this request id' : error.message;
  const { reason, value } = error.ids;
  reply.header('cache-control', 'no-store');
  return reply.code(API_STATUS[error.kind]).send({
    error: error.kind,
    message,
    ...(reason === undefined ? {} : { reason: String(reason) }),
    ...(value === undefined ? {} : { value: String(value) }),
    requestId,
  });
}

/** What Fastify itself refuses before a handler runs. */
function fromFramework(thrown: unknown): DomainError | undefined {
  const status = thrown instanceof Error && 'statusCode' in thrown ? thrown.statusCode : undefined;
  if (status === 413) return new DomainError('too-large', 'the body is too large', { cause: thrown });
  if (status === 415) return new DomainError('unsupported', 'this media type is not taken here', { cause: thrown });
  if (typeof status === 'number' && status >= 400 && status < 500)
    return new DomainError('invalid', 'the request cannot be read', { cause: thrown });
  return undefined;
}
