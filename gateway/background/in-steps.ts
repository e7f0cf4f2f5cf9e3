import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../domain/clock.ts';
import { asDomainError } from '../domain/errors.ts';
import type { Log } from '../domain/operation/log.ts';

/** How often it is looked whether something new is there. */
export const STEPS_POLL_MS = 5_000;
/** Between two steps of many: whoever waits for the database has its turn. */
const BETWEEN_STEPS_MS = 50;

/**
 * Work that is done a little at a time beside everything else, until it is stopped.
 * @param step how much it did; 0: nothing is left to do
 * @param failing what the log says when a step fails; it is tried again
 */
export function startInSteps(parts: {
  readonly step: (at: Date) => Promise<number>;
  readonly failing: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly pollMs?: number;
}): { stop(): Promise<void> } {
  const { step, failing, clock, log, pollMs = STEPS_POLL_MS } = parts;
  const stopping = new AbortController();
  const { signal } = stopping;
  const some = () =>
    step(clock.now()).catch((thrown: unknown) => {
      log.warn(failing, { kind: asDomainError(thrown).kind });
      return 0;
    });
  const loop = async () => {
    while (!signal.aborted) {
      const done = await some();
      await delay(done === 0 ? pollMs : BETWEEN_STEPS_MS, undefined, { signal, ref: false }).catch(() => {});
    }
  };
  const ended = loop();
  return {
    stop: async () => {
      stopping.abort();
      await ended;
    },
  };
}
