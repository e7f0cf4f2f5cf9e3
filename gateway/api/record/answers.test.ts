import { expect, it } from 'vitest';
import type { ChainedEntry, RecordedAct } from '../../domain/record/audit.ts';
import { recordEntrySchema } from '../contract/record.ts';
import { recordAnswer } from './answers.ts';

const names = {
  person: (id: string) => (id === '12' ? '川田 花' : undefined),
  facility: (code: string) => (code === 'H1' ? '中央病院' : undefined),
};

const answered = (act: Partial<RecordedAct>) => {
  const entry = { action: 'user-created', outcome: 'success', who: { kind: 'person', facilityCode: 'H1' }, ...act } as RecordedAct;
  return recordAnswer({ seq: 1, at: new Date(0), entry, previousHash: '', hash: '' } satisfies ChainedEntry, names);
};

it.each<[string, Partial<RecordedAct>, object]>([
  ['names a person for the reader', { what: { userId: '12', job: 'dentist' } }, { about: { user: '川田 花', job: 'dentist' } }],
  [
    'keeps the number of one who is gone',
    { what: { userId: '13', changes: ['disabled'] } },
    { about: { user: '13', changes: ['disabled'] } },
  ],
  [
    'tells the right and which share gave it',
    { right: { kind: 'share', grant: '9' } },
    { right: { kind: 'share', grant: '9' }, refusal: null },
  ],
  ['tells why not', { outcome: 'refused', refusal: 'share-has-ended' }, { right: null, refusal: 'share-has-ended' }],
  ['knows the owner’s own staff', { what: { ownerFacilityCode: 'H1' } }, { ownStaff: true, ownerFacility: '中央病院', about: {} }],
  ['shows what nobody can read any more as it is', { what: { words: 'odd' } }, { about: { words: 'odd' } }],
])('%s', (_name, act, expected) => {
  expect(answered(act)).toMatchObject(expected);
});

it('tells no Patient ID, and nothing the contract does not name', () => {
  const what = { ownerFacilityCode: 'H1', patientID: 'P-77', studyInstanceUID: '1.2', ordinal: 2, sopInstanceUID: '1.2.3', count: 4 };
  const answer = answered({ action: 'study-viewed', what });
  expect(JSON.stringify(answer)).not.toContain('P-77');
  expect(recordEntrySchema.strict().parse(answer)).toEqual(answer);
  expect(answer).toMatchObject({ studyInstanceUID: '1.2', count: 4, about: {} });
});
