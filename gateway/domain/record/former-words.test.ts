import { expect, test } from 'vitest';
import type { AuditAction, RecordedAct } from './audit.ts';
import { inCodes } from './former-words.ts';

const stored = (action: AuditAction, rest: object) =>
  ({ action, outcome: 'success', who: { kind: 'person', userId: '1' }, ...rest }) as unknown as RecordedAct;

test.each<[AuditAction, string, object]>([
  ['sign-in', 'new device', { newDevice: true }],
  ['sign-in-failed', 'password', { failure: 'password' }],
  ['sign-in-failed', 'must-wait', { failure: 'must-wait' }],
  ['account-guessed-at', 'from-many-networks', { failure: 'from-many-networks' }],
  ['session-ended', 'others', {}],
  ['session-ended', 'session 12', { sessionId: '12' }],
  ['token-created', 'user 3: token 7, 90 days', { userId: '3', tokenId: '7', days: 90 }],
  ['token-revoked', 'token 7', { tokenId: '7' }],
  ['facility-created', 'AOBA', { facilityCode: 'AOBA' }],
  ['facility-changed', 'AOBA: name aeTitles', { facilityCode: 'AOBA', changes: ['name', 'aeTitles'] }],
  ['user-created', 'user 3: nurse', { userId: '3', job: 'nurse' }],
  ['user-created', 'user 3: administrator administrator', { userId: '3', job: 'administrator', changes: ['administrator'] }],
  ['user-changed', 'user 3: disabled unlock', { userId: '3', changes: ['disabled', 'unlock'] }],
  ['user-changed', 'user 3: ', { userId: '3', changes: [] }],
  ['instance-quarantined', 'not-dicom', { quarantine: 'not-dicom' }],
  ['quarantined-retried', 'empty', { quarantine: 'empty' }],
  ['study-shared', 'until 2026-12-31T14:59:59.999Z', { until: '2026-12-31T14:59:59.999Z' }],
  ['studies-listed', 'study list', { list: 'study-list' }],
  ['studies-listed', 'notices', { list: 'notices' }],
  ['studies-listed', 'studies', { list: 'studies' }],
  ['studies-listed', 'instances of 1.2.3', { list: 'instances' }],
  ['study-downloaded', 'one by one', { oneByOne: true }],
  ['study-downloaded', 'broken off after 2 of 9', { of: 9 }],
  [
    'place-settled',
    'correction of notice 4 instance-elsewhere from 1.2.3 2',
    { settlement: 'correction', noticeId: '4', noticeKind: 'instance-elsewhere', fromStudyInstanceUID: '1.2.3', fromOrdinal: 2 },
  ],
  ['share-revoked', 'correction of notice 4', { settlement: 'correction', noticeId: '4' }],
  ['access-refused', 'study.view', { asked: 'study.view' }],
  ['access-refused', 'study.settle', { asked: 'notice.settle' }],
  ['installation-begun', 'first start', { installation: 'first-start' }],
  ['installation-begun', 'start-new: index-missing, objects of none', { installation: 'start-new', found: 'index-missing' }],
  ['installation-begun', 'start-new: whole, objects of ab-1', { installation: 'start-new', found: 'whole', objectsOf: 'ab-1' }],
  ['installation-begun', 'reindex: index-missing', { installation: 'reindex', found: 'index-missing' }],
  ['clock-stepped', 'back 60000 ms', { stepMs: -60_000 }],
  ['clock-stepped', 'on 60000 ms', { stepMs: 60_000 }],
  ['clock-stepped', 'back 86400000 ms in the record', { stepMs: -86_400_000 }],
  ['studies-listed', 'wards of 1.2.3', { words: 'wards of 1.2.3' }],
  ['study-viewed', 'what nobody can read any more', { words: 'what nobody can read any more' }],
])('%s, once “%s”', (action, detail, codes) => {
  expect(inCodes(stored(action, { what: { count: 2, detail } }))).toEqual(stored(action, { what: { count: 2, ...codes } }));
});

test.each([
  ['owner', { right: { kind: 'owner' } }],
  ['share 12', { right: { kind: 'share', grant: '12' } }],
  ['member of the facility', { right: { kind: 'member' } }],
  ['administrator', { right: { kind: 'administrator' } }],
  ['share has ended', { refusal: 'share-has-ended' }],
  ['token revoked', { refusal: 'token-revoked' }],
  ['unknown AE title', { refusal: 'unknown-ae-title' }],
  ['csrf', { refusal: 'csrf' }],
  ['directory of the region', { right: { kind: 'directory' } }],
  ['a reason that has no code', { what: { words: 'a reason that has no code' } }],
])('a right that was “%s”', (right, codes) => {
  expect(inCodes(stored('study-viewed', { right }))).toEqual(stored('study-viewed', codes));
});

test('an entry that has codes is given back as it is', () => {
  const entry = stored('study-viewed', { right: { kind: 'owner' }, what: { count: 3 } });
  expect(inCodes(entry)).toBe(entry);
});

test('an action that has another name today is read by that', () => {
  const refused = (asked: string) => stored('access-refused', { outcome: 'refused', what: { asked }, refusal: 'people-only' });
  expect(inCodes(refused('study.settle'))).toEqual(refused('notice.settle'));
});
