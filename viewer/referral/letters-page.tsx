import { getRouteApi, Link } from '@tanstack/react-router';
import { EyeOff, Inbox, MailPlus } from 'lucide-react';
import { useEffect, useId } from 'react';
import { useTranslation } from 'react-i18next';
import type { ListedLetter } from '../../gateway/api/contract/letters.ts';
import { Button } from '../design/button.tsx';
import { classes } from '../design/classes.ts';
import { Select } from '../design/field.tsx';
import { useKeptFocus } from '../design/kept-focus.ts';
import { MoreButton } from '../design/more-button.tsx';
import { Notice } from '../design/notice.tsx';
import { formatInstant } from '../i18n/dates.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { useSession } from '../session/use-session.ts';
import { useFacilityName } from '../sharing/use-facility-name.ts';
import { Failure } from '../shell/failure.tsx';
import { StudyListNotice } from '../study-list/study-list-notice.tsx';
import { BOXES, type LetterSearch, STATES } from './letter-search.ts';
import { StateBadge } from './state-badge.tsx';
import { useBeginLetter, useLetterList } from './use-letters.ts';

const route = getRouteApi('/signed-in/framed/letters');

/** Letters that came, that were sent, and that are being written. */
export function LettersPage() {
  const { t } = useTranslation();
  const { user } = useSession();
  const keptFocus = useKeptFocus<HTMLElement>();
  const search = route.useSearch();
  const begin = useBeginLetter();
  useEffect(() => {
    document.title = `${t('letters.title')} – Renkei`;
  }, [t]);
  if (user.facility === null) return <StudyListNotice state="no-facility" />;
  if (user.letters === undefined) return <Notice icon={EyeOff} title={t('letters.denied')} body={t('letters.deniedBody')} />;
  return (
    <main {...keptFocus} className="h-full overflow-y-auto focus-visible:-outline-offset-2">
      <div className="mx-auto flex min-h-full max-w-4xl flex-col gap-4 p-4 sm:p-8">
        <div className="flex flex-wrap items-start gap-x-6 gap-y-3">
          <div className="min-w-0 flex-1 basis-60">
            <h1 className="text-xl font-semibold">{t('letters.title')}</h1>
            <p className="mt-1 text-sm text-pretty text-ink-2">{t('letters.intro')}</p>
          </div>
          {user.letters === 'write' ? (
            <Button kind="primary" busy={begin.isPending} onClick={() => begin.mutate({ kind: 'referral' })}>
              <MailPlus className="size-4" aria-hidden />
              {t('letters.write')}
            </Button>
          ) : null}
        </div>
        <Boxes search={search} />
        <Letters search={search} />
      </div>
    </main>
  );
}

function Boxes({ search }: { search: LetterSearch }) {
  const { t } = useTranslation();
  const navigate = route.useNavigate();
  const { box = 'in', state } = search;
  const filter = useId();
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 border-b border-line">
      <nav className="flex h-11 items-stretch" aria-label={t('letters.title')}>
        {BOXES.map((one) => (
          <Link
            key={one}
            to="/letters"
            search={one === 'in' ? {} : { box: one }}
            aria-current={one === box ? 'page' : undefined}
            className={classes(
              'inline-flex min-w-11 items-center border-b-2 px-3 text-sm whitespace-nowrap',
              one === box ? 'border-accent text-ink' : 'border-transparent text-ink-2 hover:text-ink',
            )}
          >
            {t(`letters.box.${one}`)}
          </Link>
        ))}
      </nav>
      {box === 'drafts' ? null : (
        <label htmlFor={filter} className="flex items-center gap-2 pb-1 text-xs text-ink-2">
          {t('letters.stateFilter')}
          <Select
            id={filter}
            className="w-44"
            value={state ?? ''}
            onChange={({ currentTarget: { value } }) => {
              const chosen = STATES.find((one) => one === value);
              void navigate({ search: { ...(box === 'in' ? {} : { box }), ...(chosen === undefined ? {} : { state: chosen }) } });
            }}
          >
            <option value="">{t('letters.anyState')}</option>
            {STATES.map((one) => (
              <option key={one} value={one}>
                {t(`letters.state.${one}`)}
              </option>
            ))}
          </Select>
        </label>
      )}
    </div>
  );
}

