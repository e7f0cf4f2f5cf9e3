import { describe, expect, test } from 'vitest';
import { CLINIC, HOSPITAL, PACS, person } from '../../../test/fixtures/people/actors.ts';
import type { Actor, Job } from '../people/actor.ts';
import {
  type Action,
  type ActorAction,
  decide,
  decideMember,
  decideStudy,
  isStudyAction,
  type StudyAction,
  type StudyFacts,
} from './access.ts';

const NOW = new Date('2026-04-01T00:00:00Z');
const secretariat = person({ administrator: true, job: 'administrator' });

const OWN: StudyFacts = { ownerFacilityId: HOSPITAL.id, right: { kind: 'owner' } };
const sharedUntil = (until: Date): StudyFacts => ({ ownerFacilityId: HOSPITAL.id, right: { kind: 'share', shareId: '9', until } });
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
      { ownerFacilityId: HOSPITAL.id, right: undefined },
      ['hidden', 'hidden', 'hidden', 'hidden'],
    ],
    ['of which nothing is known', person({ facility: CLINIC }), undefined, ['hidden', 'hidden', 'hidden', 'hidden']],
    ['an owner’s right in another’s hand', person({ facility: CLINIC }), OWN, ['hidden', 'hidden', 'hidden', 'hidden']],
    ['the secretariat, whatever it is told', secretariat, OWN, ['hidden', 'hidden', 'hidden', 'hidden']],
    ['an administrator of a clinic is of that clinic', person({ ...secretariat, facility: CLINIC }), SHARED, ['yes', 'yes', 'no', 'no']],
  ])('%s', (_name, actor, study, expected) => {
    expect(STUDY_ACTIONS.map((action) => verdict(actor, action, study))).toEqual(expected);
  });

  test('which jobs may share', () => {
    const jobs: readonly Job[] = ['physician', 'dentist', 'radiographer', 'nurse', 'pharmacist', 'technologist', 'clerk', 'administrator'];
    const may = jobs.filter((job) => verdict(person({ facility: HOSPITAL, job }), 'study.share', OWN) === 'yes');
    expect(may).toEqual(['physician', 'dentist', 'radiographer', 'clerk', 'administrator']);
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
    ['quarantine.read', ['secretariat']],
    ['record.read', ['secretariat']],
    ['study.list', ['physician', 'by token', 'PACS']],
    ['study.store', ['physician', 'by token', 'PACS']],
    ['notice.settle', ['physician', 'by token']],
  ])('%s', (action, expected) => {
    const allowed = Object.entries(actors).filter(([, actor]) => verdict(actor, action) === 'yes');
    expect(allowed.map(([name]) => name)).toEqual(expected);
  });

  test('lists are made in the name of the facility, and of none for who has none', () => {
    expect(decideMember(PACS, 'study.list')).toMatchObject({ allowed: true, facility: HOSPITAL });
    expect(decideMember(secretariat, 'study.list')).toMatchObject({ allowed: false, reason: 'belongs-to-no-facility', hide: false });
  });
});
