import { getRouteApi, useNavigate, useRouterState } from '@tanstack/react-router';
import { Suspense, useCallback, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { StudySummary } from '../../gateway/api/contract/studies.ts';
import { lazyWithTexts } from '../i18n/lazy-with-texts.ts';
import { useSession } from '../session/use-session.ts';
import { useViewerSoon } from '../study/use-viewer.ts';
import { isFiltered, parseStudyFilter, type StudyFilter } from './study-filter.ts';
import { StudyFilters } from './study-filters.tsx';
import { StudyList } from './study-list.tsx';
import { StudyListNotice } from './study-list-notice.tsx';
import { useStudies } from './use-studies.ts';

/** Few share while they look, so its code comes when it is wanted. */
const ShareDialog = lazyWithTexts(
  () => import('../sharing/share-dialog.tsx'),
  'ShareDialog',
  'sharing',
  'forms',
  'record',
  'administration',
);

const route = getRouteApi('/signed-in/framed/');

export function StudiesPage() {
  const { t } = useTranslation();
  const filter = route.useSearch();
  const navigate = useNavigate();
  // Of the page that is shown, not of the one that is being opened.
  const entry = useRouterState({ select: ({ location, resolvedLocation = location }) => resolvedLocation.state.__TSR_key ?? '' });
  const { user } = useSession();
  const [sharing, setSharing] = useState<StudySummary>();
  const studies = useStudies(filter, user.facility !== null);
  useViewerSoon(studies.studies.length > 0);
  useEffect(() => {
    document.title = `${t('studies.title')} – Renkei`;
  }, [t]);

  const setFilter = useCallback(
    (next: StudyFilter) => void navigate({ to: '/', search: parseStudyFilter({ ...next }), replace: true }),
    [navigate],
  );
  const onEnd = useCallback(() => {
    if (studies.hasNextPage && !studies.isFetching) void studies.fetchNextPage();
  }, [studies.hasNextPage, studies.isFetching, studies.fetchNextPage]);

  if (user.facility === null) return <StudyListNotice state="no-facility" />;
  const state = listState(studies, isFiltered(filter));
  return (
    <main className="flex h-full flex-col">
      <h1 className="sr-only">{t('studies.title')}</h1>
      <StudyFilters filter={filter} onChange={setFilter} busy={studies.isFetching && studies.isPlaceholderData} />
      <div className="min-h-0 flex-1">
        {state === 'list' || state === 'loading' ? (
          <StudyList
            studies={studies.studies}
            loading={state === 'loading'}
            more={studies.hasNextPage}
            arrived={studies.arrived}
            key={entry}
            entry={entry}
            onEnd={onEnd}
            onShare={setSharing}
          />
        ) : (
          <StudyListNotice state={state} error={studies.error} onRetry={() => void studies.refetch()} onClear={() => setFilter({})} />
        )}
      </div>
      {sharing === undefined ? null : (
        <Suspense>
          <ShareDialog study={sharing} open onOpenChange={(open) => (open ? undefined : setSharing(undefined))} />
        </Suspense>
      )}
    </main>
  );
}

function listState(studies: ReturnType<typeof useStudies>, filtered: boolean): 'loading' | 'failed' | 'list' | 'none' | 'empty' {
  if (studies.studies.length > 0) return 'list';
  if (studies.isError) return 'failed';
  if (studies.isPending || studies.isPlaceholderData) return 'loading';
  return filtered ? 'none' : 'empty';
}
