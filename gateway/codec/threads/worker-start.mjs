/**
 * First file of a worker thread. On Node 20 the loader given to the main thread (`--import tsx`) does not reach worker threads, nor does
 * it register when passed in their execArgv, so it is registered here, before the TypeScript is imported.
 */
import { workerData } from 'node:worker_threads';
import { register } from 'tsx/esm/api';

register();
await import(workerData.url);
