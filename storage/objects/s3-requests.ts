/**
 * One request to an S3 server: named timeouts, bounded retries, and the server's error codes in the domain's words.
 * Every payload is signed with its SHA-256, also over TLS, so the server refuses bytes that were damaged on their way (XAmzContentSHA256Mismatch).
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import * as http from 'node:http';
import * as https from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, type ClientOptions, S3Error } from 'minio';
import { DomainError, type ErrorKind } from '../../gateway/domain/errors.ts';
import { codeOf } from './fs-errors.ts';

export const CONNECT_TIMEOUT_MS = 5_000;
/** Nothing sent and nothing received for this long ends a request. */
export const IDLE_TIMEOUT_MS = 60_000;
export const CONNECTIONS_MAX = 64;
export const ATTEMPTS_MAX = 4;
const BACKOFF_BASE_MS = 100;
const BACKOFF_MAX_MS = 2_000;

export interface S3Address {
  /** `https://host[:port]` or `http://host[:port]`. */
  readonly endpoint: string;
  readonly bucket: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly region: string;
}

/** Statuses for which the minio client gives up without reading the answer. */
const UNREAD_STATUSES: ReadonlySet<number> = new Set([408, 429, 499, 500, 502, 503, 504, 520]);
const RETRIED_CODES: ReadonlySet<string> = new Set([
  'SlowDown',
  'InternalError',
  'ServiceUnavailable',
  'RequestTimeout',
  'OperationAborted',
  'ConditionalRequestConflict',
  'XAmzContentSHA256Mismatch',
  'BadDigest',
  'IncompleteBody',
]);

export class S3Requests {
  readonly client: Client;
  readonly #address: S3Address;
  readonly #attemptsMax: number;
  readonly #agent: http.Agent | https.Agent;
  readonly #signals = new AsyncLocalStorage<AbortSignal | undefined>();

  /** @throws invalid when the endpoint is not an address */
  constructor(address: S3Address, limits: { readonly attemptsMax?: number; readonly idleTimeoutMs?: number } = {}) {
    this.#address = address;
    this.#attemptsMax = limits.attemptsMax ?? ATTEMPTS_MAX;
    const url = parseEndpoint(address.endpoint);
    const secure = url.protocol === 'https:';
    const agentOptions = { keepAlive: true, maxSockets: CONNECTIONS_MAX };
    this.#agent = secure ? new https.Agent(agentOptions) : new http.Agent(agentOptions);
    const idleTimeoutMs = limits.idleTimeoutMs ?? IDLE_TIMEOUT_MS;
    const send = secure ? https.request : http.request;
    const request = (options: http.RequestOptions, answered: (response: http.IncomingMessage) => void): http.ClientRequest => {
      // The client has no way to pass a signal through its methods.
      const signal = this.#signals.getStore();
      const outgoing = send(signal ? { ...options, signal } : options, (response) => {
        outgoing.setTimeout(0); // from here on the reader keeps the time: it may be slower than the server
        if (UNREAD_STATUSES.has(response.statusCode ?? 0)) response.resume();
        answered(response);
      });
      outgoing.setTimeout(idleTimeoutMs, () => outgoing.destroy(timeout('the S3 server did not answer in time')));
      limitConnecting(outgoing);
      return outgoing;
    };
    try {
      this.client = new SigningClient({
        endPoint: url.hostname,
        port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
        useSSL: secure,
        accessKey: address.accessKey,
        secretKey: address.secretKey,
        region: address.region,
        pathStyle: true,
        transportAgent: this.#agent,
        transport: { request } as unknown as NonNullable<ClientOptions['transport']>,
        retryOptions: { disableRetry: true },
      });
    } catch (error) {
      throw new DomainError('invalid', `the S3 endpoint cannot be used: ${messageOf(error)}`, { cause: error });
    }
  }

