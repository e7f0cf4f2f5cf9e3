import { describe, expect, test } from 'vitest';
import { rosterTrial } from '../../../test/fixtures/patients/roster-trial.ts';
import { foldName } from '../../dicom/text/person-name.ts';
import { BLOCK_PATIENTS_MAX } from './block-keys.ts';
import { CANDIDATES_MAX, CandidateSearch } from './candidates.ts';
import { type DescribedPatient, describedPatient, type PatientDescription } from './same-person.ts';

function patient(facility: string, patientID: string, other: Partial<PatientDescription> = {}): DescribedPatient {
  const name = { alphabetic: '', ideographic: foldName('山田^花子'), phonetic: foldName('ヤマダ^ハナコ') };
  return describedPatient({ facility, patientID, name, birthDate: '19500412', sex: 'F', phone: '088-622-0001', ...other });
}

/** Per patient: `person verdict`. */
function found(
  patients: readonly DescribedPatient[],
  known: readonly (readonly [string, DescribedPatient])[],
  automatic = true,
): string[][] {
  const search = new CandidateSearch<string>(patients, { automatic });
  for (const [person, each] of known) search.offer({ ref: each.patientID, person, patient: each });
  return search.candidates().map((candidates) => candidates.map(({ known: { person }, verdict }) => `${person} ${verdict}`));
}

const NEW = patient('CLINIC', 'new');
const NO_PHONE = { phone: '' };

describe('automatic only where one person alone is meant', () => {
  test.each<[string, readonly DescribedPatient[], readonly (readonly [string, DescribedPatient])[], string[][]]>([
    ['one known', [NEW], [['P1', patient('A', '1')]], [['P1 automatic-eligible']]],
    [
      'one person, known at two facilities',
      [NEW],
      [
        ['P1', patient('A', '1')],
        ['P1', patient('B', '1', NO_PHONE)],
      ],
      [['P1 automatic-eligible']],
    ],
    [
      'two persons alike',
      [NEW],
      [
        ['P1', patient('A', '1')],
        ['P2', patient('B', '1')],
      ],
      [['P1 candidate', 'P2 candidate']],
    ],
    [
      'another person of that name and birth date',
      [NEW],
      [
        ['P1', patient('A', '1')],
        ['P2', patient('B', '1', NO_PHONE)],
      ],
      [['P1 candidate', 'P2 candidate']],
    ],
    ['two numbers of one facility', [NEW, patient('CLINIC', 'again')], [['P1', patient('A', '1')]], [['P1 candidate'], ['P1 candidate']]],
    [
      'a patient of the facility already',
      [NEW],
      [
        ['P1', patient('A', '1')],
        ['P1', patient('CLINIC', 'old', { birthDate: '', phone: '' })],
      ],
      [['P1 candidate']],
    ],
    ['the same patient is no candidate', [NEW], [['P1', NEW]], [[]]],
    ['nobody known', [NEW], [], [[]]],
    ['nobody looked for', [], [['P1', NEW]], []],
  ])('%s', (_name, patients, known, expected) => {
    expect(found(patients, known)).toEqual(expected);
  });

  test('the best of a person’s patients stands for the person', () => {
    const search = new CandidateSearch<string>([NEW], { automatic: true });
    for (const known of [patient('B', 'poor', NO_PHONE), patient('A', 'rich'), patient('C', 'poor', NO_PHONE)])
      search.offer({ ref: known.patientID, person: 'P1', patient: known });
    expect(search.candidates()[0]?.map(({ known }) => known.ref)).toEqual(['rich']);
  });
});

test('so many candidates are proposed and no more, the likeliest', () => {
  const known = Array.from({ length: CANDIDATES_MAX + 3 }, (_, n) => [`P${n}`, patient('A', String(n), n < 3 ? NO_PHONE : {})] as const);
  const [proposed = []] = found([NEW], known);
  expect(proposed).toHaveLength(CANDIDATES_MAX);
  expect(proposed.some((one) => /^P[012] /.test(one))).toBe(false);
});

test('a key of too many patients tells nothing, and what is left of the patient still does', () => {
  const many = Array.from({ length: BLOCK_PATIENTS_MAX + 1 }, (_, n) =>
    patient('CLINIC', String(n), { phone: `090${String(10_000_000 + n)}` }),
  );
  const [first = [], ...others] = found(many, [['P1', patient('A', '1', { phone: '09010000000' })]]);
  expect(first).toEqual(['P1 automatic-eligible']);
  expect(others.flat()).toEqual([]);
});

// Trials with the region's own size: npm run bench -- roster.
test('a roster beside a region whose truth is known', { timeout: 300_000 }, () => {
  const trial = rosterTrial({ seed: 8, persons: 13_000, rows: 2_000 });
  expect(trial.wrongAutomatic).toEqual([]);
  expect(trial.found / trial.pairs).toBeGreaterThanOrEqual(0.95);
  // Without these, none wrong and all found could be had by linking nobody and proposing everybody.
  expect(trial.automatic / trial.pairs).toBeGreaterThan(0.3);
  expect(trial.rightInReview / trial.toReview).toBeGreaterThan(0.9);
  expect(trial.toReview / trial.rowsToReview).toBeLessThan(1.1);
});
