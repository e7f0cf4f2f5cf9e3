/** The only file that knows the framework, Express: it makes requests of it, mounts the doors' tables and serves the viewer's files. */
import { existsSync } from 'node:fs';
import { type IncomingMessage, type RequestListener, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import { parse as parseQuery } from 'node:querystring';
import { fileURLToPath } from 'node:url';
import { parseCookie, stringifySetCookie } from 'cookie';
import express, { type Express, type Request, type RequestHandler, type Response, type Router } from 'express';
import serveFiles from 'express-static-gzip';
import proxyAddr from 'proxy-addr';
import type { ProxyWatch } from './auth/proxy-watch.ts';
import type { Config } from './config.ts';
import { DomainError } from './domain/errors.ts';
import type { Log } from './domain/operation/log.ts';
import type { Action } from './domain/sharing/access.ts';
import type { Certificate } from './doorstep/certificate.ts';
import { type AnswerCookie, type HttpAnswer, type HttpRequest, jsonAnswer } from './doorstep/exchange.ts';
import { createHttpServer } from './doorstep/http-server.ts';
import { type MethodsAt, methodTable } from './doorstep/request-refusal.ts';
import type { Route, RouteTable } from './doorstep/route.ts';
import { sendAnswer, sendingOf } from './doorstep/sending.ts';
import { createSlowedRefusals } from './doorstep/slowed-refusals.ts';
import type { Metrics } from './metrics.ts';

/** Where `npm run build` puts the viewer. */
export const VIEWER_FOLDER = fileURLToPath(new URL('../dist/viewer', import.meta.url));

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

/** One address and method that the program answers, as the methods at an address are looked up and tests read it. */
export interface RouteEntry {
  readonly method: string;
  readonly url: string;
  readonly action: Action | undefined;
  readonly open: boolean;
}

export interface HttpParts {
  readonly config: Pick<Config, 'http'>;
  /** Present when `config.http.tls` is. */
  readonly certificate: Certificate | undefined;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'request' | 'add'>;
  readonly proxies: Pick<ProxyWatch, 'watch'>;
  readonly answersWait: () => boolean;
  readonly doors: readonly RouteTable[];
  /** The viewer's files; absent: none are served. */
  readonly viewerFolder?: string;
}

export interface HttpDoors {
  /** Not yet listening. */
  readonly server: Server;
  readonly routes: readonly RouteEntry[];
  /** Takes no more, and lets what is being answered be answered. */
  close(): Promise<void>;
}

/** One HTTP server with all its doors. @throws internal when a row names no action: the program does not start */
export function buildHttp(parts: HttpParts): HttpDoors {
  const { config, log, metrics, doors } = parts;
  const hasViewer = parts.viewerFolder !== undefined && existsSync(parts.viewerFolder);
  const routes = [...doors.flatMap(entriesOf), ...(hasViewer ? VIEWER_ENTRIES : [])];
  let methodsAt: MethodsAt | undefined;
  let closing = false;
  const listener = listenerOf(parts, hasViewer ? parts.viewerFolder : undefined, () => closing);
  const server = createHttpServer(
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
    listener,
  );
  server.once('listening', () => server.on('error', (error) => log.error('http.server', {}, error)));
  return {
    server,
    routes,
    close: async () => {
      closing = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      await closed;
    },
  };
}

const VIEWER_ENTRIES: readonly RouteEntry[] = ['GET', 'HEAD'].map((method) => ({ method, url: '/*', action: undefined, open: true }));

/** Deny by default: a row that names no action and does not say it is open keeps the program from starting. */
function entriesOf({ prefix, routes }: RouteTable): readonly RouteEntry[] {
  return routes.flatMap(({ method, path, action }) => {
    const url = urlOf(prefix, path);
    if (action === undefined) throw new DomainError('internal', `${url}: a route names its action or says that it is open`);
    const entry = { url, action: action === 'open' ? undefined : action, open: action === 'open' };
    return (method === 'GET' ? ['GET', 'HEAD'] : [method]).map((name) => ({ method: name, ...entry }));
  });
}

function urlOf(prefix: string, path: string): string {
  return path === '/' && prefix !== '' ? prefix : `${prefix}${path}`;
}

/**
 * The doors' rows hang on Express' router alone; only what none of them takes, the viewer's files, passes an Express application. An application gives
 * each request and response another prototype first, which makes everything that Node does with them several times slower.
 */
function listenerOf(parts: HttpParts, viewerFolder: string | undefined, isClosing: () => boolean): RequestListener {
  const { config, log } = parts;
  const common = commonHeaders(config.http.secure);
  const slowed = createSlowedRefusals();
  const sendNow: Send = (exchange, answer) => {
    const { cookies } = answer;
    const ofAll = isClosing() || cookies !== undefined ? { ...common, ...(isClosing() ? CLOSING : {}), ...cookieHeader(cookies) } : common;
    // What fails on its way has broken its connection, and been told of where it failed.
    void sendAnswer(exchange.response, exchange.method, answer, ofAll).catch(() => {});
  };
  const send: Send = (exchange, answer) => {
    const delayMs = slowed.delayMs(answer.status, exchange);
    if (delayMs === 0) sendNow(exchange, answer);
    else setTimeout(sendNow, delayMs, exchange, answer);
  };
  const doors = express.Router({ caseSensitive: true });
  for (const door of parts.doors) mount(doors, door, send);
  const others = viewerApp(parts, viewerFolder, common, send);
  const trusted = config.http.trustProxy;
  const trusts = trusted.length === 0 ? undefined : proxyAddr.compile([...trusted]);
  return (request, response) => {
    const exchange = new Exchange(request, response, trusts);
    begin(parts, exchange);
    if (isClosing()) send(exchange, jsonAnswer(503, { error: 'unavailable', message: 'this program is closing' }));
    else
      doors(request as Request, response as Response, (thrown?: unknown) => {
        if (thrown === undefined) others(request, response);
        else send(exchange, faultAnswer(log, thrown, exchange));
      });
  };
}

/** Everything that is no door's: the viewer, and that there is nothing. */
function viewerApp(parts: HttpParts, viewerFolder: string | undefined, common: HttpAnswer['headers'], send: Send): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', false);
  if (viewerFolder !== undefined) app.use(viewerFiles(viewerFolder, common));
  const notHere = viewerFolder !== undefined ? 'no such address' : 'no such address; the viewer is not built';
  app.use((_request, response) => send(exchangeOf(response), jsonAnswer(404, { error: 'not-found', message: notHere })));
  app.use(((thrown, _request, response, _next) => {
    const exchange = exchangeOf(response);
    for (const name of response.getHeaderNames()) response.removeHeader(name);
    send(exchange, faultAnswer(parts.log, thrown, exchange));
  }) satisfies express.ErrorRequestHandler);
  return app;
}