function Letters({ search }: { search: LetterSearch }) {
  const { t } = useTranslation();
  const { box = 'in' } = search;
  const list = useLetterList(search);
  const { data, error, refetch } = list;
  if (error !== null) return <Failure error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <p className="text-sm text-ink-3">{t('app.loading')}</p>;
  const letters = data.pages.flatMap((page) => page.letters);
  if (letters.length === 0) return <Notice icon={Inbox} title={t('letters.none')} body={t(`letters.noneBody.${box}`)} />;
  return (
    <>
      <ul aria-label={t(`letters.box.${box}`)} className="divide-y divide-line overflow-hidden rounded-lg border border-line">
        {letters.map((letter) => (
          <Line key={letter.id} letter={letter} />
        ))}
      </ul>
      <MoreButton pages={list} className="self-start" />
    </>
  );
}

function Line({ letter }: { letter: ListedLetter }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { id, kind, state, own, content, times, createdAt, studyCount, fileCount } = letter;
  const facts = [
    studyCount === 0 ? '' : t('letters.studies', { count: studyCount }),
    fileCount === 0 ? '' : t('letters.files', { count: fileCount }),
    content.replyAsked ? t('letters.replyWanted') : '',
  ];
  return (
    <li data-testid="letter" data-state={state}>
      <Link
        to="/letters/$letterId"
        params={{ letterId: id }}
        className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-1 px-3 py-2.5 hover:bg-surface focus-visible:-outline-offset-2 sm:grid-cols-[minmax(0,1.2fr)_minmax(0,1fr)_9rem] sm:px-4"
      >
        <span className="min-w-0">
          <span className="block truncate text-sm font-medium text-ink">
            <PatientName letter={letter} />
          </span>
          <span className="block truncate text-2xs text-ink-3">
            {[t(`letters.kind.${kind}`), ...facts].filter((text) => text !== '').join('　')}
          </span>
        </span>
        <OtherSide letter={letter} />
        <span className="flex flex-col items-end gap-0.5">
          <StateBadge state={state} own={own} />
          <time className="text-2xs text-ink-3" dateTime={times.send ?? createdAt}>
            {formatInstant(times.send ?? createdAt, language)}
          </time>
        </span>
      </Link>
    </li>
  );
}

/** Told no more of what was recalled or declined. */
function PatientName({ letter: { own, state, content } }: { letter: ListedLetter }) {
  const { t } = useTranslation();
  if (!own && (state === 'recalled' || state === 'declined')) return <span className="text-ink-3">{t('letters.withdrawn')}</span>;
  return content.patientName || <span className="text-ink-3">{t('letters.noPatientName')}</span>;
}

/** To whom, or from whom. */
function OtherSide({ letter: { own, from, to, content } }: { letter: ListedLetter }) {
  const { t } = useTranslation();
  const facilityName = useFacilityName();
  const other = own ? to : from;
  const who = own ? [content.toDepartment, content.toDoctor] : [content.fromDepartment, content.fromDoctor];
  return (
    <span className="min-w-0 max-sm:order-last max-sm:col-span-2">
      <span className="block truncate text-sm text-ink">
        <span className="text-xs text-ink-3">{t(own ? 'letters.to' : 'letters.from')}</span>{' '}
        {other === null ? <span className="text-ink-3">{t('letters.nobody')}</span> : facilityName(other)}
      </span>
      <span className="block truncate text-2xs text-ink-3">{who.filter((text) => text !== '').join('　')}</span>
    </span>
  );
}
