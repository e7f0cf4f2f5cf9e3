import type { Right } from '../sharing/access.ts';

/** What something was done for, as the record tells it. */
export const PURPOSES = ['treatment', 'administration'] as const;
export type Purpose = (typeof PURPOSES)[number];

/** One row a kind of right: nobody is asked what for, the right says it. */
const OF_RIGHT = {
  owner: 'treatment',
  share: 'treatment',
  administrator: 'administration',
  member: 'treatment',
  'own-account': undefined,
  directory: undefined,
} as const satisfies Record<Right['kind'], Purpose | undefined>;

/** A right, and what it is used for: members of an entry. */
export function rightAndPurpose(right: Right): { readonly right: Right; readonly purpose?: Purpose } {
  const purpose = OF_RIGHT[right.kind];
  return purpose === undefined ? { right } : { right, purpose };
}
