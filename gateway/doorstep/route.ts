/** A door is a table of routes. `gateway/http.ts` mounts the tables; the OpenAPI document and the tests of who may what read the same rows. */
import getRawBody from 'raw-body';
import type { z } from 'zod';
import { asDomainError, DomainError } from '../domain/errors.ts';
import type { Action } from '../domain/sharing/access.ts';
import type { HttpAnswer, HttpRequest } from './exchange.ts';

/** The ports that this use case takes. */
export type Takes<UseCase extends (...given: never[]) => unknown> = Parameters<UseCase>[0];

/** A row without what carries it out. */
export interface RouteHead {
  /** GET is also HEAD. */
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below the prefix of its table: `:name` is one segment, a `*` at the end the rest. */
  readonly path: string;
  /** What it lets its caller do; `open`: the same for everyone, signed in or not. */
  readonly action: Action | 'open';
}

/** A row as it is mounted. */
export interface Route extends RouteHead {
  readonly answer: (request: HttpRequest) => Promise<HttpAnswer>;
}

export interface RouteTable {
  /** `/api`; empty for the root. */
  readonly prefix: string;
  readonly routes: readonly Route[];
  /** What a row throws, in the words of this door. */
  readonly refuse: (thrown: unknown, request: HttpRequest) => HttpAnswer;
  /** Every address below the prefix that no row takes. Absent: it may be another door's. */
  readonly otherwise?: Route['answer'];
}

/** @throws what `refusal` makes of the schema's complaint */
export function checked<Schema extends z.ZodType>(
  schema: Schema | undefined,
  given: unknown,
  refusal: (error: z.ZodError) => DomainError,
): z.output<Schema> {
  // A row without a schema is typed as if it had one of `undefined`.
  if (schema === undefined) return undefined as z.output<Schema>;
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  throw refusal(result.error);
}

export function hasBody({ headers }: Pick<HttpRequest, 'headers'>): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;
}

/** Undefined when the request has no body. @throws unsupported when it has one of another media type */
export function bodyOf(request: HttpRequest, types: readonly string[], otherwise: string): HttpRequest['body'] | undefined {
  const { headers } = request;
  const type = headers['content-type'];
  if (type === undefined && !hasBody(request)) return undefined;
  const essence = type?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (!types.includes(essence)) throw new DomainError('unsupported', otherwise);
  return request.body;
}

/**
 * The whole of a body that is small. What a sender has beyond the bound is let run out, as far as the doorstep lets it.
 * @throws too-large; invalid when the sender leaves or its length is not what it said
 */
export async function wholeBody(request: HttpRequest, bytesMax: number): Promise<Buffer> {
  const length = request.headers['content-length'];
  // Who left while it was asked who they are will send nothing more, and tells nobody a second time.
  if (request.body.destroyed) throw new DomainError('invalid', 'the sender left');
  try {
    return await getRawBody(request.body, { limit: bytesMax, ...(length === undefined ? {} : { length }) });
  } catch (cause) {
    request.body.resume();
    const { status } = cause as { status?: unknown };
    if (status === 413) throw new DomainError('too-large', 'the body is too large', { cause });
    if (typeof status === 'number' && status < 500) throw new DomainError('invalid', 'the request cannot be read', { cause });
    throw asDomainError(cause);
  }
}
