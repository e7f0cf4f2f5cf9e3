import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { ConnectionBounds, ConnectionPlace, ConnectionPlaces } from '../domain/bounds/connection-places.ts';
import {
  BODY_IDLE_MS_MAX,
  CONTENDED_WINDOW_BYTES_MIN,
  CONTENDED_WINDOW_MS,
  RATE_WINDOW_BYTES_MIN,
  RATE_WINDOW_MS,
} from '../domain/bounds/pace.ts';

/** Open connections, of all addresses; never more than half of the files that the process may open, which the stores need too. */
export const HTTP_CONNECTIONS_MAX = 8192;

/**
 * Of `connectionsMax`, what one address may have, and of that without ever having sent a whole header: a hospital of hundreds of people may stand behind
 * one. What an address has too many is let go when others come, so these only keep one from filling everything. An eighth is kept for known addresses.
 */
export function httpConnectionBounds(openFilesMax: number): ConnectionBounds {
  const connectionsMax = Math.max(64, Math.min(HTTP_CONNECTIONS_MAX, Math.floor(openFilesMax / 2)));
  const part = (eighths: number) => Math.floor((connectionsMax * eighths) / 8);
  return { connectionsMax, perAddressMax: part(4), unprovenPerAddressMax: part(3), unprovenUnknownMax: part(7) };
}

/** Requests of one connection that are being answered; browsers do not pipeline. */
export const PIPELINED_MAX = 16;

/** An answer of which nothing is taken for this long is ended; bodies and slow ones as `gateway/domain/bounds/pace.ts` says. */
export const ANSWER_IDLE_MS_MAX = 60_000;
/** What still comes of a body after its answer is out: read, so that the answer is seen, but not for ever. */
export const DISCARD_BYTES_MAX = 64 * 1024 * 1024;
export const DISCARD_MS_MAX = 30_000;

export const LOOK_MS = 5_000;

/** Bodies of any length; the doors ask who sends them before they read. */
const STREAMED = /^\s*(multipart\/related|application\/dicom|application\/octet-stream)\b/i;

export interface GuardOptions {
  /** Proxies that speak for many. */
  readonly exempt: (address: string) => boolean;
  /** Told at most once a look, with how many. */
  readonly told: (event: 'turned-away' | 'slow-body' | 'slow-answer' | 'pipelined', count: number) => void;
  /** Answers wait for those that are going out. */
  readonly answersWait?: () => boolean;
  readonly now?: () => number;
  readonly places: ConnectionPlaces;
}

export interface ConnectionGuard {
  /** A request of a connection has come: false when it is one too many, and has been answered. */
  requested(request: IncomingMessage, response: ServerResponse): boolean;
  look(): void;
  close(): void;
}

/** Bytes that must move; how far they had come when the window began and when they last moved. */
interface Progress {
  bytes: number;
  movedAt: number;
  windowAt: number;
  windowBytes: number;
}

interface Connection {
  readonly raw: Socket;
  readonly place: ConnectionPlace;
  /** Being answered, oldest first. */
  readonly under: Set<ServerResponse>;
  /** Whose body is still coming. */
  incoming:
    | { readonly request: IncomingMessage; readonly response: ServerResponse; answeredAt: number | undefined; answeredBytes: number }
    | undefined;
  body: Progress | undefined;
  answer: Progress | undefined;
}

/**
 * Watches the connections of one HTTP server, below any framework: how many there are, whether bodies come and answers are taken. Node itself closes
 * who does not finish a header (`headersTimeout`) or has nothing to ask (`keepAliveTimeout`).
 */
export function guardConnections(server: Server, options: GuardOptions): ConnectionGuard {
  return new Guard(server, options);
}

class Guard implements ConnectionGuard {
  readonly #options: GuardOptions;
  readonly #now: () => number;
  readonly #answersWait: () => boolean;
  readonly #places: ConnectionPlaces;
  /** By the peer's address and port, which a TLS socket has from the connection below it. */
  readonly #connections = new Map<string, Connection>();
  readonly #counts = new Map<'slow-body' | 'slow-answer' | 'pipelined', number>();
  readonly #timer: NodeJS.Timeout;

  constructor(server: Server, options: GuardOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#answersWait = options.answersWait ?? (() => false);
    this.#places = options.places;
    // Of https too this is the connection below: handshakes that are never finished are counted.
    server.on('connection', (socket: Socket) => this.#arrived(socket));
    this.#timer = setInterval(() => this.look(), LOOK_MS).unref();
    server.once('close', () => this.close());
  }

  requested(request: IncomingMessage, response: ServerResponse): boolean {
    const connection = this.#connections.get(nameOf(request.socket));
    if (connection === undefined) return true;
    if (connection.under.size >= PIPELINED_MAX) {
      this.#count('pipelined');
      // Answered in its turn; what follows on this connection is not read.
      response.writeHead(429, { connection: 'close' }).end();
      request.socket.pause();
      return false;
    }
    connection.under.add(response);
    this.#isBusy(connection, request);
    response.once('close', () => {
      connection.under.delete(response);
      if (connection.under.size === 0) connection.place.is('idle');
    });
    if (!request.complete) connection.incoming = { request, response, answeredAt: undefined, answeredBytes: 0 };
    return true;
  }

  /** While a small body is still to come, which may be anybody's, the connection makes room for others like one that is idle. */
  #isBusy({ place }: Connection, request: IncomingMessage): void {
    const isStream = STREAMED.test(request.headers['content-type'] ?? '');
    place.is(request.complete || isStream ? 'busy' : 'idle');
    if (!request.complete && !isStream) request.once('end', () => place.is('busy'));
  }

