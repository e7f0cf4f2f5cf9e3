import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { listRecord } from '../api/gateway.ts';
import { Button } from '../design/button.tsx';
import { useErrorText } from '../i18n/use-error-text.ts';
import { DisclosureEntry } from '../sharing/disclosure-entry.tsx';

export function AdminRecordPage() {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ['record'],
    queryFn: ({ pageParam, signal }) => listRecord(pageParam, signal),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
  });
  return (
    <section aria-label={t('admin.record')}>
      <p className="mb-3 text-sm text-ink-2">{t('admin.recordIntro')}</p>
      {error === null ? null : (
        <p role="alert" className="text-sm text-danger">
          {errorText(error)}
        </p>
      )}
      <ol className="divide-y divide-line">
        {(data?.pages ?? [])
          .flatMap((page) => page.entries)
          .map((entry) => (
            <DisclosureEntry key={entry.seq} entry={entry} study={entry.studyInstanceUID} detail={entry.detail} />
          ))}
      </ol>
      {hasNextPage ? (
        <Button className="mt-4" disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {t('app.more')}
        </Button>
      ) : null}
    </section>
  );
}
