/** To whom of a facility a study may be given. Asked by who may give it, of one study. Why not everybody is found: gateway/decisions/receivers.md. */
import { DomainError } from '../../domain/errors.ts';
import type { FacilityId } from '../../domain/identifiers.ts';
import type { Job } from '../../domain/people/actor.ts';
import { isNamed, wordsOfName } from '../../domain/people/find-by-name.ts';
import type { PeopleIndex } from '../../domain/people/people-index.ts';
import type { User } from '../../domain/people/user.ts';

interface Stores {
  readonly people: Pick<PeopleIndex, 'facilityByCode' | 'staffOf'>;
}

export interface Receivers {
  /** Of whom somebody works there. */
  readonly jobs: readonly Job[];
  /** Nobody until enough of a name is typed. */
  readonly people: readonly User[];
}

/** More are found by typing more. */
const PEOPLE_FOUND_MAX = 10;

/** Their names hang in the hall of every hospital, by law; those of nobody else. */
const NAMED_JOBS: ReadonlySet<Job> = new Set<Job>(['physician', 'dentist']);

/** Works there now, and is called by name to whoever may give a study. */
export function mayBeNamed({ facility, disabledAt, job }: User, facilityId: FacilityId): boolean {
  return facility?.id === facilityId && disabledAt === undefined && NAMED_JOBS.has(job);
}

/** @throws invalid */
export async function findReceivers(
  { people }: Stores,
  { facilityCode, typed }: { readonly facilityCode: string; readonly typed: string },
): Promise<Receivers> {
  const facility = await people.facilityByCode(facilityCode);
  if (facility === undefined) throw new DomainError('invalid', 'no facility has that code', { ids: { reason: 'unknown-facility' } });
  const staff = await people.staffOf(facility.id);
  const words = wordsOfName(typed);
  const found = words === undefined ? [] : staff.filter((user) => mayBeNamed(user, facility.id) && isNamed(user, words));
  return { jobs: [...new Set(staff.map(({ job }) => job))], people: found.slice(0, PEOPLE_FOUND_MAX) };
}