  look(): void {
    for (const connection of this.#connections.values()) {
      this.#lookAtBody(connection);
      this.#lookAtAnswer(connection);
    }
    const turnedAway = this.#places.takeTurnedAway();
    if (turnedAway > 0) this.#options.told('turned-away', turnedAway);
    for (const [event, count] of this.#counts) this.#options.told(event, count);
    this.#counts.clear();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #arrived(raw: Socket): void {
    const { remoteAddress = '' } = raw;
    raw.on('error', () => undefined);
    const place = this.#places.enter(remoteAddress, () => raw.destroy(), this.#options.exempt(remoteAddress));
    if (place === undefined) {
      raw.destroy();
      return;
    }
    const name = nameOf(raw);
    const connection: Connection = { raw, place, under: new Set(), incoming: undefined, body: undefined, answer: undefined };
    this.#connections.set(name, connection);
    raw.once('close', () => {
      place.leave();
      if (this.#connections.get(name) === connection) this.#connections.delete(name);
      for (const response of connection.under) tellUnsent(response);
    });
  }

  #lookAtBody(connection: Connection): void {
    const { incoming, raw } = connection;
    if (incoming === undefined) return;
    if (incoming.request.complete || incoming.request.destroyed) {
      connection.incoming = undefined;
      connection.body = undefined;
      return;
    }
    const now = this.#now();
    if (incoming.response.writableFinished) {
      incoming.answeredAt ??= now;
      incoming.answeredBytes ||= raw.bytesRead;
      if (now - incoming.answeredAt >= DISCARD_MS_MAX || raw.bytesRead - incoming.answeredBytes > DISCARD_BYTES_MAX) raw.destroy();
      return;
    }
    // What is here and not yet taken waits for us, not for the sender.
    if (incoming.request.readableLength > 0) {
      connection.body = undefined;
      return;
    }
    connection.body ??= begun(raw.bytesRead, now);
    if (!isStuck(connection.body, raw.bytesRead, now, { idleMs: BODY_IDLE_MS_MAX, ...UNCONTENDED })) return;
    this.#count('slow-body');
    giveUp(connection, incoming.request, incoming.response);
  }

  #lookAtAnswer(connection: Connection): void {
    const { queued, taken } = written(connection.raw);
    if (queued === 0) {
      connection.answer = undefined;
      return;
    }
    const now = this.#now();
    connection.answer ??= begun(taken, now);
    const pace = this.#answersWait() ? CONTENDED : { idleMs: ANSWER_IDLE_MS_MAX, ...UNCONTENDED };
    if (!isStuck(connection.answer, taken, now, pace)) return;
    this.#count('slow-answer');
    connection.raw.destroy();
  }

  #count(event: 'slow-body' | 'slow-answer' | 'pipelined'): void {
    this.#counts.set(event, (this.#counts.get(event) ?? 0) + 1);
  }
}

/**
 * Node says `close` of the answer that has the connection. Those that wait behind it would never be over, and keep for ever what they hold until
 * then: their turn, their bytes, their asking whether they still may.
 */
function tellUnsent(response: ServerResponse): void {
  if (response.socket !== null || response.writableFinished) return;
  response.destroy();
  response.emit('close');
}

function begun(bytes: number, now: number): Progress {
  return { bytes, movedAt: now, windowAt: now, windowBytes: bytes };
}

/** ms without a byte, and bytes that a window of so many ms must bring. */
interface Pace {
  readonly idleMs: number;
  readonly windowMs: number;
  readonly windowBytes: number;
}

const UNCONTENDED = { windowMs: RATE_WINDOW_MS, windowBytes: RATE_WINDOW_BYTES_MIN };
const CONTENDED: Pace = { idleMs: CONTENDED_WINDOW_MS, windowMs: CONTENDED_WINDOW_MS, windowBytes: CONTENDED_WINDOW_BYTES_MIN };

function isStuck(progress: Progress, bytes: number, now: number, pace: Pace): boolean {
  if (bytes !== progress.bytes) {
    progress.bytes = bytes;
    progress.movedAt = now;
  }
  if (bytes - progress.windowBytes >= pace.windowBytes) {
    progress.windowBytes = bytes;
    progress.windowAt = now;
  }
  return now - progress.movedAt >= pace.idleMs || now - progress.windowAt >= pace.windowMs;
}

/** What the operating system has not yet taken, and has, of what it was handed: the figures that Node's own socket timeout reads. */
function written(raw: Socket): { queued: number; taken: number } {
  const handle = (raw as { _handle?: { writeQueueSize?: number; bytesWritten?: number } | null })._handle;
  const queued = handle?.writeQueueSize ?? 0;
  return { queued, taken: (handle?.bytesWritten ?? 0) - queued };
}

/** 408 by hand, as Node answers a header that does not come: the door that waits for the body then sees its sender leave. */
function giveUp({ raw, under }: Connection, request: IncomingMessage, response: ServerResponse): void {
  const { socket } = request;
  if (response.headersSent || under.size > 1 || !socket.writable) {
    raw.destroy();
    return;
  }
  const body = JSON.stringify({ error: 'too-slow', message: 'the body stopped coming' });
  const head = ['HTTP/1.1 408 Request Timeout', 'Connection: close', 'Content-Type: application/json', `Content-Length: ${body.length}`];
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  socket.destroySoon();
}

function nameOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`;
}
