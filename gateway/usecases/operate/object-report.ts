import type { ObjectKey } from '../../domain/identifiers.ts';

/** A report names so many objects at most; the counts go on. */
export const OBJECTS_LISTED_MAX = 10_000;

/** What is wrong with which objects: all of them counted, the first of them named. */
export interface ObjectProblems<Problem extends string> {
  readonly problems: Readonly<Record<Problem, number>>;
  readonly listed: readonly { readonly problem: Problem; readonly key: ObjectKey }[];
}

/** Begins a report. `kinds`: every problem there can be, so that one that did not occur is told as 0. */
export function startObjectReport<Problem extends string>(
  kinds: readonly Problem[],
): { readonly found: ObjectProblems<Problem>; readonly add: (problem: Problem, key: ObjectKey) => void } {
  const problems = Object.fromEntries(kinds.map((kind) => [kind, 0])) as Record<Problem, number>;
  const listed: { problem: Problem; key: ObjectKey }[] = [];
  const add = (problem: Problem, key: ObjectKey) => {
    problems[problem] += 1;
    if (listed.length < OBJECTS_LISTED_MAX) listed.push({ problem, key });
  };
  return { found: { problems, listed }, add };
}
