/** Buffers that are used again: half a megabyte of fresh memory for each image costs its pages to the system and its end to the garbage collector. */
export interface BufferPool {
  /** At least so many bytes, whatever they hold. Whoever does not give it back leaves it to the garbage collector. */
  take(bytes: number): Uint8Array<ArrayBuffer>;
  /** Once, when nobody reads or writes it any more. */
  giveBack(buffer: Uint8Array<ArrayBuffer>): void;
  /** Bytes that wait to be used. */
  readonly idle: number;
}

/** Bytes kept for the next; those given back past it are let go. */
export const IDLE_BUFFER_BYTES_MAX = 32 * 1024 * 1024;
/** When none was taken for so long, all are let go. */
export const IDLE_BUFFER_MS_MAX = 10_000;
/** Smaller ones are not kept: making them anew is cheap. */
const BUFFER_BYTES_MIN = 16 * 1024;
/** Lengths within one doubling: what is taken is at most a quarter longer than what is asked. */
const STEPS_A_DOUBLING = 4;

export function createBufferPool(idleMax = IDLE_BUFFER_BYTES_MAX): BufferPool {
  return new Pool(idleMax);
}

class Pool implements BufferPool {
  idle = 0;
  readonly #idleMax: number;
  /** Length → the buffers of that length that nobody uses. */
  readonly #kept = new Map<number, Uint8Array<ArrayBuffer>[]>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Since the last look of the timer. */
  #taken = false;

  constructor(idleMax: number) {
    this.#idleMax = idleMax;
  }

  take(bytes: number): Uint8Array<ArrayBuffer> {
    const length = pooledLength(bytes);
    this.#taken = true;
    const kept = this.#kept.get(length)?.pop();
    if (kept === undefined) return new Uint8Array(length);
    this.idle -= length;
    return kept;
  }

  giveBack(buffer: Uint8Array<ArrayBuffer>): void {
    const { length } = buffer;
    if (length < BUFFER_BYTES_MIN || this.idle + length > this.#idleMax) return;
    const kept = this.#kept.get(length);
    if (kept === undefined) this.#kept.set(length, [buffer]);
    else kept.push(buffer);
    this.idle += length;
    if (this.#timer === undefined) this.#watch();
  }

  #watch(): void {
    this.#taken = false;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#taken) {
        this.#watch();
        return;
      }
      this.#kept.clear();
      this.idle = 0;
    }, IDLE_BUFFER_MS_MAX);
    (this.#timer as { unref?: () => void }).unref?.();
  }
}

/** The next of four steps a doubling. */
function pooledLength(bytes: number): number {
  if (bytes <= BUFFER_BYTES_MIN) return bytes;
  const step = 2 ** (31 - Math.clz32(bytes - 1)) / STEPS_A_DOUBLING;
  return Math.ceil(bytes / step) * step;
}
