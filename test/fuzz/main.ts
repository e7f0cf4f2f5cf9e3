/**
 * Inputs that nobody would send, made from real and made ones, against the real program.
 *
 *   npm run fuzz -- reader --minutes 10              as many as go into ten minutes, from a seed of today
 *   npm run fuzz -- stow dimse --minutes 5 --seed 7  the same inputs whenever the seed is 7
 *   npm run fuzz -- codec --seed 12345 --count 1     one input again
 *
 * | target | what is sent                                                       | to                          |
 * |--------|--------------------------------------------------------------------|-----------------------------|
 * | dimse  | PDUs, command sets, data sets; wrong, cut, out of order            | the DIMSE door of a gateway |
 * | stow   | files, multipart bodies, headers; what is stored is looked at      | the HTTP doors of a gateway |
 * | query  | addresses, parameters, headers of searches and retrievals          | the HTTP doors of a gateway |
 * | reader | objects                                                            | the reader                  |
 * | codec  | frames and what describes them                                     | the decoders and renderer   |
 *
 * After each batch: the program lives and is ready, another facility's STOW-RS and C-STORE are taken, its images are there to the byte, memory is
 * within its bound, nothing unforeseen is in the log. No answer is a 500. At the end `verify` and `audit verify` must be sound. Inputs that fail are
 * kept in `fuzz-failures/` (`--folder`) with their seed. Put the seed into `regressions.ts`: `npm test` tries those each time.
 */
import { parseArgs } from 'node:util';
import { codec } from './codec.ts';
import { dimse } from './dimse.ts';
import { query } from './query.ts';
import { reader } from './reader.ts';
import { runFuzz } from './run.ts';
import { stow } from './stow.ts';
import type { FuzzTarget } from './target.ts';

export const TARGETS: Readonly<Record<string, FuzzTarget>> = { dimse, stow, reader, codec, query };

interface Options {
  readonly targets: readonly FuzzTarget[];
  readonly minutes: number;
  readonly seed: number;
  readonly count: number;
  readonly folder: string;
}

/** @returns 0 when nothing failed, 1 when something did, 2 when the words are not understood */
export async function main(argv: readonly string[], _environment: Readonly<Record<string, string | undefined>>): Promise<number> {
  const options = optionsOf(argv);
  if (typeof options === 'string') {
    process.stderr.write(
      `${options}\nnpm run fuzz -- ${Object.keys(TARGETS).join('|')} [--minutes N] [--seed S] [--count N] [--folder F]\n`,
    );
    return 2;
  }
  let failed = false;
  for (const target of options.targets) failed = (await fuzzOne(target, options)) || failed;
  return failed ? 1 : 0;
}

async function fuzzOne(target: FuzzTarget, { minutes, seed, count, folder }: Options): Promise<boolean> {
  const until = performance.now() + minutes * 60_000;
  function* seeds() {
    for (let at = 0; at < count && performance.now() < until; at += 1) yield seed + at;
  }
  process.stdout.write(`[${target.name}] seeds from ${seed}\n`);
  let told = performance.now();
  const onBatch = (inputs: number, failures: number) => {
    if (performance.now() - told < 10_000) return;
    told = performance.now();
    process.stdout.write(`[${target.name}] ${inputs} inputs, ${failures} failures\n`);
  };
  const { inputs, kinds, figures, failures } = await runFuzz({ target, seeds: seeds(), folder, onBatch });
  process.stdout.write(
    `[${target.name}] ${inputs} inputs ${JSON.stringify(kinds)} ${JSON.stringify(figures)}, ${failures.length} failures\n`,
  );
  for (const { seeds: at, problems } of failures)
    process.stdout.write(
      `[${target.name}] seed ${at.length > 1 ? `one of ${at[0]}–${at.at(-1)}` : (at[0] ?? 'at the end')}: ${problems.join('\n  ')}\n`,
    );
  return failures.length > 0;
}

function optionsOf(argv: readonly string[]): Options | string {
  const text = { type: 'string' } as const;
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: { minutes: text, seed: text, count: text, folder: text },
    });
    const unknown = positionals.filter((name) => !Object.hasOwn(TARGETS, name));
    if (unknown.length > 0) return `there is no target ${unknown.join(', ')}`;
    const { seed = String(Math.floor(Date.now() / 1000)), count = 'Infinity', folder = 'fuzz-failures' } = values;
    // A count without minutes is a count.
    const minutes = values.minutes ?? (values.count === undefined ? '1' : 'Infinity');
    const numbers = { minutes: Number(minutes), seed: Number(seed), count: Number(count) };
    const wrong = Object.entries(numbers).find(([, value]) => !(value >= 0));
    if (wrong !== undefined) return `--${wrong[0]} takes a number`;
    const targets = (positionals.length === 0 ? Object.keys(TARGETS) : positionals).map((name) => TARGETS[name] as FuzzTarget);
    return { targets, ...numbers, folder };
  } catch (thrown) {
    return (thrown as Error).message;
  }
}
