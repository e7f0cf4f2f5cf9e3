import type { FacilityId } from '../identifiers.ts';

/** What the people of a facility are told: notices of its studies, letters, emergencies. Implemented by `storage/index/people/news.ts`. */
export interface NewsIndex {
  /** Of each facility a mark that is another one as soon as there is something newer for its people. */
  marks(facilities: readonly FacilityId[], now: Date): Promise<ReadonlyMap<FacilityId, string>>;
}
