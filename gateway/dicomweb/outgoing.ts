import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DomainError } from '../domain/errors.ts';
import type { ByteStream } from '../domain/ports.ts';
import { ifRangeAllows, noneMatchNames, parseByteRange } from './byte-range.ts';

export const DICOM_JSON = 'application/dicom+json';

/** What a stream may hold of an answer that the client does not take yet. */
const STREAM_BYTES_BUFFERED = 256 * 1024;

/**
 * A cache may keep what it was given, and must ask before each use of it: a share that was revoked is refused at the next request,
 * while a viewer that still has the right gets 304 and no bytes (DESIGN.md 3.5).
 */
export const CACHE_CONTROL = 'private, no-cache';

/** Aborts when the client leaves before the answer is out. */
export function leaving(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort(new DomainError('internal', 'the client left'));
  });
  return controller.signal;
}

/** A strong entity tag of a representation: what was stored, and how it is shown. */
export function entityTag(...parts: readonly (string | number)[]): string {
  return `"${parts.join('-')}"`;
}

/** Whether the client's copy is still good; then the answer is 304 and `reply` has been sent. */
export function notModified(request: FastifyRequest, reply: FastifyReply, etag: string): boolean {
  reply.header('etag', etag).header('cache-control', CACHE_CONTROL);
  if (!noneMatchNames(request.headers['if-none-match'], etag)) return false;
  reply.code(304).send();
  return true;
}

/**
 * Sends bytes as they come, at the client's pace. The first are fetched before the status line, so that what fails at once is an error
 * answer; what fails later breaks the connection, which is the only way left to say so.
 */
export async function sendStream(
  request: FastifyRequest,
  reply: FastifyReply,
  bytes: ByteStream | Uint8Array,
  length?: number,
): Promise<FastifyReply> {
  if (bytes instanceof Uint8Array) return reply.send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  if (length !== undefined) reply.header('content-length', length);
  const iterator = bytes[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (request.method === 'HEAD' || first.done === true) {
    await iterator.return?.();
    return reply.send(request.method === 'HEAD' ? undefined : '');
  }
  return reply.send(Readable.from(resumed(first.value, iterator), { objectMode: false, highWaterMark: STREAM_BYTES_BUFFERED }));
}

async function* resumed(first: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield first;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

/** Something of known length that can be read from any place. */
export interface Rangeable {
  readonly etag: string;
  readonly bytes: number;
  readonly open: (range?: { offset: number; length: number }) => Promise<ByteStream | Uint8Array> | ByteStream | Uint8Array;
}

/** One representation, whole or the part a Range header asks for: 200, 206, 304 or 416. RFC 9110 14.2. */
export async function sendRangeable(request: FastifyRequest, reply: FastifyReply, source: Rangeable): Promise<FastifyReply> {
  if (notModified(request, reply, source.etag)) return reply;
  reply.header('accept-ranges', 'bytes');
  const wanted = ifRangeAllows(single(request.headers['if-range']), source.etag)
    ? parseByteRange(request.headers.range, source.bytes)
    : undefined;
  if (wanted === 'unsatisfiable') {
    return reply
      .code(416)
      .header('content-range', `bytes */${source.bytes}`)
      .type('application/json')
      .send({ error: 'invalid', message: 'the range lies outside the representation' });
  }
  if (wanted === undefined) return sendStream(request, reply, await source.open(), source.bytes);
  reply.code(206).header('content-range', `bytes ${wanted.offset}-${wanted.offset + wanted.length - 1}/${source.bytes}`);
  return sendStream(request, reply, await source.open(wanted), wanted.length);
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
