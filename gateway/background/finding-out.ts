import type { Clock } from '../domain/clock.ts';
import type { Index } from '../domain/opened-index.ts';
import type { Log } from '../domain/operation/log.ts';
import { judgeUse } from '../usecases/oversight/judge-use.ts';
import { proposeLinks } from '../usecases/patients/propose-links.ts';
import { startInSteps } from './in-steps.ts';
import { startRosterChecks } from './roster-checks.ts';

/** What is found out by itself for somebody to decide: which patients may be one person, what a list of patients means, and which use was unusual. How to stop it. */
export function startFindingOut(parts: {
  readonly index: Pick<Index, 'matching' | 'rosters' | 'unusual'>;
  readonly timeZone: string;
  readonly clock: Clock;
  readonly log: Log;
}): () => Promise<void> {
  const { index, timeZone, clock, log } = parts;
  const works = [
    startInSteps({ step: (at) => proposeLinks(index, at), failing: 'patients.matching-failed', clock, log }),
    startRosterChecks({ rosters: index.rosters, clock, log }),
    startInSteps({ step: () => judgeUse({ unusual: index.unusual, timeZone }), failing: 'record.use-not-judged', clock, log }),
  ];
  return async () => {
    await Promise.all(works.map((work) => work.stop()));
  };
}
