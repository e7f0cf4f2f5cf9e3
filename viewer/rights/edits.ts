import type { Rights, RightsCell, RightsRow } from '../../gateway/api/contract/rights.ts';

/** What was chosen and is not saved: by `job kind act`. */
export type Edits = ReadonlyMap<string, RightsCell>;

export const keyOf = ({ job, kind, act }: Pick<RightsCell, 'job' | 'kind' | 'act'>): string => `${job} ${kind} ${act}`;

/** With one more choice; what is chosen as it stands is no edit. */
export function withEdit(edits: Edits, { job, kind, act, scope: stands }: RightsRow, scope: RightsCell['scope']): Edits {
  const next = new Map(edits);
  const cell = { job, kind, act, scope };
  if (scope === stands) next.delete(keyOf(cell));
  else next.set(keyOf(cell), cell);
  return next;
}

/** All of a job as at first. */
export function toUsual(edits: Edits, { cells }: Rights, job: RightsRow['job']): Edits {
  return cells.filter((cell) => cell.job === job).reduce<Edits>((so, cell) => withEdit(so, cell, cell.usual), edits);
}
