/**
 * First file of a worker thread. On Node 20 the hooks registered in the main thread do not reach worker threads, nor do they register
 * when passed in their execArgv, so they are registered here, before the TypeScript is imported.
 */
import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { basename } from 'node:path';
import { workerData } from 'node:worker_threads';
import { readTypeScript } from './read-typescript.mjs';

const { url, niceness, state } = workerData;
const thread = ownNumber();
if (thread !== undefined) {
  // The second word, THREAD of worker-tasks.ts.
  Atomics.store(state, 1, thread);
  yieldTo(thread, niceness);
}
readTypeScript();
await import(url);

/** The number that the system gives this thread. Only Linux does; there it is also what /proc calls it. */
function ownNumber() {
  if (process.platform !== 'linux') return undefined;
  try {
    return Number(basename(readlinkSync('/proc/thread-self')));
  } catch {
    return undefined;
  }
}

/** Where threads have a priority each, the main thread and other programs come before this one. */
function yieldTo(thread, niceness) {
  try {
    setPriority(thread, niceness);
  } catch {
    // It runs as the others do.
  }
}
