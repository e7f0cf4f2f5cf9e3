import { Link } from '@tanstack/react-router';
import { ChevronRight, FileX, Layers, UserRoundX } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Notice, StudySummary } from '../../gateway/api/contract.ts';
import { classes } from '../design/classes.ts';
import { useLanguage } from '../hooks/use-language.ts';
import { formatDA, formatInstant, formatTM } from '../i18n/dates.ts';
import { ModalityBadge } from './modality-badge.tsx';
import { usePatientFacts } from './patient-facts.tsx';
import { PersonName } from './person-name.tsx';

interface Props {
  notice: Notice;
  /** It came after this person last looked. */
  unread: boolean;
}

const KINDS = {
  'patient-changed': {
    Icon: UserRoundX,
    alarming: true,
    title: 'notices.patientChanged',
    body: 'notices.patientChangedBody',
  },
  'image-damaged': { Icon: FileX, alarming: true, title: 'notices.imageDamaged', body: 'notices.imageDamagedBody' },
  'new-version': { Icon: Layers, alarming: false, title: 'notices.newVersion', body: 'notices.newVersionBody' },
} as const satisfies Record<Notice['kind'], unknown>;

/** What happened, when, and to which study; the whole of it leads there. */
export function NoticeEntry({ notice, unread }: Props) {
  const { study } = notice;
  const look = 'flex min-h-11 gap-3 px-3 py-3 sm:px-4';
  return (
    <li data-testid="notice" data-kind={notice.kind}>
      {study === null ? (
        <div className={look}>
          <Body notice={notice} unread={unread} />
        </div>
      ) : (
        <Link
          to="/studies/$studyInstanceUID"
          params={{ studyInstanceUID: study.studyInstanceUID }}
          className={classes(look, 'hover:bg-surface focus-visible:outline-offset-[-2px]')}
        >
          <Body notice={notice} unread={unread} />
          <ChevronRight className="size-4 shrink-0 self-center text-ink-3" aria-hidden />
        </Link>
      )}
    </li>
  );
}

function Body({ notice, unread }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { Icon, alarming, title, body } = KINDS[notice.kind];
  return (
    <>
      <Icon className={classes('mt-0.5 size-5 shrink-0', alarming ? 'text-danger' : 'text-ink-2')} strokeWidth={1.5} aria-hidden />
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-baseline gap-x-3">
          <span className={classes('text-sm font-medium', alarming ? 'text-danger' : 'text-ink')}>{t(title, { count: notice.count })}</span>
          {unread ? <span className="rounded-sm bg-accent-soft px-1.5 text-2xs text-accent">{t('notices.isNew')}</span> : null}
          <time dateTime={notice.at} className="text-xs text-ink-3">
            {formatInstant(notice.at, language)}
          </time>
        </p>
        <p className="mt-0.5 text-xs text-ink-2">{t(body)}</p>
        {notice.study === null ? (
          <p className="mt-2 text-xs break-all text-ink-3">
            {t('notices.studyEmptied')}　{notice.studyInstanceUID}
          </p>
        ) : (
          <Study study={notice.study} />
        )}
      </div>
    </>
  );
}

function Study({ study }: { study: StudySummary }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { sexAndAge, birth } = usePatientFacts()(study);
  const facts = [sexAndAge, birth, study.patientID === '' ? '' : `${t('studies.patientID')} ${study.patientID}`];
  return (
    <div className="mt-2 grid gap-x-4 gap-y-1.5 border-l-2 border-line-strong pl-3 sm:grid-cols-2">
      <div className="min-w-0">
        <PersonName name={study.patientName} />
        <p className="truncate text-2xs text-ink-3">{facts.filter((text) => text !== '').join('　')}</p>
      </div>
      <div className="min-w-0">
        <p className="flex items-center gap-1.5">
          {study.modalities.map((modality) => (
            <ModalityBadge key={modality} modality={modality} />
          ))}
          <span className="truncate text-sm text-ink">
            {study.studyDescription || <span className="text-ink-3">{t('studies.noDescription')}</span>}
          </span>
        </p>
        <p className="mt-0.5 truncate text-2xs text-ink-3">
          {formatDA(study.studyDate, language)} {formatTM(study.studyTime)}
        </p>
      </div>
    </div>
  );
}
