/** Rules of release while they are written: hours as they are typed. */
import { AFTER_HOURS_MAX } from '../../../gateway/api/contract/consent-rules.ts';
import type { ReleaseRuleAnswer } from '../../../gateway/api/contract/consents.ts';

export interface Draft extends Omit<ReleaseRuleAnswer, 'afterHours'> {
  /** Which one it is, wherever it is moved. */
  readonly key: string;
  readonly hours: string;
}

export function draftOf({ afterHours, ...rule }: ReleaseRuleAnswer): Draft {
  return { ...rule, key: crypto.randomUUID(), hours: String(afterHours) };
}

export const NEW_RULE = (): Draft =>
  draftOf({ modalities: [], registeredOnly: false, afterHours: 48, onceReported: true, mayDownload: true });

/** Digits of full width are digits. */
function hoursOf({ hours }: Draft): number {
  const typed = hours.normalize('NFKC').trim();
  return /^\d{1,4}$/.test(typed) ? Number(typed) : Number.NaN;
}

export function isWrong(draft: Draft): boolean {
  return !(hoursOf(draft) <= AFTER_HOURS_MAX);
}

/** What waits for nothing waits for no report. */
export function ruleOf(draft: Draft): ReleaseRuleAnswer {
  const { key: _, hours: __, ...rule } = draft;
  const afterHours = hoursOf(draft);
  return { ...rule, afterHours, onceReported: rule.onceReported && afterHours > 0 };
}

export const rulesOf = (drafts: readonly Draft[]): ReleaseRuleAnswer[] => drafts.map(ruleOf);

export function sameRules(drafts: readonly Draft[], rules: readonly ReleaseRuleAnswer[]): boolean {
  const text = ({ modalities, registeredOnly, afterHours, onceReported, mayDownload }: ReleaseRuleAnswer) =>
    JSON.stringify([modalities, registeredOnly, afterHours, onceReported, mayDownload]);
  return drafts.length === rules.length && rulesOf(drafts).every((rule, at) => text(rule) === text(rules[at] as ReleaseRuleAnswer));
}
