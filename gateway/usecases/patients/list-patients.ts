import type { FairTurns } from '../../domain/bounds/fair-turns.ts';
import type { Clock } from '../../domain/clock.ts';
import { DomainError } from '../../domain/errors.ts';
import type { PersonId } from '../../domain/identifiers.ts';
import { isSearch, type StudyListFilter } from '../../domain/imaging/query.ts';
import type { IndexedStudy } from '../../domain/imaging/study.ts';
import type { StudyIndex } from '../../domain/imaging/study-index.ts';
import type { PersonSeen } from '../../domain/patients/patient.ts';
import type { PatientIndex } from '../../domain/patients/patient-index.ts';
import type { Actor, FacilityRef } from '../../domain/people/actor.ts';
import { type Asker, askerOf } from '../../domain/sharing/audience.ts';
import { actorKey } from '../access/see-study.ts';
import { searchTerms } from '../find/search-terms.ts';
import { createOncePerListing } from '../record/once-in-window.ts';
import type { ViewRecorder } from '../record/record-view.ts';

/** Studies that a search for persons looks at, the newest first. With more that match, the answer says that there may be more persons. */
export const PATIENT_SEARCH_STUDIES_MAX = 400;
/** Steps through the study list for one page of persons: far down, where nearly everybody was on an earlier page, a page holds fewer. */
export const PATIENT_PAGE_STEPS_MAX = 5;

/** As the contract's schema lets it in. `after`: from the previous page's `next`; a search has one page. */
export interface PatientListRequest {
  readonly q?: string | undefined;
  readonly after?: string | undefined;
  readonly limit: number;
}

export interface ListedPerson {
  readonly seen: PersonSeen;
  /** By which the person is in the list: the newest, or of those that match the newest. */
  readonly study: IndexedStudy;
}

export interface PatientPage {
  /** At most `limit`, and fewer, or none, though there is a `next`. */
  readonly persons: readonly ListedPerson[];
  readonly next?: string;
  /** More studies match than were looked at, or more persons than fit: others may be among them. */
  readonly more: boolean;
}

interface PatientStores {
  readonly studies: Pick<StudyIndex, 'listStudies'>;
  readonly patients: Pick<PatientIndex, 'patientsOf' | 'seenOf'>;
  readonly clock: Clock;
}

export type PatientLister = (actor: Actor, facility: FacilityRef, request: PatientListRequest) => Promise<PatientPage>;

/**
 * The persons of whom the asker may see something: all of them, whose newest study is the newest first; or those of whose studies one has all that
 * is typed, as in the study list. @throws invalid
 */
export function createPatientLister(
  stores: PatientStores & {
    readonly recorder: Pick<ViewRecorder, 'listed'>;
    /** Shared by all that search, SEARCH_TURNS. */
    readonly searches: FairTurns;
    readonly monotonicMs?: () => number;
  },
): PatientLister {
  const once = createOncePerListing(stores.monotonicMs);
  return async (actor, facility, request) => {
    const asker = askerOf(actor, facility);
    const filter = { ...searchTerms(request.q ?? ''), modalities: [] };
    if (isSearch(filter) && request.after !== undefined) throw new DomainError('invalid', 'a search for persons has one page');
    const page = isSearch(filter)
      ? await stores.searches.run(actorKey(actor), () => found(stores, asker, filter, request.limit))
      : await newest(stores, asker, request);
    const answer = [request, page.persons.map(({ seen }) => [seen.patients.map(({ no }) => no), seen.studies])];
    await once(actor, answer, () => stores.recorder.listed(actor, { list: 'patients', count: page.persons.length }));
    return page;
  };
}

async function found(stores: PatientStores, asker: Asker, filter: StudyListFilter, limit: number): Promise<PatientPage> {
  const now = stores.clock.now();
  const matching = await stores.studies.listStudies(asker, filter, { limit: PATIENT_SEARCH_STUDIES_MAX }, now);
  const persons = (await personsOf(stores, asker, matching.studies, now)).map(({ seen, studies: [study] }) => ({ seen, study }));
  return { persons: persons.slice(0, limit), more: matching.next !== undefined || persons.length > limit };
}

/**
 * Walks the study list. A person whose newest study lies before a step was on an earlier page, or comes with the next look at the first one; so
 * nobody is on two pages, and a page needs no more than its own studies.
 */
async function newest(stores: PatientStores, asker: Asker, { after, limit }: PatientListRequest): Promise<PatientPage> {
  const now = stores.clock.now();
  const persons = new Map<PersonId, ListedPerson>();
  let next = after;
  for (let step = 0; step < PATIENT_PAGE_STEPS_MAX && persons.size <= limit / 2; step++) {
    const page = await stores.studies.listStudies(
      asker,
      { words: [], modalities: [] },
      { limit: limit - persons.size, ...(next === undefined ? {} : { after: next }) },
      now,
    );
    const isFirst = next === undefined;
    for (const { seen, studies } of await personsOf(stores, asker, page.studies, now)) {
      const study = studies.find(({ id }) => id === seen.newest.studyId) ?? (isFirst ? studies[0] : undefined);
      if (study !== undefined) persons.set(seen.personId, { seen, study });
    }
    next = page.next;
    if (next === undefined) break;
  }
  return { persons: [...persons.values()], ...(next === undefined ? {} : { next }), more: false };
}

/** Whose studies these are, in the order of the first of each. */
async function personsOf(
  { patients }: PatientStores,
  asker: Asker,
  studies: readonly IndexedStudy[],
  now: Date,
): Promise<readonly { readonly seen: PersonSeen; readonly studies: readonly [IndexedStudy, ...IndexedStudy[]] }[]> {
  const of = new Map<PersonId, [IndexedStudy, ...IndexedStudy[]]>();
  const owners = new Map((await patients.patientsOf(studies.map(({ id }) => id))).map(({ studyId, personId }) => [studyId, personId]));
  for (const study of studies) {
    const person = owners.get(study.id);
    if (person === undefined) continue;
    const theirs = of.get(person);
    if (theirs === undefined) of.set(person, [study]);
    else theirs.push(study);
  }
  const seen = new Map((await patients.seenOf(asker, [...of.keys()], now)).map((person) => [person.personId, person]));
  return [...of].flatMap(([personId, theirs]) => {
    const person = seen.get(personId);
    // What was seen a moment ago is seen no more.
    return person === undefined ? [] : [{ seen: person, studies: theirs }];
  });
}
