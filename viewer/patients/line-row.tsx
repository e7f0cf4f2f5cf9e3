import { Link } from '@tanstack/react-router';
import { Columns2 } from 'lucide-react';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import type { StudyOnLine } from '../../gateway/api/contract/patients.ts';
import { studyThumbnailUrl } from '../api/dicomweb.ts';
import { studySearch } from '../api/study-address.ts';
import { classes } from '../design/classes.ts';
import { ModalityBadge } from '../design/modality-badge.tsx';
import { Thumbnail } from '../design/thumbnail.tsx';
import { formatDA, formatTM } from '../i18n/dates.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { useHeldStudy } from '../session/use-standing-watch.ts';
import { useFacilityName } from '../sharing/use-facility-name.ts';
import { hasOnlyDocuments } from '../study/document-modalities.ts';
import { useGivenTerm } from '../study-list/use-given-term.ts';
import { useBodyParts } from './use-body-parts.ts';

const MODALITIES_SHOWN = 3;
const EAGER_ROWS = 8;
/** The line is told by its own answers. */
const NOTHING_TO_DO = () => undefined;

interface Props {
  study: StudyOnLine;
  at: number;
  tabStop: boolean;
  chosen: boolean;
  onChoose: () => void;
}

/** One study: when, what of which part, from whom, and whether anybody here has opened it. */
export const LineRow = memo(function LineRow({ study, at, tabStop, chosen, onChoose }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  useHeldStudy(study.sharedUntil === null ? undefined : study, false, NOTHING_TO_DO);
  return (
    <div
      className={classes(
        'group relative grid grid-cols-[3rem_minmax(0,1fr)_2.75rem] items-center gap-x-2.5 border-b border-line px-3 py-1.5 sm:grid-cols-[6rem_3.5rem_minmax(0,1.5fr)_minmax(0,1fr)_2.75rem] sm:gap-x-4 sm:px-4',
        chosen ? 'bg-accent-soft' : 'hover:bg-surface',
      )}
    >
      <RowLink study={study} at={at} tabStop={tabStop} onChoose={onChoose} />
      <p className="pointer-events-none hidden text-sm text-ink sm:block">
        {formatDA(study.studyDate, language)}
        <span className="block text-2xs text-ink-3">{formatTM(study.studyTime)}</span>
      </p>
      <Thumbnail
        src={study.mayView ? studyThumbnailUrl(study) : undefined}
        document={hasOnlyDocuments(study.modalities)}
        eager={at < EAGER_ROWS}
        className="pointer-events-none size-12 sm:size-14"
      />
      {study.opened ? null : (
        <span
          data-testid="unopened"
          title={t('studies.notOpened')}
          className="pointer-events-none absolute top-1/2 left-0.5 size-2 -translate-y-1/2 rounded-full bg-accent sm:left-1"
        />
      )}
      <What study={study} />
      <div className="pointer-events-none hidden min-w-0 sm:block">
        <From study={study} />
      </div>
      <ChooseButton study={study} tabStop={tabStop} chosen={chosen} onChoose={onChoose} />
    </div>
  );
});

/** What a row is called: as its link, and as its button. */
function useRowName(study: StudyOnLine): string {
  const { t } = useTranslation();
  const language = useLanguage();
  const facilityName = useFacilityName();
  const parts = useBodyParts()(study.bodyParts);
  const said = [
    study.opened ? '' : t('studies.notOpened'),
    study.studyDate === '' ? t('timeline.noDate') : formatDA(study.studyDate, language),
    study.modalities.join(' '),
    parts,
    study.studyDescription,
    facilityName(study.owner),
  ];
  return said.filter((text) => text !== '').join(t('app.comma'));
}

/** Lies over the whole row. */
function RowLink({ study, at, tabStop, onChoose }: Pick<Props, 'study' | 'at' | 'tabStop' | 'onChoose'>) {
  const { t } = useTranslation();
  return (
    <Link
      to="/studies/$studyInstanceUID"
      params={{ studyInstanceUID: study.studyInstanceUID }}
      search={studySearch(study)}
      data-line-row={at}
      data-testid="line-row"
      tabIndex={tabStop ? 0 : -1}
      title={t('timeline.keys')}
      aria-label={useRowName(study)}
      onKeyDown={(event) => {
        if (event.key !== ' ') return;
        event.preventDefault();
        onChoose();
      }}
      className="absolute inset-0 focus-visible:outline-offset-[-2px]"
    />
  );
}

function What({ study }: { study: StudyOnLine }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const parts = useBodyParts()(study.bodyParts);
  return (
    <div className="pointer-events-none min-w-0">
      <p className="flex flex-wrap items-center gap-1.5">
        {study.modalities.slice(0, MODALITIES_SHOWN).map((modality) => (
          <ModalityBadge key={modality} modality={modality} />
        ))}
        {parts === '' ? null : (
          <span className="text-sm font-medium text-ink" data-testid="body-parts">
            {parts}
          </span>
        )}
        <span className="min-w-0 text-sm break-words text-ink">
          {study.studyDescription || <span className="text-ink-3">{t('studies.noDescription')}</span>}
        </span>
      </p>
      <p className="text-2xs text-ink-3 sm:mt-0.5">
        <span className="mr-2 text-ink-2 sm:hidden">
          {formatDA(study.studyDate, language)} {formatTM(study.studyTime)}
        </span>
        <span className="max-sm:hidden">
          {t('studies.series', { count: study.seriesCount })}
          {study.imageCount > 0 ? ` · ${t('studies.images', { count: study.imageCount })}` : ''}
          {study.clipCount > 0 ? ` · ${t('studies.clips', { count: study.clipCount })}` : ''}
        </span>
        {study.complete ? null : <span className="ml-2 text-accent">{t('studies.receiving')}</span>}
      </p>
      <div className="sm:hidden">
        <From study={study} />
      </div>
    </div>
  );
}

function From({ study }: { study: StudyOnLine }) {
  const { t } = useTranslation();
  const facilityName = useFacilityName();
  const givenTerm = useGivenTerm(study);
  return (
    <p
      className={classes(
        'text-2xs sm:text-xs',
        study.emergencyUntil !== null ? 'text-danger' : study.sharedUntil === null ? 'text-ink-2' : 'text-info',
      )}
    >
      <span className="break-words">
        {study.emergencyUntil === null ? facilityName(study.owner) : t('studies.emergencyFrom', { facility: facilityName(study.owner) })}
      </span>
      {givenTerm === '' ? null : <span className="ml-2 text-2xs text-ink-3 sm:ml-0 sm:block">{givenTerm}</span>}
    </p>
  );
}

function ChooseButton({ study, tabStop, chosen, onChoose }: Omit<Props, 'at'>) {
  const { t } = useTranslation();
  return (
    <button
      type="button"
      aria-pressed={chosen}
      tabIndex={tabStop ? 0 : -1}
      aria-label={t('timeline.choose', { study: useRowName(study) })}
      title={t('timeline.compare')}
      data-testid="choose"
      onClick={onChoose}
      className={classes(
        'relative flex size-9 items-center justify-center justify-self-end rounded-md border pointer-coarse:size-11',
        chosen ? 'border-accent bg-accent text-accent-ink' : 'border-line text-ink-3 hover:border-line-strong hover:text-ink',
      )}
    >
      <Columns2 className="size-4" aria-hidden />
    </button>
  );
}
