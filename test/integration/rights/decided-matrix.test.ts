/** Action × job × kind of facility × relation × whether somebody administers: the decision alone, every one of them, against what was written by hand. */
import { describe, expect, test } from 'vitest';
import { DIMSE_OPERATIONS } from '../../../gateway/dimse/server.ts';
import type { UserId } from '../../../gateway/domain/identifiers.ts';
import { JOBS, type Job, type PersonActor } from '../../../gateway/domain/people/actor.ts';
import { FACILITY_KINDS } from '../../../gateway/domain/people/facility-kind.ts';
import { ACTIONS, decide, decideStudy, type Grant, isStudyAction, type StudyFacts } from '../../../gateway/domain/sharing/access.ts';
import { rightsOf } from '../../../gateway/domain/sharing/job-rights.ts';
import { RELATIONS, type Relation } from '../../../gateway/domain/sharing/relations.ts';
import { CLINIC, HOSPITAL, PACS, person } from '../../fixtures/people/actors.ts';
import { type Case, EXPECTED_OF_MACHINES, expectedOf } from './expected.ts';

const NOW = new Date('2026-04-01T00:00:00Z');
const [BEFORE, LATER, LATEST] = [-1, 1, 2].map((ms) => new Date(NOW.getTime() + ms)) as [Date, Date, Date];
const ME = '7' as UserId;

const grant = (more: Partial<Grant> = {}): Grant => ({
  kind: 'share',
  grantId: '9',
  audience: 'facility',
  notBefore: undefined,
  until: LATER,
  mayDownload: true,
  heldBack: [],
  heldBackState: '0',
  ...more,
});

const consented = (more: Partial<Grant> = {}) => grant({ kind: 'consent', grantId: '10', ...more });

/** What joins the actor's facility and the hospital's study. */
const JOINED: Readonly<Record<Relation, (job: Job) => readonly Grant[] | 'owner'>> = {
  owner: () => 'owner',
  'share-to-facility': () => [grant()],
  'share-to-job': (job) => [grant({ audience: `job:${job}` })],
  'share-to-another-job': (job) => [grant({ audience: `job:${JOBS.find((one) => one !== job) as Job}` })],
  'share-to-person': () => [grant({ audience: `person:${ME}` })],
  'share-to-another-person': () => [grant({ audience: 'person:8' as Grant['audience'] })],
  'share-for-viewing-only': () => [grant({ mayDownload: false })],
  'share-with-series-held-back': () => [grant({ heldBack: ['1.2'] as never })],
  'share-that-has-ended': () => [grant({ until: BEFORE })],
  'share-that-has-not-begun': () => [grant({ notBefore: LATER, until: LATEST })],
  'share-that-was-revoked': () => [],
  'one-share-ended-beside-another': () => [grant({ until: BEFORE }), grant({ audience: `person:${ME}` })],
  'consent-to-the-region': () => [consented({ audience: 'region' })],
  'consent-to-facility': () => [consented({ until: LATER })],
  'consent-for-viewing-only': () => [consented({ mayDownload: false })],
  'consent-that-waits': () => [consented({ notBefore: LATER, until: LATEST })],
  'consent-that-is-not-released': () => [],
  'consent-that-has-ended': () => [consented({ until: BEFORE })],
  'consent-that-was-withdrawn': () => [],
  'one-consent-withdrawn-beside-another': () => [consented({ grantId: '11' })],
  'consent-withdrawn-beside-a-share': () => [grant()],
  'share-revoked-beside-a-consent': () => [consented({ audience: 'region' })],
  emergency: () => [grant({ kind: 'emergency', audience: `person:${ME}`, mayDownload: false })],
  'emergency-of-another-person': () => [grant({ kind: 'emergency', audience: 'person:8' as Grant['audience'], mayDownload: false })],
  'emergency-that-has-ended': () => [grant({ kind: 'emergency', audience: `person:${ME}`, mayDownload: false, until: BEFORE })],
  'emergency-found-not-justified': () => [],
  'emergency-beside-a-share': () => [grant({ kind: 'emergency', audience: `person:${ME}`, mayDownload: false }), grant()],
  'consent-withdrawn-beside-a-referral': () => [grant({ kind: 'referral', grantId: '12' })],
  referral: () => [grant({ kind: 'referral' })],
  'referral-that-was-recalled': () => [],
  'share-revoked-beside-a-referral': () => [grant({ kind: 'referral', grantId: '10' })],
  stranger: () => [],
  'administrator-of-the-region': () => [],
};

function factsOf({ relation, job }: Case): StudyFacts {
  const joined = JOINED[relation](job);
  return joined === 'owner'
    ? { ownerFacilityId: CLINIC.id, rights: [{ kind: 'owner' }] }
    : { ownerFacilityId: HOSPITAL.id, rights: joined };
}

function actorOf({ relation, job, kind, administrator }: Case): PersonActor {
  if (relation === 'administrator-of-the-region') return person({ job, administrator });
  return person({ facility: CLINIC, userId: ME, job, administrator, rights: rightsOf({}, kind, job) });
}

function verdictOf(one: Case): string {
  const { action } = one;
  if (!isStudyAction(action)) return decide(actorOf(one), action).allowed ? 'may' : 'may not';
  const decision = decideStudy(actorOf(one), action, factsOf(one), NOW);
  if (!decision.allowed) return decision.hide ? 'hears of nothing' : 'may not';
  return decision.heldBack.length > 0 ? 'part' : 'may';
}

describe('the whole matrix', () => {
  const cases: readonly Case[] = ACTIONS.flatMap((action) =>
    JOBS.flatMap((job) =>
      FACILITY_KINDS.flatMap((kind) =>
        RELATIONS.flatMap((relation) => [true, false].map((administrator) => ({ action, job, kind, relation, administrator }))),
      ),
    ),
  );
  const named = ({ action, job, kind, relation, administrator }: Case) =>
    [action, job, kind, relation, administrator ? 'administrator' : 'none'].join(' | ');

  test('nothing is undecided', () => {
    expect(cases.length).toBeGreaterThan(30_000);
    expect(
      cases
        .filter((one) => expectedOf(one) === undefined)
        .map(named)
        .slice(0, 20),
    ).toEqual([]);
  });

  test('every decision is as it was written', () => {
    const other = cases.filter((one) => verdictOf(one) !== expectedOf(one));
    expect(other.slice(0, 20).map((one) => `${named(one)}: ${verdictOf(one)}, not ${expectedOf(one)}`)).toEqual([]);
  });

  test.each([
    ['action', { action: 'study.eat' }],
    ['job', { job: 'gardener' }],
    ['kind of facility', { kind: 'zoo' }],
    ['relation', { relation: 'friend' }],
  ])('a new %s is undecided', (_what, more) => {
    const usual: Case = { action: 'study.view', job: 'nurse', kind: 'clinic', relation: 'stranger', administrator: false };
    expect(expectedOf({ ...usual, ...more } as Case)).toBeUndefined();
  });
});

test('every operation of the DIMSE services is decided, and asks what was written', () => {
  expect(Object.keys(DIMSE_OPERATIONS).sort()).toEqual(Object.keys(EXPECTED_OF_MACHINES).sort());
  for (const [operation, action] of Object.entries(DIMSE_OPERATIONS)) {
    const may = action === 'open' || decide(PACS, action).allowed;
    expect(`${operation} ${may ? 'may' : 'may not'}`).toBe(`${operation} ${EXPECTED_OF_MACHINES[operation]}`);
  }
});
