import type { InfiniteData, QueryClient } from '@tanstack/react-query';
import type { PatientList, PersonDetail } from '../../gateway/api/contract/patients.ts';
import type { StudyList } from '../../gateway/api/contract/studies.ts';
import { clearToasts } from '../design/raised/toast.tsx';
import { FORGET_IMAGES } from '../imaging/port.ts';
import { HeldStudies, type HeldStudy } from './held-studies.ts';

/** A person's line of time as a page keeps it, with the tag of the answer; `patients` is empty once nothing of it may be shown. */
export interface PersonOnPage {
  readonly person: PersonDetail;
  readonly etag: string | undefined;
}

/** The studies that this page holds. */
export const heldStudies = new HeldStudies(({ studyInstanceUID }) => forgetImages(studyInstanceUID));

/** What the page holds of patients when nobody is signed in any more: answers, decoded images and what was said. */
export function forgetPatients(client: QueryClient): void {
  heldStudies.clear();
  client.removeQueries({ predicate: (query) => query.queryKey[0] !== 'session' });
  forgetImages(null);
  clearToasts();
}

/** What the page holds of one study that may no longer be shown here: answers, images, its row in lists. */
export function forgetStudy(client: QueryClient, { studyInstanceUID, exact }: HeldStudy): void {
  forgetOpened(client, { studyInstanceUID });
  client.setQueriesData<InfiniteData<StudyList>>({ queryKey: ['studies'] }, (data) =>
    data === undefined
      ? data
      : {
          ...data,
          pages: data.pages.map((page) => ({
            ...page,
            studies: page.studies.filter((study) => study.studyInstanceUID !== studyInstanceUID || study.exact !== exact),
          })),
        },
  );
  forgetOnLines(client, (study) => study.studyInstanceUID === studyInstanceUID && study.exact === exact);
}

/** What was opened of a study: its answers and images. Its rows in lists stay. */
export function forgetOpened(client: QueryClient, { studyInstanceUID }: Pick<HeldStudy, 'studyInstanceUID'>): void {
  client.removeQueries({
    predicate: ({ queryKey }) =>
      queryKey.some((part) => typeof part === 'string' && (part === studyInstanceUID || part.startsWith(`${studyInstanceUID} `))),
  });
  forgetImages(studyInstanceUID);
}

/** A person of whom nothing is left is told of no more; lists and lines of time are asked for anew. */
function forgetOnLines(client: QueryClient, isForgotten: (study: Pick<HeldStudy, 'studyInstanceUID' | 'exact'>) => boolean): void {
  client.setQueriesData<PersonOnPage>({ queryKey: ['person'] }, (data) => {
    if (data === undefined || !data.person.studies.some(isForgotten)) return data;
    const studies = data.person.studies.filter((study) => !isForgotten(study));
    const patients = data.person.patients.filter(({ id }) => studies.some(({ patient }) => patient === id));
    return { person: { ...data.person, patients, studies }, etag: undefined };
  });
  client.setQueriesData<InfiniteData<PatientList>>({ queryKey: ['patients'] }, (data) =>
    data === undefined
      ? data
      : {
          ...data,
          pages: data.pages.map((page) => ({ ...page, persons: page.persons.filter(({ study }) => !isForgotten(study)) })),
        },
  );
  for (const queryKey of [['person'], ['patients']]) void client.invalidateQueries({ queryKey });
}

function forgetImages(studyInstanceUID: string | null): void {
  window.dispatchEvent(new CustomEvent(FORGET_IMAGES, { detail: studyInstanceUID }));
}
