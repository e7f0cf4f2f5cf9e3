import { Film } from 'lucide-react';
import { Fragment } from 'react';
import { useTranslation } from 'react-i18next';
import type { StudyDetail } from '../../gateway/api/contract/studies.ts';
import { stackThumbnailUrl } from '../api/dicomweb.ts';
import { studyAddressKey } from '../api/study-address.ts';
import { classes } from '../design/classes.ts';
import { ModalityBadge } from '../design/modality-badge.tsx';
import { Thumbnail } from '../design/thumbnail.tsx';
import { formatDA } from '../i18n/dates.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { useFacilityName } from '../sharing/use-facility-name.ts';
import { isDocumentModality } from './document-modalities.ts';
import type { DeskStack, Stack } from './stacks.ts';

/** What a dragged series is known by. */
export const SERIES_DRAG_TYPE = 'application/x-renkei-series';

interface Props {
  /** Of two, each has a heading. */
  studies: readonly StudyDetail[];
  stacks: readonly DeskStack[];
  /** Cells (from 1) that show a series. */
  shownIn: ReadonlyMap<string, readonly number[]>;
  onChoose: (seriesInstanceUID: string) => void;
}

export function SeriesRail({ studies, stacks, shownIn, onChoose }: Props) {
  const { t } = useTranslation();
  return (
    <nav
      aria-label={t('study.series')}
      className="flex shrink-0 relative gap-1 overflow-auto border-line bg-surface p-2 max-lg:portrait:border-t landscape:w-44 landscape:flex-col landscape:border-r lg:w-48 lg:flex-col lg:border-r"
    >
      {studies.map((study) => (
        <Fragment key={studyAddressKey(study)}>
          {studies.length === 1 ? null : <StudyHeading study={study} />}
          {stacks
            .filter((stack) => stack.study === study)
            .map((stack) => (
              <StackButton
                key={stack.key}
                study={study}
                stack={stack}
                cells={shownIn.get(stack.key) ?? []}
                onChoose={() => onChoose(stack.key)}
              />
            ))}
        </Fragment>
      ))}
    </nav>
  );
}

/** Of which study the series below it, or beside it, are. */
function StudyHeading({ study }: { study: StudyDetail }) {
  const language = useLanguage();
  const facilityName = useFacilityName();
  return (
    <h2 className="shrink-0 px-1.5 pt-1.5 text-2xs text-ink-2 max-lg:portrait:w-24" data-testid="rail-study">
      <span className="block text-xs font-semibold">{formatDA(study.studyDate, language)}</span>
      <span className="block break-words">{study.studyDescription}</span>
      <span className="block break-words text-ink-3">{facilityName(study.owner)}</span>
    </h2>
  );
}

interface ButtonProps {
  study: StudyDetail;
  stack: Stack;
  cells: readonly number[];
  onChoose: () => void;
}

function StackButton({ study, stack, cells, onChoose }: ButtonProps) {
  const { t } = useTranslation();
  const ofSeries =
    stack.seriesDescription || (stack.seriesNumber === null ? stack.modality : t('study.seriesNumber', { number: stack.seriesNumber }));
  const title =
    stack.clip === undefined || stack.clips.length === 1 ? ofSeries : t('study.clip', { number: stack.clip.number, series: ofSeries });
  const count = t(stack.clip !== undefined ? 'study.frames' : stack.imageCount === 0 ? 'study.documentCount' : 'studies.images', {
    count: stack.count,
  });
  const shown = cells.length > 0;
  return (
    <button
      type="button"
      draggable
      title={t('study.dragHint')}
      data-testid="series"
      data-series={stack.seriesInstanceUID}
      data-clip={stack.clip?.sopInstanceUID}
      aria-pressed={shown}
      onClick={onChoose}
      onDragStart={(event) => {
        event.dataTransfer.setData(SERIES_DRAG_TYPE, stack.key);
        event.dataTransfer.effectAllowed = 'copy';
      }}
      className={classes(
        'flex shrink-0 flex-col gap-1.5 rounded-md border p-1.5 text-left transition-colors max-lg:portrait:w-32',
        shown ? 'border-accent/60 bg-accent-soft' : 'border-transparent hover:bg-hover',
      )}
    >
      <span className="relative block w-full">
        <Thumbnail
          src={stackThumbnailUrl(study, stack)}
          document={isDocumentModality(stack.modality)}
          eager={stack.clip === undefined || stack.clip.sopInstanceUID === stack.clips[0]?.sopInstanceUID}
          className="aspect-square w-full max-lg:portrait:aspect-[4/3] landscape:aspect-[4/3] lg:aspect-[4/3]"
        />
        <span aria-hidden className="absolute right-1 bottom-1 flex items-center gap-1 rounded-sm bg-black/75 px-1 text-2xs text-ink">
          {stack.clip === undefined ? null : <Film className="size-3" aria-hidden />}
          {stack.count}
        </span>
        <span className="absolute top-1 left-1 flex gap-0.5">
          {cells.map((cell) => (
            <span key={cell} className="rounded-sm bg-accent px-1 text-2xs font-semibold text-accent-ink">
              {cell}
            </span>
          ))}
        </span>
      </span>
      <span className="flex min-w-0 items-center gap-1.5">
        <ModalityBadge modality={stack.modality} />
        <span className="min-w-0 flex-1 truncate text-xs text-ink-2" title={title}>
          {title}
        </span>
      </span>
      <span className="sr-only">{count}</span>
    </button>
  );
}
