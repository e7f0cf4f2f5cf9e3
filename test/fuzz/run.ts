import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SeededRandom } from '../fixtures/seeded-random.ts';
import type { FuzzInput, FuzzSession, FuzzTarget } from './target.ts';

/** Inputs between two looks at whether all is well. */
export const BATCH_INPUTS = 48;
/** So many different faults are told; more say nothing new. */
const FAILURES_MAX = 20;
/** Of one fault. */
const FAILURE_SEEDS_MAX = 5;

export interface FuzzFailure {
  readonly target: string;
  /** Each makes its input again; several when only a batch as a whole is known to be at fault. */
  readonly seeds: readonly number[];
  readonly problems: readonly string[];
}

export interface FuzzPlan {
  readonly target: FuzzTarget;
  /** Seeds of the inputs, as many as are wanted. */
  readonly seeds: Iterable<number>;
  /** Where inputs that failed are kept; none: nowhere. */
  readonly folder?: string;
  readonly onBatch?: (inputs: number, failures: number) => void;
}

export interface FuzzReport {
  readonly inputs: number;
  readonly kinds: Readonly<Record<string, number>>;
  readonly figures: Readonly<Record<string, number>>;
  readonly failures: readonly FuzzFailure[];
}

export function inputOf(target: FuzzTarget, seed: number): FuzzInput {
  return target.make(new SeededRandom(seed));
}

/** Tries one input a seed, and looks after each batch whether the program still does what it should. */
export async function runFuzz(plan: FuzzPlan): Promise<FuzzReport> {
  const { target } = plan;
  await target.prepare?.();
  const session = await target.open();
  const kinds: Record<string, number> = {};
  const failures: FuzzFailure[] = [];
  let inputs = 0;
  let figures: Readonly<Record<string, number>> = {};
  const met = new Map<string, number>();
  const fail = (seeds: readonly number[], problems: readonly string[]) => {
    const fresh = problems.filter((problem) => {
      const times = (met.get(signatureOf(problem)) ?? 0) + 1;
      met.set(signatureOf(problem), times);
      return times <= FAILURE_SEEDS_MAX;
    });
    if (fresh.length === 0) return;
    failures.push({ target: target.name, seeds, problems: fresh });
    if (plan.folder !== undefined) for (const seed of seeds) keep(plan.folder, target, seed, fresh);
  };
  try {
    for (const batch of batches(plan.seeds)) {
      await inLanes(session, batch, async (seed) => {
        const input = inputOf(target, seed);
        kinds[input.kind] = (kinds[input.kind] ?? 0) + 1;
        fail([seed], await session.try(input));
      });
      inputs += batch.length;
      fail(batch, await session.check());
      plan.onBatch?.(inputs, met.size);
      if (met.size >= FAILURES_MAX) break;
    }
  } finally {
    figures = session.figures?.() ?? {};
    const problems = await session.close();
    if (problems.length > 0) failures.push({ target: target.name, seeds: [], problems });
  }
  return { inputs, kinds, figures, failures };
}

/** The fault without what differs from input to input: addresses, numbers, identifiers. */
function signatureOf(problem: string): string {
  return problem
    .replace(/^[^:]*: (?=answered|an answer)/, '')
    .replace(/req-\w+|\d[\d.:TZ-]*/g, '#')
    .slice(0, 240);
}

function* batches(seeds: Iterable<number>): Generator<readonly number[]> {
  let batch: number[] = [];
  for (const seed of seeds) {
    batch.push(seed);
    if (batch.length < BATCH_INPUTS) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function inLanes({ lanes }: FuzzSession, seeds: readonly number[], work: (seed: number) => Promise<void>): Promise<void> {
  const rest = seeds.values();
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      for (const seed of rest) await work(seed);
    }),
  );
}

/** `<target>-<seed>-<part>.bin`, and what was wrong beside it. */
function keep(folder: string, target: FuzzTarget, seed: number, problems: readonly string[]): void {
  mkdirSync(folder, { recursive: true });
  const { kind, parts } = inputOf(target, seed);
  for (const [at, part] of parts.entries()) writeFileSync(join(folder, `${target.name}-${seed}-${at}.bin`), part);
  writeFileSync(join(folder, `${target.name}-${seed}.json`), `${JSON.stringify({ target: target.name, seed, kind, problems }, null, 2)}\n`);
}
