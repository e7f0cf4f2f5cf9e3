import { Link } from '@tanstack/react-router';
import { History, Share2 } from 'lucide-react';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import type { StudySummary } from '../../gateway/api/contract/studies.ts';
import { studyThumbnailUrl } from '../api/dicomweb.ts';
import { studySearch } from '../api/study-address.ts';
import { Button } from '../design/button.tsx';
import { classes } from '../design/classes.ts';
import { ModalityBadge } from '../design/modality-badge.tsx';
import { Thumbnail } from '../design/thumbnail.tsx';
import { formatDA, formatTM } from '../i18n/dates.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { displayName } from '../patient/name-groups.ts';
import { usePatientFacts } from '../patient/patient-facts.tsx';
import { PersonName } from '../patient/person-name.tsx';
import { useHeldStudy } from '../session/use-standing-watch.ts';
import { useFacilityName } from '../sharing/use-facility-name.ts';
import { hasOnlyDocuments } from '../study/document-modalities.ts';
import { useGivenTerm } from './use-given-term.ts';

interface Props {
  study: StudySummary;
  index: number;
  /** It is the one row that Tab reaches. */
  tabStop: boolean;
  arrived: boolean;
  onShare: (study: StudySummary) => void;
}

const MODALITIES_SHOWN = 3;
const EAGER_ROWS = 12;
/** The list is told by its own answers. */
const NOTHING_TO_DO = () => undefined;

export const StudyRow = memo(function StudyRow({ study, index, tabStop, arrived, onShare }: Props) {
  useHeldStudy(study.sharedUntil === null ? undefined : study, false, NOTHING_TO_DO);
  return (
    <div
      className={classes(
        'group relative grid grid-cols-[3rem_minmax(0,1fr)_2.75rem] items-center gap-x-2.5 border-b border-line px-3 py-1 hover:bg-surface max-sm:content-center sm:grid-cols-[3.5rem_minmax(0,1.1fr)_minmax(0,1fr)_5.5rem] sm:gap-x-4 sm:px-4 xl:grid-cols-[3.5rem_minmax(0,1.25fr)_9.5rem_7rem_minmax(0,1.5fr)_minmax(0,1fr)_5.5rem]',
        arrived && 'animate-arrive',
      )}
    >
      <RowLink study={study} index={index} tabStop={tabStop} />
      <Thumbnail
        src={study.mayView ? studyThumbnailUrl(study) : undefined}
        document={hasOnlyDocuments(study.modalities)}
        eager={index < EAGER_ROWS}
        className="pointer-events-none size-12 max-sm:row-span-2 sm:size-14"
      />
      {study.opened ? null : <UnopenedDot />}
      <PatientColumns study={study} />
      <WhenColumn study={study} />
      <WhatColumn study={study} />
      <div className="pointer-events-none hidden min-w-0 xl:block">
        <Origin study={study} />
      </div>
      <div className="relative flex justify-end max-sm:col-start-3 max-sm:row-span-2 max-sm:row-start-1">
        <PatientButton study={study} tabStop={tabStop} />
        {study.mayShare ? <ShareButton study={study} tabStop={tabStop} onShare={onShare} /> : null}
      </div>
    </div>
  );
});

/** Whose study it is and of which day, as the row and its button are called. */
function useRowName(study: StudySummary) {
  const { t } = useTranslation();
  const language = useLanguage();
  return {
    name: displayName(study.patientName).primary || t('studies.noName'),
    date: formatDA(study.studyDate, language),
  };
}

