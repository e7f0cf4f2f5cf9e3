import type { TFunction } from 'i18next';
import { expect, it } from 'vitest';
import type { RecordEntry } from '../../gateway/api/contract/record.ts';
import { recordDetail } from './record-detail.ts';
import { countedNoun } from './record-words.ts';

/** Shows which text is meant, and with what. */
const t = ((key: string, values?: object) => (values === undefined ? key : `${key} ${JSON.stringify(values)}`)) as unknown as TFunction;

it.each<[string, RecordEntry['about'], string]>([
  ['sign-in', { newDevice: true }, 'about.newDevice'],
  ['sign-in-failed', { failure: 'must-wait' }, 'failure.must-wait'],
  ['access-refused', { asked: 'study.view' }, 'asked.study-view'],
  ['access-refused', { asked: 'quarantine.download' }, 'asked.quarantine-download'],
  ['instance-quarantined', { quarantine: 'no-sop-instance-uid' }, 'admin.reasons.no-sop-instance-uid'],
  ['instance-quarantined', { quarantine: 'a-newer-reason' }, 'a-newer-reason'],
  ['session-ended', { sessionId: '12' }, ''],
  ['session-ended', {}, 'about.otherSessions'],
  ['token-revoked', { tokenId: '7' }, 'about.token {"id":"7"}'],
  ['token-created', { user: '久保', tokenId: '7', days: 90 }, '久保　about.token {"id":"7"}　about.days {"count":90}'],
  ['study-downloaded', { of: 9 }, 'about.brokenOff {"sent":2,"all":9}'],
  ['study-downloaded', { oneByOne: true }, 'about.oneByOne'],
  ['studies-listed', { list: 'study-list' }, 'list.study-list'],
  [
    'place-settled',
    { settlement: 'two-objects', noticeId: '4', noticeKind: 'instance', fromStudyInstanceUID: '1.2', fromOrdinal: 1 },
    'settled.two-objects',
  ],
  ['installation-begun', { installation: 'start-new', found: 'index-missing' }, 'installation.start-new'],
  ['clock-stepped', { stepMs: -86_400_000 }, 'about.stepBack {"seconds":86400}'],
  ['clock-stepped', { stepMs: 1_500 }, 'about.stepOn {"seconds":1.5}'],
  ['user-changed', { user: '久保', changes: ['disabled'] }, '久保app.inBrackets {"text":"change.disabled"}'],
  ['user-changed', { user: '久保', changes: ['enabled', 'unlock'] }, '久保app.inBrackets {"text":"change.enabledapp.andchange.unlock"}'],
  [
    'user-created',
    { user: '久保', job: 'administrator', changes: ['administrator'] },
    '久保app.inBrackets {"text":"job.administratorapp.andchange.administrator"}',
  ],
  ['user-created', { user: '久保', job: 'druid' }, '久保app.inBrackets {"text":"druid"}'],
  ['facility-created', { facilityCode: 'AOBA' }, 'AOBA'],
  [
    'facility-changed',
    { facilityCode: 'AOBA', changes: ['name', 'aeTitles'] },
    'AOBAapp.inBrackets {"text":"change.nameapp.andchange.aeTitles"}',
  ],
  ['study-viewed', { words: 'what nobody can read any more' }, 'what nobody can read any more'],
  ['study-viewed', {}, ''],
])('%s: %j', (action, about, expected) => {
  expect(recordDetail({ action, about, count: 2 } as RecordEntry, t, 'ja')).toBe(expected);
});

it.each([
  ['studies-listed', 'study-list', 'studies'],
  ['studies-listed', 'instances', 'files'],
  ['studies-listed', 'notices', 'notices'],
  ['studies-listed', 'patients', 'patients'],
  ['studies-listed', 'person', 'studies'],
  ['studies-listed', 'a-newer-list', 'found'],
  ['studies-listed', undefined, 'found'],
  ['study-viewed', undefined, 'files'],
  ['instance-quarantined', undefined, 'files'],
  ['record-exported', undefined, 'entries'],
  ['session-ended', undefined, 'devices'],
  ['sign-in-failed', undefined, 'times'],
] as const)('the number of %s, %s, counts %s', (action, list, noun) => {
  expect(countedNoun(action, list)).toBe(noun);
});
