import { existsSync } from 'node:fs';
import { STATUS_CODES } from 'node:http';
import { fileURLToPath } from 'node:url';
import cookie from '@fastify/cookie';
import serveFiles from '@fastify/static';
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { apiDoor } from './api/door.ts';
import type { ApiStores } from './api/route.ts';
import type { Config } from './config.ts';
import type { Log } from './domain/operation/log.ts';
import type { Action } from './domain/sharing/access.ts';
import type { Certificate } from './doorstep/certificate.ts';
import { COMPRESSED_BYTES_MIN, compress, contentCoding } from './doorstep/compress.ts';
import { createHttpServer, KEEP_ALIVE_MS } from './doorstep/http-server.ts';
import { mayReadMetrics } from './doorstep/metrics-reader.ts';
import { type MethodsAt, methodTable } from './doorstep/request-refusal.ts';
import type { Metrics } from './metrics.ts';
import type { Readiness } from './readiness.ts';

const VIEWER_FOLDER = fileURLToPath(new URL('../dist/viewer', import.meta.url));
const URL_PARAMETER_CHARS_MAX = 16 * 1024;

/**
 * Scripts, styles and workers only from here; WebAssembly may compile, for the codecs. Elements may be placed by their style
 * attribute, as the grid and the renderer do; that cannot run or load anything.
 */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "style-src 'self'",
  "style-src-attr 'unsafe-inline'",
  "img-src 'self' blob: data:",
  "connect-src 'self'",
  "font-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** Every route the program answers, as the router was told. */
export interface RouteEntry {
  readonly method: string;
  readonly url: string;
  readonly action: Action | undefined;
  readonly open: boolean;
}

export interface HttpParts {
  readonly config: Config;
  /** Present when `config.http.tls` is. */
  readonly certificate: Certificate | undefined;
  /** Doors that other machines reach without TLS: `/readyz` names them. */
  readonly plainDoors: readonly string[];
  readonly log: Log;
  readonly metrics: Metrics;
  readonly readiness: () => Promise<Readiness>;
  readonly api: ApiStores;
  readonly version: string;
  readonly answersWait: () => boolean;
  /** Registers the DICOMweb door under the prefixes it needs. */
  readonly dicomweb: (app: FastifyInstance) => Promise<void>;
}

/** One HTTP server with all its doors; not yet listening. */
export async function buildHttp(parts: HttpParts): Promise<{ app: FastifyInstance; routes: readonly RouteEntry[] }> {
  const { config, log, metrics } = parts;
  let methodsAt: MethodsAt | undefined;
  const app = fastify({
    logger: false,
    serverFactory: (handler) =>
      createHttpServer(
        {
          ...(parts.certificate === undefined || config.http.tls === undefined
            ? {}
            : { tls: { certificate: parts.certificate, oldestVersion: config.http.tls.oldestVersion } }),
          trustedProxies: config.http.trustProxy,
          methodsAt: (path) => {
            methodsAt ??= methodTable(routes);
            return methodsAt(path);
          },
          answersWait: parts.answersWait,
          log,
          counters: metrics,
        },
        handler,
      ),
    trustProxy: config.http.trustProxy.length === 0 ? false : [...config.http.trustProxy],
    routerOptions: { maxParamLength: URL_PARAMETER_CHARS_MAX, ignoreTrailingSlash: true },
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: 'idle',
  });
  const routes = watchRoutes(app);
  await app.register(cookie);
  app.addHook('onRequest', async (request, reply) => {
    secure(config, reply);
    parts.api.proxies.watch(request);
  });
  compressAnswers(app);
  app.addHook('onResponse', async (request, reply) => {
    // The pattern, not the address: a query may hold a patient's name.
    const route = request.routeOptions.url ?? 'unknown';
    metrics.request(route, request.method, reply.statusCode, reply.elapsedTime / 1000);
    if (reply.statusCode >= 500)
      log.warn('http.failed', { requestId: request.id, route, method: request.method, status: reply.statusCode });
  });
  app.setErrorHandler(async (thrown, request, reply) => {
    const status = requestFault(thrown);
    if (status !== undefined) return reply.code(status).send({ error: 'invalid', message: STATUS_CODES[status] ?? '' });
    log.error('http.unexpected', { requestId: request.id }, thrown);
    return reply.code(500).send({ error: 'internal', requestId: request.id });
  });

  app.get('/healthz', { config: { open: true } }, async () => ({ alive: true }));
  app.get('/readyz', { config: { open: true } }, async (_request, reply) => {
    const answer = await parts.readiness();
    const warnings = parts.plainDoors.map((door) => ({ what: door, why: 'reached by other machines without TLS' }));
    return reply.code(answer.ready ? 200 : 503).send({ ...answer, ...(warnings.length === 0 ? {} : { warnings }) });
  });
  if (config.metrics.listen === undefined)
    app.get('/metrics', { config: { open: true } }, async (request, reply) => {
      if (mayReadMetrics(request.raw, config.metrics.token)) return reply.type(metrics.contentType).send(await metrics.text());
      const message = 'the metrics are for direct callers of this machine, or for who shows RENKEI_METRICS_TOKEN';
      return reply.code(403).send({ error: 'denied', message });
    });
  await app.register(apiDoor, { prefix: '/api', stores: parts.api, log, version: parts.version });
  await parts.dicomweb(app);
  await serveViewer(app);
  return { app, routes };
}