/** What every request passes first. */
function begin({ log, metrics, proxies }: HttpParts, exchange: Exchange): void {
  const startedMs = performance.now();
  const { response } = exchange;
  proxies.watch(exchange);
  response.once('finish', () => {
    const { id, method } = exchange;
    // The pattern, not the address: a query may hold a patient's name.
    const route = exchange.route === '' ? 'unknown' : exchange.route;
    metrics.request(route, method, response.statusCode, (performance.now() - startedMs) / 1000);
    if (response.statusCode >= 500) log.warn('http.failed', { requestId: id, route, method, status: response.statusCode });
  });
}

const CLOSING = { connection: 'close' };

type Send = (exchange: Exchange, answer: HttpAnswer) => void;

function mount(doors: Router, { prefix, routes, refuse, otherwise }: RouteTable, send: Send): void {
  const router = express.Router({ caseSensitive: true });
  const carryOut = async (exchange: Exchange, answer: Route['answer']) => {
    send(exchange, await answer(exchange).catch((thrown: unknown) => refuse(thrown, exchange)));
  };
  for (const { method, path, answer } of routes) {
    const url = urlOf(prefix, path);
    const add = { GET: router.get, POST: router.post, PATCH: router.patch, DELETE: router.delete }[method].bind(router);
    add(path.replace(/\*$/, '*rest'), (request, response) => {
      const exchange = exchangeOf(response);
      exchange.fits(url, request.params);
      void carryOut(exchange, answer);
    });
  }
  if (otherwise !== undefined) router.use((_request, response) => void carryOut(exchangeOf(response), otherwise));
  doors.use(prefix === '' ? '/' : prefix, router);
}

let requestCount = 0;

const EXCHANGE = Symbol('exchange');

function exchangeOf(response: ServerResponse & { [EXCHANGE]?: Exchange }): Exchange {
  const exchange = response[EXCHANGE];
  if (exchange === undefined) throw new DomainError('internal', 'a response that has not begun here');
  return exchange;
}

type Trusts = (address: string, hop: number) => boolean;

/** A request as the doors know it. What few of them ask for is worked out when it is asked for. */
class Exchange implements HttpRequest {
  readonly response: ServerResponse;
  readonly url: string;
  readonly id: string;
  readonly sending: HttpRequest['sending'];
  route = '';
  params: Readonly<Record<string, string>> = {};
  readonly #request: IncomingMessage;
  readonly #trusts: Trusts | undefined;
  #query: HttpRequest['query'] | undefined;
  #cookies: HttpRequest['cookies'] | undefined;

  constructor(request: IncomingMessage, response: ServerResponse & { [EXCHANGE]?: Exchange }, trusts: Trusts | undefined) {
    this.#request = request;
    this.response = response;
    response[EXCHANGE] = this;
    // The router takes prefixes off the request's own.
    this.url = request.url ?? '';
    this.#trusts = trusts;
    requestCount += 1;
    this.id = `req-${requestCount.toString(36)}`;
    this.sending = sendingOf(response);
  }

