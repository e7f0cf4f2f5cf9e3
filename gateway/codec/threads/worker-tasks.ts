import { parentPort, workerData } from 'node:worker_threads';
import { asDomainError, DomainError, type ErrorKind } from '../../domain/errors.ts';
import { isShortage } from '../../domain/shortage.ts';

/** What a worker answers: the result, or the DomainError it threw, as data. */
export type WorkerReply =
  | { readonly id: number; readonly ok: true; readonly result: unknown }
  | { readonly id: number; readonly ok: false; readonly kind: ErrorKind; readonly message: string; readonly cause: string | undefined };

/** What a thread is started with. */
export interface WorkerData {
  /** The module that does the tasks. */
  readonly url: string;
  readonly niceness: number;
  /** Two words that the thread writes and the main thread reads, which would not hear of a message while it is busy itself: see TASK and THREAD. */
  readonly state: Int32Array<SharedArrayBuffer>;
}

/** The number of the task that was begun last. */
export const TASK = 0;
/** The number that the system gives the thread; 0 where it does not tell. Written by worker-start.mjs. */
export const THREAD = 1;

/** In a worker: performs one task after another. `memory` is given away with the result. */
export function serveTasks<Request extends object>(
  perform: (request: Request) => Promise<{ readonly result: unknown; readonly memory: ArrayBuffer[] }>,
): void {
  const { state } = workerData as WorkerData;
  const answer = (reply: WorkerReply, memory: ArrayBuffer[]) => parentPort?.postMessage(reply, memory);
  parentPort?.on('message', (request: Request & { readonly id: number }) => {
    const { id } = request;
    Atomics.store(state, TASK, id);
    perform(request).then(
      ({ result, memory }) => answer({ id, ok: true, result }, memory),
      (thrown: unknown) => {
        const { kind, message, cause } = isShortage(thrown) ? withoutMemory(thrown) : asDomainError(thrown);
        answer({ id, ok: false, kind, message, cause: cause === undefined ? undefined : String(cause) }, []);
      },
    );
  });
}

function withoutMemory(cause: unknown): DomainError {
  return new DomainError('busy', 'no memory for the task: try again', { cause });
}
