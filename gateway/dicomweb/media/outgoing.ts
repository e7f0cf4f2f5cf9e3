import type { FairTurns, TurnLimits } from '../../domain/bounds/fair-turns.ts';
import type { StreamPace } from '../../domain/bounds/stream-pace.ts';
import type { ByteStream } from '../../domain/byte-stream.ts';
import { type HttpAnswer, type HttpRequest, JSON_TYPE, jsonAnswer, type Sending } from '../../doorstep/exchange.ts';
import { programBuild } from '../../doorstep/program-version.ts';
import type { HeldBytes } from '../../usecases/retrieve/kept-frame.ts';
import type { Held } from '../../usecases/retrieve/looks.ts';
import type { Representation } from '../../usecases/retrieve/representation.ts';
import { ifRangeAllows, noneMatchNames, parseByteRange } from './byte-range.ts';

export const DICOM_JSON = 'application/dicom+json';

/** An answer that is held in memory is broken off when it is not out after so long, and so much more for its length. */
export const HELD_MS_MAX = 30_000;
export const HELD_BYTES_A_MS_MIN = 32;

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

const streamsOf = new WeakMap<Sending, { readonly turns: FairTurns; readonly asker: string; readonly pace: AnswerTurns['pace'] }>();

/** Waits for this asker's turn, which the answer has until it is over. What it streams waits once more. @throws busy; when the client leaves */
export async function answerInTurn(sending: Sending, { requests, streams, pace }: AnswerTurns, asker: string): Promise<void> {
  streamsOf.set(sending, { turns: streams, asker, pace });
  const leave = requests.takeNow(asker);
  if (leave === undefined) await turn(sending, requests, asker);
  else sending.onceOver(leave);
}

function turn(sending: Sending, turns: FairTurns, asker: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const whileOut = () => {
      resolve();
      return sending.over;
    };
    turns.run(asker, whileOut, sending.leaving).catch(reject);
  });
}

/**
 * A cache may keep what it was given, and must ask before each use of it: a share that was revoked is refused at the next request,
 * while a viewer that still has the right gets 304 and no bytes.
 */
export const CACHE_CONTROL = 'private, no-cache';

type Headers = HttpAnswer['headers'];

/** A strong entity tag of a whole object as it is stored. */
export function entityTag(...parts: readonly (string | number)[]): string {
  return `"${parts.join('-')}"`;
}

/**
 * The same of what this program makes of it, and of a part that it found in it: another build may make or find something else, and a picture that
 * was wrong must not stay in a cache.
 */
export function madeEntityTag(...parts: readonly (string | number)[]): string {
  return entityTag(...parts, programBuild());
}

/** 304 when the client's copy is still good. RFC 9110 15.4.5: with the headers that the whole answer would have, its length aside. */
export function notModified({ headers }: HttpRequest, etag: string, more: Headers): HttpAnswer | undefined {
  if (!noneMatchNames(headers['if-none-match'], etag)) return undefined;
  return { status: 304, headers: { ...more, etag, 'cache-control': CACHE_CONTROL } };
}

/**
 * Bytes that go out as they come, at the client's pace. The first are fetched before the status line, so that what fails at once is an error
 * answer; what fails later breaks the connection, which is the only way left to say so. A client that takes nothing is ended at the doorstep.
 */
export async function streamed(
  { method, sending }: Pick<HttpRequest, 'method' | 'sending'>,
  headers: Headers,
  bytes: ByteStream | Uint8Array | HeldBytes,
  { status = 200, length }: { readonly status?: 200 | 206; readonly length?: number } = {},
): Promise<HttpAnswer> {
  if (bytes instanceof Uint8Array) return { status, headers, body: bytes };
  if ('release' in bytes) {
    holdUntilSent(sending, bytes);
    return { status, headers, body: bytes.value };
  }
  const all = length === undefined ? headers : { ...headers, 'content-length': length };
  const iterator = bytes[Symbol.asyncIterator]();
  const streams = streamsOf.get(sending);
  try {
    if (streams !== undefined) await turn(sending, streams.turns, streams.asker);
  } catch (thrown) {
    await iterator.return?.();
    throw thrown;
  }
  const first = await iterator.next();
  if (method === 'HEAD' || first.done === true) {
    await iterator.return?.();
    return method === 'HEAD' ? { status, headers: all } : { status, headers: all, body: '' };
  }
  return { status, headers: all, body: new Resumed(first.value, iterator, (passed) => streams?.pace?.pass(streams.asker, passed)) };
}

