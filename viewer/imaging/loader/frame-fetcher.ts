/** Frames over HTTP, PS3.18 10.4.1.1.6: one part, with the transfer syntax that is true of the bytes sent. */
import { bytesOfStream } from './stream-bytes.ts';
import { deferred, type Urgency, WaitingLine } from './urgency.ts';

/** Lossless HTJ2K where the gateway has made it, a quarter of the bytes; as stored where it has not. PS3.18 8.7.3.3. */
const ACCEPT_FRAME = [
  'application/octet-stream; transfer-syntax=1.2.840.10008.1.2.4.202',
  'application/octet-stream; transfer-syntax=*; q=0.9',
].join(', ');
/** A browser holds six connections to one host (HTTP/1.1). */
const PARALLEL_MAX = 6;
/** Of these, ahead of the reader: the rest stay free for the picture asked for. */
export const AHEAD_PARALLEL_MAX = 4;
/** Without a byte of the answer. A connection that died without a word would otherwise be waited for for ever. */
export const SILENCE_MS_MAX = 20_000;
/** The same when it is asked for once more: longer than the gateway may take to decode a frame (`TASK_MS_MAX`), so that a slow one is not lost. */
export const SECOND_SILENCE_MS_MAX = 65_000;

export interface Frame {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly transferSyntaxUID: string;
}

/** HTTP: another version of the instance has come. */
export const CONFLICT = 409;

/** The gateway said no, or could not be reached (status 0). */
export class NotFetched extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`answer ${status}`);
    this.status = status;
  }
}

/** Nobody waits for it any more. */
export class Cancelled extends NotFetched {
  constructor() {
    super(0);
  }
}

/** The gateway has another version of the instance; its metadata are read again. */
export class Outdated extends NotFetched {
  constructor() {
    super(CONFLICT);
  }
}

export function isOutdated(thrown: unknown): boolean {
  return thrown instanceof NotFetched && thrown.status === CONFLICT;
}

/** For the page: HTTP status, 0 when the gateway could not be reached; undefined when the picture came but could not be decoded. */
export function statusOf(thrown: unknown): number | undefined {
  return thrown instanceof NotFetched ? thrown.status : undefined;
}

/** The line fell silent, or the answer was cut in the middle. */
class BrokenOff extends NotFetched {
  constructor() {
    super(0);
  }
}

export interface Fetching {
  readonly frame: Promise<Frame>;
  /** Bytes that have come; undefined while it waits for its turn. */
  readonly progress: () => number | undefined;
  hasten(): void;
  /** Nobody waits for it any more; the promise rejects. */
  cancel(): void;
}

interface Task {
  readonly url: string;
  readonly stop: AbortController;
  urgency: Urgency;
  progress: number | undefined;
  resolve(frame: Frame): void;
  reject(thrown: unknown): void;
}

export class FrameFetcher {
  readonly #line = new WaitingLine<Task>();
  #underWay = 0;
  #ahead = 0;

  /** `frame` rejects with NotFetched, or with the reason of the cancelling. */
  fetch(url: string, urgency: Urgency): Fetching {
    const { promise, resolve, reject } = deferred<Frame>();
    const task: Task = { url, stop: new AbortController(), urgency, progress: undefined, resolve, reject };
    this.#line.add(task, urgency);
    this.#next();
    return {
      frame: promise,
      progress: () => task.progress,
      hasten: () => {
        task.urgency = 'now';
        this.#line.hasten(task);
        this.#next();
      },
      cancel: () => {
        task.stop.abort();
        if (this.#line.remove(task)) task.reject(task.stop.signal.reason);
      },
    };
  }

  #next(): void {
    while (this.#line.size > 0 && this.#underWay < PARALLEL_MAX) {
      if (this.#line.urgent === 0 && this.#ahead >= AHEAD_PARALLEL_MAX) return;
      const task = this.#line.take();
      if (task !== undefined) void this.#run(task);
    }
  }

  async #run(task: Task): Promise<void> {
    const ahead = task.urgency === 'ahead';
    this.#underWay += 1;
    if (ahead) this.#ahead += 1;
    task.progress = 0;
    const onPiece = (length: number) => {
      task.progress = length;
    };
    try {
      task.resolve(await fetchFrame(task.url, task.urgency, task.stop.signal, onPiece));
    } catch (thrown) {
      task.reject(thrown);
    } finally {
      this.#underWay -= 1;
      if (ahead) this.#ahead -= 1;
      this.#next();
    }
  }
}

