import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RecordQuery } from '../../gateway/api/contract/record.ts';
import { listRecord } from '../api/record.ts';
import { Button } from '../design/button.tsx';
import { MoreButton } from '../design/more-button.tsx';
import { useLanguage } from '../i18n/use-language.ts';
import { RecordExport } from '../oversight/record-export.tsx';
import { RecordLine } from '../record/record-line.tsx';
import { Failure } from '../shell/failure.tsx';
import { RecordFilterForm } from './record-filter.tsx';

export function AdminRecordPage() {
  const { t } = useTranslation();
  const { before } = useSearch({ strict: false });
  const [filter, setFilter] = useState<RecordQuery>({});
  const entries = useInfiniteQuery({
    queryKey: ['record', filter, before, useLanguage()],
    queryFn: ({ pageParam, signal }) => listRecord(filter, pageParam, signal),
    initialPageParam: before,
    getNextPageParam: (last) => last.next ?? undefined,
  });
  const { data, error, isPending, refetch, fetchNextPage } = entries;
  return (
    <section aria-label={t('admin.record')}>
      <p className="mb-3 text-sm text-pretty text-ink-2">{t('admin.recordIntro')}</p>
      <p className="mb-3 flex flex-wrap gap-2">
        <Button asChild size="small">
          <Link to="/admin/record/unusual">{t('unusual.title')}</Link>
        </Button>
        <Button asChild size="small">
          <Link to="/admin/record/patient">{t('whoLooked.title')}</Link>
        </Button>
        <Button asChild size="small">
          <Link to="/fees">{t('nav.fees')}</Link>
        </Button>
        <Button asChild size="small">
          <Link to="/admin/record/breach">{t('breach.title')}</Link>
        </Button>
      </p>
      <RecordFilterForm onFilter={setFilter} />
      <RecordExport filter={filter} />
      {data?.pages[0]?.entries.length === 0 ? <p className="py-6 text-sm text-ink-3">{t('admin.recordNone')}</p> : null}
      {isPending ? (
        <p role="status" className="py-6 text-sm text-ink-3">
          {t('app.loading')}
        </p>
      ) : null}
      {error === null ? null : <Failure error={error} onRetry={() => void (data === undefined ? refetch() : fetchNextPage())} />}
      <ol className="divide-y divide-line">
        {(data?.pages ?? [])
          .flatMap((page) => page.entries)
          .map((entry) => (
            <RecordLine key={entry.seq} entry={entry} />
          ))}
      </ol>
      <MoreButton pages={entries} />
    </section>
  );
}
