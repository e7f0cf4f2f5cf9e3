import { describe, expect, test } from 'vitest';
import { dataSetBytes, elementsOf } from '../fixtures/dicom/elements.ts';
import { SeededRandom } from '../fixtures/seeded-random.ts';
import { mutated } from './bytes.ts';
import { TARGETS } from './main.ts';
import { REGRESSIONS } from './regressions.ts';
import { inputOf, runFuzz } from './run.ts';
import { seedFiles } from './seed-files.ts';

/** Inputs of each target in `npm test`: a fixed number from a fixed seed. `npm run fuzz` goes further. */
const INPUTS: Readonly<Record<string, number>> = { dimse: 192, stow: 96, query: 288, reader: 960, codec: 144 };
const SEED = 20_260_701;
const TEST_MS_MAX = 600_000;

describe.each(Object.values(TARGETS))('fuzz $name', (target) => {
  test('nothing falls over, nothing of others is touched', { timeout: TEST_MS_MAX }, async () => {
    const known = REGRESSIONS.filter((one) => one.target === target.name).map(({ seed }) => seed);
    const count = INPUTS[target.name] ?? 0;
    const seeds = [...known, ...Array.from({ length: count }, (_, at) => SEED + at)];
    const { inputs, failures } = await runFuzz({ target, seeds });
    expect(failures).toEqual([]);
    expect(inputs).toBe(seeds.length);
  });

  test('the same seed gives the same input', async () => {
    await target.prepare?.();
    for (const seed of [1, 2, 3, SEED]) expect(inputOf(target, seed)).toEqual(inputOf(target, seed));
  });
});

test('a mutation leaves the bytes it is made from', () => {
  const bytes = Buffer.from('what it is made from');
  for (let seed = 0; seed < 200; seed += 1) mutated(new SeededRandom(seed), bytes);
  expect(bytes.toString()).toBe('what it is made from');
});

test('a data set taken apart and put together is the same', () => {
  const explicit = seedFiles().filter(({ transferSyntaxUID }) => transferSyntaxUID === '1.2.840.10008.1.2.1');
  expect(explicit.length).toBeGreaterThan(2);
  for (const { dataSet } of explicit) expect(dataSetBytes(elementsOf(dataSet)).equals(dataSet)).toBe(true);
});

test('a fault is told with its seed', async () => {
  const target = {
    name: 'faulty',
    make: (random: SeededRandom) => ({ kind: 'one', parts: [Buffer.from([random.below(4)])] }),
    open: async () => ({
      lanes: 2,
      try: async ({ parts }: { parts: readonly Buffer[] }) => (parts[0]?.[0] === 3 ? ['three'] : []),
      check: async () => [],
      close: async () => ['not sound'],
    }),
  };
  const { failures } = await runFuzz({ target, seeds: Array.from({ length: 40 }, (_, at) => at) });
  const threes = failures.filter(({ problems }) => problems[0] === 'three');
  expect(threes.length).toBeGreaterThan(0);
  for (const { seeds } of threes) expect(inputOf(target, seeds[0] as number).parts[0]?.[0]).toBe(3);
  expect(failures.at(-1)).toEqual({ target: 'faulty', seeds: [], problems: ['not sound'] });
});