/** What the framework itself refuses: a range beyond a file of the viewer (416), a path that leaves its folder (403). */
function requestFault(thrown: unknown): number | undefined {
  const status = (thrown as { statusCode?: unknown }).statusCode;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}

/** Answers of routes that say so, as br or gzip to who takes it. */
function compressAnswers(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply, payload) => {
    if (request.routeOptions.config.compressed !== true || typeof payload !== 'string') return payload;
    reply.header('vary', 'accept-encoding');
    const bytes = Buffer.from(payload);
    const coding = bytes.length < COMPRESSED_BYTES_MIN ? undefined : contentCoding(request.headers['accept-encoding']);
    if (coding === undefined) return payload;
    const compressed = await compress(bytes, coding);
    reply.header('content-encoding', coding).header('content-length', compressed.length);
    return compressed;
  });
}

/** Deny by default: a route that names no action and does not say it is open keeps the program from starting. */
function watchRoutes(app: FastifyInstance): readonly RouteEntry[] {
  const routes: RouteEntry[] = [];
  app.addHook('onRoute', (route) => {
    const { action, open } = route.config ?? {};
    const viewerFile = route.url === '/*';
    if (action === undefined && open !== true && !viewerFile)
      throw new Error(`${route.url}: a route names its action or says that it is open`);
    for (const method of [route.method].flat()) routes.push({ method, url: route.url, action, open: open === true || viewerFile });
  });
  return routes;
}

async function serveViewer(app: FastifyInstance): Promise<void> {
  if (!existsSync(VIEWER_FOLDER)) {
    app.setNotFoundHandler(async (_request, reply) =>
      reply.code(404).send({ error: 'not-found', message: 'no such address; the viewer is not built' }),
    );
    return;
  }
  await app.register(serveFiles, {
    root: VIEWER_FOLDER,
    preCompressed: true,
    cacheControl: false,
    setHeaders: (reply, path) => {
      // Vite puts a digest into the name of everything under assets/.
      reply.header('cache-control', path.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
  app.setNotFoundHandler(async (request, reply) => {
    const wantsPage = request.method === 'GET' && (request.headers.accept ?? '').includes('text/html');
    const belongsToADoor = /^\/(api|dicom-web|wado|assets)(\/|\?|$)/.test(request.url);
    if (wantsPage && !belongsToADoor) return reply.sendFile('index.html');
    return reply.code(404).send({ error: 'not-found', message: 'no such address' });
  });
}

function secure(config: Config, reply: FastifyReply): void {
  reply.header('content-security-policy', CONTENT_SECURITY_POLICY);
  reply.header('x-content-type-options', 'nosniff');
  reply.header('referrer-policy', 'no-referrer');
  reply.header('cross-origin-opener-policy', 'same-origin');
  reply.header('cross-origin-resource-policy', 'same-origin');
  reply.header('permissions-policy', 'camera=(), microphone=(), geolocation=(), payment=()');
  if (config.http.secure) reply.header('strict-transport-security', 'max-age=31536000; includeSubDomains');
}