/**
 * A stream whose first piece has been read; the next is made when the pace lets it. No generator: one that was never begun would not tell its source
 * that it is let go.
 */
class Resumed implements AsyncIterableIterator<Uint8Array> {
  #first: Uint8Array | undefined;
  readonly #rest: AsyncIterator<Uint8Array>;
  readonly #pass: (bytes: number) => Promise<void> | undefined;
  /** Bytes of the piece before. */
  #before: number;

  constructor(first: Uint8Array, rest: AsyncIterator<Uint8Array>, pass: (bytes: number) => Promise<void> | undefined) {
    this.#first = first;
    this.#rest = rest;
    this.#pass = pass;
    this.#before = first.length;
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    const first = this.#first;
    if (first !== undefined) {
      this.#first = undefined;
      return { done: false, value: first };
    }
    await this.#pass(this.#before);
    const next = await this.#rest.next();
    if (next.done !== true) this.#before = next.value.length;
    return next;
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    this.#first = undefined;
    await this.#rest.return?.();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

/** Lets go of what an answer holds in memory once it is out, or the client has left, or takes too long over it. */
export function holdUntilSent(sending: Sending, held: Pick<HeldBytes, 'bytes' | 'release'>): void {
  if (sending.isOver()) {
    held.release();
    return;
  }
  const late = setTimeout(() => sending.breakOff(), HELD_MS_MAX + held.bytes / HELD_BYTES_A_MS_MIN).unref();
  sending.onceOver(() => {
    clearTimeout(late);
    held.release(sending.isOut());
  });
}

/** One representation that is in memory. */
export function heldAnswer(request: HttpRequest, headers: Headers, etag: string, held: Held<Uint8Array>): Promise<HttpAnswer> {
  holdUntilSent(request.sending, held);
  return bytesAnswer(request, headers, etag, held.value);
}

/** The same of bytes that nobody counts. */
export function bytesAnswer(request: HttpRequest, headers: Headers, etag: string, value: Uint8Array): Promise<HttpAnswer> {
  return rangeable(request, headers, {
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
  readonly open: (range?: {
    offset: number;
    length: number;
  }) => Promise<ByteStream | Uint8Array | HeldBytes> | ByteStream | Uint8Array | HeldBytes;
}

/** One representation, whole or the part a Range header asks for: 200, 206, 304 or 416. RFC 9110 14.2. */
export async function rangeable(request: HttpRequest, headers: Headers, { etag, bytes, open }: Rangeable): Promise<HttpAnswer> {
  const unchanged = notModified(request, etag, headers);
  if (unchanged !== undefined) return unchanged;
  const all: Record<string, Headers[string]> = { ...headers, etag, 'cache-control': CACHE_CONTROL, 'accept-ranges': 'bytes' };
  const wanted = ifRangeAllows(single(request.headers['if-range']), etag) ? parseByteRange(request.headers.range, bytes) : undefined;
  if (wanted === 'unsatisfiable') {
    const problem = { error: 'invalid', message: 'the range lies outside the representation' };
    return jsonAnswer(416, problem, { ...all, 'content-type': JSON_TYPE, 'content-range': `bytes */${bytes}` });
  }
  if (wanted === undefined) return streamed(request, all, await open(), { length: bytes });
  const part = { ...all, 'content-range': `bytes ${wanted.offset}-${wanted.offset + wanted.length - 1}/${bytes}` };
  return streamed(request, part, await open(wanted), { status: 206, length: wanted.length });
}

/** The same of what a use case gave. `tag`: of a whole object or of what was made of it. */
export function representationAnswer(
  request: HttpRequest,
  headers: Headers,
  tag: typeof entityTag,
  { etag, bytes, open }: Representation,
): Promise<HttpAnswer> {
  return rangeable(request, headers, { etag: tag(etag), bytes, open });
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
