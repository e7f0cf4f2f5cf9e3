import type { InfiniteData, QueryClient } from '@tanstack/react-query';
import type { StudyList } from '../../gateway/api/contract/studies.ts';
import { clearToasts } from '../design/raised/toast.tsx';
import { FORGET_IMAGES } from '../imaging/port.ts';
import { HeldStudies, type HeldStudy } from './held-studies.ts';

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
  client.removeQueries({
    predicate: ({ queryKey }) =>
      queryKey.some((part) => typeof part === 'string' && (part === studyInstanceUID || part.startsWith(`${studyInstanceUID} `))),
  });
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
  forgetImages(studyInstanceUID);
}

function forgetImages(studyInstanceUID: string | null): void {
  window.dispatchEvent(new CustomEvent(FORGET_IMAGES, { detail: studyInstanceUID }));
}
