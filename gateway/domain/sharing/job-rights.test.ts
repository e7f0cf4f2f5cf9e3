import { describe, expect, test } from 'vitest';
import { JOBS, type Job } from '../people/actor.ts';
import { FACILITY_KINDS, type FacilityKind, kindAt } from '../people/facility-kind.ts';
import {
  ACTS,
  type Act,
  BOUND_REASONS,
  BOUNDS,
  boundOf,
  type Cell,
  cellsOf,
  defaultScope,
  outOfBounds,
  type RegionRights,
  rightsOf,
  type Scope,
  withCells,
} from './job-rights.ts';

const everyCell = FACILITY_KINDS.flatMap((kind) => JOBS.flatMap((job) => ACTS.map((act) => ({ kind, job, act }))));

/** The row as one word: list view download store give disclosures settle roster. */
function row(region: RegionRights, kind: FacilityKind, job: Job): string {
  const rights = rightsOf(region, kind, job);
  return ACTS.filter((act) => act !== 'emergency' && act !== 'review')
    .map((act) => rights[act])
    .join(' ');
}

describe('at first', () => {
  const GIVES = 'all all all own own own own';
  const SEES = 'all all all own none own own';
  // Lists of patients; letters, to read and to write.
  const [IMPORTS, NOT] = ['own', 'none'];
  const [WRITES, READS, NEITHER] = ['all own', 'all none', 'none none'];
  test.each<[kinds: readonly FacilityKind[], jobs: readonly Job[], string]>([
    [
      ['hospital', 'clinic', 'dental-clinic', 'maternity-home', 'imaging-centre', 'care-facility'],
      ['physician', 'dentist'],
      `${GIVES} ${NOT} ${WRITES}`,
    ],
    [
      ['hospital', 'clinic', 'dental-clinic', 'maternity-home', 'imaging-centre', 'care-facility'],
      ['clerk'],
      `${GIVES} ${IMPORTS} ${WRITES}`,
    ],
    [['hospital', 'clinic'], ['radiographer'], `${GIVES} ${NOT} ${READS}`],
    [['hospital', 'clinic'], ['administrator'], `${GIVES} ${IMPORTS} ${NEITHER}`],
    [
      ['hospital', 'clinic', 'dental-clinic', 'maternity-home', 'imaging-centre', 'care-facility'],
      ['pharmacist', 'technologist'],
      `${SEES} ${NOT} ${READS}`,
    ],
    [['hospital', 'clinic'], ['nurse'], `${SEES} ${NOT} ${WRITES}`],
    [
      ['pharmacy', 'visiting-nursing'],
      ['physician', 'dentist', 'radiographer', 'nurse', 'pharmacist', 'technologist'],
      `all all none own none own own ${NOT} ${READS}`,
    ],
    [['pharmacy', 'visiting-nursing'], ['clerk', 'administrator'], `all none none own none own own ${IMPORTS} ${NEITHER}`],
    [['secretariat'], JOBS, `none none none none none none none ${NOT} ${NEITHER}`],
  ])('%s: %s', (kinds, jobs, expected) => {
    for (const kind of kinds) for (const job of jobs) expect(`${kind} ${job} ${row({}, kind, job)}`).toBe(`${kind} ${job} ${expected}`);
  });

  test('doctors of hospitals and clinics open in an emergency; doctors and administrators of whoever makes images review', () => {
    const may = (act: Act) => everyCell.filter((cell) => cell.act === act && rightsOf({}, cell.kind, cell.job)[act] !== 'none');
    expect(may('emergency').map(({ kind, job }) => `${kind} ${job}`)).toEqual(['hospital physician', 'clinic physician']);
    const reviewing = may('review');
    expect(new Set(reviewing.map(({ job }) => job))).toEqual(new Set(['physician', 'dentist', 'administrator']));
    expect(new Set(reviewing.map(({ kind }) => kind))).toEqual(
      new Set(['hospital', 'clinic', 'dental-clinic', 'maternity-home', 'imaging-centre', 'care-facility']),
    );
  });

  test('every cell is within its bounds', () => {
    const cells = everyCell.map((cell) => ({ ...cell, scope: defaultScope(cell.kind, cell.job, cell.act) }));
    expect(outOfBounds(cells)).toBeUndefined();
  });
});

