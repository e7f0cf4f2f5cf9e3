/** What a doctor took in an emergency beside what was given otherwise, under each table of a region. */
import { expect, test } from 'vitest';
import { CLINIC, HOSPITAL, person } from '../../../test/fixtures/people/actors.ts';
import { decideConsent, decideStudy, type Grant, type StudyFacts } from './access.ts';
import { type JobRights, rightsOf } from './job-rights.ts';

const NOW = new Date('2026-04-01T00:00:00Z');
const LATER = new Date(NOW.getTime() + 1);
const doctor = (rights: Partial<JobRights>) =>
  person({ facility: CLINIC, rights: rightsOf({ physician: { clinic: rights } }, 'clinic', 'physician') });
const me = doctor({});

const grant = (kind: Grant['kind'], more: Partial<Grant> = {}): Grant => ({
  ...{ kind, grantId: kind, audience: 'facility', notBefore: undefined, until: LATER, mayDownload: true, heldBack: [], heldBackState: '0' },
  ...more,
});
const TAKEN = grant('emergency', { audience: `person:${me.kind === 'person' ? me.userId : ''}` as Grant['audience'], mayDownload: false });
const SHARED = grant('share');
const AGREED = grant('consent');
const LESS = grant('share', { heldBack: ['1'] as never, heldBackState: '7' });
const ended = (one: Grant): Grant => ({ ...one, until: NOW });

type Said = readonly [view: string, download: string];
const OWN_ONLY: Partial<JobRights> = { view: 'own' };
const NO_EMERGENCY: Partial<JobRights> = { emergency: 'none' };
const NEITHER: Partial<JobRights> = { view: 'own', emergency: 'none' };
const NO_TAKING: Partial<JobRights> = { download: 'own' };

const VIEWING_ONLY = 'emergency-for-viewing-only';
test.each<[string, Partial<JobRights>, readonly Grant[], Said]>([
  ['an emergency alone', {}, [TAKEN], ['emergency', VIEWING_ONLY]],
  ['an emergency alone, who looks at own studies', OWN_ONLY, [TAKEN], ['emergency', VIEWING_ONLY]],
  ['an emergency alone, who opens none any more', NO_EMERGENCY, [TAKEN], ['this-job-opens-no-emergency', 'this-job-opens-no-emergency']],
  ['beside a share', {}, [SHARED, TAKEN], ['share', 'share']],
  ['beside a consent', {}, [AGREED, TAKEN], ['consent', 'consent']],
  ['beside a share, who looks at own studies', OWN_ONLY, [SHARED, TAKEN], ['emergency', VIEWING_ONLY]],
  ['beside a consent, who looks at own studies', OWN_ONLY, [AGREED, TAKEN], ['emergency', VIEWING_ONLY]],
  ['beside both, who looks at own studies', OWN_ONLY, [SHARED, AGREED, TAKEN], ['emergency', VIEWING_ONLY]],
  [
    'beside a share, who looks at own studies, and the emergency ended',
    OWN_ONLY,
    [SHARED, ended(TAKEN)],
    ['this-job-views-own-only', 'this-job-views-own-only'],
  ],
  ['beside a share that ended, who looks at own studies', OWN_ONLY, [ended(SHARED), TAKEN], ['emergency', VIEWING_ONLY]],
  ['beside a share, who does neither', NEITHER, [SHARED, TAKEN], ['this-job-views-own-only', 'this-job-views-own-only']],
  ['beside a share, who opens none any more', NO_EMERGENCY, [SHARED, TAKEN], ['share', 'share']],
  ['beside a share that holds back', {}, [LESS, TAKEN], ['emergency', 'share, without 1']],
  ['beside a share that holds back, who opens none any more', NO_EMERGENCY, [LESS, TAKEN], ['share, without 1', 'share, without 1']],
  ['beside a share that holds back, who looks at own studies', OWN_ONLY, [LESS, TAKEN], ['emergency', VIEWING_ONLY]],
  ['beside a share, who takes out own studies', NO_TAKING, [SHARED, TAKEN], ['share', 'this-job-downloads-own-only']],
  ['both ended', {}, [ended(SHARED), ended(TAKEN)], ['share-has-ended', 'share-has-ended']],
  ['the emergency alone ended', {}, [ended(TAKEN)], ['emergency-has-ended', 'emergency-has-ended']],
])('%s', (_name, rights, grants, expected) => {
  const study: StudyFacts = { ownerFacilityId: HOSPITAL.id, rights: grants };
  const said = (action: 'study.view' | 'study.download') => {
    const decision = decideStudy(doctor(rights), action, study, NOW);
    if (!decision.allowed) return decision.reason;
    return [decision.right.kind, ...decision.heldBack.map((series) => `without ${series}`)].join(', ');
  };
  expect([said('study.view'), said('study.download')]).toEqual(expected);
});

test('how much is shown is what is looked at shows', () => {
  const shown = (rights: Partial<JobRights>, ...grants: readonly Grant[]) => {
    const decision = decideStudy(doctor(rights), 'study.view', { ownerFacilityId: HOSPITAL.id, rights: grants }, NOW);
    return decision.allowed ? decision.shown : decision.reason;
  };
  expect([shown({}, LESS, TAKEN), shown(NO_EMERGENCY, LESS, TAKEN), shown(OWN_ONLY, LESS, TAKEN)]).toEqual(['whole', '7', 'whole']);
});

test.each<[string, Partial<JobRights>, boolean, string]>([
  ['a physician', {}, true, 'yes'],
  ['who takes nothing out', { download: 'none' }, true, 'gives-more-than-has'],
  ['who takes out own studies', { download: 'own' }, true, 'yes'],
  ['who takes nothing out, to look at', { download: 'none' }, false, 'yes'],
  ['who gives nothing', { give: 'none' }, false, 'this-job-may-not-share'],
])('who takes a consent gives nothing that they do not have: %s', (_name, rights, mayDownload, expected) => {
  const decision = decideConsent(doctor(rights), { mayDownload });
  expect(decision.allowed ? 'yes' : decision.reason).toBe(expected);
});
