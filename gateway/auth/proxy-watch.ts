import type { Log } from '../domain/operation/log.ts';
import { plainAddress } from '../domain/people/network.ts';
import { lastForwarded } from './forwarded.ts';

/** How often the log and the administrator are told of the same. */
export const PROXY_SAID_EVERY_MS = 10 * 60_000;

/** What is known of a request before anybody has signed in, as the HTTP server gives it. */
export interface ForwardedRequest {
  readonly ip: string;
  /** From the nearest to the farthest that is believed; undefined when no proxy is trusted at all. */
  readonly ips?: readonly string[] | undefined;
  readonly headers: { readonly 'x-forwarded-for'?: string | readonly string[] | undefined; readonly forwarded?: string | undefined };
}

export interface ProxyWatch {
  /** Undefined: the request came straight, or through proxies that are trusted. */
  untrusted(request: ForwardedRequest): { readonly claimed: string | undefined } | undefined;
  /** Says it, once in a while, when a request came through a proxy that is not trusted. */
  watch(request: ForwardedRequest): void;
}

/** A proxy that RENKEI_TRUST_PROXY does not name hides everybody behind its own address: it is noticed by the header it adds. */
export function createProxyWatch(ports: {
  readonly log: Log;
  /** For the administrator's page. */
  readonly warn: (peer: string, requests: number) => void;
  readonly monotonicMs?: () => number;
}): ProxyWatch {
  const { log, warn, monotonicMs = () => performance.now() } = ports;
  let saidAtMs = Number.NEGATIVE_INFINITY;
  let requests = 0;
  const untrusted: ProxyWatch['untrusted'] = ({ ips, headers }) => {
    if (headers['x-forwarded-for'] === undefined && headers.forwarded === undefined) return undefined;
    // Only the peer itself: it is not one of the trusted, or else what it names would stand behind it.
    if (ips !== undefined && ips.length > 1) return undefined;
    return { claimed: lastForwarded(headers) };
  };
  return {
    untrusted,
    watch(request) {
      if (untrusted(request) === undefined) return;
      requests++;
      const nowMs = monotonicMs();
      if (nowMs - saidAtMs < PROXY_SAID_EVERY_MS) return;
      saidAtMs = nowMs;
      const peer = plainAddress(request.ip);
      log.warn('http.proxy-not-trusted', { peer, requests, setting: 'RENKEI_TRUST_PROXY' });
      warn(peer, requests);
      requests = 0;
    },
  };
}
