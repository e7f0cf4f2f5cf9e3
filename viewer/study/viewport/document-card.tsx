import { Activity, ChartSpline, FileText, Film } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../design/button.tsx';
import type { SeriesDocument } from '../../imaging/series-images.ts';
import type { Stack } from '../stacks.ts';

const ICONS = { pdf: FileText, report: FileText, video: Film, waveform: Activity, spectrum: ChartSpline, other: FileText } as const;

/** In place of a picture, for a series that has none. */
export function DocumentCard({ series, documents }: { series: Stack; documents: readonly SeriesDocument[] }) {
  const { t } = useTranslation();
  const [first] = documents;
  const kind = first?.kind ?? 'other';
  const Icon = ICONS[kind];
  return (
    <div className="absolute inset-0 grid place-items-center p-4">
      <div className="w-full max-w-sm rounded-lg border border-line bg-surface p-5 text-center">
        <Icon className="mx-auto size-7 text-ink-2" strokeWidth={1.5} aria-hidden />
        <p className="mt-3 text-sm font-medium text-ink">{first?.title || series.seriesDescription || t(`study.document.${kind}`)}</p>
        <p className="mt-0.5 text-xs text-ink-3">
          {series.modality} · {t(`study.document.${kind}`)} · {t('studies.images', { count: series.instanceCount })}
        </p>
        <p className="mt-3 text-xs text-ink-2">{first === undefined ? t('study.noImages') : t('study.documentBody')}</p>
        {kind === 'pdf' && first !== undefined ? (
          <Button asChild className="mt-4">
            <a href={`${first.instanceUrl}/rendered`} target="_blank" rel="noreferrer">
              {t('study.documentOpen')}
            </a>
          </Button>
        ) : null}
      </div>
    </div>
  );
}
