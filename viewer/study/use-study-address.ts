import { getRouteApi, useNavigate, useRouter } from '@tanstack/react-router';
import { useCallback, useEffect, useRef } from 'react';
import { type StudyAddress, studySearch } from '../api/study-address.ts';
import { parseStudyView, type StudyView } from './study-view.ts';

const route = getRouteApi('/signed-in/studies/$studyInstanceUID');

/** The address follows the reader only when they rest; browsers refuse more than a few changes a second. */
const ADDRESS_PAUSE_MS = 400;

/** What the address says is shown, and how it follows what the reader does. */
export function useStudyAddress({ studyInstanceUID }: StudyAddress) {
  const view = route.useSearch();
  const navigate = useNavigate();
  const { of = null, beside } = view;
  const go = useCallback(
    (next: StudyView) =>
      void navigate({
        to: '/studies/$studyInstanceUID',
        params: { studyInstanceUID },
        search: { ...next, ...studySearch({ studyInstanceUID, of }), ...(beside === undefined ? {} : { beside }) },
        replace: true,
      }),
    [navigate, studyInstanceUID, of, beside],
  );
  return { view, go, onIndex: useAddressOfImage({ studyInstanceUID, of }, view, go) };
}

function useAddressOfImage(
  { studyInstanceUID, of }: StudyAddress,
  view: StudyView,
  go: (next: StudyView) => void,
): (index: number) => void {
  const router = useRouter();
  const shown = useRef(view);
  shown.current = view;
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return useCallback(
    (index) => {
      clearTimeout(timer.current);
      const { series, cell } = shown.current;
      timer.current = setTimeout(() => {
        // Where the reader is going: he may have left this study or stack for another that is not on the screen yet, and is not to be called back.
        const { pathname, search } = router.latestLocation;
        const wanted = parseStudyView(search as Record<string, unknown>);
        if (pathname !== `/studies/${studyInstanceUID}` || (wanted.of ?? null) !== of) return;
        if (wanted.series !== series || wanted.cell !== cell) return;
        if (wanted.image !== index + 1) go({ ...wanted, image: index + 1 });
      }, ADDRESS_PAUSE_MS);
    },
    [router, studyInstanceUID, of, go],
  );
}
