import { describe, expect, test } from 'vitest';
import { CLINIC, HOSPITAL, PACS, person } from '../../../test/fixtures/people/actors.ts';
import type { UserId } from '../identifiers.ts';
import { type Actor, JOBS, type Job } from '../people/actor.ts';
import type { FacilityKind } from '../people/facility-kind.ts';
import {
  ACTIONS,
  type Action,
  type ActorAction,
  decide,
  decideGift,
  decideListed,
  decideMember,
  decideStudy,
  decideTakingOut,
  type Grant,
  isStudyAction,
  type StudyAction,
  type StudyFacts,
} from './access.ts';
import { type JobRights, rightsOf } from './job-rights.ts';

const NOW = new Date('2026-04-01T00:00:00Z');
const secretariat = person({ administrator: true, job: 'administrator' });

const OWN: StudyFacts = { ownerFacilityId: HOSPITAL.id, rights: [{ kind: 'owner' }] };
const LATER = new Date(NOW.getTime() + 1);
const given = (...grants: readonly Partial<Grant>[]): StudyFacts => ({
  ownerFacilityId: HOSPITAL.id,
  rights: grants.map((grant, n) => ({
    kind: 'share',
    grantId: `${n + 9}`,
    audience: 'facility',
    notBefore: undefined,
    until: LATER,
    mayDownload: true,
    heldBack: [],
    heldBackState: '0',
    ...grant,
  })),
});
const sharedUntil = (until: Date): StudyFacts => given({ until });
const SHARED = sharedUntil(new Date(NOW.getTime() + 1));
const STUDY_ACTIONS: readonly StudyAction[] = ['study.view', 'study.download', 'study.share', 'study.disclosures'];

function verdict(actor: Actor, action: Action, study?: StudyFacts): 'yes' | 'no' | 'hidden' {
  const decision = isStudyAction(action) ? decideStudy(actor, action, study, NOW) : decide(actor, action);
  return decision.allowed ? 'yes' : decision.hide ? 'hidden' : 'no';
}

