import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { BombOutcome } from '../fixtures/hostile/header-bomb-child.ts';
import { HEADER_BOMBS } from '../fixtures/hostile/header-bombs.ts';
import { WITH_TYPESCRIPT } from '../fixtures/servers/typescript-child.ts';

/**
 * What a header may cost is bounded by counts (gateway/dicom/parse/header-budget.ts), and so is the memory of the process that reads it. A header
 * past what the main thread may read is read in a thread, so nobody waits for it.
 */

/** By which the process may grow over one header: the thread's heap, its JSON and its gzip. Far below it in truth. */
const GROWTH_BYTES_MAX = 700 * 1024 * 1024;

/** What each comes to at 16 MiB; undefined: it is kept. */
const REASONS: Readonly<Record<string, string | undefined>> = {
  items: 'header-too-many-items',
  'items of undefined length': 'header-too-many-items',
  'items of one element': 'header-too-many-items',
  'large values between items': 'header-too-many-items',
  'values of a byte': undefined,
  'values of nothing': undefined,
  names: undefined,
  numbers: undefined,
  tags: undefined,
  words: undefined,
  escapes: undefined,
  controls: undefined,
  elements: 'header-too-many-elements',
  'the same element': 'header-too-many-elements',
  nesting: undefined,
  'nesting without end': 'header-too-deep',
  'functional groups': 'header-too-many-items',
  'a study that refers to millions': 'header-too-many-items',
  fragments: 'too-many-fragments',
  'an offset table': undefined,
  'deflated pixels': undefined,
  'a deflated header': 'header-too-many-items',
  'implicit zeros': undefined,
  'a meta group of millions': 'header-too-many-elements',
};
/** Their headers are small, or read no further than the main thread may. */
const READ_HERE: ReadonlySet<string> = new Set(['nesting without end', 'an offset table', 'deflated pixels', 'implicit zeros']);

/** One process for all, so that what one leaves behind counts for the next. */
async function outcomesOf(mebibytes: number, names: readonly string[]): Promise<readonly BombOutcome[]> {
  const outcomes: BombOutcome[] = [];
  const child = fork(fileURLToPath(new URL('../fixtures/hostile/header-bomb-child.ts', import.meta.url)), [String(mebibytes), ...names], {
    execArgv: [...WITH_TYPESCRIPT],
  });
  child.on('message', (outcome) => outcomes.push(outcome as BombOutcome));
  await once(child, 'exit');
  return outcomes;
}

test('16 MiB of each: the reason it must have, little memory, and a thread where it is large', async () => {
  const outcomes = await outcomesOf(16, Object.keys(HEADER_BOMBS));
  expect(Object.fromEntries(outcomes.map(({ name, reason }) => [name, reason]))).toEqual(REASONS);
  for (const { name, grownBytes, threadsAsked, here } of outcomes) {
    expect(grownBytes, name).toBeLessThan(GROWTH_BYTES_MAX);
    if (!READ_HERE.has(name)) expect([threadsAsked, here], name).toEqual([1, 'too much']);
  }
});

test('62 MiB of those that grow with their size', async () => {
  const outcomes = await outcomesOf(62, ['items', 'large values between items', 'names', 'nesting', 'elements', 'functional groups']);
  expect(outcomes.map(({ kind }) => kind)).toEqual(['unreadable', 'unreadable', 'instance', 'unreadable', 'unreadable', 'unreadable']);
  for (const { name, reason, grownBytes } of outcomes) {
    expect(reason, name).not.toBe('reader-failed');
    expect(grownBytes, name).toBeLessThan(GROWTH_BYTES_MAX);
  }
});
