import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RecordQuery } from '../../gateway/api/contract/record.ts';
import { listRecord } from '../api/gateway.ts';
import { Button } from '../design/button.tsx';
import { useLanguage } from '../i18n/use-language.ts';
import { RecordLine } from '../record/record-line.tsx';
import { Failure } from '../shell/failure.tsx';
import { RecordFilterForm } from './record-filter.tsx';

export function AdminRecordPage() {
  const { t } = useTranslation();
  const [filter, setFilter] = useState<RecordQuery>({});
  const { data, error, isPending, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ['record', filter, useLanguage()],
    queryFn: ({ pageParam, signal }) => listRecord(filter, pageParam, signal),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
  });
  return (
    <section aria-label={t('admin.record')}>
      <p className="mb-3 text-sm text-pretty text-ink-2">{t('admin.recordIntro')}</p>
      <RecordFilterForm onFilter={setFilter} />
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
      {hasNextPage ? (
        <Button className="mt-4" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {t('app.more')}
        </Button>
      ) : null}
    </section>
  );
}