describe('a region’s own', () => {
  test.each<[string, RegionRights, FacilityKind, Job, string]>([
    [
      'less to look at is less to take and nothing to give',
      { clerk: { clinic: { view: 'none' } } },
      'clinic',
      'clerk',
      'all none none own none own own own',
    ],
    ['no list is nothing but storing', { clerk: { clinic: { list: 'none' } } }, 'clinic', 'clerk', 'none none none own none none none own'],
    ['own to look at, own to take', { nurse: { clinic: { view: 'own' } } }, 'clinic', 'nurse', 'all own own own none own own none'],
    ['another kind is not meant', { nurse: { clinic: { view: 'own' } } }, 'hospital', 'nurse', 'all all all own none own own none'],
    ['another job is not meant', { nurse: { clinic: { view: 'own' } } }, 'clinic', 'clerk', 'all all all own own own own own'],
    [
      'what is out of bounds is as at first',
      { clerk: { pharmacy: { view: 'all' } } },
      'pharmacy',
      'clerk',
      'all none none own none own own own',
    ],
    ['what is no such scope is as at first', { clerk: { clinic: { give: 'all' } } }, 'clinic', 'clerk', 'all all all own own own own own'],
    [
      'what nobody knows is as at first',
      { clerk: { clinic: { view: 'some' as Scope, fly: 'all' } as never } },
      'clinic',
      'clerk',
      'all all all own own own own own',
    ],
  ])('%s', (_name, region, kind, job, expected) => {
    // Letters, the last two columns, stay as they were.
    expect(row(region, kind, job)).toBe(`${expected} ${row({}, kind, job).split(' ').slice(-2).join(' ')}`);
  });

  test('who may read no letter writes none', () => {
    expect(row({ physician: { clinic: { refer: 'own' } }, nurse: { clinic: { documents: 'none' } } }, 'clinic', 'nurse')).toMatch(
      /none none$/,
    );
  });

  test.each<[string, FacilityKind, Job, Act, Scope, why: string | undefined]>([
    ['a radiographer looks at what is the hospital’s own', 'hospital', 'radiographer', 'view', 'none', 'makes-the-images'],
    ['a physician looks at what is the clinic’s own', 'clinic', 'physician', 'view', 'none', 'treats'],
    ['a pharmacy gives nothing', 'pharmacy', 'pharmacist', 'give', 'own', 'makes-no-images'],
    ['a pharmacy’s clerk sees no image', 'pharmacy', 'clerk', 'view', 'own', 'office-work-only'],
    ['the secretariat sees nothing', 'secretariat', 'administrator', 'list', 'all', 'office-sees-none'],
    ['a nurse opens nothing in an emergency', 'hospital', 'nurse', 'emergency', 'all', 'emergency-is-for-doctors'],
    ['a care facility’s doctor neither', 'care-facility', 'physician', 'emergency', 'all', 'emergency-is-for-doctors'],
    ['nobody gives what was given to them', 'hospital', 'physician', 'give', 'all', undefined],
  ])('may not be that not: %s', (_name, kind, job, act, scope, why) => {
    expect(outOfBounds([{ kind, job, act, scope }])).toEqual({ cell: { kind, job, act, scope }, why });
  });

  test('a cell that is bound says why, and one choice is left at least', () => {
    for (const { kind, job, act } of everyCell) {
      const { scopes, why } = boundOf(kind, job, act);
      expect(scopes.length).toBeGreaterThan(0);
      if (why !== undefined) expect(BOUND_REASONS).toContain(why);
    }
    expect(new Set(BOUNDS.map(({ why }) => why))).toEqual(new Set(BOUND_REASONS));
  });

  test('only what differs from the first is kept', () => {
    const change: Cell = { kind: 'clinic', job: 'nurse', act: 'view', scope: 'own' };
    const changed = withCells({}, [change]);
    expect(changed).toEqual({ nurse: { clinic: { view: 'own' } } });
    expect(withCells(changed, [{ ...change, act: 'give' }])).toEqual({ nurse: { clinic: { view: 'own', give: 'own' } } });
    expect(withCells(changed, [{ ...change, scope: 'all' }])).toEqual({});
    expect(cellsOf(changed).filter(({ kind, job, act, scope }) => scope !== defaultScope(kind, job, act))).toEqual([change]);
  });
});

describe('a facility', () => {
  const at = (day: string) => new Date(`${day}T00:00:00Z`);
  const kinds = [
    { kind: 'hospital', since: at('2027-04-01') },
    { kind: 'clinic', since: at('2020-01-01') },
  ] as const;
  test.each<[string, Parameters<typeof kindAt>[0], string, FacilityKind]>([
    ['before its first day', kinds, '2019-12-31', 'clinic'],
    ['on the last day of the former', kinds, '2027-03-31', 'clinic'],
    ['on the day it changes', kinds, '2027-04-01', 'hospital'],
    ['of which nothing is said', [], '2027-04-01', 'hospital'],
  ])('is, %s', (_name, rows, day, expected) => {
    expect(kindAt(rows, at(day))).toBe(expected);
  });
});
