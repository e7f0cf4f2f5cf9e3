import { describe, expect, test } from 'vitest';
import { type ReleaseRule, releaseCode, releaseOf } from './release-rule.ts';

const RULE: ReleaseRule = { modalities: [], registeredOnly: false, afterHours: 0, onceReported: false, mayDownload: true };
const of = (...modalities: readonly string[]): ReleaseRule => ({ ...RULE, modalities });
const CAME = new Date('2026-11-01T09:00:00Z');
const hours = (n: number) => new Date(CAME.getTime() + n * 3_600_000);

describe('what rules make of a study', () => {
  const REST = { ...RULE, mayDownload: false };
  const CT = { ...of('CT'), afterHours: 48, onceReported: true };
  const PET = { ...of('PT'), registeredOnly: true, afterHours: 24 };
  test.each<[string, readonly ReleaseRule[], readonly string[], object]>([
    ['no rules', [], ['CT'], { released: true, notBefore: undefined, mayDownload: true, registeredOnly: false }],
    ['the rule that names it, whatever its place', [REST, CT], ['CT'], { notBefore: hours(48), mayDownload: true }],
    ['the rest, where none names it', [CT, REST], ['US'], { notBefore: undefined, mayDownload: false }],
    ['none', [CT], ['US'], { released: false }],
    ['the strictest of two', [CT, PET], ['CT', 'PT'], { notBefore: hours(48), registeredOnly: true }],
    [
      'the strictest of two for one modality',
      [CT, { ...of('CT'), mayDownload: false }],
      ['CT'],
      { notBefore: hours(48), mayDownload: false },
    ],
    ['one of two that no rule is for', [CT], ['CT', 'PT'], { released: false }],
    [
      'a capture, a document and key images go with the images',
      [CT, REST],
      ['CT', 'OT', 'DOC', 'KO'],
      { notBefore: hours(48), mayDownload: true },
    ],
    ['captures alone are of the rest', [CT, REST], ['OT'], { mayDownload: false }],
    ['documents alone are of the rest', [CT, REST], ['DOC', 'SR'], { mayDownload: false }],
    ['documents alone, without a rest', [CT], ['DOC'], { released: false }],
  ])('%s', (_, rules, modalities, made) => {
    expect(releaseOf(rules, { modalities, firstReceivedAt: CAME, reported: false })).toMatchObject(made);
  });

  test.each<[string, readonly ReleaseRule[], readonly string[], Date | undefined]>([
    ['ends its wait', [CT], ['CT'], undefined],
    ['ends no wait that does not ask for it', [PET], ['PT'], hours(24)],
    ['ends none where one of two rules does not ask for it', [CT, PET], ['CT', 'PT'], hours(48)],
  ])('a report %s', (_, rules, modalities, notBefore) => {
    expect(releaseOf(rules, { modalities, firstReceivedAt: CAME, reported: true })).toMatchObject({ notBefore });
  });
});

test.each([
  [RULE, 'release:*/named/now/take'],
  [
    { ...of('CT', 'MR'), registeredOnly: true, afterHours: 48, onceReported: true, mayDownload: false },
    'release:CT+MR/registered/48h,report/view',
  ],
  [{ ...RULE, afterHours: 1 }, 'release:*/named/1h/take'],
])('on record: %j', (rule, code) => {
  expect(releaseCode(rule)).toBe(code);
});
