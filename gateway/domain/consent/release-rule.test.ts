import { describe, expect, test } from 'vitest';
import { neverReached, type ReleaseRule, releaseCode } from './release-rule.ts';

const RULE: ReleaseRule = { modalities: [], registeredOnly: false, afterHours: 0, onceReported: false, mayDownload: true };
const of = (...modalities: readonly string[]): ReleaseRule => ({ ...RULE, modalities });

describe('a rule that no study comes to', () => {
  test.each([
    ['no rules', [], undefined],
    ['one', [of()], undefined],
    ['the rest last', [of('CT'), of()], undefined],
    ['the rest first', [of(), of('CT')], 1],
    ['twice the rest', [of('CT'), of(), of()], 2],
    ['one of two that were named', [of('CT', 'MR'), of('MR')], 1],
    ['one more than was named', [of('CT'), of('CT', 'PT')], undefined],
  ])('%s', (_, rules, at) => {
    expect(neverReached(rules)).toBe(at);
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
