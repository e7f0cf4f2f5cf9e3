/** What may be changed of a consent that somebody signed: it may give less, and no more. Whoever wants more has it signed anew. */
import type { FacilityId } from '../identifiers.ts';
import type { Consent, ConsentScope } from './consent.ts';
import { ACCOMPANYING_MODALITIES } from './modalities.ts';

type Terms = Pick<Consent, 'scope' | 'until'>;

/** In which way a change gives more than what was signed. */
export const WIDENINGS = ['facilities', 'modalities', 'study-dates', 'studies', 'term'] as const;
export type Widening = (typeof WIDENINGS)[number];

const GIVES_MORE: Readonly<Record<Widening, (before: Terms, after: Terms) => boolean>> = {
  facilities: ({ scope: before }, { scope: after }) => {
    if (after.to !== 'region') return after.to.facilities.some((id) => reaches(after, id) && !reaches(before, id));
    // Whoever joins later is of the region, and of no list.
    return before.to !== 'region' || !within(before.exceptFacilities, after.exceptFacilities);
  },
  modalities: ({ scope: before }, { scope: after }) =>
    before.modalities.length > 0 && (after.modalities.length === 0 || !within(own(after.modalities), before.modalities)),
  'study-dates': ({ scope: before }, { scope: after }) =>
    (before.studyDateFrom !== undefined && (after.studyDateFrom === undefined || after.studyDateFrom < before.studyDateFrom)) ||
    (before.studyDateTo !== undefined && (after.studyDateTo === undefined || after.studyDateTo > before.studyDateTo)),
  studies: ({ scope: before }, { scope: after }) => !within(before.exceptStudies, after.exceptStudies),
  term: ({ until: before }, { until: after }) => before !== undefined && (after === undefined || after > before),
};

/** None: whatever the changed consent opens, to whomever, the one that was signed opens too. */
export function widenings(before: Terms, after: Terms): readonly Widening[] {
  return WIDENINGS.filter((way) => GIVES_MORE[way](before, after));
}

export type LeftOut = Pick<ConsentScope, 'exceptFacilities' | 'exceptStudies'>;

/** Whether who asks for a change has seen what the consent leaves out now. */
export function sameLeftOut(a: LeftOut, b: LeftOut): boolean {
  return sameSet(a.exceptFacilities, b.exceptFacilities) && sameSet(a.exceptStudies, b.exceptStudies);
}

function reaches({ to, exceptFacilities }: ConsentScope, id: FacilityId): boolean {
  return (to === 'region' || to.facilities.includes(id)) && !exceptFacilities.includes(id);
}

/** They go where the others go, whether they are named or not. */
const own = (modalities: readonly string[]) => modalities.filter((modality) => !ACCOMPANYING_MODALITIES.includes(modality));
const within = <T>(some: readonly T[], all: readonly T[]) => some.every((one) => all.includes(one));
const sameSet = <T>(a: readonly T[], b: readonly T[]) => within(a, b) && within(b, a);
