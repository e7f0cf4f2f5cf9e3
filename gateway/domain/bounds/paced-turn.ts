import type { FairTurns } from './fair-turns.ts';

export type Rest = (ms: number) => Promise<unknown>;

/**
 * The result is there as soon as the work is done; its turn lasts `restMs` longer, so that the next one begins no sooner.
 * @throws as `FairTurns.run`
 */
export function inPacedTurn<Result>(
  turns: Pick<FairTurns, 'run'>,
  asker: string,
  work: () => Promise<Result>,
  restMs: (result: Result) => number,
  rest: Rest = restFor,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const workAndRest = async () => {
      const result = await work();
      resolve(result);
      await rest(Math.max(0, restMs(result)));
    };
    turns.run(asker, workAndRest).catch(reject);
  });
}

async function restFor(ms: number): Promise<void> {
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
}
