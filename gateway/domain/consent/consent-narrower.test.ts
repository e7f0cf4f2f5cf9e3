import { expect, test } from 'vitest';
import type { FacilityId, StudyId } from '../identifiers.ts';
import type { ConsentScope } from './consent.ts';
import { sameLeftOut, type Widening, widenings } from './consent-narrower.ts';

const [A, B, C] = ['1', '2', '3'] as unknown as readonly [FacilityId, FacilityId, FacilityId];
const [X, Y] = ['8', '9'] as unknown as readonly [StudyId, StudyId];
const SCOPE: ConsentScope = {
  to: 'region',
  exceptFacilities: [],
  modalities: [],
  studyDateFrom: undefined,
  studyDateTo: undefined,
  exceptStudies: [],
};
type Said = Partial<ConsentScope> & { readonly until?: Date };
const terms = ({ until, ...scope }: Said) => ({ scope: { ...SCOPE, ...scope }, until });
const to = (...facilities: readonly FacilityId[]) => ({ to: { facilities } });
const day = (text: string) => new Date(`${text}T15:00:00Z`);

test.each<[string, before: Said, after: Said, expected: readonly Widening[]]>([
  ['nothing is changed', {}, {}, []],
  ['the region, and now some of it', {}, to(A, B), []],
  ['some, and now the region', to(A, B), {}, ['facilities']],
  ['two, and now one', to(A, B), to(A), []],
  ['two, and now nobody', to(A, B), to(), []],
  ['one, and now two', to(A), to(A, B), ['facilities']],
  ['one, and now another', to(A), to(B), ['facilities']],
  ['the region, and now all but one', {}, { exceptFacilities: [A] }, []],
  ['all but one, and now all', { exceptFacilities: [A] }, {}, ['facilities']],
  ['all but one, and now all but two', { exceptFacilities: [A] }, { exceptFacilities: [B, A] }, []],
  ['all but one, and now all but another', { exceptFacilities: [A] }, { exceptFacilities: [B] }, ['facilities']],
  ['all but one, and now some with that one', { exceptFacilities: [A] }, to(A, B), ['facilities']],
  ['all but one, and now some without that one', { exceptFacilities: [A] }, to(B, C), []],
  [
    'all but one, and now some with that one, which is left out of them',
    { exceptFacilities: [A] },
    { ...to(A, B), exceptFacilities: [A] },
    [],
  ],
  ['what is left out was not named', { ...to(B), exceptFacilities: [A] }, to(B), []],
  ['named and left out, and now named', { ...to(A, B), exceptFacilities: [A] }, to(A, B), ['facilities']],
  ['whatever it is, and now CT', {}, { modalities: ['CT'] }, []],
  ['CT, and now whatever it is', { modalities: ['CT'] }, {}, ['modalities']],
  ['CT and MR, and now MR', { modalities: ['CT', 'MR'] }, { modalities: ['MR'] }, []],
  ['CT, and now CT and PET', { modalities: ['CT'] }, { modalities: ['CT', 'PT'] }, ['modalities']],
  ['CT, and now CT and its reports, which go with it', { modalities: ['CT'] }, { modalities: ['CT', 'SR'] }, []],
  ['reports alone, and now CT', { modalities: ['SR'] }, { modalities: ['CT'] }, ['modalities']],
  ['of all days, and now from one', {}, { studyDateFrom: '20260401' }, []],
  ['from a day, and now from a later one', { studyDateFrom: '20260401' }, { studyDateFrom: '20260402' }, []],
  ['from a day, and now from the day before', { studyDateFrom: '20260401' }, { studyDateFrom: '20260331' }, ['study-dates']],
  ['from a day, and now of all', { studyDateFrom: '20260401' }, {}, ['study-dates']],
  ['from a day, and now until one', { studyDateFrom: '20260401' }, { studyDateTo: '20270401' }, ['study-dates']],
  ['until a day, and now until the day before', { studyDateTo: '20260401' }, { studyDateTo: '20260331' }, []],
  ['until a day, and now until the day after', { studyDateTo: '20260401' }, { studyDateTo: '20260402' }, ['study-dates']],
  ['until a day, and now of all', { studyDateTo: '20260401' }, {}, ['study-dates']],
  ['a study more is left out', { exceptStudies: [X] }, { exceptStudies: [Y, X] }, []],
  ['a study is let in', { exceptStudies: [X, Y] }, { exceptStudies: [Y] }, ['studies']],
  ['until it is withdrawn, and now until a day', {}, { until: day('2026-12-01') }, []],
  ['it ends sooner', { until: day('2026-12-01') }, { until: day('2026-11-30') }, []],
  ['it ends later', { until: day('2026-12-01') }, { until: day('2026-12-02') }, ['term']],
  ['it ends no more', { until: day('2026-12-01') }, {}, ['term']],
  [
    'less of one, and more of the others',
    { ...to(A), modalities: ['CT'], studyDateFrom: '20260401', exceptStudies: [X], until: day('2026-12-01') },
    to(),
    ['modalities', 'study-dates', 'studies', 'term'],
  ],
])('%s', (_name, before, after, expected) => {
  expect(widenings(terms(before), terms(after))).toEqual(expected);
});

test.each<[string, Said, Said, boolean]>([
  [
    'in another order, one twice',
    { exceptFacilities: [A, B], exceptStudies: [X] },
    { exceptFacilities: [B, A, A], exceptStudies: [X] },
    true,
  ],
  ['a facility more', { exceptFacilities: [A] }, { exceptFacilities: [A, B] }, false],
  ['a study less', { exceptStudies: [X] }, {}, false],
])('the same is left out: %s', (_name, a, b, expected) => {
  expect(sameLeftOut(terms(a).scope, terms(b).scope)).toBe(expected);
});
