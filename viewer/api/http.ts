import type { Problem } from '../../gateway/api/contract/problem.ts';

/** What the gateway answered when it did not do what was asked. `status` 0: it could not be reached. */
export class ApiError extends Error {
  readonly status: number;
  readonly kind: string;
  /** Which of the reasons for `kind`, by the gateway's code. */
  readonly reason: string | undefined;
  /** What the reason is about. */
  readonly value: string | undefined;
  /** When asking again makes sense, s from the answer. */
  readonly retryAfterS: number | undefined;
  readonly requestId: string | undefined;

  constructor(status: number, problem: Partial<Problem>, retryAfterS?: number) {
    super(problem.message ?? `HTTP ${status}`);
    this.name = 'ApiError';
    this.status = status;
    this.kind = problem.error ?? (status === 0 ? 'unreachable' : 'internal');
    this.reason = problem.reason;
    this.value = problem.value;
    this.retryAfterS = retryAfterS;
    this.requestId = problem.requestId;
  }
}

/** Answers that will be the same next time. */
export function isFinal(error: unknown): boolean {
  return error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 408 && error.status !== 429;
}

/** Sent with every request that changes something; known once the session is. */
let csrfToken = '';
export function setCsrfToken(token: string): void {
  csrfToken = token;
}

/** Errors come back in this language. */
let language = 'ja';
export function setRequestLanguage(next: string): void {
  language = next;
}

export interface RequestOptions {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as it is, application/octet-stream. */
  bytes?: Blob | Uint8Array<ArrayBuffer>;
  accept?: string;
  signal?: AbortSignal | undefined;
  /** The entity tag of an answer that is here already: 304 when it still stands. */
  ifNoneMatch?: string | undefined;
  /** Asked by the page itself, again and again: nobody's doing, and no reason to keep the session. */
  poll?: boolean;
}

/** Asks whoever sits here to prove again who they are; false: they would not. Set while somebody is signed in. */
let askWhoIsThere: (() => Promise<boolean>) | undefined;
export function setAskWhoIsThere(ask: (() => Promise<boolean>) | undefined): void {
  askWhoIsThere = ask;
}

/**
 * One exchange with the gateway. What it only does for who has lately proved who they are is asked for a second time once they have.
 * @throws ApiError; an aborted signal's reason as it is
 */
export async function request(path: string, options: RequestOptions = {}): Promise<Response> {
  return exchange(path, options).catch(async (refused: unknown) => {
    if (!(refused instanceof ApiError) || refused.reason !== 'confirm-first' || !(await askWhoIsThere?.())) throw refused;
    return exchange(path, options);
  });
}

async function exchange(path: string, options: RequestOptions): Promise<Response> {
  const method = options.method ?? 'GET';
  const body = options.json === undefined ? options.bytes : JSON.stringify(options.json);
  const response = await fetch(path, {
    method,
    headers: headersOf(options),
    credentials: 'same-origin',
    ...(body === undefined ? {} : { body }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  }).catch((cause: unknown) => {
    if (options.signal?.aborted) throw cause;
    throw new ApiError(0, {});
  });
  return response.status === 304 && options.ifNoneMatch !== undefined ? response : answered(response);
}

export function headersOf(options: RequestOptions): Headers {
  const headers = new Headers({ accept: options.accept ?? 'application/json', 'accept-language': language });
  if (options.json !== undefined) headers.set('content-type', 'application/json');
  else if (options.bytes !== undefined) headers.set('content-type', 'application/octet-stream');
  if ((options.method ?? 'GET') !== 'GET') headers.set('x-renkei-csrf', csrfToken);
  if (options.poll === true) headers.set('x-renkei-poll', '1');
  if (options.ifNoneMatch !== undefined) headers.set('if-none-match', options.ifNoneMatch);
  return headers;
}

/** @throws ApiError for an answer that is not what was asked for */
export async function answered(response: Response): Promise<Response> {
  if (response.ok) return response;
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  throw new ApiError(response.status, await problemOf(response), Number.isFinite(retryAfter) ? retryAfter : undefined);
}

/** The answer's JSON. The shape is the contract's; the gateway checks what it sends. */
export async function requestJson<T>(path: string, options: RequestOptions = {}): Promise<T> {
  const response = await request(path, options);
  return (await response.json()) as T;
}

async function problemOf(response: Response): Promise<Partial<Problem>> {
  if (!(response.headers.get('content-type') ?? '').includes('json')) return {};
  return (await response.json().catch(() => ({}))) as Partial<Problem>;
}

/** Query text without the empty ones, in a stable order so that equal questions have equal URLs. */
export function queryString(values: Readonly<Record<string, string | number | undefined>>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && value !== '') params.set(name, String(value));
  }
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}
