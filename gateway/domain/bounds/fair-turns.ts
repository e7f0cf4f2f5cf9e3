import { DomainError } from '../errors.ts';

/** Work of which only a little may run at once, each asker in turn. All counts are of one process. */
export interface FairTurns {
  /**
   * Runs `work` when it is this asker's turn. On abort the caller is released at once: what waits is dropped, what runs keeps its place until
   * it has come to its end, as it holds what the place stands for.
   * @throws busy when too much waits or the wait was too long; what `work` throws; the signal's reason
   */
  run<Result>(asker: string, work: () => Promise<Result>, signal?: AbortSignal): Promise<Result>;
  /** A place now or not at all; the function gives it back and must be called once. */
  takeNow(asker: string): (() => void) | undefined;
  readonly running: number;
  readonly waiting: number;
}

export interface TurnLimits {
  readonly atOnce: number;
  /** Of one asker at once. */
  readonly atOnceOfOne: number;
  readonly waitingMax: number;
  readonly waitingOfOneMax: number;
  readonly waitMsMax: number;
}

interface Waiting {
  readonly start: () => void;
}

/** In rounds: one of each asker who waits and may have more, the oldest first. An asker with many tasks does not delay one with a single task. */
export function createFairTurns(limits: TurnLimits): FairTurns {
  return new Turns(new Places(limits));
}

/**
 * Two lines for the same places: a place that becomes free goes to the second only when nobody in the first may have it. What waits is bounded
 * in each line by itself, so that a full second line does not keep anybody from the first.
 */
export function createFairTurnsInTwoLines(limits: TurnLimits): readonly [first: FairTurns, second: FairTurns] {
  const places = new Places(limits);
  return [new Turns(places), new Turns(places)];
}

class Places {
  readonly limits: TurnLimits;
  readonly #runningOf = new Map<string, number>();
  /** In the order in which they are served. */
  readonly lines: Turns[] = [];
  running = 0;

  constructor(limits: TurnLimits) {
    this.limits = limits;
  }

  mayStart(asker: string): boolean {
    return this.running < this.limits.atOnce && (this.#runningOf.get(asker) ?? 0) < this.limits.atOnceOfOne;
  }

  occupy(asker: string): void {
    this.#count(asker, 1);
  }

  free(asker: string): void {
    this.#count(asker, -1);
  }

  serve(): void {
    for (const line of this.lines) line.serve();
  }

  #count(asker: string, by: 1 | -1): void {
    this.running += by;
    const count = (this.#runningOf.get(asker) ?? 0) + by;
    if (count === 0) this.#runningOf.delete(asker);
    else this.#runningOf.set(asker, count);
  }
}

class Turns implements FairTurns {
  readonly #places: Places;
  /** Askers in the order of their turns. */
  readonly #queues = new Map<string, Waiting[]>();
  waiting = 0;

  constructor(places: Places) {
    this.#places = places;
    places.lines.push(this);
  }

  get running(): number {
    return this.#places.running;
  }

  run<Result>(asker: string, work: () => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const onAbort = () => {
        clearTimeout(timer);
        this.#leave(asker, entry);
        reject(signal?.reason);
      };
      const entry: Waiting = {
        start: () => {
          clearTimeout(timer);
          this.#places.occupy(asker);
          // The caller may have left by the time it ends; then nobody hears of it.
          void settled(work).then((settle) => {
            signal?.removeEventListener('abort', onAbort);
            this.#places.free(asker);
            settle(resolve, reject);
            this.#places.serve();
          });
        },
      };
      const now = this.#places.mayStart(asker) && !this.#queues.has(asker);
      if (!now && !this.#mayWait(asker)) {
        reject(new DomainError('busy', 'too much is waiting: try again'));
        return;
      }
      signal?.addEventListener('abort', onAbort, { once: true });
      if (now) {
        entry.start();
        return;
      }
      timer = setTimeout(() => {
        signal?.removeEventListener('abort', onAbort);
        if (this.#leave(asker, entry)) reject(new DomainError('busy', 'waited too long for a turn: try again'));
      }, this.#places.limits.waitMsMax);
      this.#enter(asker, entry);
    });
  }

  takeNow(asker: string): (() => void) | undefined {
    if (!this.#places.mayStart(asker) || this.#queues.has(asker)) return undefined;
    this.#places.occupy(asker);
    return () => {
      this.#places.free(asker);
      this.#places.serve();
    };
  }

  serve(): void {
    for (const [asker, [next]] of this.#queues) {
      if (this.running >= this.#places.limits.atOnce) return;
      if (next === undefined || !this.#places.mayStart(asker)) continue;
      this.#leave(asker, next);
      next.start();
      // Its next one comes after everybody else's.
      const rest = this.#queues.get(asker);
      if (rest !== undefined) {
        this.#queues.delete(asker);
        this.#queues.set(asker, rest);
      }
    }
  }

  #mayWait(asker: string): boolean {
    const { waitingMax, waitingOfOneMax } = this.#places.limits;
    return this.waiting < waitingMax && (this.#queues.get(asker)?.length ?? 0) < waitingOfOneMax;
  }

  #enter(asker: string, entry: Waiting): void {
    const queue = this.#queues.get(asker) ?? [];
    queue.push(entry);
    this.#queues.set(asker, queue);
    this.waiting++;
  }

  #leave(asker: string, entry: Waiting): boolean {
    const queue = this.#queues.get(asker) ?? [];
    const at = queue.indexOf(entry);
    if (at < 0) return false;
    queue.splice(at, 1);
    this.waiting--;
    if (queue.length === 0) this.#queues.delete(asker);
    return true;
  }
}

type Settle<Result> = (resolve: (result: Result) => void, reject: (thrown: unknown) => void) => void;

async function settled<Result>(work: () => Promise<Result>): Promise<Settle<Result>> {
  try {
    const result = await work();
    return (resolve) => resolve(result);
  } catch (thrown) {
    return (_resolve, reject) => reject(thrown);
  }
}
