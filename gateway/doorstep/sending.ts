import type { OutgoingHttpHeader, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ByteStream } from '../domain/byte-stream.ts';
import { DomainError } from '../domain/errors.ts';
import type { HttpAnswer, Sending } from './exchange.ts';

/** What a stream may hold of an answer that the client does not take yet. */
const STREAM_BYTES_BUFFERED = 256 * 1024;

/** The answer of one response. However many ask, they share one signal. */
export function sendingOf(response: ServerResponse): Sending {
  return new ResponseSending(response);
}

class ResponseSending implements Sending {
  readonly #response: ServerResponse;
  #listeners: (() => void)[] | undefined;
  #ending: { readonly leaving: AbortSignal; readonly over: Promise<void> } | undefined;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  get leaving(): AbortSignal {
    return this.#end().leaving;
  }

  get over(): Promise<void> {
    return this.#end().over;
  }

  isOver(): boolean {
    return this.#response.destroyed || this.#response.closed;
  }

  isOut(): boolean {
    return this.#response.writableFinished;
  }

  hasBegun(): boolean {
    return this.#response.headersSent;
  }

  onceOver(listener: () => void): void {
    if (this.isOver()) listener();
    else if (this.#listeners !== undefined) this.#listeners.push(listener);
    else {
      // One listener of the response for all of ours: Node warns of many.
      const listeners = [listener];
      this.#listeners = listeners;
      this.#response.once('close', () => {
        for (const each of listeners) each();
      });
    }
  }

  breakOff(): void {
    const { req, socket } = this.#response;
    this.#response.destroy();
    // One that waits behind another has no socket yet.
    if (socket === null) req.socket.destroy();
  }

  #end() {
    this.#ending ??= this.#endingOf();
    return this.#ending;
  }

  #endingOf() {
    const controller = new AbortController();
    const over = new Promise<void>((resolve) => {
      this.onceOver(() => {
        if (!this.isOut()) controller.abort(new DomainError('internal', 'the client left'));
        resolve();
      });
    });
    return { leaving: controller.signal, over };
  }
}

/**
 * Sends the value, its body at the client's pace, and only its head where `method` is HEAD. What fails once the head is out breaks the connection.
 * @param common headers of every answer; the answer's own come first
 */
export async function sendAnswer(
  response: ServerResponse,
  method: string,
  answer: HttpAnswer,
  common: HttpAnswer['headers'],
): Promise<void> {
  const { status, body } = answer;
  if (response.destroyed || response.headersSent) {
    await letGo(answer);
    return;
  }
  response.writeHead(status, headersOf(method, answer, common) as OutgoingHttpHeader[]);
  if (isStream(body) && method !== 'HEAD') {
    await pipeline(Readable.from(body, { objectMode: false, highWaterMark: STREAM_BYTES_BUFFERED }), response);
    return;
  }
  await letGo(answer);
  if (body === undefined || isStream(body) || method === 'HEAD') response.end();
  else response.end(body);
}

/** Names and values in turn, as Node takes them without making another object of them. */
function headersOf(method: string, answer: HttpAnswer, common: HttpAnswer['headers']): readonly HeaderItem[] {
  const { headers } = answer;
  const all: HeaderItem[] = [];
  for (const name in common) if (headers[name] === undefined) all.push(name, common[name] as HeaderItem);
  for (const name in headers) all.push(name, headers[name] as HeaderItem);
  const length = headers['content-length'] === undefined ? lengthOf(method, answer) : undefined;
  if (length !== undefined) all.push('content-length', length);
  return all;
}

type HeaderItem = HttpAnswer['headers'][string];

/** What the head of a stream stands for has a length that nobody has counted. */
function lengthOf(method: string, { status, body }: HttpAnswer): number | undefined {
  if (status === 204 || status === 304) return undefined;
  if (body === undefined) return method === 'HEAD' ? undefined : 0;
  if (typeof body === 'string') return Buffer.byteLength(body);
  return body instanceof Uint8Array ? body.length : undefined;
}

/** An answer that nobody sends. */
export async function letGo({ body }: Pick<HttpAnswer, 'body'>): Promise<void> {
  if (isStream(body)) await body[Symbol.asyncIterator]().return?.();
}

function isStream(body: HttpAnswer['body']): body is ByteStream {
  return typeof body === 'object' && !(body instanceof Uint8Array);
}
