/**
 * One synced commit for all calls that arrive while the last one is under way, or that are about to. A lone caller waits for nothing but its own commit;
 * under load the cost of a sync is shared, and "acknowledged" still means committed.
 */
import { DomainError } from '../../../gateway/domain/errors.ts';

export interface GroupCommitBounds {
  /** Most items in one commit. */
  readonly batchMax: number;
  /** Most items waiting; past it a call is `busy`. */
  readonly waitingMax: number;
  /** Whether others are about to come: then they are waited for, `GATHER_MS` at most, to share the commit. */
  readonly others?: () => boolean;
}

const GATHER_MS = 2;

/**
 * @param commit All or nothing; one outcome an item, in order. An outcome may be an error of that item alone.
 * @param separable Whether a failed commit may have been the fault of one item: then each is tried alone, so that the others do not fail with it.
 */
export function groupCommit<In, Out>(
  commit: (items: readonly In[]) => Promise<readonly (Out | DomainError)[]>,
  separable: (thrown: unknown) => boolean,
  bounds: GroupCommitBounds,
): (item: In) => Promise<Out> {
  interface Waiting {
    readonly item: In;
    readonly resolve: (out: Out) => void;
    readonly reject: (thrown: unknown) => void;
  }
  let waiting: Waiting[] = [];
  let running = false;
  let gathered: (() => void) | undefined;

  const gather = (): Promise<void> =>
    new Promise((resolve) => {
      const late = setTimeout(resolve, GATHER_MS);
      gathered = () => {
        clearTimeout(late);
        resolve();
      };
    });

  const settle = async (batch: readonly Waiting[]): Promise<void> => {
    try {
      const outcomes = await commit(batch.map(({ item }) => item));
      batch.forEach(({ resolve, reject }, n) => {
        const outcome = outcomes[n];
        if (outcome instanceof DomainError) reject(outcome);
        else if (outcome === undefined) reject(new DomainError('internal', 'a commit gave no outcome for an item'));
        else resolve(outcome);
      });
    } catch (thrown) {
      if (batch.length > 1 && separable(thrown)) {
        for (const one of batch) await settle([one]);
      } else {
        for (const { reject } of batch) reject(thrown);
      }
    }
  };

  const drain = async (): Promise<void> => {
    while (waiting.length > 0) {
      if (waiting.length < bounds.batchMax && bounds.others?.() === true) await gather();
      gathered = undefined;
      const batch = waiting.slice(0, bounds.batchMax);
      waiting = waiting.slice(bounds.batchMax);
      await settle(batch);
    }
    running = false;
  };

  return (item) =>
    new Promise<Out>((resolve, reject) => {
      if (waiting.length >= bounds.waitingMax) {
        reject(new DomainError('busy', 'too many commits waiting'));
        return;
      }
      waiting.push({ item, resolve, reject });
      if (gathered !== undefined && (waiting.length >= bounds.batchMax || bounds.others?.() !== true)) gathered();
      if (running) return;
      running = true;
      // After the I/O of this turn of the event loop, so that what other connections brought in the same turn shares the commit.
      setImmediate(() => void drain());
    });
}
