/** How an actor may stand to a study: what the matrix of rights is made of, beside routes, jobs and kinds of facilities (`test/integration/rights`). */
import type { StudyRight } from './access.ts';

/** By the kind of right that joins them. A new kind of right names the ways in which it can stand before it compiles. */
const BY_RIGHT = {
  owner: ['owner'],
  share: [
    'share-to-facility',
    'share-to-job',
    'share-to-another-job',
    'share-to-person',
    'share-to-another-person',
    'share-for-viewing-only',
    'share-with-series-held-back',
    'share-that-has-ended',
    'share-that-has-not-begun',
    'share-that-was-revoked',
    'one-share-ended-beside-another',
  ],
  consent: [
    'consent-to-the-region',
    'consent-to-facility',
    'consent-for-viewing-only',
    'consent-that-waits',
    'consent-that-is-not-released',
    'consent-that-has-ended',
    'consent-that-was-withdrawn',
    'one-consent-withdrawn-beside-another',
    'consent-withdrawn-beside-a-share',
    'share-revoked-beside-a-consent',
  ],
  emergency: [
    'emergency',
    'emergency-of-another-person',
    'emergency-that-has-ended',
    'emergency-found-not-justified',
    'emergency-beside-a-share',
  ],
  referral: ['referral', 'referral-that-was-recalled', 'share-revoked-beside-a-referral', 'consent-withdrawn-beside-a-referral'],
} as const satisfies Record<StudyRight['kind'], readonly string[]>;

/** Nothing joins them. `administrator`: of the region, who belongs to no facility. */
const BY_NOTHING = ['stranger', 'administrator-of-the-region'] as const;

export type Relation = (typeof BY_RIGHT)[keyof typeof BY_RIGHT][number] | (typeof BY_NOTHING)[number];

export const RELATIONS: readonly Relation[] = [...Object.values(BY_RIGHT).flat(), ...BY_NOTHING];
