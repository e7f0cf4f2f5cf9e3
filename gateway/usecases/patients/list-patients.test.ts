import { describe, expect, test } from 'vitest';
import { HOSPITAL, person } from '../../../test/fixtures/people/actors.ts';
import { createFairTurns } from '../../domain/bounds/fair-turns.ts';
import type { PatientNo, PersonId, StudyId } from '../../domain/identifiers.ts';
import type { IndexedStudy } from '../../domain/imaging/study.ts';
import type { StudyIndex } from '../../domain/imaging/study-index.ts';
import type { PatientIndex } from '../../domain/patients/patient-index.ts';
import { SEARCH_TURNS } from '../find/find-studies.ts';
import { createPatientLister, PATIENT_PAGE_STEPS_MAX, PATIENT_SEARCH_STUDIES_MAX } from './list-patients.ts';

const NURSE = person({ job: 'nurse', facility: HOSPITAL });

/** A facility's studies, the newest first, each the letter of its person; a study's number is how many there are from it on, and stays when newer ones come. */
function region(line: string) {
  let letters = [...line];
  const asked: number[] = [];
  const placeOf = (id: string) => letters.length - Number(id);
  const idAt = (place: number) => String(letters.length - place) as StudyId;
  const studies: Pick<StudyIndex, 'listStudies'> = {
    async listStudies(_asker, _filter, { after, limit }) {
      const from = after === undefined ? 0 : placeOf(after) + 1;
      asked.push(limit);
      const page = letters.slice(from, from + limit).map((_, n) => ({ id: idAt(from + n) }) as IndexedStudy);
      return { studies: page, ...(from + limit < letters.length ? { next: idAt(from + limit - 1) } : {}) };
    },
  };
  const patients: Pick<PatientIndex, 'patientsOf' | 'seenOf'> = {
    patientsOf: async (ids) =>
      ids.map((studyId) => ({ studyId, no: '1' as PatientNo, personId: (letters[placeOf(studyId)] ?? '') as PersonId })),
    // In no order.
    seenOf: async (_asker, persons) =>
      [...persons].sort().flatMap((personId) => {
        const first = letters.indexOf(personId);
        if (first < 0) return [];
        const newest = { studyId: idAt(first), studyDate: '' };
        return [
          { personId, patients: [], studiesOf: [], studies: letters.filter((letter) => letter === personId).length, unopened: 0, newest },
        ];
      }),
  };
  let recorded = 0;
  const recorder = { listed: async () => void recorded++ };
  const list = createPatientLister({
    studies,
    patients,
    recorder,
    searches: createFairTurns(SEARCH_TURNS),
    clock: { now: () => new Date() },
  });
  const page = async (request: { q?: string; after?: string; limit: number }) => {
    const { persons, next, more } = await list(NURSE, HOSPITAL, request);
    return { persons: persons.map(({ seen }) => seen.personId).join(''), next, more };
  };
  const pages = async (limit: number) => {
    const found: string[] = [];
    for (let after: string | undefined; ; ) {
      const { persons, next } = await page({ limit, ...(after === undefined ? {} : { after }) });
      found.push(persons);
      if (next === undefined) return found;
      after = next;
    }
  };
  const becomes = (next: string) => {
    letters = [...next];
  };
  return { page, pages, asked, recorded: () => recorded, becomes };
}

describe('all persons, page by page', () => {
  test.each([
    ['nobody', '', 2, ['']],
    ['each once, by the newest study', 'abacbd', 3, ['ab', 'cd']],
    ['one person fills page after page', `a${'b'.repeat(40)}c`, 2, ['ab', '', '', '', '', 'c']],
    ['the last page is full', 'abcd', 2, ['ab', 'cd']],
  ])('%s', async (_name, line, limit, expected) => {
    const found = await region(line).pages(limit);
    expect(found.join('')).toBe([...new Set(line)].join(''));
    expect(found.filter((page) => page !== '')).toEqual(expected.filter((page) => page !== ''));
  });

  test('no page looks at more than a bound of studies', async () => {
    const { page, asked } = region('a'.repeat(10_000));
    await page({ limit: 50 });
    expect(asked.length).toBe(PATIENT_PAGE_STEPS_MAX);
    expect(Math.max(...asked)).toBe(50);
  });

  test('of whom something newer came meanwhile is not on the next page too', async () => {
    const { page, becomes } = region('abcd');
    const { next } = await page({ limit: 2 });
    becomes('cabcd');
    // c is on the first page by now.
    expect(await page({ limit: 3, after: next ?? '' })).toMatchObject({ persons: 'd' });
  });
});

describe('a search', () => {
  test('finds persons in the order of what was found, up to the limit, and says when there are more', async () => {
    expect(await region('abacbd').page({ q: 'yamada', limit: 10 })).toEqual({ persons: 'abcd', next: undefined, more: false });
    expect(await region('abacbd').page({ q: 'yamada', limit: 3 })).toEqual({ persons: 'abc', next: undefined, more: true });
    const many = `${'a'.repeat(PATIENT_SEARCH_STUDIES_MAX)}b`;
    expect(await region(many).page({ q: 'yamada', limit: 3 })).toEqual({ persons: 'a', next: undefined, more: true });
  });

  test('has no next page', async () => {
    await expect(region('ab').page({ q: 'yamada', after: '1', limit: 3 })).rejects.toMatchObject({ kind: 'invalid' });
  });

  test('for nothing but spaces is all persons', async () => {
    expect(await region('aab').page({ q: ' 　', limit: 2 })).toMatchObject({ persons: 'ab' });
  });
});

test('the same answer is on record once in its time, another is another', async () => {
  const { page, recorded, becomes } = region('ab');
  for (let n = 0; n < 3; n++) await page({ limit: 2 });
  expect(recorded()).toBe(1);
  becomes('abc');
  await page({ limit: 3 });
  expect(recorded()).toBe(2);
});
