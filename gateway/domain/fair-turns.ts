import { DomainError } from './errors.ts';

/** Work of which only a little may run at once, each asker in turn. All counts are of one process. */
export interface FairTurns {
  /**
   * Runs `work` when it is this asker's turn. On abort the caller is released at once: what waits is dropped, what runs keeps its place until
   * it has come to its end, as it holds what the place stands for.
   * @throws busy when too much waits or the wait was too long; what `work` throws; the signal's reason
   */
  run<Result>(asker: string, work: () => Promise<Result>, signal?: AbortSignal): Promise<Result>;
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

/** Round after round: of each asker who waits and may have more, the oldest. Nobody's many keep another's one waiting. */
export function createFairTurns(limits: TurnLimits): FairTurns {
  const running = new Map<string, number>();
  /** Askers in the order of their turns. */
  const queues = new Map<string, Waiting[]>();
  let runningCount = 0;
  let waitingCount = 0;

  const mayStart = (asker: string) => runningCount < limits.atOnce && (running.get(asker) ?? 0) < limits.atOnceOfOne;

  function dispatch(): void {
    for (const [asker, [next]] of queues) {
      if (runningCount >= limits.atOnce) return;
      if (next === undefined || !mayStart(asker)) continue;
      leave(asker, next);
      next.start();
      // Its next one comes after everybody else's.
      const rest = queues.get(asker);
      if (rest !== undefined) {
        queues.delete(asker);
        queues.set(asker, rest);
      }
    }
  }

  function leave(asker: string, entry: Waiting): boolean {
    const queue = queues.get(asker) ?? [];
    const at = queue.indexOf(entry);
    if (at < 0) return false;
    queue.splice(at, 1);
    waitingCount--;
    if (queue.length === 0) queues.delete(asker);
    return true;
  }

  function occupy(asker: string, by: 1 | -1): void {
    runningCount += by;
    const count = (running.get(asker) ?? 0) + by;
    if (count === 0) running.delete(asker);
    else running.set(asker, count);
  }

  return {
    get running() {
      return runningCount;
    },
    get waiting() {
      return waitingCount;
    },
    run(asker, work, signal) {
      if (signal?.aborted === true) return Promise.reject(signal.reason);
      return new Promise((resolve, reject) => {
        let timer: ReturnType<typeof setTimeout> | undefined;
        const onAbort = () => {
          clearTimeout(timer);
          leave(asker, entry);
          reject(signal?.reason);
        };
        const entry: Waiting = {
          start: () => {
            clearTimeout(timer);
            occupy(asker, 1);
            // The caller may have left by the time it ends; then nobody hears of it.
            void settled(work).then((settle) => {
              signal?.removeEventListener('abort', onAbort);
              occupy(asker, -1);
              settle(resolve, reject);
              dispatch();
            });
          },
        };
        if (mayStart(asker) && !queues.has(asker)) {
          signal?.addEventListener('abort', onAbort, { once: true });
          entry.start();
          return;
        }
        const queue = queues.get(asker) ?? [];
        if (waitingCount >= limits.waitingMax || queue.length >= limits.waitingOfOneMax) {
          reject(new DomainError('busy', 'too much is waiting: try again'));
          return;
        }
        signal?.addEventListener('abort', onAbort, { once: true });
        timer = setTimeout(() => {
          signal?.removeEventListener('abort', onAbort);
          if (leave(asker, entry)) reject(new DomainError('busy', 'waited too long for a turn: try again'));
        }, limits.waitMsMax);
        queue.push(entry);
        queues.set(asker, queue);
        waitingCount++;
      });
    },
  };
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
