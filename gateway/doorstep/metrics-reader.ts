import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { HttpRequest } from './exchange.ts';

/** Headers by which a proxy says that it asks for somebody else. */
const FORWARDING = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'];
const HEADER_BYTES_MAX = 8 * 1024;
const CONNECTIONS_MAX = 64;
const REQUEST_MS_MAX = 10_000;

/**
 * Who may read the metrics: whoever shows the token; without one, a program of this machine that asks directly. A request that a proxy of this
 * machine passes on comes from somewhere else.
 */
export function mayReadMetrics(request: Pick<HttpRequest, 'headers' | 'peer'>, token: string | undefined): boolean {
  if (token !== undefined) {
    const given = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    return given !== undefined && timingSafeEqual(digest(given), digest(token));
  }
  return isLoopback(request.peer) && FORWARDING.every((name) => request.headers[name] === undefined);
}

export function isLoopback(address: string): boolean {
  return (
    /^(::ffff:)?127\.\d+\.\d+\.\d+$/i.test(address) || address === '::1' || address === '[::1]' || address.toLowerCase() === 'localhost'
  );
}

/** A port that answers `GET /metrics` and nothing else, for a network that only the operator's own programs reach. */
export function createMetricsServer(metrics: { text(): Promise<string>; readonly contentType: string }, token: string | undefined): Server {
  const server = createServer(
    { maxHeaderSize: HEADER_BYTES_MAX, headersTimeout: REQUEST_MS_MAX, requestTimeout: REQUEST_MS_MAX },
    (request, response) => {
      const path = (request.url ?? '').split('?')[0];
      const asking = { headers: request.headers, peer: request.socket.remoteAddress ?? '' };
      const status =
        path !== '/metrics' ? 404 : request.method !== 'GET' ? 405 : token !== undefined && !mayReadMetrics(asking, token) ? 401 : 200;
      if (status !== 200) {
        response
          .writeHead(status, { ...(status === 405 ? { allow: 'GET' } : {}), ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}) })
          .end();
        return;
      }
      metrics.text().then(
        (text) => response.writeHead(200, { 'content-type': metrics.contentType, 'cache-control': 'no-store' }).end(text),
        () => response.writeHead(500).end(),
      );
    },
  );
  server.maxConnections = CONNECTIONS_MAX;
  server.setTimeout(REQUEST_MS_MAX);
  return server;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
