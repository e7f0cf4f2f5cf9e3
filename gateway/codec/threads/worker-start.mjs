/**
 * First file of a worker thread. On Node 20 the loader given to the main thread (`--import tsx`) does not reach worker threads, nor does
 * it register when passed in their execArgv, so it is registered here, before the TypeScript is imported.
 */
import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { basename } from 'node:path';
import { workerData } from 'node:worker_threads';
import { readTypeScript } from './read-typescript.mjs';

yieldTo(workerData.niceness);
await readTypeScript();
await import(workerData.url);

/** Where threads have a priority each (Linux), the main thread and other programs come before this one. Elsewhere nothing is changed. */
function yieldTo(niceness) {
  if (process.platform !== 'linux') return;
  try {
    setPriority(Number(basename(readlinkSync('/proc/thread-self'))), niceness);
  } catch {
    // Without /proc it runs as the others do.
  }
}