describe('a study', () => {
  test.each<[string, Actor, StudyFacts | undefined, readonly string[]]>([
    ['the owner’s physician', person({ facility: HOSPITAL }), OWN, ['yes', 'yes', 'yes', 'yes']],
    ['the owner’s nurse hands nothing on', person({ facility: HOSPITAL, job: 'nurse' }), OWN, ['yes', 'yes', 'no', 'yes']],
    ['the owner’s PACS decides nothing', PACS, OWN, ['yes', 'yes', 'no', 'no']],
    ['the command line in the owner’s name', { ...PACS, through: 'command' }, OWN, ['yes', 'yes', 'yes', 'no']],
    [
      'the command line in the name of who was given it',
      { ...PACS, facility: CLINIC, through: 'command' },
      SHARED,
      ['yes', 'yes', 'no', 'no'],
    ],
    ['who was given it', person({ facility: CLINIC }), SHARED, ['yes', 'yes', 'no', 'no']],
    ['at the very end of the share', person({ facility: CLINIC }), sharedUntil(NOW), ['hidden', 'hidden', 'hidden', 'hidden']],
    [
      'who was given nothing',
      person({ facility: CLINIC }),
      { ownerFacilityId: HOSPITAL.id, rights: [] },
      ['hidden', 'hidden', 'hidden', 'hidden'],
    ],
    ['of which nothing is known', person({ facility: CLINIC }), undefined, ['hidden', 'hidden', 'hidden', 'hidden']],
    ['an owner’s right in another’s hand', person({ facility: CLINIC }), OWN, ['hidden', 'hidden', 'hidden', 'hidden']],
    ['the secretariat, whatever it is told', secretariat, OWN, ['hidden', 'hidden', 'hidden', 'hidden']],
    [
      'an administrator of a clinic is of that clinic',
      person({ administrator: true, job: 'administrator', facility: CLINIC }),
      SHARED,
      ['yes', 'yes', 'no', 'no'],
    ],
  ])('%s', (_name, actor, study, expected) => {
    expect(STUDY_ACTIONS.map((action) => verdict(actor, action, study))).toEqual(expected);
  });

  const nurse = person({ facility: CLINIC, job: 'nurse', userId: '8' as UserId });
  const doctor = person({ facility: CLINIC });
  const toNurses = { audience: 'job:nurse' } as const;
  const toDoctor = { audience: `person:${doctor.kind === 'person' ? doctor.userId : ''}` } as Partial<Grant>;
  const looking = { mayDownload: false };
  test.each<[string, Actor, StudyFacts, seen: string, taken: string]>([
    ['a job, and one of it', nurse, given(toNurses), 'share 9', 'share 9'],
    ['a job, and another', doctor, given(toNurses), 'not-owned-and-not-shared', 'not-owned-and-not-shared'],
    ['a job, and a machine', { ...PACS, facility: CLINIC }, given(toNurses), 'not-owned-and-not-shared', 'not-owned-and-not-shared'],
    ['a person, and them', doctor, given(toDoctor), 'share 9', 'share 9'],
    [
      'a person, and another',
      { ...doctor, userId: '99' as never } as Actor,
      given(toDoctor),
      'not-owned-and-not-shared',
      'not-owned-and-not-shared',
    ],
    ['for viewing only', doctor, given(looking), 'share 9', 'share-for-viewing-only'],
    ['for viewing only beside one that gives more', doctor, given(looking, toDoctor), 'share 9', 'share 10'],
    ['for viewing only beside one that gives another more', nurse, given(looking, toDoctor), 'share 9', 'share-for-viewing-only'],
    [
      'that gave more and ended beside one that lives',
      doctor,
      given({ until: NOW }, { ...looking, ...toDoctor }),
      'share 10',
      'share-for-viewing-only',
    ],
    ['that begins now', doctor, given({ notBefore: NOW }), 'share 9', 'share 9'],
    ['that begins later', doctor, given({ notBefore: LATER }), 'share-has-not-begun', 'share-has-not-begun'],
    [
      'one ended, one not begun',
      doctor,
      given({ until: NOW }, { notBefore: LATER, until: new Date(9e12) }),
      'share-has-not-begun',
      'share-has-not-begun',
    ],
    ['all ended', doctor, given({ until: NOW }, { ...toDoctor, until: new Date(0) }), 'share-has-ended', 'share-has-ended'],
  ])('a grant to %s', (_name, actor, facts, seen, taken) => {
    const said = (action: StudyAction) => {
      const decision = decideStudy(actor, action, facts, NOW);
      return decision.allowed ? `${decision.right.kind} ${decision.right.grant}` : decision.reason;
    };
    expect([said('study.view'), said('study.download')]).toEqual([seen, taken]);
  });

  test.each<[string, StudyFacts, right: string, heldBack: readonly string[], taken: readonly string[] | string]>([
    ['one that holds back', given({ heldBack: ['1', '2'] as never }), '9', ['1', '2'], ['1', '2']],
    [
      'two: what both hold back',
      given({ heldBack: ['1', '2'] as never }, { ...toDoctor, heldBack: ['2', '3'] as never }),
      '9',
      ['2'],
      ['2'],
    ],
    ['one that holds back, one that does not', given({ heldBack: ['1'] as never }, toDoctor), '10', [], []],
    ['one that holds back, one to others', given({ heldBack: ['1'] as never }, toNurses), '9', ['1'], ['1']],
    ['one that holds back, one ended', given({ heldBack: ['1'] as never }, { until: NOW }), '9', ['1'], ['1']],
    [
      'one that holds back, one not begun',
      given({ heldBack: ['1'] as never }, { notBefore: LATER, until: new Date(9e12) }),
      '9',
      ['1'],
      ['1'],
    ],
    ['more to look at than to take', given(looking, { ...toDoctor, heldBack: ['1'] as never }), '9', [], ['1']],
    ['more to look at, nothing to take', given({ ...looking, heldBack: ['1'] as never }), '9', ['1'], 'share-for-viewing-only'],
  ])('of %s', (_name, facts, right, heldBack, taken) => {
    const said = (action: StudyAction) => decideStudy(doctor, action, facts, NOW);
    expect(said('study.view')).toMatchObject({ allowed: true, right: { kind: 'share', grant: right }, heldBack });
    const download = said('study.download');
    expect(download.allowed ? download.heldBack : download.reason).toEqual(taken);
  });

  test.each<[string, StudyFacts, string]>([
    ['one that holds back', given({ heldBack: ['1'] as never, heldBackState: '5' }), '5'],
    ['one that holds back something else by now', given({ heldBack: ['1'] as never, heldBackState: '6' }), '6'],
    ['two', given({ heldBack: ['1'] as never, heldBackState: '6' }, { ...toDoctor, heldBack: ['2'] as never, heldBackState: '5' }), '5,6'],
    ['one that holds back, one that does not', given({ heldBack: ['1'] as never, heldBackState: '5' }, toDoctor), 'whole'],
    ['one that holds back, one ended', given({ heldBack: ['1'] as never, heldBackState: '5' }, { until: NOW }), '5'],
  ])('how much is shown by %s is told without a word of what is held back', (_name, facts, shown) => {
    expect(decideStudy(doctor, 'study.view', facts, NOW)).toMatchObject({ shown });
  });

  test('nothing is held back from the owner', () => {
    const facts = { ...OWN, rights: [...OWN.rights, ...given({ heldBack: ['1'] as never }).rights] };
    for (const action of STUDY_ACTIONS)
      expect(decideStudy(person({ facility: HOSPITAL }), action, facts, NOW)).toMatchObject({ heldBack: [], shown: 'whole' });
  });

  test('which jobs may share', () => {
    const may = JOBS.filter((job) => verdict(person({ facility: HOSPITAL, job }), 'study.share', OWN) === 'yes');
    expect(may).toEqual(['physician', 'dentist', 'radiographer', 'clerk', 'administrator']);
  });

  const region = (kind: FacilityKind, job: Job, rights: Partial<JobRights>) =>
    person({ facility: CLINIC, job, rights: rightsOf({ [job]: { [kind]: rights } }, kind, job) });
  const MINE: StudyFacts = { ownerFacilityId: CLINIC.id, rights: [{ kind: 'owner' }] };
  const reasonOf = (actor: Actor, action: StudyAction, study: StudyFacts) => {
    const decision = decideStudy(actor, action, study, NOW);
    return decision.allowed ? 'yes' : `${decision.reason}${decision.hide ? ', hidden' : ''}`;
  };
  test.each<[string, Actor, StudyFacts, readonly string[]]>([
    [
      'a nurse who views what is the clinic’s own, of something given',
      region('clinic', 'nurse', { view: 'own' }),
      SHARED,
      ['this-job-views-own-only', 'this-job-views-own-only', 'only-the-owner-decides', 'only-the-owner-decides'],
    ],
    ['the same of the clinic’s own', region('clinic', 'nurse', { view: 'own' }), MINE, ['yes', 'yes', 'this-job-may-not-share', 'yes']],
    [
      'a clerk who may not look: nor take, nor give',
      region('clinic', 'clerk', { view: 'none' }),
      MINE,
      ['this-job-may-not-view', 'this-job-may-not-view', 'this-job-may-not-share', 'yes'],
    ],
    ['a clerk who may not take', region('clinic', 'clerk', { download: 'none' }), MINE, ['yes', 'this-job-may-not-download', 'yes', 'yes']],
    [
      'a clerk who takes what is the clinic’s own, of something given',
      region('clinic', 'clerk', { download: 'own' }),
      SHARED,
      ['yes', 'this-job-downloads-own-only', 'only-the-owner-decides', 'only-the-owner-decides'],
    ],
    [
      'a clerk who may not list hears of nothing',
      region('clinic', 'clerk', { list: 'none' }),
      MINE,
      Array(4).fill('this-job-may-not-list, hidden'),
    ],
    ['a nurse whom the region lets give', region('clinic', 'nurse', { give: 'own' }), MINE, ['yes', 'yes', 'yes', 'yes']],
    [
      'the office, whatever the region says',
      region('secretariat', 'clerk', { list: 'all', view: 'all' }),
      SHARED,
      Array(4).fill('this-job-may-not-list, hidden'),
    ],
    [
      'who may not view, of what they were not given',
      region('clinic', 'clerk', { view: 'none' }),
      given(),
      Array(4).fill('not-owned-and-not-shared, hidden'),
    ],
    [
      'a physician, whom a region cannot keep from the clinic’s own',
      region('clinic', 'physician', { view: 'none' }),
      MINE,
      ['yes', 'yes', 'yes', 'yes'],
    ],
  ])('the region’s table: %s', (_name, actor, facts, expected) => {
    expect(STUDY_ACTIONS.map((action) => reasonOf(actor, action, facts))).toEqual(expected);
  });

  test.each<[string, Actor, boolean, string]>([
    ['a clerk who may take', person({ facility: CLINIC, job: 'clerk' }), true, 'yes'],
    ['a clerk who may not take', region('clinic', 'clerk', { download: 'none' }), true, 'gives-more-than-has'],
    ['the same, to look at', region('clinic', 'clerk', { download: 'none' }), false, 'yes'],
    ['a nurse', person({ facility: CLINIC, job: 'nurse' }), false, 'this-job-may-not-share'],
    ['the command line', { ...PACS, facility: CLINIC, through: 'command' }, true, 'yes'],
  ])('nobody gives what they do not have: %s', (_name, actor, mayDownload, expected) => {
    const decision = decideGift(actor, MINE, { mayDownload }, NOW);
    expect(decision.allowed ? 'yes' : decision.reason).toBe(expected);
  });

  test('who may list what they may not look at has it in their lists', () => {
    const clerk = region('clinic', 'clerk', { view: 'none' });
    expect(decideListed(clerk, SHARED, NOW)).toMatchObject({ allowed: true });
    expect(decideListed(clerk, given(), NOW)).toMatchObject({ allowed: false, hide: true });
  });

  test('an administrator takes out no file that they might not take as an image', () => {
    const administrator = { ...region('clinic', 'administrator', { download: 'none' }), administrator: true };
    expect(decideTakingOut(administrator, CLINIC.id)).toMatchObject({ allowed: false, reason: 'this-job-may-not-download' });
    expect(decideTakingOut({ ...administrator, ...person({ facility: CLINIC, administrator: true }) }, CLINIC.id)).toMatchObject({
      allowed: true,
    });
  });
});

