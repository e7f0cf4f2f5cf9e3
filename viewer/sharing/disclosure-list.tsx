import { useTranslation } from 'react-i18next';
import type { Disclosure, SeriesSummary } from '../../gateway/api/contract.ts';
import type { StudyAddress } from '../api/study-address.ts';
import { Button } from '../design/button.tsx';
import { useErrorText } from '../i18n/use-error-text.ts';
import { useStudy } from '../study/use-study.ts';
import { DisclosureEntry } from './disclosure-entry.tsx';
import { useDisclosures } from './use-shares.ts';

/** Who was given this study or opened it, newest first. */
export function DisclosureList({ address }: { address: StudyAddress }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const { data, error, isPending, hasNextPage, fetchNextPage, isFetchingNextPage, refetch } = useDisclosures(address);
  const study = useStudy(address);
  const seriesOf = (uid: string | null) => study.data?.series.find((series) => series.seriesInstanceUID === uid);
  const entries: Disclosure[] = (data?.pages ?? []).flatMap((page) => page.disclosures);
  return (
    <div>
      <p className="mb-3 text-sm text-ink-2">{t('disclosure.intro')}</p>
      {isPending ? <p className="text-sm text-ink-3">{t('app.loading')}</p> : null}
      {error === null ? null : (
        <div role="alert" className="flex items-center gap-3 text-sm text-danger">
          {errorText(error)}
          <Button size="small" onClick={() => void refetch()}>
            {t('app.retry')}
          </Button>
        </div>
      )}
      {data !== undefined && entries.length === 0 ? <p className="text-sm text-ink-3">{t('disclosure.none')}</p> : null}
      <ol className="divide-y divide-line">
        {entries.map((entry) => (
          <DisclosureEntry key={entry.seq} entry={entry} series={seriesWords(seriesOf(entry.seriesInstanceUID))} />
        ))}
      </ol>
      {hasNextPage ? (
        <Button className="mt-3" disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {t('app.more')}
        </Button>
      ) : null}
    </div>
  );
}

function seriesWords(series: SeriesSummary | undefined): string | undefined {
  if (series === undefined) return undefined;
  const { modality, seriesNumber, seriesDescription } = series;
  return [modality, seriesNumber === null ? '' : `#${seriesNumber}`, seriesDescription].filter((text) => text !== '').join(' ');
}