async function fetchFrame(url: string, urgency: Urgency, signal: AbortSignal, onPiece: (length: number) => void): Promise<Frame> {
  const { answer, bytes } = await wholeAnswer(
    url,
    { headers: { accept: ACCEPT_FRAME }, priority: urgency === 'now' ? 'high' : 'low' },
    signal,
    onPiece,
  );
  const syntax = /transfer-syntax="?([0-9.]+)/.exec(answer.headers.get('content-type') ?? '')?.[1];
  // A proxy that takes the parameter away leaves bytes that nobody can read rightly.
  if (syntax === undefined) throw new NotFetched(502);
  return { bytes, transferSyntaxUID: syntax };
}

/** The picture as the gateway draws it. @throws NotFetched */
export async function fetchRendered(url: string, signal?: AbortSignal): Promise<Blob> {
  const { bytes } = await wholeAnswer(url, { headers: { accept: 'image/png' } }, signal);
  return new Blob([bytes], { type: 'image/png' });
}

interface WholeAnswer {
  readonly answer: Response;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Asks once more by itself when the answer breaks off. `onPiece` hears how many bytes there are so far. @throws NotFetched, the signal's reason */
async function wholeAnswer(
  url: string,
  init: RequestInit,
  signal: AbortSignal | undefined,
  onPiece: (length: number) => void = () => undefined,
): Promise<WholeAnswer> {
  const once = (silenceMs: number) =>
    whileHeard(silenceMs, signal, async (stop, heard) => {
      const answer = await answerTo(url, init, stop);
      heard();
      const onBytes = (length: number) => {
        heard();
        onPiece(length);
      };
      return { answer, bytes: await bytesOfAnswer(answer, stop, onBytes) };
    });
  try {
    return await once(SILENCE_MS_MAX);
  } catch (thrown) {
    if (thrown instanceof BrokenOff) return once(SECOND_SILENCE_MS_MAX);
    throw thrown;
  }
}

/** Ends `ask` when the signal does, or with NotFetched(0) when `heard` was not called for so long. */
export async function whileHeard<Answer>(
  silenceMs: number,
  signal: AbortSignal | undefined,
  ask: (stop: AbortSignal, heard: () => void) => Promise<Answer>,
): Promise<Answer> {
  signal?.throwIfAborted();
  const stop = new AbortController();
  const silent = () => stop.abort(new BrokenOff());
  const cancelled = () => stop.abort(signal?.reason);
  let timer = setTimeout(silent, silenceMs);
  const heard = () => {
    clearTimeout(timer);
    timer = setTimeout(silent, silenceMs);
  };
  signal?.addEventListener('abort', cancelled);
  try {
    return await ask(stop.signal, heard);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', cancelled);
  }
}

async function answerTo(url: string, init: RequestInit, signal: AbortSignal): Promise<Response> {
  const answer = await fetch(url, { ...init, signal }).catch((thrown: unknown) => {
    signal.throwIfAborted();
    throw new NotFetched(thrown instanceof TypeError ? 0 : 500);
  });
  if (!answer.ok) throw new NotFetched(answer.status);
  return answer;
}

async function bytesOfAnswer(answer: Response, signal: AbortSignal, onPiece: (length: number) => void): Promise<Uint8Array<ArrayBuffer>> {
  const length = answer.headers.get('content-length');
  // With a coding the length is of the coded bytes.
  const said = length === null || answer.headers.has('content-encoding') ? undefined : Number(length);
  let bytes = new Uint8Array(0);
  try {
    if (answer.body !== null) bytes = await bytesOfStream(answer.body, onPiece, said);
  } catch {
    signal.throwIfAborted();
    throw new BrokenOff();
  }
  // HTTP/2 and some proxies end a cut answer as if it were whole.
  if (said !== undefined && said !== bytes.length) throw new BrokenOff();
  return bytes;
}
