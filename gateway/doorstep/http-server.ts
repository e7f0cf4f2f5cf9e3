import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerOptions, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { BlockList, isIPv4, isIPv6 } from 'node:net';
import type { Duplex } from 'node:stream';
import { ConnectionPlaces } from '../domain/bounds/connection-places.ts';
import type { Counters } from '../domain/operation/counters.ts';
import type { Log } from '../domain/operation/log.ts';
import { plainAddress } from '../domain/people/network.ts';
import type { Certificate, TlsVersion } from './certificate.ts';
import { guardConnections, httpConnectionBounds } from './connection-guard.ts';
import { type MethodsAt, type Refusal, refusalOf } from './request-refusal.ts';

export const HEADER_BYTES_MAX = 32 * 1024;
/** A client that does not finish a header, or keeps a connection idle, is let go. */
export const HEADERS_TIMEOUT_MS = 30_000;
export const KEEP_ALIVE_MS = 72_000;
/** How often Node looks for headers that are late. */
const HEADERS_LOOK_MS = 5_000;
export const HANDSHAKE_TIMEOUT_MS = 15_000;

export interface DoorstepOptions {
  readonly tls?: { readonly certificate: Certificate; readonly oldestVersion: TlsVersion };
  /** Addresses and ranges of reverse proxies. */
  readonly trustedProxies: readonly string[];
  /** Asked for each request; the routes may be registered after the server is made. */
  readonly methodsAt: MethodsAt;
  /** Answers wait for those that are going out: who does not take his is ended sooner. */
  readonly answersWait?: () => boolean;
  readonly log: Log;
  readonly counters: Counters;
}

/** The HTTP server below the framework: TLS, connections, and what no door should have to look at. Not yet listening. */
export function createHttpServer(options: DoorstepOptions, answer: RequestListener): Server {
  const { tls, log, counters } = options;
  const settings: ServerOptions = {
    maxHeaderSize: HEADER_BYTES_MAX,
    headersTimeout: HEADERS_TIMEOUT_MS,
    // A body may take its time; the guard sees that it comes.
    requestTimeout: 0,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: HEADERS_LOOK_MS,
  };
  const server =
    tls === undefined
      ? createServer(settings)
      : createSecureServer({
          ...settings,
          ...tls.certificate.current(),
          minVersion: tls.oldestVersion,
          handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
        });
  tls?.certificate.follow(server as ReturnType<typeof createSecureServer>, { minVersion: tls.oldestVersion });
  const isProxy = addressMatcher(options.trustedProxies);
  const guard = guardConnections(server, {
    places: new ConnectionPlaces(httpConnectionBounds(openFilesMax())),
    exempt: isProxy,
    ...(options.answersWait === undefined ? {} : { answersWait: options.answersWait }),
    told: (event, count) => {
      log.warn('http.connections', { event, count });
      counters.add('connections_turned_away', count, { door: 'http', event });
    },
  });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (!guard.requested(request, response)) return;
    const refusal = refusalOf(request, options.methodsAt);
    if (refusal === undefined) {
      answer(request, response);
      return;
    }
    counters.add('requests_refused', 1, { status: String(refusal.status) });
    refuse(response, refusal);
  });
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    if (guard.requested(request, response)) refuse(response, UNEXPECTED);
  });
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    socket.end('HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, HEAD, POST\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  });
  return server;
}

const UNEXPECTED: Refusal = {
  status: 417,
  error: 'invalid',
  message: 'nothing but 100-continue may be expected',
  headers: { connection: 'close' },
};

/** As the system says; where it says nothing, the smallest that is common. */
export function openFilesMax(): number {
  try {
    return Number(/^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? 1024);
  } catch {
    return 1024;
  }
}

function refuse(response: ServerResponse, { status, error, message, headers = {} }: Refusal): void {
  const body = JSON.stringify({ error, message });
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...headers,
  });
  response.end(body);
}

/** Whether an address is in one of these addresses or CIDR ranges. Those that cannot be read hold nobody. */
function addressMatcher(ranges: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const range of ranges) {
    const [network = '', prefix] = range.split('/');
    const family = isIPv4(network) ? 'ipv4' : isIPv6(network) ? 'ipv6' : undefined;
    const whole = family === 'ipv4' ? 32 : 128;
    const bits = prefix === undefined ? whole : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
    if (family !== undefined && bits <= whole) list.addSubnet(network, bits, family);
  }
  return (address) => {
    const plain = plainAddress(address);
    return isIPv4(plain) ? list.check(plain, 'ipv4') : isIPv6(plain) && list.check(plain, 'ipv6');
  };
}
