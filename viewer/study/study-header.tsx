import { Link } from '@tanstack/react-router';
import { ArrowLeft, Download, History, PanelLeft, Share2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { StudyDetail } from '../../gateway/api/contract/studies.ts';
import { Button } from '../design/button.tsx';
import { formatDA, formatTM } from '../i18n/dates.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { displayName } from '../patient/name-groups.ts';
import { usePatientFacts } from '../patient/patient-facts.tsx';
import { useFacilityName } from '../sharing/use-facility-name.ts';
import { useGivenTerm } from '../study-list/use-given-term.ts';

interface Props {
  study: StudyDetail | undefined;
  beside: StudyDetail | undefined;
  onBack: () => void;
  onShare: () => void;
  onExport: () => void;
  railOpen: boolean;
  onRail: () => void;
  children: ReactNode;
}

/** Whose images these are: two lines, where there is little room as many as they need. `children`: the account menu. */
export function StudyHeader({ study, beside, onBack, onShare, onExport, railOpen, onRail, children }: Props) {
  const { t } = useTranslation();
  return (
    <header className="flex min-h-12 shrink-0 items-center gap-1.5 border-b border-line bg-surface px-2 py-1">
      <Button asChild kind="bare" size="icon">
        <Link
          to="/"
          aria-label={t('nav.studies')}
          onClick={(event) => {
            event.preventDefault();
            onBack();
          }}
        >
          <ArrowLeft className="size-[18px]" aria-hidden />
        </Link>
      </Button>
      {study === undefined ? null : (
        <Button
          kind="bare"
          size="icon"
          aria-pressed={railOpen}
          aria-label={t(railOpen ? 'study.hideSeries' : 'study.showSeries')}
          onClick={onRail}
        >
          <PanelLeft className="size-[18px]" aria-hidden />
        </Button>
      )}
      <div className="min-w-0 flex-1 pl-1">{study === undefined ? null : <PatientLine study={study} beside={beside} />}</div>
      {study === undefined ? null : (
        <Button asChild kind="bare" size="icon">
          <Link
            to="/patients/$patientId"
            params={{ patientId: study.patient }}
            preload={false}
            aria-label={t('studies.history')}
            title={t('studies.history')}
            data-testid="history"
          >
            <History className="size-[18px]" aria-hidden />
          </Link>
        </Button>
      )}
      {study?.mayDownload === true ? (
        <Button
          kind="bare"
          size="icon"
          className="max-sm:hidden"
          aria-label={t('study.export')}
          title={t('study.export')}
          onClick={onExport}
          data-testid="export-study"
        >
          <Download className="size-[18px]" aria-hidden />
        </Button>
      ) : null}
      {study?.mayShare === true ? (
        <Button onClick={onShare} data-testid="share">
          <Share2 className="size-4" aria-hidden />
          <span className="max-sm:sr-only">{t('studies.share')}</span>
        </Button>
      ) : null}
      {children}
    </header>
  );
}

function PatientLine({ study, beside }: { study: StudyDetail; beside: StudyDetail | undefined }) {
  const { t } = useTranslation();
  const facilityName = useFacilityName();
  const language = useLanguage();
  const { sexAndAge, birth } = usePatientFacts()(study);
  const { primary, secondary } = displayName(study.patientName);
  const facts = [
    study.patientID === '' ? '' : `${t('studies.patientID')} ${study.patientID}`,
    `${formatDA(study.studyDate, language)} ${formatTM(study.studyTime)}`.trim(),
    study.studyDescription,
    study.sharedUntil === null || study.emergencyUntil !== null
      ? facilityName(study.owner)
      : t('studies.sharedWithYou', { facility: facilityName(study.owner) }),
    useGivenTerm(study),
    study.besides === 0 ? '' : t('studies.sameUID', { count: study.besides }),
  ];
  const besideFacts =
    beside === undefined ? [] : [formatDA(beside.studyDate, language), beside.studyDescription, facilityName(beside.owner)];
  return (
    <>
      <h1 className="flex min-w-0 flex-wrap items-baseline gap-x-2.5">
        <span className="text-[0.9375rem] leading-5 font-semibold" data-testid="patient">
          {primary || t('studies.noName')}
        </span>
        <span className="hidden text-xs text-ink-3 md:inline">{secondary.join('　')}</span>
        <span className="shrink-0 text-xs font-normal text-ink-2">{sexAndAge}</span>
        <span className="hidden shrink-0 text-xs font-normal text-ink-3 lg:inline">{birth}</span>
      </h1>
      <p className="text-2xs text-ink-3 max-lg:flex max-lg:flex-wrap max-lg:gap-x-2.5 lg:truncate">
        {facts
          .filter((text) => text !== '')
          .map((text, at) => (
            <span key={at} className="lg:mr-2">
              {/* The blank keeps words apart for who hears or copies them. */}
              {`${text} `}
            </span>
          ))}
      </p>
      {beside === undefined ? null : (
        <p className="text-2xs text-accent lg:truncate" data-testid="beside">
          {t('study.beside', { study: besideFacts.filter((text) => text !== '').join(t('app.comma')) })}
        </p>
      )}
    </>
  );
}
