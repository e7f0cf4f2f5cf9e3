import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useCallback, useEffect, useRef } from 'react';
import { type StudyAddress, studySearch } from '../api/study-address.ts';
import type { StudyView } from './study-view.ts';

const route = getRouteApi('/signed-in/studies/$studyInstanceUID');

/** The address follows the reader only when they rest; browsers refuse more than a few changes a second. */
const ADDRESS_PAUSE_MS = 400;

/** What the address says is shown, and how it follows what the reader does. */
export function useStudyAddress({ studyInstanceUID }: StudyAddress) {
  const view = route.useSearch();
  const navigate = useNavigate();
  const { of = null } = view;
  const go = useCallback(
    (next: StudyView) =>
      void navigate({
        to: '/studies/$studyInstanceUID',
        params: { studyInstanceUID },
        search: { ...next, ...studySearch({ studyInstanceUID, of }) },
        replace: true,
      }),
    [navigate, studyInstanceUID, of],
  );
  return { view, go, onIndex: useAddressOfImage(view, go) };
}

function useAddressOfImage(view: StudyView, go: (next: StudyView) => void): (index: number) => void {
  const latest = useRef(view);
  latest.current = view;
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return useCallback(
    (index) => {
      clearTimeout(timer.current);
      const { series, cell } = latest.current;
      timer.current = setTimeout(() => {
        // Of a stack the reader has left.
        if (latest.current.series !== series || latest.current.cell !== cell) return;
        if (latest.current.image !== index + 1) go({ ...latest.current, image: index + 1 });
      }, ADDRESS_PAUSE_MS);
    },
    [go],
  );
}
