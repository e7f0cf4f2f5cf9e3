import { DomainError } from '../errors.ts';

/** Bytes that all looks of a process together may hold: what is decoded, inflated or drawn for somebody and not yet taken by them. */
export interface ByteBudget {
  /**
   * Waits until `bytes` more may be held.
   * @throws too-large when no look may ever be so large; busy when too much waits or the wait was too long; the signal's reason
   */
  take(asker: string, bytes: number, signal?: AbortSignal): Promise<Lease>;
  /** Now or not at all. */
  takeNow(asker: string, bytes: number): Lease | undefined;
  readonly held: number;
  /** The most that was ever held. */
  readonly peak: number;
  readonly waiting: number;
  /** The largest single look. */
  readonly lookMax: number;
}

export interface Lease {
  readonly bytes: number;
  /** Holds fewer from now on. */
  shrink(bytes: number): void;
  /** Safe to repeat. */
  release(): void;
}

export interface BudgetLimits {
  readonly bytesMax: number;
  readonly waitingMax: number;
  readonly waitMsMax: number;
}

/** Looks of at most this part of the budget are small: for them alone the last eighth is kept, and they may pass a large one that waits. */
const SMALL_PART = 16;
const KEPT_FOR_SMALL_PART = 8;

interface Waiting {
  readonly asker: string;
  readonly bytes: number;
  readonly start: (lease: Lease) => void;
}

/**
 * One asker has no more than half of it, one look that is larger alone excepted. Large looks wait in the order they came.
 */
export function createByteBudget(limits: BudgetLimits): ByteBudget {
  return new Budget(limits);
}

class Budget implements ByteBudget {
  readonly lookMax: number;
  held = 0;
  peak = 0;
  readonly #limits: BudgetLimits;
  readonly #heldBy = new Map<string, number>();
  readonly #queue: Waiting[] = [];

  constructor(limits: BudgetLimits) {
    this.#limits = limits;
    this.lookMax = limits.bytesMax - Math.floor(limits.bytesMax / KEPT_FOR_SMALL_PART);
  }

  get waiting(): number {
    return this.#queue.length;
  }

  takeNow(asker: string, bytes: number): Lease | undefined {
    return this.#mayPass(asker, bytes) && this.#fits(asker, bytes) ? this.#lease(asker, bytes) : undefined;
  }

  async take(asker: string, bytes: number, signal?: AbortSignal): Promise<Lease> {
    signal?.throwIfAborted();
    const lease = await this.#granted(asker, bytes, signal);
    // The caller may have left between the grant and this continuation (sockets that close together); it would then never release the bytes.
    if (signal?.aborted !== true) return lease;
    lease.release();
    throw signal.reason;
  }

  #granted(asker: string, bytes: number, signal: AbortSignal | undefined): Promise<Lease> {
    if (bytes > this.lookMax) return Promise.reject(new DomainError('too-large', 'it would take more memory than one look may'));
    const now = this.takeNow(asker, bytes);
    if (now !== undefined) return Promise.resolve(now);
    if (this.#queue.length >= this.#limits.waitingMax)
      return Promise.reject(new DomainError('busy', 'too many images are being looked at: try again'));
    return new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        const at = this.#queue.indexOf(entry);
        if (at >= 0) this.#queue.splice(at, 1);
      };
      const giveUp = (reason: unknown) => {
        end();
        reject(reason);
        // The one that left may have been in front of others that fit.
        this.#dispatch();
      };
      const onAbort = () => giveUp(signal?.reason);
      const timer = setTimeout(() => giveUp(new DomainError('busy', 'waited too long for memory: try again')), this.#limits.waitMsMax);
      const entry: Waiting = {
        asker,
        bytes,
        start: (granted) => {
          end();
          resolve(granted);
        },
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#queue.push(entry);
    });
  }

  #isSmall(bytes: number): boolean {
    return bytes <= this.#limits.bytesMax / SMALL_PART;
  }

  #fits(asker: string, bytes: number): boolean {
    const its = this.#heldBy.get(asker) ?? 0;
    if (this.held + bytes > (this.#isSmall(bytes) ? this.#limits.bytesMax : this.lookMax)) return false;
    return its === 0 || its + bytes <= this.#limits.bytesMax / 2;
  }

  /** Whether one may go ahead of what waits. */
  #mayPass(asker: string, bytes: number): boolean {
    return this.#queue.length === 0 || (this.#isSmall(bytes) && this.#queue.every((entry) => entry.asker !== asker));
  }

  #dispatch(): void {
    let blocked = false;
    for (const entry of [...this.#queue]) {
      if ((blocked && !this.#isSmall(entry.bytes)) || !this.#fits(entry.asker, entry.bytes)) {
        blocked = true;
        continue;
      }
      this.#queue.splice(this.#queue.indexOf(entry), 1);
      entry.start(this.#lease(entry.asker, entry.bytes));
    }
  }

  #lease(asker: string, taken: number): Lease {
    let bytes = taken;
    this.#hold(asker, bytes);
    const holdOnly = (to: number) => {
      if (to >= bytes) return;
      this.#hold(asker, to - bytes);
      bytes = to;
      this.#dispatch();
    };
    return {
      get bytes() {
        return bytes;
      },
      shrink: holdOnly,
      release: () => holdOnly(0),
    };
  }

  #hold(asker: string, by: number): void {
    this.held += by;
    this.peak = Math.max(this.peak, this.held);
    const its = (this.#heldBy.get(asker) ?? 0) + by;
    if (its === 0) this.#heldBy.delete(asker);
    else this.#heldBy.set(asker, its);
  }
}
