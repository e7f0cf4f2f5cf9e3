import type { Clock } from '../domain/clock.ts';
import type { Index } from '../domain/opened-index.ts';
import type { Log } from '../domain/operation/log.ts';
import { judgeUse } from '../usecases/oversight/judge-use.ts';
import { proposeLinks } from '../usecases/patients/propose-links.ts';
import { startInSteps } from './in-steps.ts';
import { startRosterChecks } from './roster-checks.ts';

/**
 * How often it is looked whether the record has new views. What is found waits for somebody's day; nobody is told of it at once: what must be (an
 * emergency, a study of another patient) is told in the transaction that causes it.
 */
export const USE_JUDGED_EVERY_MS = 60_000;

/** What is found out by itself for somebody to decide: which patients may be one person, what a list of patients means, and which use was unusual. How to stop it. */
export function startFindingOut(parts: {
  readonly index: Pick<Index, 'matching' | 'rosters' | 'unusual'>;
  readonly timeZone: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly useJudgedEveryMs?: number;
}): () => Promise<void> {
  const { index, timeZone, clock, log, useJudgedEveryMs: pollMs = USE_JUDGED_EVERY_MS } = parts;
  const judge = () => judgeUse({ unusual: index.unusual, timeZone });
  const works = [
    startInSteps({ step: (at) => proposeLinks(index, at), failing: 'patients.matching-failed', clock, log }),
    startRosterChecks({ rosters: index.rosters, clock, log }),
    startInSteps({ step: judge, failing: 'record.use-not-judged', clock, log, pollMs }),
  ];
  return async () => {
    await Promise.all(works.map((work) => work.stop()));
  };
}
