import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { asDomainError } from '../domain/errors.ts';
import { type ScrubParts, type ScrubTurn, scrubTurn } from '../usecases/operate/scrub.ts';

/** After the start of the program: what people wait for goes first. */
export const SCRUB_BEGINS_AFTER_MS = 60_000;
/** While another process is at it, while it rests, and after a failure, it is looked at again after this. */
export const SCRUB_LOOKS_EVERY_MS = 60_000;

export interface Scrubber {
  /** The object that is being read is left; its place is saved. */
  stop(): Promise<void>;
}

/** Turn after turn for as long as the program runs. */
export function startScrubber(parts: Omit<ScrubParts, 'holder' | 'pause'>): Scrubber {
  const { log } = parts;
  const pause = realPause;
  const holder = `${hostname()}-${process.pid}-${randomUUID()}`;
  const turn = (signal: AbortSignal): Promise<ScrubTurn> => scrubTurn({ ...parts, holder, pause }, signal);
  const stopping = new AbortController();
  const { signal } = stopping;
  const loop = async () => {
    await pause(SCRUB_BEGINS_AFTER_MS, signal).catch(() => {});
    while (!signal.aborted) {
      const outcome = await turn(signal).catch((thrown: unknown) => {
        if (!signal.aborted) log.warn('scrub.failed', { kind: asDomainError(thrown).kind });
        return 'failed' as const;
      });
      if (outcome !== 'again' && !signal.aborted) await pause(SCRUB_LOOKS_EVERY_MS, signal).catch(() => {});
    }
  };
  const ended = loop();
  return {
    stop: async () => {
      stopping.abort(new Error('the scrub is stopping'));
      await ended;
    },
  };
}

async function realPause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal });
}
