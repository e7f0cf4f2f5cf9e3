import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { SearchX, TriangleAlert, Users } from 'lucide-react';
import { useCallback, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../design/button.tsx';
import { Notice } from '../design/notice.tsx';
import { SearchBox } from '../design/search-box.tsx';
import { useErrorText } from '../i18n/use-error-text.ts';
import { useSession } from '../session/use-session.ts';
import { StudyListNotice } from '../study-list/study-list-notice.tsx';
import { PersonList } from './person-list.tsx';
import { usePatients } from './use-patients.ts';

const route = getRouteApi('/signed-in/framed/patients');

export function PatientsPage() {
  const { t } = useTranslation();
  const { q } = route.useSearch();
  const navigate = useNavigate();
  const { user } = useSession();
  const patients = usePatients(q, user.facility !== null);
  useEffect(() => {
    document.title = `${t('patients.title')} – Renkei`;
  }, [t]);
  const search = useCallback(
    (next: string) => void navigate({ to: '/patients', search: next === '' ? {} : { q: next }, replace: true }),
    [navigate],
  );
  const onEnd = useCallback(() => {
    if (patients.hasNextPage && !patients.isFetching) void patients.fetchNextPage();
  }, [patients.hasNextPage, patients.isFetching, patients.fetchNextPage]);

  if (user.facility === null) return <StudyListNotice state="no-facility" />;
  return (
    <main className="flex h-full flex-col">
      <h1 className="sr-only">{t('patients.title')}</h1>
      <search className="flex shrink-0 border-b border-line bg-surface px-3 py-2.5 sm:px-4">
        <SearchBox
          text={q ?? ''}
          busy={patients.isFetching && patients.isPlaceholderData}
          label={t('patients.search')}
          placeholder={t('patients.searchPlaceholder')}
          hint={t('patients.searchHint')}
          onChange={search}
          onDown={toFirstRow}
        />
        {user.importsRosters ? (
          <Button asChild className="ml-2">
            <Link to="/rosters">{t('patients.rosters')}</Link>
          </Button>
        ) : null}
      </search>
      <div className="min-h-0 flex-1">
        <Body patients={patients} searched={q !== undefined} onEnd={onEnd} onClear={() => search('')} />
      </div>
    </main>
  );
}

function toFirstRow(): void {
  document.querySelector<HTMLElement>('[data-person-row][tabindex="0"]')?.focus();
}

interface BodyProps {
  patients: ReturnType<typeof usePatients>;
  searched: boolean;
  onEnd: () => void;
  onClear: () => void;
}

function Body({ patients, searched, onEnd, onClear }: BodyProps) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const { persons } = patients;
  // A page far down may hold nobody though there is a next one.
  if (persons.length > 0 || patients.hasNextPage)
    return <PersonList persons={persons} more={patients.hasNextPage} many={patients.more} onEnd={onEnd} />;
  if (patients.isError) {
    return (
      <Notice icon={TriangleAlert} tone="danger" title={t('patients.failed')} body={errorText(patients.error)}>
        <Button onClick={() => void patients.refetch()}>{t('app.retry')}</Button>
      </Notice>
    );
  }
  if (patients.isPending || patients.isPlaceholderData) {
    return (
      <p role="status" className="sr-only">
        {t('app.loading')}
      </p>
    );
  }
  if (!searched) return <Notice icon={Users} title={t('patients.emptyTitle')} body={t('patients.emptyBody')} />;
  return (
    <Notice icon={SearchX} title={t('patients.noneTitle')} body={t('patients.noneBody')}>
      <Button onClick={onClear}>{t('patients.clear')}</Button>
    </Notice>
  );
}
