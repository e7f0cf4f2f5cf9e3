/**
 * What a facility says of how its patients' consents open its studies: a list of rules, of which the first that covers a study decides. Without any, what a
 * consent covers is open at once. The rights themselves are given by `consent_reaches` of the database; test/contract/consents/release-rules.test.ts holds
 * the two to one another.
 */
import type { FacilityId } from '../identifiers.ts';
import { coversModalities } from './modalities.ts';

export const RELEASE_RULES_MAX = 20;
export const RULE_MODALITIES_MAX = 20;
/** 30 days. */
export const AFTER_HOURS_MAX = 720;

export interface ReleaseRule {
  /** None: whatever it is. */
  readonly modalities: readonly string[];
  /** Only to facilities where the person is a patient too. */
  readonly registeredOnly: boolean;
  /** Hours since the study's first image came; 0: at once. */
  readonly afterHours: number;
  /** When a report is in the study it does not wait any longer. */
  readonly onceReported: boolean;
  /** Otherwise it is for looking at only. */
  readonly mayDownload: boolean;
}

export interface ReleasedStudy {
  readonly modalities: readonly string[];
  readonly firstReceivedAt: Date;
  readonly reported: boolean;
}

/** What becomes of a study that a consent covers. */
export type Release =
  | { readonly released: false }
  | { readonly released: true; readonly registeredOnly: boolean; readonly notBefore: Date | undefined; readonly mayDownload: boolean };

const AT_ONCE: Release = { released: true, registeredOnly: false, notBefore: undefined, mayDownload: true };
const HOUR_MS = 3_600_000;

export function releaseOf(rules: readonly ReleaseRule[], { modalities, firstReceivedAt, reported }: ReleasedStudy): Release {
  if (rules.length === 0) return AT_ONCE;
  const rule = rules.find((each) => coversModalities(each.modalities, modalities));
  if (rule === undefined) return { released: false };
  const { registeredOnly, afterHours, onceReported, mayDownload } = rule;
  const waits = afterHours > 0 && !(onceReported && reported);
  return {
    released: true,
    registeredOnly,
    notBefore: waits ? new Date(firstReceivedAt.getTime() + afterHours * HOUR_MS) : undefined,
    mayDownload,
  };
}

/** To which of those that the consent reaches. `registeredAt`: where the person is a patient. */
export function releasedTo(release: Release, receiver: FacilityId, registeredAt: readonly FacilityId[]): boolean {
  return release.released && (!release.registeredOnly || registeredAt.includes(receiver));
}

/** The first rule that no study comes to, since one before it covers all that it covers. */
export function neverReached(rules: readonly ReleaseRule[]): number | undefined {
  const at = rules.findIndex((rule, n) => rules.slice(0, n).some((before) => coversAllOf(before, rule)));
  return at < 0 ? undefined : at;
}

function coversAllOf(before: ReleaseRule, { modalities }: ReleaseRule): boolean {
  return before.modalities.length === 0 || (modalities.length > 0 && modalities.every((modality) => before.modalities.includes(modality)));
}

/** As the record says it: `release:CT+MR/registered/48h,report/view`; without modalities `*`, at once `now`. */
export function releaseCode({ modalities, registeredOnly, afterHours, onceReported, mayDownload }: ReleaseRule): string {
  const when = afterHours === 0 ? 'now' : `${afterHours}h${onceReported ? ',report' : ''}`;
  const which = modalities.length === 0 ? '*' : modalities.join('+');
  return `release:${which}/${registeredOnly ? 'registered' : 'named'}/${when}/${mayDownload ? 'take' : 'view'}`;
}
