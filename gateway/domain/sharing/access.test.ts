import { describe, expect, test } from 'vitest';
import type { FacilityCode, FacilityId, UserId } from '../identifiers.ts';
import type { Actor, Job, PersonActor, SystemActor } from '../people/actor.ts';
import {
  type Action,
  type ActorAction,
  decide,
  decideStudy,
  discloses,
  isStudyAction,
  listScope,
  type StudyAction,
  type StudyFacts,
} from './access.ts';

const hospital = { id: '1' as FacilityId, code: 'H1' as FacilityCode };
const clinic = { id: '2' as FacilityId, code: 'C1' as FacilityCode };
const NOW = new Date('2026-04-01T00:00:00Z');

const person = (more: Partial<PersonActor> = {}): PersonActor => ({
  kind: 'person',
  userId: '7' as UserId,
  job: 'physician',
  administrator: false,
  remoteAddress: '127.0.0.1',
  through: 'session',
  ...more,
});
const pacs: SystemActor = { kind: 'system', facility: hospital, aeTitle: 'CT1', remoteAddress: '127.0.0.1', through: 'dimse' };
const secretariat = person({ administrator: true, job: 'administrator' });

const OWN: StudyFacts = { ownerFacilityId: hospital.id, right: { kind: 'owner' } };
const sharedUntil = (until: Date): StudyFacts => ({ ownerFacilityId: hospital.id, right: { kind: 'share', shareId: '9', until } });
const SHARED = sharedUntil(new Date(NOW.getTime() + 1));
const STUDY_ACTIONS: readonly StudyAction[] = ['study.view', 'study.download', 'study.share', 'study.disclosures', 'study.settle'];

function verdict(actor: Actor, action: Action, study?: StudyFacts): 'yes' | 'no' | 'hidden' {
  const decision = isStudyAction(action) ? decideStudy(actor, action, study, NOW) : decide(actor, action);
  return decision.allowed ? 'yes' : decision.hide ? 'hidden' : 'no';
}

describe('a study', () => {
  test.each<[string, Actor, StudyFacts | undefined, readonly string[]]>([
    ['the owner’s physician', person({ facility: hospital }), OWN, ['yes', 'yes', 'yes', 'yes', 'yes']],
    ['the owner’s nurse hands nothing on', person({ facility: hospital, job: 'nurse' }), OWN, ['yes', 'yes', 'no', 'yes', 'yes']],
    ['the owner’s PACS decides nothing', pacs, OWN, ['yes', 'yes', 'no', 'no', 'no']],
    ['who was given it', person({ facility: clinic }), SHARED, ['yes', 'yes', 'no', 'no', 'no']],
    ['at the very end of the share', person({ facility: clinic }), sharedUntil(NOW), ['hidden', 'hidden', 'hidden', 'hidden', 'hidden']],
    [
      'who was given nothing',
      person({ facility: clinic }),
      { ownerFacilityId: hospital.id, right: undefined },
      ['hidden', 'hidden', 'hidden', 'hidden', 'hidden'],
    ],
    ['of which nothing is known', person({ facility: clinic }), undefined, ['hidden', 'hidden', 'hidden', 'hidden', 'hidden']],
    ['an owner’s right in another’s hand', person({ facility: clinic }), OWN, ['hidden', 'hidden', 'hidden', 'hidden', 'hidden']],
    ['the secretariat, whatever it is told', secretariat, OWN, ['hidden', 'hidden', 'hidden', 'hidden', 'hidden']],
    [
      'an administrator of a clinic is of that clinic',
      person({ ...secretariat, facility: clinic }),
      SHARED,
      ['yes', 'yes', 'no', 'no', 'no'],
    ],
  ])('%s', (_name, actor, study, expected) => {
    expect(STUDY_ACTIONS.map((action) => verdict(actor, action, study))).toEqual(expected);
  });

  test('whose answers hold what is in the study', () => {
    expect(STUDY_ACTIONS.filter(discloses)).toEqual(['study.view', 'study.download']);
  });

  test('which jobs may share', () => {
    const jobs: readonly Job[] = ['physician', 'dentist', 'radiographer', 'nurse', 'pharmacist', 'technologist', 'clerk', 'administrator'];
    const may = jobs.filter((job) => verdict(person({ facility: hospital, job }), 'study.share', OWN) === 'yes');
    expect(may).toEqual(['physician', 'dentist', 'radiographer', 'clerk', 'administrator']);
  });
});

describe('everything else', () => {
  const actors = {
    physician: person({ facility: hospital }),
    'by token': person({ facility: hospital, through: 'token' }),
    secretariat,
    pacs,
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
    ['study.list', ['physician', 'by token', 'pacs']],
    ['study.store', ['physician', 'by token', 'pacs']],
  ])('%s', (action, expected) => {
    const allowed = Object.entries(actors).filter(([, actor]) => verdict(actor, action) === 'yes');
    expect(allowed.map(([name]) => name)).toEqual(expected);
  });

  test('lists are made in the name of the facility, and of none for who has none', () => {
    expect(listScope(pacs)).toBe(hospital.id);
    expect(listScope(secretariat)).toBeUndefined();
  });
});
