import { expect, test } from 'vitest';
import type { Rights, RightsRow } from '../../gateway/api/contract/rights.ts';
import { type Edits, toUsual, withEdit } from './edits.ts';

const cell = (more: Partial<RightsRow>): RightsRow => ({
  job: 'nurse',
  kind: 'clinic',
  act: 'view',
  scope: 'all',
  usual: 'all',
  holds: 'all',
  scopes: ['none', 'own', 'all'],
  why: null,
  ...more,
});
const NONE: Edits = new Map();

test('what is chosen is kept once, and what stands is no edit', () => {
  const once = withEdit(NONE, cell({}), 'own');
  expect([...once.values()]).toEqual([{ job: 'nurse', kind: 'clinic', act: 'view', scope: 'own' }]);
  expect([...withEdit(once, cell({}), 'none').values()].map(({ scope }) => scope)).toEqual(['none']);
  expect(withEdit(once, cell({}), 'all').size).toBe(0);
});

test('a job as at first: what differs there, and nothing of other jobs', () => {
  const rights = {
    cells: [cell({ scope: 'own' }), cell({ act: 'give', scope: 'none', usual: 'none' }), cell({ job: 'clerk', scope: 'own' })],
  } as unknown as Rights;
  const edited = withEdit(NONE, cell({ act: 'give', scope: 'none', usual: 'none' }), 'own');
  expect([...toUsual(edited, rights, 'nurse').values()]).toEqual([{ job: 'nurse', kind: 'clinic', act: 'view', scope: 'all' }]);
});
