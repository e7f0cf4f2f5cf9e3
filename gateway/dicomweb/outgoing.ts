import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FairTurns, TurnLimits } from '../domain/bounds/fair-turns.ts';
import type { StreamPace } from '../domain/bounds/stream-pace.ts';
import type { ByteStream } from '../domain/byte-stream.ts';
import { DomainError } from '../domain/errors.ts';
import type { Held } from '../usecases/retrieve/looks.ts';
import { ifRangeAllows, noneMatchNames, parseByteRange } from './byte-range.ts';

export const DICOM_JSON = 'application/dicom+json';

/** An answer that is held in memory is broken off when it is not out after so long, and so much more for its length. */
export const HELD_MS_MAX = 30_000;
export const HELD_BYTES_A_MS_MIN = 32;

/** What a stream may hold of an answer that the client does not take yet. */
const STREAM_BYTES_BUFFERED = 256 * 1024;

/** Questions under way: what one person asks all at once, an index full of others' waits for. Bodies that come in have places of their own. */
export const REQUEST_TURNS: TurnLimits = { atOnce: 1024, atOnceOfOne: 32, waitingMax: 4096, waitingOfOneMax: 512, waitMsMax: 30_000 };
/** Answers that are streamed at once: each that its client does not take holds about a megabyte. */
export const ANSWER_TURNS: TurnLimits = { atOnce: 256, atOnceOfOne: 32, waitingMax: 1024, waitingOfOneMax: 256, waitMsMax: 30_000 };

/** What answers wait for; shared by all of a process. */
export interface AnswerTurns {
  readonly requests: FairTurns;
  readonly streams: FairTurns;
  /** Absent: streams go as fast as they can. */
  readonly pace?: Pick<StreamPace, 'pass'>;
}

const streamsOf = new WeakMap<ServerResponse, { readonly turns: FairTurns; readonly asker: string; readonly pace: AnswerTurns['pace'] }>();

/** Waits for this asker's turn, which the answer has until it is over. What it streams waits once more. @throws busy; when the client leaves */
export async function answerInTurn(reply: FastifyReply, { requests, streams, pace }: AnswerTurns, asker: string): Promise<void> {
  streamsOf.set(reply.raw, { turns: streams, asker, pace });
  await turn(reply, requests, asker);
}

function turn(reply: FastifyReply, turns: FairTurns, asker: string): Promise<void> {
  const { leaving: left, over } = endingOf(reply);
  return new Promise((resolve, reject) => {
    const whileOut = () => {
      resolve();
      return over;
    };
    turns.run(asker, whileOut, left).catch(reject);
  });
}

/**
 * A cache may keep what it was given, and must ask before each use of it: a share that was revoked is refused at the next request,
 * while a viewer that still has the right gets 304 and no bytes (DESIGN.md 3.5).
 */
export const CACHE_CONTROL = 'private, no-cache';

/** One of each for a response, however many ask: they listen to it. */
const endings = new WeakMap<ServerResponse, { readonly leaving: AbortSignal; readonly over: Promise<void> }>();

function endingOf({ raw }: FastifyReply): { readonly leaving: AbortSignal; readonly over: Promise<void> } {
  const known = endings.get(raw);
  if (known !== undefined) return known;
  const controller = new AbortController();
  const over = new Promise<void>((resolve) => {
    if (raw.destroyed) resolve();
    raw.once('close', () => {
      if (!raw.writableFinished) controller.abort(new DomainError('internal', 'the client left'));
      resolve();
    });
  });
  const ending = { leaving: controller.signal, over };
  endings.set(raw, ending);
  return ending;
}

/** Aborts when the client leaves before the answer is out. */
export function leaving(reply: FastifyReply): AbortSignal {
  return endingOf(reply).leaving;
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
 * answer; what fails later breaks the connection, which is the only way left to say so. A client that takes nothing is ended at the doorstep.
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
  const streams = streamsOf.get(reply.raw);
  try {
    if (streams !== undefined) await turn(reply, streams.turns, streams.asker);
  } catch (thrown) {
    await iterator.return?.();
    throw thrown;
  }
  const first = await iterator.next();
  if (request.method === 'HEAD' || first.done === true) {
    await iterator.return?.();
    return reply.send(request.method === 'HEAD' ? undefined : '');
  }
  return reply.send(
    Readable.from(
      resumed(first.value, iterator, (bytes) => streams?.pace?.pass(streams.asker, bytes)),
      { objectMode: false, highWaterMark: STREAM_BYTES_BUFFERED },
    ),
  );
}

async function* resumed(
  first: Uint8Array,
  rest: AsyncIterator<Uint8Array>,
  pass: (bytes: number) => Promise<void> | undefined,
): AsyncGenerator<Uint8Array> {
  try {
    yield first;
    for (let { length } = first; ; ) {
      await pass(length);
      const next = await rest.next();
      if (next.done === true) return;
      yield next.value;
      length = next.value.length;
    }
  } finally {
    await rest.return?.();
  }
}

/** Lets go of what an answer holds in memory once it is out, or the client has left, or takes too long over it. */
export function holdUntilSent(reply: FastifyReply, bytes: number, release: () => void): void {
  const { raw } = reply;
  if (raw.destroyed || raw.closed) {
    release();
    return;
  }
  const late = setTimeout(() => raw.destroy(), HELD_MS_MAX + bytes / HELD_BYTES_A_MS_MIN).unref();
  raw.once('close', () => {
    clearTimeout(late);
    release();
  });
}

/** One representation that is in memory. */
export function sendHeld(request: FastifyRequest, reply: FastifyReply, etag: string, held: Held<Uint8Array>): Promise<FastifyReply> {
  holdUntilSent(reply, held.bytes, held.release);
  const { value } = held;
  return sendRangeable(request, reply, {
    etag,
    bytes: value.length,
    open: (part) => (part === undefined ? value : value.subarray(part.offset, part.offset + part.length)),
  });
}

/** Pieces in which a part that is held in memory goes out, so that it is known when it has gone. */
const PIECE_BYTES = 256 * 1024;

export async function* piecesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES);
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
