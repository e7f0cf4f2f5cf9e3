/** A roster of 10,000 beside 135,531 persons: how long candidates take, how many of the true ones are among them, and how many links that need nobody are wrong. */
import { rosterTrial, type TrialSize } from '../fixtures/patients/roster-trial.ts';
import type { Bench } from './report.ts';

const SECONDS_GOAL = 60;
const FOUND_GOAL = 0.95;

/** No peer: the limits are the issue's. Ratios are to them. */
export async function roster(size: TrialSize): Promise<Bench> {
  const before = process.cpuUsage();
  const trial = rosterTrial(size);
  const cpu = process.cpuUsage(before);
  const seconds = trial.ms / 1_000;
  const found = trial.found / trial.pairs;
  const percent = (part: number, of: number) => `${((100 * part) / of).toFixed(1)} %`;
  return {
    title: `A roster of ${trial.rows} beside ${size.persons} persons (${trial.knownPatients} patients), seed ${size.seed}`,
    rows: [
      {
        what: 'candidates for the whole roster',
        ours: `${seconds.toFixed(1)} s (CPU with making up the people ${((cpu.user + cpu.system) / 1e6).toFixed(1)} s)`,
        peer: `goal ${SECONDS_GOAL} s`,
        ratio: seconds / SECONDS_GOAL,
        goal: { atMost: 1 },
        limit: 'describing 217,000 patients: folding their names and working out how they sound',
      },
      {
        what: 'true pairs among what is proposed',
        ours: `${percent(trial.found, trial.pairs)} (${trial.found} of ${trial.pairs})`,
        peer: `goal ${FOUND_GOAL * 100} %`,
        ratio: found / FOUND_GOAL,
        goal: { atLeast: 1 },
        limit: 'names in kanji alone on one side and in kana alone on the other, with neither address, phone nor insurance',
      },
      {
        what: 'links that need nobody',
        ours: `${trial.automatic} of ${trial.pairs}, ${trial.wrongAutomatic.length} wrong`,
        peer: 'goal 0 wrong',
        ratio: trial.wrongAutomatic.length,
        goal: { atMost: 0 },
        limit: 'the phone or the insurance is known and the same in half of the pairs',
      },
      {
        what: 'what is left to a person',
        ours: `${trial.toReview} proposals for ${trial.rowsToReview} rows, ${percent(trial.rightInReview, trial.toReview)} right`,
        peer: '–',
        limit: 'strangers of a common name and a near birth date',
      },
    ],
  };
}
