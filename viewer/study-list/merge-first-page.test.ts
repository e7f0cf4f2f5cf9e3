import { describe, expect, it } from 'vitest';
import type { StudyList, StudySummary } from '../../gateway/api/contract/studies.ts';
import { mergeFirstPage, studyKey } from './merge-first-page.ts';

const study = (uid: string, owner = 'A') => ({ studyInstanceUID: uid, owner: { code: owner, name: owner } }) as StudySummary;
const page = (uids: string, next: string | null): StudyList => ({ studies: [...uids].map((uid) => study(uid)), next });
const uids = (pages: readonly StudyList[]) => pages.map((one) => one.studies.map((two) => two.studyInstanceUID).join(''));

describe('mergeFirstPage', () => {
  it.each([
    ['nothing changed', [page('abc', '1'), page('def', null)], page('abc', '1'), ['abc', 'def'], ''],
    ['one arrived and pushed the last beyond', [page('abc', '1'), page('def', null)], page('xab', '9'), ['xabc', 'def'], 'A/x'],
    ['one was taken away, the next page moved up', [page('abc', '1'), page('def', null)], page('acd', '9'), ['acd', 'ef'], ''],
    ['arrived in the middle', [page('abc', '1')], page('axb', '9'), ['axbc'], 'A/x'],
    ['everything is new', [page('abc', '1')], page('xyz', '9'), ['xyzabc'], 'A/x A/y A/z'],
    ['the fresh page is the whole list', [page('abc', '1'), page('def', null)], page('ab', null), ['ab'], ''],
    ['the first answer of all', [], page('ab', '1'), ['ab'], ''],
  ])('%s', (_name, before, fresh, expected, arrived) => {
    const merged = mergeFirstPage(before, fresh);
    expect(uids(merged.pages)).toEqual(expected);
    expect(merged.arrived.join(' ')).toBe(arrived);
  });

  it('goes on where the old second page began', () => {
    expect(mergeFirstPage([page('abc', 'old')], page('xab', 'new')).pages[0]?.next).toBe('old');
  });

  it('keeps the same UID of two owners apart', () => {
    expect(studyKey(study('1', 'A'))).not.toBe(studyKey(study('1', 'B')));
  });
});