  /** Runs `attempt` until it succeeds, fails for good, or has been tried often enough. @throws DomainError, or the signal's reason */
  async run<Value>(doing: string, attempt: () => Promise<Value>, signal?: AbortSignal): Promise<Value> {
    for (let tries = 1; ; tries += 1) {
      signal?.throwIfAborted();
      try {
        return await this.#signals.run(signal, attempt);
      } catch (error) {
        signal?.throwIfAborted();
        if (tries >= this.#attemptsMax || !isWorthRetrying(error)) throw this.explain(error, doing);
        // Full jitter, so that senders who failed together do not come back together.
        await delay(Math.random() * Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** tries), undefined, { signal }).catch(() => undefined);
      }
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  /** The error in the domain's words, with what an operator can do about it. */
  explain(error: unknown, doing: string): unknown {
    if (error instanceof DomainError) return error;
    const { bucket, endpoint, region } = this.#address;
    const say = (kind: ErrorKind, text: string) => new DomainError(kind, `${doing}: ${text}`, { cause: error });
    const code = s3CodeOf(error);
    switch (code) {
      case 'NoSuchKey':
      case 'NotFound':
        return new DomainError('not-found', 'no such object', { cause: error });
      case 'InvalidRange':
        return new DomainError('invalid', 'the range leaves the object', { cause: error });
      case 'NoSuchBucket':
        return say(
          'unavailable',
          `the bucket ${bucket} does not exist at ${endpoint}; create it (for example: aws --endpoint-url ${endpoint} s3 mb s3://${bucket}) or correct RENKEI_OBJECTS_URL`,
        );
      case 'InvalidAccessKeyId':
        return say('unavailable', `the S3 server at ${endpoint} does not know the access key; check RENKEI_S3_ACCESS_KEY`);
      case 'SignatureDoesNotMatch':
        return say('unavailable', `the S3 server at ${endpoint} refuses the signature; check RENKEI_S3_SECRET_KEY`);
      case 'AccessDenied':
      case 'AllAccessDisabled':
        return say(
          'unavailable',
          `the S3 server at ${endpoint} denies access to the bucket ${bucket}; check the keys and that they may list, read, write and delete there`,
        );
      case 'RequestTimeTooSkewed':
        return say('unavailable', `this machine's clock differs too much from that of the S3 server at ${endpoint}; set both by NTP`);
      case 'AuthorizationHeaderMalformed':
      case 'MovedPermanently':
      case 'PermanentRedirect':
      case 'TemporaryRedirect':
        return say(
          'unavailable',
          `the S3 server at ${endpoint} expects another region than ${region} or another address; check RENKEI_S3_REGION and RENKEI_S3_ENDPOINT`,
        );
      case 'QuotaExceeded':
      case 'XMinioStorageFull':
      case 'XMinioAdminBucketQuotaExceeded':
      case 'InsufficientStorage':
        return say('full', `the S3 server at ${endpoint} has no space left for the bucket ${bucket}`);
      case 'EntityTooLarge':
        return say('too-large', `the S3 server at ${endpoint} takes no object of this size`);
      case '':
        break;
      default:
        return say('unavailable', `the S3 server at ${endpoint} answered ${code}`);
    }
    const status = /Retryable HTTP status: (\d+)/.exec(messageOf(error))?.[1];
    if (status !== undefined) return say('unavailable', `the S3 server at ${endpoint} answered with status ${status}`);
    return say(
      'unavailable',
      `the S3 server at ${endpoint} cannot be reached (${codeOf(error) || 'connection failed'}); check that it runs and RENKEI_S3_ENDPOINT`,
    );
  }
}

/** S3's own code, '' when the failure is not an answer of the server. */
export function s3CodeOf(error: unknown): string {
  return error instanceof S3Error ? (error.code ?? '') || 'UnknownError' : '';
}

export function timeout(message: string): Error {
  return Object.assign(new Error(message), { code: 'ETIMEDOUT' });
}

/** The stock client signs UNSIGNED-PAYLOAD over TLS; signing the digest lets the server verify it there too. */
class SigningClient extends Client {
  constructor(options: ClientOptions) {
    super(options);
    this.enableSHA256 = true;
  }
}

function limitConnecting(outgoing: http.ClientRequest): void {
  outgoing.once('socket', (socket) => {
    if (!socket.connecting) return;
    const timer = setTimeout(() => outgoing.destroy(timeout('no connection to the S3 server in time')), CONNECT_TIMEOUT_MS);
    const stop = () => clearTimeout(timer);
    socket.once('connect', stop);
    socket.once('close', stop);
  });
}

function isWorthRetrying(error: unknown): boolean {
  if (error instanceof DomainError) return false;
  const code = s3CodeOf(error);
  return code === '' || RETRIED_CODES.has(code);
}

function parseEndpoint(endpoint: string): URL {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.pathname !== '/' || url.search !== '' || url.username !== '') {
    throw new DomainError('invalid', 'RENKEI_S3_ENDPOINT must be http://host[:port] or https://host[:port]');
  }
  return url;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
