import { createInstance } from 'i18next';
import { beforeAll, expect, test } from 'vitest';
import { releaseCode } from '../../gateway/domain/consent/release-rule.ts';
import { releaseChangeWord, releaseRuleWord } from './release-words.ts';
import { en } from './texts.en.ts';

const i18n = createInstance();
beforeAll(() => i18n.init({ lng: 'en', resources: { en: { translation: en } } }));

const RULE = { modalities: ['CT', 'MR'], registeredOnly: true, afterHours: 48, onceReported: true, mayDownload: false };

test.each([
  RULE,
  { ...RULE, modalities: [] },
  { ...RULE, afterHours: 1, onceReported: false },
  { ...RULE, afterHours: 0, onceReported: false, registeredOnly: false, mayDownload: true },
])('the record says it as the page does: %j', (rule) => {
  expect(releaseChangeWord(releaseCode(rule), i18n.t)).toBe(releaseRuleWord(rule, i18n.t));
});

test('what a newer gateway writes is left as it is', () => {
  expect(releaseChangeWord('release:none', i18n.t)).toBe(en.releaseRule.none);
  for (const code of ['release:CT/kin/now/take', 'release:CT/named/now', 'rights:CT'])
    expect(releaseChangeWord(code, i18n.t)).toBeUndefined();
});
