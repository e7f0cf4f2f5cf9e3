// @vitest-environment happy-dom
import { screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import type { Roster } from '../../gateway/api/contract/rosters.ts';
import { sessionOf } from '../../test/fixtures/viewer/samples.ts';
import { LANGUAGES, showPart } from '../../test/fixtures/viewer/show-part.tsx';
import { RostersPage } from './rosters-page.tsx';

const COUNTS = { lines: 2, patients: 1, faults: 0, repeated: 0, truncated: false, new: 1, changed: 0, same: 0, other: 0, doubled: 0 };
const ROSTER: Roster = {
  id: '5',
  facility: { code: 'H1', name: '中央病院' },
  kind: 'csv',
  charset: 'utf-8',
  state: 'checking',
  counts: { ...COUNTS, candidates: null, shared: null },
  undoing: null,
  read: { at: '2026-11-27T00:00:00Z', by: '事務 太郎' },
  applied: null,
  undone: null,
  kept: true,
};

it.each(LANGUAGES)('%s: a list that is being compared shows by itself that it waits to be applied', async (language) => {
  let asked = 0;
  const answer = () => ({ rosters: [{ ...ROSTER, state: asked++ === 0 ? 'checking' : 'ready' }], next: null });
  const { words } = await showPart(<RostersPage />, {
    language,
    session: sessionOf({ facility: { code: 'H1', name: '中央病院' } }),
    answers: { 'GET /api/rosters': answer, 'GET /api/facilities': { facilities: [] } },
  });
  await screen.findByText(words.rosters.state.checking);
  await screen.findByText(words.rosters.state.ready);
  expect(asked).toBeGreaterThan(1);
});
