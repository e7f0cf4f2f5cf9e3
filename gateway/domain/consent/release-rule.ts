/**
 * What a facility says of how its patients' consents open its studies: rules, each for some modalities or for all that no other names. Where several cover
 * a study, the strictest of each holds. Without any, what a consent covers is open at once. The rights themselves are given by `consent_reaches` of the database; test/contract/consents/release-rules.test.ts holds
 * the two to one another.
 */
import type { FacilityId } from '../identifiers.ts';
import { ACCOMPANYING_MODALITIES } from './modalities.ts';

export const RELEASE_RULES_MAX = 20;
export const RULE_MODALITIES_MAX = 20;
/** 30 days. */
export const AFTER_HOURS_MAX = 720;

export interface ReleaseRule {
  /** None: whatever no other rule names. */
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
  const covering = rulesOfEach(rules, modalities);
  if (covering === undefined) return { released: false };
  const waiting = covering.filter(({ afterHours }) => afterHours > 0);
  const waits = waiting.length > 0 && !(reported && waiting.every(({ onceReported }) => onceReported));
  const hours = Math.max(...covering.map(({ afterHours }) => afterHours));
  return {
    released: true,
    registeredOnly: covering.some(({ registeredOnly }) => registeredOnly),
    notBefore: waits ? new Date(firstReceivedAt.getTime() + hours * HOUR_MS) : undefined,
    mayDownload: covering.every(({ mayDownload }) => mayDownload),
  };
}

/** Undefined: for one of its modalities there is none, so that it is not released. PET with CT follows the rules for both. */
function rulesOfEach(rules: readonly ReleaseRule[], ofStudy: readonly string[]): readonly ReleaseRule[] | undefined {
  const ofTheRest = rules.filter(({ modalities }) => modalities.length === 0);
  const covering = partsOf(ofStudy).map((part) => {
    const naming = rules.filter(({ modalities }) => modalities.includes(part));
    return naming.length > 0 ? naming : ofTheRest;
  });
  return covering.some((found) => found.length === 0) ? undefined : [...new Set(covering.flat())];
}

/** What accompanies images goes where they go, a document and a capture too: neither makes another study of it. One of documents alone is of the rest. */
function partsOf(ofStudy: readonly string[]): readonly string[] {
  const parts = ofStudy.filter((modality) => !ACCOMPANYING_MODALITIES.includes(modality) && modality !== 'DOC');
  const images = parts.filter((modality) => modality !== 'OT');
  if (images.length > 0) return images;
  return parts.length > 0 ? ['OT'] : [''];
}

/** To which of those that the consent reaches. `registeredAt`: where the person is a patient. */
export function releasedTo(release: Release, receiver: FacilityId, registeredAt: readonly FacilityId[]): boolean {
  return release.released && (!release.registeredOnly || registeredAt.includes(receiver));
}

/** As the record says it: `release:CT+MR/registered/48h,report/view`; without modalities `*`, at once `now`. */
export function releaseCode({ modalities, registeredOnly, afterHours, onceReported, mayDownload }: ReleaseRule): string {
  const when = afterHours === 0 ? 'now' : `${afterHours}h${onceReported ? ',report' : ''}`;
  const which = modalities.length === 0 ? '*' : modalities.join('+');
  return `release:${which}/${registeredOnly ? 'registered' : 'named'}/${when}/${mayDownload ? 'take' : 'view'}`;
}
