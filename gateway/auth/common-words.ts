import { Worker } from 'node:worker_threads';
import { DomainError } from '../domain/errors.ts';

/** The lists take 20 MB and a tenth of a second to read: both in a thread of their own, which goes when no password was set for so long. */
const IDLE_MS = 10_000;

interface Thread {
  readonly worker: Worker;
  readonly waiting: Map<number, { resolve: (known: ReadonlySet<string>) => void; reject: (error: Error) => void }>;
  idle: NodeJS.Timeout | undefined;
}

let thread: Thread | undefined;
let asked = 0;

/** Those of the pieces that are common passwords, names or words. @throws internal */
export function commonAmong(pieces: readonly string[]): Promise<ReadonlySet<string>> {
  const current = thread ?? start();
  clearTimeout(current.idle);
  const id = ++asked;
  return new Promise((resolve, reject) => {
    current.waiting.set(id, { resolve, reject });
    current.worker.ref();
    current.worker.postMessage({ id, pieces });
  });
}

function start(): Thread {
  const worker = new Worker(new URL('./common-words-thread.mjs', import.meta.url), { execArgv: [] });
  const started: Thread = { worker, waiting: new Map(), idle: undefined };
  thread = started;
  worker.on('message', ({ id, known }: { id: number; known: string[] }) => {
    started.waiting.get(id)?.resolve(new Set(known));
    started.waiting.delete(id);
    if (started.waiting.size > 0) return;
    // Nobody waits: the process may end.
    worker.unref();
    started.idle = setTimeout(() => void end(started), IDLE_MS).unref();
  });
  const failed = (cause: unknown) => {
    if (thread === started) thread = undefined;
    for (const { reject } of started.waiting.values())
      reject(new DomainError('internal', 'the lists of passwords cannot be read', { cause }));
    started.waiting.clear();
  };
  worker.once('error', failed);
  worker.once('exit', failed);
  return started;
}

async function end(ended: Thread): Promise<void> {
  if (thread === ended) thread = undefined;
  await ended.worker.terminate();
}