  /** The row's pattern, and what of the address stands for its parameters. */
  fits(url: string, given: Request['params']): void {
    this.route = url;
    if (given['rest'] === undefined) {
      this.params = given as Record<string, string>;
      return;
    }
    const { rest, ...params } = given;
    this.params = { ...params, '*': Array.isArray(rest) ? rest.join('/') : rest } as Record<string, string>;
  }

  get method() {
    return this.#request.method ?? '';
  }

  get headers() {
    return this.#request.headers;
  }

  get body() {
    return this.#request;
  }

  get query() {
    if (this.#query === undefined) {
      const mark = this.url.indexOf('?');
      // As many as there are: the header has its bound.
      this.#query = mark < 0 ? {} : parseQuery(this.url.slice(mark + 1), '&', '=', { maxKeys: 0 });
    }
    return this.#query;
  }

  get cookies() {
    this.#cookies ??= parseCookie(this.headers.cookie ?? '');
    return this.#cookies;
  }

  get peer() {
    return this.#request.socket.remoteAddress ?? '';
  }

  get ip() {
    return this.ips?.at(-1) ?? this.peer;
  }

  get ips() {
    return this.#trusts === undefined ? undefined : proxyAddr.all(this.#request, this.#trusts);
  }

  get host() {
    return this.#forwarded('x-forwarded-host') ?? this.headers.host ?? '';
  }

  get protocol() {
    return this.#forwarded('x-forwarded-proto') ?? ('encrypted' in this.#request.socket ? 'https' : 'http');
  }

  /** As the proxy nearest to us says, when it is trusted: what came before it, anybody may have written. */
  #forwarded(name: 'x-forwarded-host' | 'x-forwarded-proto'): string | undefined {
    const said = this.headers[name];
    if (said === undefined || said === '') return undefined;
    return this.#trusts?.(this.peer, 0) === true ? String(said).split(',').at(-1)?.trim() : undefined;
  }
}

/** What Express and the server of files refuse by themselves: a range beyond a file of the viewer (416), a path that leaves its folder (403). */
function faultAnswer(log: Log, thrown: unknown, { id }: Exchange): HttpAnswer {
  const { status, headers = {} } = thrown as { status?: unknown; headers?: Readonly<Record<string, string>> };
  if (typeof status === 'number' && status >= 400 && status < 500)
    return jsonAnswer(status, { error: 'invalid', message: STATUS_CODES[status] ?? '' }, headers);
  log.error('http.unexpected', { requestId: id }, thrown);
  return jsonAnswer(500, { error: 'internal', requestId: id });
}

function viewerFiles(folder: string, common: HttpAnswer['headers']): RequestHandler {
  const files = serveFiles(folder, {
    enableBrotli: true,
    orderPreference: ['br', 'gz'],
    index: 'index.html',
    serveStatic: {
      index: false,
      redirect: false,
      cacheControl: false,
      setHeaders: (response, path) => {
        // Vite puts a digest into the name of everything under assets/.
        response.setHeader('cache-control', path.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache');
      },
    },
  });
  return (request, response, next) => {
    for (const [name, value] of Object.entries(common)) response.setHeader(name, value);
    const exchange = exchangeOf(response);
    exchange.fits('/*', {});
    const noFile = (thrown?: unknown) => {
      const wantsPage = request.method === 'GET' && (request.headers.accept ?? '').includes('text/html');
      const belongsToADoor = /^\/(api|dicom-web|wado|assets)(\/|\?|$)/.test(request.originalUrl);
      if (thrown === undefined && wantsPage && !belongsToADoor) {
        request.url = '/index.html';
        files(request, response, next);
        return;
      }
      exchange.fits('', {});
      next(thrown);
    };
    files(request, response, noFile);
  };
}

function commonHeaders(secure: boolean): HttpAnswer['headers'] {
  return {
    'content-security-policy': CONTENT_SECURITY_POLICY,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=()',
    ...(secure ? { 'strict-transport-security': 'max-age=31536000; includeSubDomains' } : {}),
  };
}

function cookieHeader(cookies: readonly AnswerCookie[] | undefined): HttpAnswer['headers'] {
  if (cookies === undefined) return {};
  const lines = cookies.map(({ name, value, secure, expires, maxAgeSeconds }) =>
    stringifySetCookie({
      name,
      value,
      path: '/',
      httpOnly: true,
      sameSite: 'strict',
      secure,
      ...(expires === undefined ? {} : { expires }),
      ...(maxAgeSeconds === undefined ? {} : { maxAge: maxAgeSeconds }),
    }),
  );
  return { 'set-cookie': lines };
}