/** Lies over the whole row; the columns let the press through to it. */
function RowLink({ study, index, tabStop }: Pick<Props, 'study' | 'index' | 'tabStop'>) {
  const { t } = useTranslation();
  const { name, date } = useRowName(study);
  const { sexAndAge } = usePatientFacts()(study);
  const said = [study.opened ? '' : t('studies.notOpened'), name, sexAndAge, date, study.modalities.join(' '), study.studyDescription];
  return (
    <Link
      to="/studies/$studyInstanceUID"
      params={{ studyInstanceUID: study.studyInstanceUID }}
      search={studySearch(study)}
      data-study-row={index}
      data-testid="study-row"
      tabIndex={tabStop ? 0 : -1}
      aria-label={said.filter((text) => text !== '').join(t('app.comma'))}
      className="absolute inset-0 focus-visible:outline-offset-[-2px]"
    />
  );
}

/** On a wide screen sex, age and birth date have a column of their own. */
function PatientColumns({ study }: { study: StudySummary }) {
  const facts = usePatientFacts()(study);
  return (
    <>
      <div className="pointer-events-none min-w-0">
        <PersonName name={study.patientName} lineOnPhone />
        <p className="text-2xs break-words text-ink-3 xl:hidden">
          {facts.sexAndAge}
          {facts.birth === '' ? '' : `　${facts.birth}`}
          {study.patientID === '' ? '' : `　${study.patientID}`}
        </p>
        <p className="hidden font-mono text-2xs break-all text-ink-3 xl:block">{study.patientID}</p>
      </div>
      <div className="pointer-events-none hidden min-w-0 xl:block">
        <p className="truncate text-sm text-ink">{facts.sexAndAge}</p>
        <p className="truncate text-2xs text-ink-3">{facts.birth}</p>
      </div>
    </>
  );
}

function WhenColumn({ study }: { study: StudySummary }) {
  const language = useLanguage();
  return (
    <div className="pointer-events-none hidden xl:block">
      <p className="text-sm text-ink">{formatDA(study.studyDate, language)}</p>
      <p className="text-2xs text-ink-3">{formatTM(study.studyTime)}</p>
    </div>
  );
}

/** Where there is no column for when and from where, it says that too. */
function WhatColumn({ study }: { study: StudySummary }) {
  const { t } = useTranslation();
  const language = useLanguage();
  return (
    <div className="pointer-events-none min-w-0 max-sm:col-start-2 max-sm:row-start-2">
      <p className="flex items-center gap-1.5">
        <span className="flex shrink-0 gap-1">
          {study.modalities.slice(0, MODALITIES_SHOWN).map((modality) => (
            <ModalityBadge key={modality} modality={modality} />
          ))}
        </span>
        <span className="truncate text-sm text-ink">
          {study.studyDescription || <span className="text-ink-3">{t('studies.noDescription')}</span>}
        </span>
      </p>
      <div className="max-sm:flex max-sm:gap-x-2.5">
        <p className="text-2xs text-ink-3 max-sm:shrink-0 sm:mt-0.5 sm:truncate">
          <span className="text-ink-2 xl:hidden">
            {formatDA(study.studyDate, language)} {formatTM(study.studyTime)}
            <span className="max-sm:hidden">{'　'}</span>
          </span>
          <StudyCounts study={study} />
          {study.complete ? null : <span className="ml-2 text-accent">{t('studies.receiving')}</span>}
        </p>
        <OriginLine study={study} />
      </div>
    </div>
  );
}

/** To the patient's line of time; on a phone the study's page leads there. */
function PatientButton({ study, tabStop }: Pick<Props, 'study' | 'tabStop'>) {
  const { t } = useTranslation();
  const { name } = useRowName(study);
  return (
    <Button asChild kind="bare" size="icon" className="max-sm:hidden xl:opacity-60 xl:group-hover:opacity-100 xl:focus-visible:opacity-100">
      <Link
        to="/patients/$patientId"
        params={{ patientId: study.patient }}
        preload={false}
        tabIndex={tabStop ? 0 : -1}
        aria-label={`${t('studies.history')}: ${name}`}
        title={t('studies.history')}
      >
        <History className="size-4" aria-hidden />
      </Link>
    </Button>
  );
}

