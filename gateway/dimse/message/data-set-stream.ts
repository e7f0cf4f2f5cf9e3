import { DomainError } from '../../domain/errors.ts';

interface Waiting {
  resolve(result: IteratorResult<Uint8Array, undefined>): void;
  reject(reason: unknown): void;
}

/** A peer may cut its data set into single bytes; each piece that waits costs more than its bytes. */
export const DATA_SET_PIECES_MAX = 2048;

/**
 * The bytes of one incoming data set, handed on as they come without copying; the chunks are the consumer's.
 * Read once. When more than the bound waits for the consumer, `onFull` is called, and `onTaken` once half of it is gone.
 */
export class DataSetStream implements AsyncIterable<Uint8Array>, AsyncIterator<Uint8Array, undefined> {
  readonly #bufferBytesMax: number;
  readonly #onFull: () => void;
  readonly #onTaken: () => void;
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #full = false;
  #ended = false;
  #failure: unknown;
  /** The connection is lost: the end will never come. */
  #lost = false;
  #discarding = false;
  #waiting: Waiting | undefined;
  #whenEnded: (() => void)[] = [];
  /** All that came, also what was discarded. */
  bytes = 0;
  discardedBytes = 0;

  constructor(bufferBytesMax: number, onFull: () => void, onTaken: () => void) {
    this.#bufferBytesMax = bufferBytesMax;
    this.#onFull = onFull;
    this.#onTaken = onTaken;
  }

  get ended(): boolean {
    return this.#ended;
  }

  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  push(chunk: Uint8Array): void {
    this.bytes += chunk.length;
    if (this.#discarding) {
      this.discardedBytes += chunk.length;
      return;
    }
    if (chunk.length === 0) return;
    const waiting = this.#waiting;
    if (waiting !== undefined) {
      this.#waiting = undefined;
      waiting.resolve({ done: false, value: chunk });
      return;
    }
    this.#queue.push(chunk);
    this.#queuedBytes += chunk.length;
    if (!this.#full && (this.#queuedBytes >= this.#bufferBytesMax || this.#queue.length >= DATA_SET_PIECES_MAX)) {
      this.#full = true;
      this.#onFull();
    }
  }

  /** The last fragment has come. */
  end(): void {
    this.#ended = true;
    this.#waiting?.resolve({ done: true, value: undefined });
    this.#waiting = undefined;
    this.#settle();
  }

  /** The rest will not come: the consumer's next read throws this, whatever is queued, so that nothing half is kept. */
  fail(reason: unknown): void {
    if (this.#ended) return;
    this.#lost = true;
    this.refuse(reason);
    this.#settle();
  }

  /** The rest may come but is not wanted: the consumer's next read throws this. */
  refuse(reason: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = reason;
    this.#throwAway();
    this.#waiting?.reject(reason);
    this.#waiting = undefined;
  }

  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const chunk = this.#queue.shift();
    if (chunk !== undefined) {
      this.#queuedBytes -= chunk.length;
      if (this.#full && this.#queuedBytes <= this.#bufferBytesMax / 2 && this.#queue.length <= DATA_SET_PIECES_MAX / 2) this.#relieve();
      return Promise.resolve({ done: false, value: chunk });
    }
    if (this.#ended || this.#discarding) return Promise.resolve({ done: true, value: undefined });
    if (this.#waiting !== undefined) return Promise.reject(new DomainError('internal', 'a data set is read by one reader'));
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  /** The consumer leaves early: what still comes is thrown away. */
  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#throwAway();
    return Promise.resolve({ done: true, value: undefined });
  }

  /** Throws the rest away; resolves when the last fragment has come or never will. */
  async drain(): Promise<void> {
    await this.return();
    if (this.#ended || this.#lost) return;
    await new Promise<void>((resolve) => this.#whenEnded.push(resolve));
  }

  #throwAway(): void {
    this.#discarding = true;
    this.discardedBytes += this.#queuedBytes;
    this.#queue = [];
    this.#queuedBytes = 0;
    if (this.#full) this.#relieve();
  }

  #relieve(): void {
    this.#full = false;
    this.#onTaken();
  }

  #settle(): void {
    for (const resolve of this.#whenEnded) resolve();
    this.#whenEnded = [];
  }
}
