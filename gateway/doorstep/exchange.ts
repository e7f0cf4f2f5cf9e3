/** What a door that speaks HTTP is given of a request, and the value that it answers with. No framework: `gateway/http.ts` makes the one and sends the other. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { ByteStream } from '../domain/byte-stream.ts';

export interface HttpRequest {
  /** For the log and for who asks about an error. */
  readonly id: string;
  /** HEAD where the row says GET: the same answer without its body. */
  readonly method: string;
  /** Pattern of the row that fits, its prefix included; empty when none does. */
  readonly route: string;
  /** Path and query as they came. */
  readonly url: string;
  /** Of the path, decoded; the rest behind a `*` under that name. */
  readonly params: Readonly<Record<string, string>>;
  /** Decoded; a list when a name is given more than once. */
  readonly query: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly headers: IncomingHttpHeaders;
  readonly cookies: Readonly<Record<string, string | undefined>>;
  /** Who asks, as the nearest proxy that is not trusted says. */
  readonly ip: string;
  /** The peer first, then whom each trusted proxy names; undefined when no proxy is trusted at all. */
  readonly ips: readonly string[] | undefined;
  /** The other end of the connection. */
  readonly peer: string;
  readonly protocol: string;
  /** What the client calls us: host and port; empty when it does not say. */
  readonly host: string;
  /** As it comes; nothing of it is read before somebody asks. Ends, or is destroyed, when the sender leaves. */
  readonly body: Readable;
  readonly sending: Sending;
}

/** The answer on its way out. */
export interface Sending {
  /** Aborts when the client leaves before the answer is out. */
  readonly leaving: AbortSignal;
  /** Resolves when the answer is out or the client has left. */
  readonly over: Promise<void>;
  isOver(): boolean;
  /** All of it has been handed to the operating system: nobody reads its bytes any more. */
  isOut(): boolean;
  /** The status line is on its way. */
  hasBegun(): boolean;
  onceOver(listener: () => void): void;
  /** Closes the connection: the only way left to say that what was begun is not whole. */
  breakOff(): void;
}

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | number | readonly string[]>>;
  readonly cookies?: readonly AnswerCookie[];
  /** A stream belongs to the answer: whoever does not send it returns its iterator. Its errors break the connection. */
  readonly body?: Uint8Array | string | ByteStream;
}

export interface AnswerCookie {
  readonly name: string;
  /** Empty: the browser forgets the cookie. */
  readonly value: string;
  readonly secure: boolean;
  /** Neither: for as long as the browser runs. */
  readonly expires?: Date;
  readonly maxAgeSeconds?: number;
}

export const JSON_TYPE = 'application/json; charset=utf-8';

export function jsonAnswer(status: number, value: unknown, headers: HttpAnswer['headers'] = {}): HttpAnswer & { readonly body: string } {
  return { status, headers: { 'content-type': JSON_TYPE, ...headers }, body: JSON.stringify(value) };
}
