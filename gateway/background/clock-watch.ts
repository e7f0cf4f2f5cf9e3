import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../domain/clock.ts';
import { asDomainError } from '../domain/errors.ts';
import type { Counters } from '../domain/operation/counters.ts';
import { type Agreement, agreementOf, type DatabaseClock } from '../domain/operation/database-clock.ts';
import type { Log } from '../domain/operation/log.ts';
import type { WarningIndex } from '../domain/operation/warnings.ts';
import type { AuditLog } from '../domain/record/audit-log.ts';

export const CLOCK_LOOK_EVERY_MS = 1_000;
/** The clock of the system may differ from one that only runs on by so much between two looks; more, and it was set. ms. */
export const CLOCK_STEP_MS_MAX = 1_000;

/** So often the system's clock is compared with the database's. */
export const CLOCK_COMPARE_EVERY_MS = 60_000;

export interface ClockWatchParts {
  readonly audit: Pick<AuditLog, 'append'>;
  readonly clock: Clock;
  /** Runs on whatever happens to the clock, ms. */
  readonly steady: () => number;
  readonly log: Log;
  readonly counters: Counters;
  readonly databaseClock: Pick<DatabaseClock, 'compare'>;
  readonly warnings: Pick<WarningIndex, 'raise'>;
  /** This one's name, for whoever has several. */
  readonly machine: string;
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Tells, and puts on record, when the system's clock was set: shares end, sessions live and the record is dated by it. A machine that slept
 * shows as a step forwards, which it is. Tells too when it differs from the database's, as the clock of each other node does or does not; from
 * CLOCK_DRIFT_MS_MAX on the index dates nothing by it.
 */
export function startClockWatch(parts: ClockWatchParts): { stop(): Promise<void> } {
  const { pause = realPause } = parts;
  const stopping = new AbortController();
  const compared = comparing(parts);
  const loop = async () => {
    await compared(false);
    let offset = parts.clock.now().getTime() - parts.steady();
    let unrecorded: number[] = [];
    while (!stopping.signal.aborted) {
      await pause(CLOCK_LOOK_EVERY_MS, stopping.signal).catch(() => {});
      const now = parts.clock.now().getTime() - parts.steady();
      const step = now - offset;
      // Slow corrections add up to no step: they are followed.
      offset = now;
      const stepped = Math.abs(step) > CLOCK_STEP_MS_MAX;
      if (stepped) {
        tell(parts, step);
        unrecorded.push(step);
      }
      await compared(stepped);
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

/** Each minute; and with each look when the clock was set, or while nothing is dated by it, or after a database did not answer. */
function comparing({ databaseClock, warnings, machine, log, steady }: ClockWatchParts): (stepped: boolean) => Promise<void> {
  let dueAtMs = steady();
  let last: Agreement = 'agrees';
  let answered = true;
  return async (stepped) => {
    if (steady() < dueAtMs && !stepped && last !== 'refused' && answered) return;
    try {
      const aheadMs = await databaseClock.compare();
      const found = agreementOf(aheadMs);
      if (found !== last) {
        tellAgreement(log, found, aheadMs);
        last = found;
        dueAtMs = steady();
      }
      if (found !== 'agrees' && steady() >= dueAtMs) await warnings.raise('clock-drift', machine, 1);
      if (steady() >= dueAtMs) dueAtMs = steady() + CLOCK_COMPARE_EVERY_MS;
      answered = true;
    } catch (thrown) {
      if (answered) log.warn('clock.not-compared', { kind: asDomainError(thrown).kind });
      answered = false;
    }
  };
}

function tellAgreement(log: Log, found: Agreement, aheadMs: number): void {
  const told = { aheadMs: Math.round(aheadMs) };
  if (found === 'agrees') log.info('clock.agrees-again', told);
  else if (found === 'drifts') log.warn('clock.drifts', told);
  else log.error('clock.refused', told);
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
