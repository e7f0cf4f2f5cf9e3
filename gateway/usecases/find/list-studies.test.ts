import { expect, test } from 'vitest';
import { HOSPITAL, person } from '../../../test/fixtures/people/actors.ts';
import { createFairTurns } from '../../domain/bounds/fair-turns.ts';
import { LISTING_WINDOW_MS } from '../record/once-in-window.ts';
import { SEARCH_TURNS } from './find-studies.ts';
import { createStudyLister } from './list-studies.ts';

const NURSE = person({ job: 'nurse', facility: HOSPITAL });

test('the same list of the same person is on record once in its time, wherever the system’s clock is set meanwhile', async () => {
  let nowMs = 0;
  let clock = new Date('2026-11-26T09:00:00Z');
  let recorded = 0;
  const list = createStudyLister({
    studies: { listStudies: async () => ({ studies: [] }) },
    recorder: { admit: () => {}, listed: async () => void recorded++ },
    searches: createFairTurns(SEARCH_TURNS),
    clock: { now: () => clock },
    monotonicMs: () => nowMs,
  });
  const after = async (ms: number, at: string) => {
    nowMs += ms;
    clock = new Date(at);
    await list(NURSE, HOSPITAL, { limit: 10 });
    return recorded;
  };
  expect(await after(0, '2026-11-26T09:00:00Z')).toBe(1);
  expect(await after(LISTING_WINDOW_MS - 1, '2026-11-27T09:00:00Z')).toBe(1);
  expect(await after(1, '2026-11-25T09:00:00Z')).toBe(2);
});
