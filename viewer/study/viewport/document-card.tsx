import { Activity, ChartSpline, FileText, Film, Image, Layers, type LucideIcon } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../design/button.tsx';
import { classes } from '../../design/classes.ts';
import type { SeriesDocument } from '../../imaging/series-images.ts';
import type { Stack } from '../stacks.ts';

const ICONS: Readonly<Partial<Record<SeriesDocument['kind'], LucideIcon>>> = {
  video: Film,
  waveform: Activity,
  spectrum: ChartSpline,
  presentation: Layers,
  structures: Layers,
};

interface Props {
  series: Stack;
  documents: readonly SeriesDocument[];
  /** Otherwise nothing may be taken out of the page. */
  mayDownload: boolean;
  /** Back to the picture that the card lies over; undefined: there is none. */
  onBack?: (() => void) | undefined;
}

/** In place of a picture, for what has none: each of the series' documents can be chosen, and opened or played where the browser can. */
export function DocumentCard({ series, documents, mayDownload, onBack }: Props) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState(0);
  const at = Math.min(chosen, Math.max(0, documents.length - 1));
  const document = documents[at];
  const kind = document?.kind ?? 'other';
  const Icon = ICONS[kind] ?? FileText;
  return (
    <div className="absolute inset-0 z-20 grid place-items-center overflow-auto bg-black p-4" data-testid="document-card">
      <div
        className={classes('w-full rounded-lg border border-line bg-surface p-5 text-center', kind === 'video' ? 'max-w-3xl' : 'max-w-sm')}
      >
        <Icon className="mx-auto size-7 text-ink-2" strokeWidth={1.5} aria-hidden />
        <p className="mt-3 text-sm font-medium text-ink">{document?.title || series.seriesDescription || t(`study.document.${kind}`)}</p>
        <p className="mt-0.5 text-xs text-ink-3">
          {series.modality} · {t(`study.document.${kind}`)}
          {documents.length > 1 ? ` · ${t('study.documentCount', { count: documents.length })}` : null}
        </p>
        {document === undefined ? <p className="mt-3 text-xs text-ink-2">{t('study.noImages')}</p> : null}
        {document === undefined ? null : <Opened key={document.sopInstanceUID} document={document} mayDownload={mayDownload} />}
        {documents.length > 1 ? <Choice documents={documents} chosen={at} onChoose={setChosen} /> : null}
        {onBack === undefined ? null : (
          <Button size="small" className="mt-4" onClick={onBack}>
            <Image className="size-4" aria-hidden />
            {t('study.documentBack')}
          </Button>
        )}
      </div>
    </div>
  );
}

/** A PDF is opened beside, a video is played here, of everything else is said what it is. */
function Opened({ document: { kind, instanceUrl }, mayDownload }: { document: SeriesDocument; mayDownload: boolean }) {
  const { t } = useTranslation();
  const [unplayable, setUnplayable] = useState(false);
  const url = `${instanceUrl}/rendered`;
  if (kind === 'pdf') {
    return (
      <>
        <p className="mt-3 text-xs text-ink-2">{t('study.documentBody')}</p>
        <Button asChild className="mt-4">
          <a href={url} target="_blank" rel="noreferrer">
            {t('study.documentOpen')}
          </a>
        </Button>
      </>
    );
  }
  if (kind !== 'video') return <p className="mt-3 text-xs text-ink-2">{t('study.documentBody')}</p>;
  if (!unplayable) {
    return (
      <video
        controls
        playsInline
        preload="metadata"
        src={url}
        data-testid="video"
        className="mt-3 max-h-[60dvh] w-full bg-black"
        onError={() => setUnplayable(true)}
      >
        <track kind="captions" />
      </video>
    );
  }
  return (
    <>
      <p role="alert" className="mt-3 text-xs text-ink-2">
        {t('study.videoUnplayable')}
      </p>
      {mayDownload ? (
        <Button asChild className="mt-4">
          <a href={url} download>
            {t('study.videoSave')}
          </a>
        </Button>
      ) : (
        <p className="mt-3 text-xs text-ink-2">{t('study.noDownload')}</p>
      )}
    </>
  );
}

interface ChoiceProps {
  documents: readonly SeriesDocument[];
  chosen: number;
  onChoose: (at: number) => void;
}

function Choice({ documents, chosen, onChoose }: ChoiceProps) {
  const { t } = useTranslation();
  return (
    <ul
      aria-label={t('study.documents')}
      className="mt-4 max-h-48 overflow-y-auto rounded-md border border-line text-left"
      data-testid="documents"
    >
      {documents.map(({ sopInstanceUID, title, kind }, at) => (
        <li key={sopInstanceUID}>
          <button
            type="button"
            data-document={sopInstanceUID}
            aria-pressed={at === chosen}
            onClick={() => onChoose(at)}
            className={classes(
              'flex min-h-9 w-full items-center gap-2 px-2.5 py-1.5 text-left text-xs pointer-coarse:min-h-11',
              at === chosen ? 'bg-accent-soft text-ink' : 'text-ink-2 hover:bg-hover',
            )}
          >
            <span className="text-ink-3">{at + 1}</span>
            <span className="min-w-0 flex-1 truncate">{title || t(`study.document.${kind}`)}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

/** Beside pictures: what else their series holds, one press away. */
export function DocumentsBeside(props: Omit<Props, 'onBack'>) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  if (open) return <DocumentCard {...props} onBack={() => setOpen(false)} />;
  return (
    <Button
      size="small"
      data-testid="documents-beside"
      className="absolute top-8 left-1/2 z-10 -translate-x-1/2"
      onClick={() => setOpen(true)}
    >
      <FileText className="size-4" aria-hidden />
      {t('study.documentCount', { count: props.documents.length })}
    </Button>
  );
}
