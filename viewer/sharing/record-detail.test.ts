import type { TFunction } from 'i18next';
import { expect, it } from 'vitest';
import { recordDetail } from './record-detail.ts';

/** Shows which text is meant, and with what. */
const t = ((key: string, values?: object) => (values === undefined ? key : `${key} ${JSON.stringify(values)}`)) as unknown as TFunction;

it.each([
  ['new device', 'sign-in', 'detail.new device'],
  ['study.view', 'access-refused', 'asked.study-view'],
  ['quarantine.download', 'access-refused', 'asked.quarantine-download'],
  ['no-sop-instance-uid', 'instance-quarantined', 'admin.reasons.no-sop-instance-uid'],
  ['session 12', 'session-ended', ''],
  ['token 7', 'token-revoked', 'detail.token {"id":"7"}'],
  ['久保: token 7, 90 days', 'token-created', '久保　detail.token {"id":"7"}　share.days {"count":90}'],
  ['broken off after 2 of 9', 'study-downloaded', 'detail.brokenOff {"sent":"2","all":"9"}'],
  ['久保: disabled', 'user-changed', '久保app.inBrackets {"text":"change.disabled"}'],
  ['久保: enabled unlock', 'user-changed', '久保app.inBrackets {"text":"change.enabledapp.andchange.unlock"}'],
  ['久保: administrator', 'user-changed', '久保app.inBrackets {"text":"change.administrator"}'],
  ['久保: administrator administrator', 'user-created', '久保app.inBrackets {"text":"job.administratorapp.andchange.administrator"}'],
  ['AOBA: name aeTitles', 'facility-changed', 'AOBAapp.inBrackets {"text":"change.nameapp.andchange.aeTitles"}'],
  ['what a newer gateway says', 'study-viewed', 'what a newer gateway says'],
])('%s (%s)', (detail, action, expected) => {
  expect(recordDetail(detail, action, t, 'ja')).toBe(expected);
});
