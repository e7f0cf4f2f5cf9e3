import { expect, it } from 'vitest';
import { isLookup, isSearch, type Match, type QueryPage } from './query.ts';

const PAGE: QueryPage = { offset: 0, limit: 5001 };
const is = (keyword: Match['keyword'], ...values: string[]): Match => ({ keyword, kind: 'values', values });
const name: Match = { keyword: 'PatientName', kind: 'name', pattern: 'a', fuzzy: true };
const wildcard: Match = { keyword: 'PatientID', kind: 'wildcard', pattern: 'a*' };
const days: Match = { keyword: 'StudyDate', kind: 'range', from: '20260101' };
const moments: Match = { keyword: 'StudyDate', kind: 'moments', from: { date: '20260101', time: '100000.000000' } };

it.each<[string, Parameters<typeof isLookup>[0], Match[], QueryPage, boolean]>([
  ['the newest', 'study', [], PAGE, true],
  ['far behind the newest', 'study', [], { offset: 10_001, limit: 1 }, false],
  ['some days', 'study', [days], PAGE, true],
  ['some moments', 'study', [moments], PAGE, false],
  ['by UID', 'study', [is('StudyInstanceUID', '1.2', '1.3')], PAGE, true],
  ['by patient and day', 'study', [is('PatientID', 'P'), days], PAGE, true],
  ['without a patient', 'study', [is('PatientID', '')], PAGE, false],
  ['by accession number', 'study', [is('AccessionNumber', 'A')], PAGE, true],
  ['by description', 'study', [is('StudyDescription', 'A')], PAGE, false],
  ['by modality', 'study', [is('ModalitiesInStudy', 'CT')], PAGE, false],
  ['by a key of a lower level', 'study', [is('SeriesInstanceUID', '1.2')], PAGE, false],
  ['by name', 'study', [name], PAGE, false],
  ['by name of one study', 'study', [name, is('StudyInstanceUID', '1.2')], PAGE, false],
  ['with wildcards', 'study', [wildcard], PAGE, false],
  ['all series', 'series', [], PAGE, false],
  ['all series of some days', 'series', [days], PAGE, false],
  ['series of a study', 'series', [is('StudyInstanceUID', '1.2'), is('Modality', 'CT')], PAGE, true],
  ['series of a study, by name', 'series', [is('StudyInstanceUID', '1.2'), name], PAGE, false],
  ['all instances', 'instance', [], PAGE, false],
  ['instances of a series', 'instance', [is('SeriesInstanceUID', '1.2')], PAGE, true],
  ['one instance', 'instance', [is('SOPInstanceUID', '1.2')], PAGE, true],
  ['instances by their class', 'instance', [is('SOPClassUID', '1.2')], PAGE, false],
])('%s is a lookup: %s', (_name, level, matches, page, expected) => {
  expect(isLookup(level, matches, page)).toBe(expected);
});

it.each([
  [{ words: [], modalities: [] }, false],
  [{ words: [], modalities: [], studyDateFrom: '20260101', ownership: 'own' as const }, false],
  [{ words: [{ raw: 'a', folded: 'a' }], modalities: [] }, true],
  [{ words: [], modalities: ['CT'] }, true],
])('list %j is a search: %s', (filter, expected) => {
  expect(isSearch(filter)).toBe(expected);
});