function ShareButton({ study, tabStop, onShare }: Pick<Props, 'study' | 'tabStop' | 'onShare'>) {
  const { t } = useTranslation();
  const { name, date } = useRowName(study);
  return (
    <Button
      kind="bare"
      size="icon"
      tabIndex={tabStop ? 0 : -1}
      aria-label={`${t('studies.share')}: ${name} ${date}`}
      onClick={() => onShare(study)}
      className="xl:opacity-60 xl:group-hover:opacity-100 xl:focus-visible:opacity-100"
    >
      <Share2 className="size-4" aria-hidden />
    </Button>
  );
}

/** Nobody of the reader's facility has opened it; the row's name says so too. */
function UnopenedDot() {
  const { t } = useTranslation();
  return (
    <span
      data-testid="unopened"
      title={t('studies.notOpened')}
      className="pointer-events-none absolute top-1/2 left-0.5 size-2 -translate-y-1/2 rounded-full bg-accent sm:left-1"
    />
  );
}

/** Images are frames; clips are counted as clips, not frame by frame; of a report nothing is counted. On a phone there is no room. */
function StudyCounts({ study }: { study: StudySummary }) {
  const { t } = useTranslation();
  const counts = [
    t('studies.series', { count: study.seriesCount }),
    ...(study.clipCount > 0 ? [t('studies.clips', { count: study.clipCount })] : []),
    ...(study.imageCount > 0 ? [t('studies.images', { count: study.imageCount })] : []),
  ];
  return <span className="max-sm:hidden">{counts.join(' · ')}</span>;
}

/** Other studies go by the same UID: this row is one of them, not all of what goes by it. */
function SameUID({ study }: { study: StudySummary }) {
  const { t } = useTranslation();
  if (study.besides === 0) return null;
  return (
    <span data-testid="same-uid" className="truncate text-accent max-sm:shrink-0">
      <span className="max-sm:hidden">{t('studies.sameUID', { count: study.besides })}</span>
      <span className="sm:hidden">{t('studies.sameUIDShort', { count: study.besides })}</span>
    </span>
  );
}

/** The same in one line, where there is no column for it. */
function OriginLine({ study }: { study: StudySummary }) {
  const { t } = useTranslation();
  const facilityName = useFacilityName();
  const givenTerm = useGivenTerm(study);
  if (study.sharedUntil === null && study.besides === 0) return null;
  return (
    <p className="flex min-w-0 gap-x-2 text-2xs xl:hidden">
      {study.sharedUntil === null ? (
        <span className="truncate text-ink-2">{facilityName(study.owner)}</span>
      ) : (
        <>
          <span className={classes('truncate', study.emergencyUntil === null ? 'text-info' : 'text-danger')}>
            {t(study.emergencyUntil === null ? 'studies.sharedFrom' : 'studies.emergencyFrom', { facility: facilityName(study.owner) })}
          </span>
          <span className="shrink-0 text-ink-3 max-sm:hidden">{givenTerm}</span>
        </>
      )}
      <SameUID study={study} />
    </p>
  );
}

/** Whose study it is, and until when it may be seen. */
function Origin({ study }: { study: StudySummary }) {
  const { t } = useTranslation();
  const facilityName = useFacilityName();
  const givenTerm = useGivenTerm(study);
  return (
    <>
      {study.sharedUntil === null ? (
        <p className="truncate text-xs text-ink-2">{facilityName(study.owner)}</p>
      ) : (
        <>
          <p className={classes('truncate text-xs', study.emergencyUntil === null ? 'text-info' : 'text-danger')}>
            {t(study.emergencyUntil === null ? 'studies.sharedFrom' : 'studies.emergencyFrom', { facility: facilityName(study.owner) })}
          </p>
          <p className="truncate text-2xs text-ink-3">{givenTerm}</p>
        </>
      )}
      <p className="truncate text-2xs">
        <SameUID study={study} />
      </p>
    </>
  );
}
