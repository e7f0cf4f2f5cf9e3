import { describe, expect, test } from 'vitest';
import type { FacilityCode, FacilityId, PersonId, StudyId } from '../identifiers.ts';
import type { Consent, ConsentBasis, ConsentScope } from './consent.ts';
import { CONSENT_ENDS, CONSENT_LIMITS, type CoveredStudy, consentCovers, type Receiver } from './consent-covers.ts';

const NOW = new Date('2026-05-01T00:00:00Z');
const HOSPITAL = '1' as FacilityId;
const CLINIC = '2' as FacilityId;
const OTHER = '3' as FacilityId;

const SCOPE: ConsentScope = {
  to: 'region',
  exceptFacilities: [],
  modalities: [],
  studyDateFrom: undefined,
  studyDateTo: undefined,
  exceptStudies: [],
};
const BASIS: ConsentBasis = { kind: 'paper', document: undefined, relation: undefined, ground: undefined };
const CONSENT: Consent & { personId: PersonId } = {
  id: '7' as never,
  patientNo: '70' as never,
  personId: '700' as PersonId,
  facility: { id: HOSPITAL, code: 'H' as FacilityCode, name: '中央病院' },
  scope: SCOPE,
  basis: BASIS,
  takenAt: new Date('2026-04-01T00:00:00Z'),
  takenBy: undefined,
  until: undefined,
  formVersion: '1',
  withdrawnAt: undefined,
  withdrawnElsewhere: false,
};
const STUDY: CoveredStudy = {
  id: '9' as StudyId,
  ownerFacilityId: HOSPITAL,
  personId: '700' as PersonId,
  modalities: ['CT'],
  studyDate: '20260401',
};

interface Case {
  readonly consent?: Partial<Consent>;
  readonly scope?: Partial<ConsentScope>;
  readonly basis?: Partial<ConsentBasis>;
  readonly study?: Partial<CoveredStudy>;
  readonly receiver?: Partial<Receiver>;
  readonly noticePosted?: boolean;
  readonly diedOn?: string;
  readonly expected: string;
}

const CASES: Readonly<Record<string, Case>> = {
  'all of the region, whatever it is': { expected: 'yes' },
  'a study of another facility that is of the person': { study: { ownerFacilityId: OTHER }, expected: 'yes' },
  'withdrawn a moment ago': { consent: { withdrawnAt: NOW }, expected: 'withdrawn' },
  'ended yesterday': { consent: { until: new Date('2026-04-30T14:59:59.999Z') }, expected: 'ended' },
  'ends at this moment': { consent: { until: NOW }, expected: 'ended' },
  'ends in a moment': { consent: { until: new Date(NOW.getTime() + 1) }, expected: 'yes' },
  'withdrawn, and ended since': { consent: { withdrawnAt: NOW, until: NOW }, expected: 'withdrawn' },
  'the person died since': { diedOn: '2026-04-20', expected: 'deceased' },
  'the person died, and a parent had signed': { basis: { kind: 'proxy', relation: 'parent' }, diedOn: '2026-04-20', expected: 'deceased' },
  'the person died, and the bereaved signed': { basis: { kind: 'proxy', relation: 'bereaved' }, diedOn: '2026-03-20', expected: 'yes' },
  'the bereaved signed, and nobody died': { basis: { kind: 'proxy', relation: 'bereaved' }, expected: 'living' },
  'the person died, and the law asks for it': { basis: { kind: 'law', ground: 'statute' }, diedOn: '2026-04-20', expected: 'yes' },
  'implied, and the notice hangs': { basis: { kind: 'implied' }, noticePosted: true, expected: 'yes' },
  'implied, and the notice was taken down': { basis: { kind: 'implied' }, expected: 'notice-lapsed' },
  'implied: nothing of another facility': {
    basis: { kind: 'implied' },
    noticePosted: true,
    study: { ownerFacilityId: OTHER },
    expected: 'not-of-the-facility',
  },
  'explicit: no notice is asked for': { basis: { kind: 'signature' }, noticePosted: false, expected: 'yes' },
  'of another person, since the link was undone': { study: { personId: '701' as PersonId }, expected: 'other-person' },
  'to its own facility nothing is to be given': { study: { ownerFacilityId: CLINIC }, expected: 'own-study' },
  'a facility that left': { receiver: { left: true }, expected: 'facility-left' },
  'a facility that is named': { scope: { to: { facilities: [OTHER, CLINIC] } }, expected: 'yes' },
  'a facility that is not named': { scope: { to: { facilities: [OTHER] } }, expected: 'facility-not-named' },
  'nobody is named': { scope: { to: { facilities: [] } }, expected: 'facility-not-named' },
  'a facility that is left out of the region': { scope: { exceptFacilities: [CLINIC] }, expected: 'facility-excluded' },
  'a facility that is named and left out': {
    scope: { to: { facilities: [CLINIC] }, exceptFacilities: [CLINIC] },
    expected: 'facility-excluded',
  },
  'a study that is left out': { scope: { exceptStudies: ['9' as StudyId] }, expected: 'study-excluded' },
  'a modality that is named': { scope: { modalities: ['MR', 'CT'] }, expected: 'yes' },
  'a modality that is not named': { scope: { modalities: ['MR'] }, expected: 'modality' },
  'one of two modalities is not named': { scope: { modalities: ['CT'] }, study: { modalities: ['CT', 'PT'] }, expected: 'modality' },
  'with presentation states and a report': {
    scope: { modalities: ['CT'] },
    study: { modalities: ['CT', 'KO', 'PR', 'SR'] },
    expected: 'yes',
  },
  'a report alone, where modalities are named': { scope: { modalities: ['CT'] }, study: { modalities: ['SR'] }, expected: 'modality' },
  'no image yet, where modalities are named': { scope: { modalities: ['CT'] }, study: { modalities: [] }, expected: 'modality' },
  'no image yet, where none is named': { study: { modalities: [] }, expected: 'yes' },
  'on the first day': { scope: { studyDateFrom: '20260401' }, expected: 'yes' },
  'on the last day': { scope: { studyDateTo: '20260401' }, expected: 'yes' },
  'before the first day': { scope: { studyDateFrom: '20260402' }, expected: 'study-date' },
  'after the last day': { scope: { studyDateTo: '20260331' }, expected: 'study-date' },
  'without a date, where dates are named': { scope: { studyDateFrom: '20260401' }, study: { studyDate: '' }, expected: 'study-date' },
  'with a date that is none, where dates are named': {
    scope: { studyDateTo: '20260401' },
    study: { studyDate: '2026.04.01' },
    expected: 'study-date',
  },
  'without a date, where none are named': { study: { studyDate: '' }, expected: 'yes' },
};

function verdict({ consent, scope, basis, study, receiver, noticePosted = false, diedOn }: Case): string {
  const found = consentCovers(
    { ...CONSENT, ...consent, scope: { ...SCOPE, ...scope }, basis: { ...BASIS, ...basis } },
    { ...STUDY, ...study },
    { id: CLINIC, left: false, ...receiver },
    { noticePosted, diedOn },
    NOW,
  );
  return found.yes ? 'yes' : found.reason;
}

describe('whether a consent opens a study to a facility', () => {
  test.each(Object.entries(CASES))('%s', (_name, given) => {
    expect(verdict(given)).toBe(given.expected);
  });

  test('each reason is one of a case', () => {
    const met = new Set(Object.values(CASES).map(({ expected }) => expected));
    expect([...CONSENT_ENDS, ...CONSENT_LIMITS].filter((reason) => !met.has(reason))).toEqual([]);
  });
});