describe('everything else', () => {
  const actors = {
    physician: person({ facility: HOSPITAL }),
    'by token': person({ facility: HOSPITAL, through: 'token' }),
    secretariat,
    PACS,
  };
  test.each<[ActorAction, readonly (keyof typeof actors)[]]>([
    ['self', ['physician', 'by token', 'secretariat']],
    ['token.manage-own', ['physician', 'secretariat']],
    ['session.manage-own', ['physician', 'secretariat']],
    ['operation.read', ['secretariat']],
    ['facility.list', ['physician', 'by token', 'secretariat']],
    ['facility.manage', ['secretariat']],
    ['user.manage', ['secretariat']],
    ['rights.manage', ['secretariat']],
    ['quarantine.read', ['secretariat']],
    ['record.read', ['secretariat']],
    ['record.review', ['secretariat']],
    ['link.manage', ['secretariat']],
    ['study.list', ['physician', 'by token', 'PACS']],
    ['patient.list', ['physician', 'by token', 'PACS']],
    ['patient.view', ['physician', 'by token', 'PACS']],
    ['study.store', ['physician', 'by token', 'PACS']],
    ['notice.settle', ['physician', 'by token']],
  ])('%s', (action, expected) => {
    const allowed = Object.entries(actors).filter(([, actor]) => verdict(actor, action) === 'yes');
    expect(allowed.map(([name]) => name)).toEqual(expected);
  });

  test.each([
    ['second-factor', ['self', 'factor.manage-own']],
    ['password', ['self']],
  ] as const)('of whom a %s is demanded first: that, and one’s own session', (mustFirst, expected) => {
    const held = person({ facility: HOSPITAL, administrator: true, mustFirst });
    expect(ACTIONS.filter((action) => verdict(held, action, OWN) !== 'no')).toEqual(expected);
    expect(decide(held, 'user.manage')).toMatchObject({ allowed: false, reason: `${mustFirst}-first` });
  });

  test('lists are made in the name of the facility, and of none for who has none', () => {
    expect(decideMember(PACS, 'study.list')).toMatchObject({ allowed: true, facility: HOSPITAL });
    expect(decideMember(secretariat, 'study.list')).toMatchObject({ allowed: false, reason: 'belongs-to-no-facility', hide: false });
  });
});
