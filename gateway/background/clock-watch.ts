import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../domain/clock.ts';
import { asDomainError } from '../domain/errors.ts';
import type { Counters } from '../domain/operation/counters.ts';
import type { Log } from '../domain/operation/log.ts';
import type { AuditLog } from '../domain/record/audit-log.ts';

export const CLOCK_LOOK_EVERY_MS = 1_000;
/** The clock of the system may differ from one that only runs on by so much between two looks; more, and it was set. ms. */
export const CLOCK_STEP_MS_MAX = 1_000;

export interface ClockWatchParts {
  readonly audit: Pick<AuditLog, 'append'>;
  readonly clock: Clock;
  /** Runs on whatever happens to the clock, ms. */
  readonly steady: () => number;
  readonly log: Log;
  readonly counters: Counters;
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Tells, and puts on record, when the system's clock was set: shares end, sessions live and the record is dated by it. A machine that slept
 * shows as a step forwards, which it is.
 */
export function startClockWatch(parts: ClockWatchParts): { stop(): Promise<void> } {
  const { pause = realPause } = parts;
  const stopping = new AbortController();
  const loop = async () => {
    let offset = parts.clock.now().getTime() - parts.steady();
    let unrecorded: number[] = [];
    while (!stopping.signal.aborted) {
      await pause(CLOCK_LOOK_EVERY_MS, stopping.signal).catch(() => {});
      const now = parts.clock.now().getTime() - parts.steady();
      const step = now - offset;
      // Slow corrections add up to no step: they are followed.
      offset = now;
      if (Math.abs(step) > CLOCK_STEP_MS_MAX) {
        tell(parts, step);
        unrecorded.push(step);
      }
      unrecorded = await record(parts, unrecorded);
    }
  };
  const ended = loop();
  return {
    stop: async () => {
      stopping.abort(new Error('the watch over the clock is stopping'));
      await ended;
    },
  };
}

function tell({ log, counters }: ClockWatchParts, stepMs: number): void {
  counters.add('clock_steps', 1, { direction: stepMs < 0 ? 'backwards' : 'forwards' });
  log.warn('clock.stepped', { stepMs: Math.round(stepMs) });
}

/** Steps remembered while the database is away; further ones are dropped. */
const UNRECORDED_MAX = 100;

/** Those that could not be put on record; they are tried again with the next look. */
async function record({ audit, log }: ClockWatchParts, steps: number[]): Promise<number[]> {
  if (steps.length === 0) return steps;
  try {
    await audit.append(
      steps.map((step) => ({
        action: 'clock-stepped',
        outcome: 'success',
        who: { kind: 'system', through: 'start' },
        what: { stepMs: Math.round(step) },
      })),
    );
    return [];
  } catch (thrown) {
    log.warn('clock.step-not-recorded', { kind: asDomainError(thrown).kind });
    return steps.slice(-UNRECORDED_MAX);
  }
}

async function realPause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal });
}
