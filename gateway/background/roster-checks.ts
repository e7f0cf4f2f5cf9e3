import type { Clock } from '../domain/clock.ts';
import type { Log } from '../domain/operation/log.ts';
import type { RosterIndex } from '../domain/patients/roster-import.ts';
import { checkRoster } from '../usecases/roster/check-roster.ts';
import { startInSteps } from './in-steps.ts';

/** Somebody waits in front of the page for what their file means. */
const ROSTER_POLL_MS = 1_000;
const FORGET_EVERY_MS = 3_600_000;

/** Compares lists of patients that were read with who is known, and forgets those whose time is over, until it is stopped. */
export function startRosterChecks({ rosters, clock, log }: { readonly rosters: RosterIndex; readonly clock: Clock; readonly log: Log }): {
  stop(): Promise<void>;
} {
  const stopping = new AbortController();
  let forgottenAt = 0;
  const step = async (at: Date) => {
    if (at.getTime() - forgottenAt >= FORGET_EVERY_MS) {
      forgottenAt = at.getTime();
      await rosters.forget(at);
    }
    return checkRoster({ rosters, clock }, stopping.signal);
  };
  const checks = startInSteps({ step, failing: 'rosters.check-failed', clock, log, pollMs: ROSTER_POLL_MS });
  return {
    stop: () => {
      stopping.abort();
      return checks.stop();
    },
  };
}
