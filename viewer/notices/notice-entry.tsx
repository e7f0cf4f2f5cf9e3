import { Link } from '@tanstack/react-router';
import { ChevronRight, Copy, FileX, Layers, UserRoundX, UsersRound } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Notice } from '../../gateway/api/contract/notices.ts';
import type { StudySummary } from '../../gateway/api/contract/studies.ts';
import { studyAddressKey, studySearch } from '../api/study-address.ts';
import { classes } from '../design/classes.ts';
import { ModalityBadge } from '../design/modality-badge.tsx';
import { formatDA, formatInstant, formatTM } from '../i18n/dates.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { usePatientFacts } from '../patient/patient-facts.tsx';
import { PersonName } from '../patient/person-name.tsx';
import { NoticeSettlement } from './notice-settlement.tsx';

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
  'other-patient': { Icon: UsersRound, alarming: true, title: 'notices.otherPatient', body: 'notices.otherPatientBody' },
  'same-instance': { Icon: Copy, alarming: true, title: 'notices.sameInstance', body: 'notices.sameInstanceBody' },
  'new-version': { Icon: Layers, alarming: false, title: 'notices.newVersion', body: 'notices.newVersionBody' },
} as const satisfies Record<Notice['kind'], unknown>;

/** What happened, when, and to which study; the whole of it leads there. Where two claim one UID, each leads to itself. */
export function NoticeEntry({ notice, unread }: Props) {
  const { study, other } = notice;
  const look = 'flex min-h-11 gap-3 px-3 py-3 sm:px-4';
  if (other !== null) return <TwoPlaces notice={notice} other={other} unread={unread} />;
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
          search={studySearch(study)}
          className={classes(look, 'hover:bg-surface focus-visible:outline-offset-[-2px]')}
        >
          <Body notice={notice} unread={unread} />
          <ChevronRight className="size-4 shrink-0 self-center text-ink-3" aria-hidden />
        </Link>
      )}
    </li>
  );
}

function TwoPlaces({ notice, other, unread }: Props & { other: NonNullable<Notice['other']> }) {
  const { t } = useTranslation();
  const sameStudy = notice.kind === 'same-instance' && isSame(notice.study, other.study);
  return (
    <li data-testid="notice" data-kind={notice.kind} className="flex gap-3 px-3 py-3 sm:px-4">
      <What notice={notice} unread={unread}>
        <div className="mt-2 flex flex-col gap-2">
          {sameStudy ? (
            <p className="text-xs text-ink-2">{t('notices.sameStudy')}</p>
          ) : (
            <Place title={t('notices.before')} uid={other.studyInstanceUID} study={other.study} />
          )}
          <Place title={t('notices.after')} uid={notice.studyInstanceUID} study={notice.study} />
          <NoticeSettlement notice={notice} />
        </div>
      </What>
    </li>
  );
}

function isSame(a: StudySummary | null, b: StudySummary | null): boolean {
  return a !== null && b !== null && studyAddressKey(a) === studyAddressKey(b);
}

/** One of the two, with a link to it. */
function Place({ title, uid, study }: { title: string; uid: string; study: StudySummary | null }) {
  const { t } = useTranslation();
  return (
    <div>
      <p className="text-2xs text-ink-3">{title}</p>
      {study === null ? (
        <p className="text-xs break-all text-ink-3">
          {t('notices.studyEmptied')}　{uid}
        </p>
      ) : (
        <Link
          to="/studies/$studyInstanceUID"
          params={{ studyInstanceUID: study.studyInstanceUID }}
          search={studySearch(study)}
          className="flex items-center gap-2 rounded-sm pr-2 hover:bg-surface"
        >
          <span className="min-w-0 flex-1">
            <Study study={study} />
          </span>
          <ChevronRight className="size-4 shrink-0 text-ink-3" aria-hidden />
        </Link>
      )}
    </div>
  );
}

function Body({ notice, unread }: Props) {
  const { t } = useTranslation();
  return (
    <What notice={notice} unread={unread}>
      {notice.study === null ? (
        <p className="mt-2 text-xs break-all text-ink-3">
          {t('notices.studyEmptied')}　{notice.studyInstanceUID}
        </p>
      ) : (
        <Study study={notice.study} />
      )}
    </What>
  );
}

function What({ notice, unread, children }: Props & { children: ReactNode }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { Icon, alarming: grave, title, body } = KINDS[notice.kind];
  const alarming = grave && notice.settlement === null;
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
        {children}
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
        <p className="text-2xs break-words text-ink-3">{facts.filter((text) => text !== '').join('　')}</p>
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
          {formatDA(study.studyDate, language)} {formatTM(study.studyTime)}　{t('studies.images', { count: study.instanceCount })}
        </p>
      </div>
    </div>
  );
}
