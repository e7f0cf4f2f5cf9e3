/** Frames over HTTP, PS3.18 10.4.1.1.6: one part, with the transfer syntax that is true of the bytes sent. */
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

export interface Frame {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly transferSyntaxUID: string;
}

/** The gateway said no, or could not be reached (status 0). */
export class NotFetched extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`answer ${status}`);
    this.status = status;
  }
}

export interface Fetching {
  readonly frame: Promise<Frame>;
  hasten(): void;
  /** Nobody waits for it any more; the promise rejects. */
  cancel(): void;
}

interface Task {
  readonly url: string;
  readonly stop: AbortController;
  urgency: Urgency;
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
    const task: Task = { url, stop: new AbortController(), urgency, resolve, reject };
    this.#line.add(task, urgency);
    this.#next();
    return {
      frame: promise,
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
    try {
      task.resolve(await fetchFrame(task.url, task.urgency, task.stop.signal));
    } catch (thrown) {
      task.reject(thrown);
    } finally {
      this.#underWay -= 1;
      if (ahead) this.#ahead -= 1;
      this.#next();
    }
  }
}

async function fetchFrame(url: string, urgency: Urgency, signal: AbortSignal): Promise<Frame> {
  const answer = await answerTo(url, { headers: { accept: ACCEPT_FRAME }, priority: urgency === 'now' ? 'high' : 'low', signal });
  const syntax = /transfer-syntax="?([0-9.]+)/.exec(answer.headers.get('content-type') ?? '')?.[1];
  const bytes = await bytesOfAnswer(answer, signal);
  // A proxy that takes the parameter away leaves bytes that nobody can read rightly.
  if (syntax === undefined) throw new NotFetched(502);
  return { bytes, transferSyntaxUID: syntax };
}

/** The picture as the gateway draws it. @throws NotFetched */
export async function fetchRendered(url: string, signal?: AbortSignal): Promise<Blob> {
  const answer = await answerTo(url, { headers: { accept: 'image/png' }, ...(signal === undefined ? {} : { signal }) });
  return new Blob([await bytesOfAnswer(answer, signal)], { type: 'image/png' });
}

async function answerTo(url: string, init: RequestInit): Promise<Response> {
  const answer = await fetch(url, init).catch((thrown: unknown) => {
    init.signal?.throwIfAborted();
    throw new NotFetched(thrown instanceof TypeError ? 0 : 500);
  });
  if (!answer.ok) throw new NotFetched(answer.status);
  return answer;
}

async function bytesOfAnswer(answer: Response, signal: AbortSignal | undefined): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await answer.arrayBuffer());
  } catch {
    signal?.throwIfAborted();
    // Cut in the middle.
    throw new NotFetched(0);
  }
}
