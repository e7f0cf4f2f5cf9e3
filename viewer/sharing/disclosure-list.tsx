import { useTranslation } from 'react-i18next';
import type { Disclosure } from '../../gateway/api/contract/sharing.ts';
import type { SeriesSummary } from '../../gateway/api/contract/studies.ts';
import type { StudyAddress } from '../api/study-address.ts';
import { MoreButton } from '../design/more-button.tsx';
import { formatInstant } from '../i18n/dates.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { givenWords } from '../record/given-words.ts';
import { RecordedAct } from '../record/record-entry.tsx';
import { Failure } from '../shell/failure.tsx';
import { useStudy } from '../study/use-study.ts';
import { useDisclosures } from './use-shares.ts';

/** Who was given this study or opened it, newest first. */
export function DisclosureList({ address }: { address: StudyAddress }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const disclosures = useDisclosures(address);
  const { data, error, isPending, refetch } = disclosures;
  const study = useStudy(address);
  const seriesOf = (uid: string | null) => study.data?.series.find((series) => series.seriesInstanceUID === uid);
  const entries: Disclosure[] = (data?.pages ?? []).flatMap((page) => page.disclosures);
  const routine = entries.filter(isRoutine);
  const line = (entry: Disclosure) => (
    <RecordedAct
      key={entry.seq}
      entry={entry}
      series={seriesWords(seriesOf(entry.seriesInstanceUID))}
      detail={givenWords(entry, t, language)}
    />
  );
  return (
    <div>
      <p className="mb-3 text-sm text-ink-2">{t('disclosure.intro')}</p>
      {isPending ? <p className="text-sm text-ink-3">{t('app.loading')}</p> : null}
      {error === null ? null : <Failure error={error} onRetry={() => void refetch()} />}
      {data !== undefined && entries.length === 0 ? <p className="text-sm text-ink-3">{t('disclosure.none')}</p> : null}
      <Openings openings={data?.pages[0]?.openings ?? []} />
      <ol className="divide-y divide-line">{entries.filter((entry) => !isRoutine(entry)).map(line)}</ol>
      {routine.length === 0 ? null : (
        <details className="mt-2 border-t border-line pt-2" data-testid="routine">
          <summary className="cursor-pointer py-1 text-sm text-ink-2 pointer-coarse:py-3">
            {t('disclosure.routine', { count: routine.length })}
          </summary>
          <ol className="divide-y divide-line">{routine.map(line)}</ol>
        </details>
      )}
      <MoreButton pages={disclosures} className="mt-3" />
    </div>
  );
}

/** What goes on all day: the owner's own people at work, and small pictures in lists. It stays on the page, folded. */
function isRoutine({ action, outcome, ownStaff }: Disclosure): boolean {
  if (outcome !== 'success') return false;
  return action === 'thumbnails-viewed' || (ownStaff && (action === 'study-viewed' || action === 'studies-listed'));
}

/** Whether it has been opened elsewhere, by whom and since when. */
function Openings({ openings }: { openings: readonly Disclosure[] }) {
  const { t } = useTranslation();
  const language = useLanguage();
  if (openings.length === 0) return null;
  return (
    <ul className="mb-3 rounded-md border border-line bg-raised px-3 py-2" data-testid="openings">
      {openings.map(({ seq, at, who }) => (
        <li key={seq} className="text-sm text-ink">
          {t('disclosure.opened', { who: [who.facility, who.name].filter(Boolean).join(' '), date: formatInstant(at, language) })}
        </li>
      ))}
    </ul>
  );
}

function seriesWords(series: SeriesSummary | undefined): string | undefined {
  if (series === undefined) return undefined;
  const { modality, seriesNumber, seriesDescription } = series;
  return [modality, seriesNumber === null ? '' : `#${seriesNumber}`, seriesDescription].filter((text) => text !== '').join(' ');
}
