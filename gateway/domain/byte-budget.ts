import { DomainError } from './errors.ts';

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
export function createByteBudget({ bytesMax, waitingMax, waitMsMax }: BudgetLimits): ByteBudget {
  const heldBy = new Map<string, number>();
  const queue: Waiting[] = [];
  const lookMax = bytesMax - Math.floor(bytesMax / KEPT_FOR_SMALL_PART);
  let held = 0;
  let peak = 0;

  const isSmall = (bytes: number) => bytes <= bytesMax / SMALL_PART;

  function fits(asker: string, bytes: number): boolean {
    const its = heldBy.get(asker) ?? 0;
    if (held + bytes > (isSmall(bytes) ? bytesMax : lookMax)) return false;
    return its === 0 || its + bytes <= bytesMax / 2;
  }

  function hold(asker: string, by: number): void {
    held += by;
    peak = Math.max(peak, held);
    const its = (heldBy.get(asker) ?? 0) + by;
    if (its === 0) heldBy.delete(asker);
    else heldBy.set(asker, its);
  }

  function lease(asker: string, taken: number): Lease {
    let bytes = taken;
    hold(asker, bytes);
    return {
      get bytes() {
        return bytes;
      },
      shrink(to) {
        if (to >= bytes) return;
        hold(asker, to - bytes);
        bytes = to;
        dispatch();
      },
      release() {
        if (bytes === 0) return;
        hold(asker, -bytes);
        bytes = 0;
        dispatch();
      },
    };
  }

  function dispatch(): void {
    let blocked = false;
    for (const entry of [...queue]) {
      if ((blocked && !isSmall(entry.bytes)) || !fits(entry.asker, entry.bytes)) {
        blocked = true;
        continue;
      }
      queue.splice(queue.indexOf(entry), 1);
      entry.start(lease(entry.asker, entry.bytes));
    }
  }

  /** Whether one may go ahead of what waits. */
  const mayPass = (asker: string, bytes: number) => queue.length === 0 || (isSmall(bytes) && queue.every((entry) => entry.asker !== asker));

  return {
    lookMax,
    get held() {
      return held;
    },
    get peak() {
      return peak;
    },
    get waiting() {
      return queue.length;
    },
    takeNow: (asker, bytes) => (mayPass(asker, bytes) && fits(asker, bytes) ? lease(asker, bytes) : undefined),
    take(asker, bytes, signal) {
      if (signal?.aborted === true) return Promise.reject(signal.reason);
      if (bytes > lookMax) return Promise.reject(new DomainError('too-large', 'it would take more memory than one look may'));
      if (mayPass(asker, bytes) && fits(asker, bytes)) return Promise.resolve(lease(asker, bytes));
      if (queue.length >= waitingMax) return Promise.reject(new DomainError('busy', 'too many images are being looked at: try again'));
      return new Promise((resolve, reject) => {
        const end = () => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', onAbort);
          const at = queue.indexOf(entry);
          if (at >= 0) queue.splice(at, 1);
        };
        const giveUp = (reason: unknown) => {
          end();
          reject(reason);
          // It may have stood before others that fit.
          dispatch();
        };
        const onAbort = () => giveUp(signal?.reason);
        const timer = setTimeout(() => giveUp(new DomainError('busy', 'waited too long for memory: try again')), waitMsMax);
        const entry: Waiting = {
          asker,
          bytes,
          start: (granted) => {
            end();
            resolve(granted);
          },
        };
        signal?.addEventListener('abort', onAbort, { once: true });
        queue.push(entry);
      });
    },
  };
}
