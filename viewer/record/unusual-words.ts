/** Words of the rules for unusual use, of what came of a review, and of a change of the rules (`rule=on`, `rule/threshold=number`). */
import type { TFunction } from 'i18next';
import type { Translation } from '../i18n/translation.ts';

const RULES = {
  'own-name': true,
  'own-staff': true,
  'many-patients': true,
  night: true,
  'no-visit': true,
} satisfies Record<keyof Translation['unusualRule'], true>;
const THRESHOLDS = {
  commonNames: true,
  patients: true,
  minutes: true,
  fromHour: true,
  untilHour: true,
  days: true,
} satisfies Record<keyof Translation['unusualThreshold'], true>;
const DECISIONS = {
  'in-order': true,
  'spoken-with': true,
  misuse: true,
} satisfies Record<keyof Translation['unusualDecision'], true>;

const isOf = <Code extends string>(codes: Readonly<Record<Code, true>>, code: string): code is Code => Object.hasOwn(codes, code);

export const unusualRuleWord = (code: string, t: TFunction) => (isOf(RULES, code) ? t(`unusualRule.${code}`) : code);
export const unusualThresholdWord = (code: string, t: TFunction) => (isOf(THRESHOLDS, code) ? t(`unusualThreshold.${code}`) : code);
export const unusualDecisionWord = (code: string, t: TFunction) => (isOf(DECISIONS, code) ? t(`unusualDecision.${code}`) : code);

export function unusualChangeWord(code: string, t: TFunction): string | undefined {
  const [, rule = '', threshold, value = ''] = /^([a-z-]+)(?:\/([A-Za-z]+))?=([a-z0-9]+)$/.exec(code) ?? [];
  if (!isOf(RULES, rule)) return undefined;
  if (threshold !== undefined)
    return t('unusualChange.value', { rule: unusualRuleWord(rule, t), threshold: unusualThresholdWord(threshold, t), value });
  return value === 'on' || value === 'off' ? t(`unusualChange.${value}`, { rule: unusualRuleWord(rule, t) }) : undefined;
}
