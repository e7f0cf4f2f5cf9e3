import { Link } from '@tanstack/react-router';
import { Download, EyeOff, ImageIcon, Printer } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { ActOnLetter, Letter } from '../../gateway/api/contract/letters.ts';
import { actOnLetter, letterFileUrl } from '../api/letters.ts';
import { Button } from '../design/button.tsx';
import { ModalityBadge } from '../design/modality-badge.tsx';
import { Notice } from '../design/notice.tsx';
import { formatDA, formatInstant, formatInstantDay } from '../i18n/dates.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { PrintSheet } from '../oversight/print-sheet.tsx';
import { useFacilityName } from '../sharing/use-facility-name.ts';
import { KeyImages } from './key-images.tsx';
import { LetterActs } from './letter-acts.tsx';
import { Part } from './letter-part.tsx';
import { LetterSheet } from './letter-sheet.tsx';
import { ReceiptForm } from './receipt-form.tsx';
import { StateBadge } from './state-badge.tsx';
import { useLetterAct } from './use-letters.ts';

/** A letter that was sent: its sheet, what is with it, what became of it, and what may be done now. */
export function LetterReader({ letter }: { letter: Letter }) {
  const { t } = useTranslation();
  const facilityName = useFacilityName();
  const hidden = !letter.own && (letter.state === 'recalled' || letter.state === 'declined');
  useOpening(letter);
  const { from, to, own, kind, state } = letter;
  const other = own ? to : from;
  return (
    <>
      <header className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <h1 className="text-xl font-semibold">{t(`letters.kind.${kind}`)}</h1>
        <StateBadge state={state} own={own} />
        <p className="min-w-0 flex-1 text-sm text-ink-2 max-sm:order-last max-sm:basis-full">
          {t(own ? 'letters.to' : 'letters.from')} {other === null ? '' : facilityName(other)}
        </p>
        {hidden ? null : (
          <Button className="ml-auto" onClick={() => window.print()}>
            <Printer className="size-4" aria-hidden />
            {t('letter.print')}
          </Button>
        )}
      </header>
      {hidden ? <Withdrawn letter={letter} /> : <Whole letter={letter} />}
    </>
  );
}

/** Who is its doctor opens it by reading it; on record once. */
function useOpening(letter: Letter): void {
  const { t } = useTranslation();
  const open = useLetterAct(
    (body: ActOnLetter) => actOnLetter(letter.id, body),
    () => t('letter.done.open'),
  );
  const asked = useRef(false);
  const due = letter.may.open === 'itself';
  useEffect(() => {
    if (!due || asked.current) return;
    asked.current = true;
    open.mutate({ act: 'open' });
  }, [due, open]);
}

function Withdrawn({ letter: { state, from, times, reason } }: { letter: Letter }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const facilityName = useFacilityName();
  const facility = facilityName(from);
  const recalled = state === 'recalled';
  const body = recalled
    ? t('letter.recalledBody', { facility, at: times.recall === null ? '' : formatInstant(times.recall, language) })
    : t('letter.declinedBody', { facility });
  return (
    <div role="alert" data-testid="letter-withdrawn">
      <Notice
        icon={EyeOff}
        title={t(recalled ? 'letter.recalledTitle' : 'letter.declinedTitle')}
        body={reason === '' ? body : `${body} ${t('letter.why', { reason })}`}
      />
    </div>
  );
}

function Whole({ letter }: { letter: Letter }) {
  const { t } = useTranslation();
  return (
    <>
      <LetterActs letter={letter} />
      <div className="grid items-start gap-5 md:grid-cols-[minmax(0,1fr)_17rem] lg:grid-cols-[minmax(0,1fr)_20rem]">
        <div className="flex min-w-0 flex-col gap-4">
          {letter.reason === '' ? null : (
            <p className="rounded-md bg-danger-soft px-3 py-2 text-sm text-danger">{t('letter.why', { reason: letter.reason })}</p>
          )}
          <div className="overflow-hidden rounded-md bg-white p-5 text-black sm:p-8">
            <LetterSheet letter={letter} />
          </div>
          <PrintSheet>
            <LetterSheet letter={letter} />
          </PrintSheet>
        </div>
        <aside className="flex min-w-0 flex-col gap-4">
          <Studies letter={letter} />
          {letter.files.length === 0 ? null : <Files letter={letter} />}
          {letter.replies.length === 0 && letter.inReplyTo === null ? null : <Replies letter={letter} />}
          {letter.may.note ? <ReceiptForm key={JSON.stringify(letter.notes)} letter={letter} /> : null}
          <Progress letter={letter} />
          {letter.patient === null ? null : (
            <Button asChild kind="bare" className="self-start">
              <Link to="/patients/$patientId" params={{ patientId: letter.patient }}>
                {t('letter.patientPage')}
              </Link>
            </Button>
          )}
        </aside>
      </div>
    </>
  );
}

function Studies({ letter: { studies, until } }: { letter: Letter }) {
  const { t } = useTranslation();
  const language = useLanguage();
  return (
    <Part title={t('letter.studies')}>
      {studies.length === 0 ? <p className="text-xs text-ink-3">{t('letter.noStudies')}</p> : null}
      <ul className="flex flex-col gap-3">
        {studies.map((study) => (
          <li key={`${study.studyInstanceUID} ${study.of}`} className="min-w-0" data-testid="letter-study">
            <p className="flex flex-wrap items-center gap-1.5 text-sm">
              {study.modalities.map((modality) => (
                <ModalityBadge key={modality} modality={modality} />
              ))}
              <span className="min-w-0 break-words">{study.studyDescription || t('studies.noDescription')}</span>
            </p>
            <p className="mb-1.5 text-2xs text-ink-3">{formatDA(study.studyDate, language)}</p>
            <KeyImages study={study} />
            <Button asChild size="small">
              <Link to="/studies/$studyInstanceUID" params={{ studyInstanceUID: study.studyInstanceUID }} search={{ of: study.of }}>
                <ImageIcon className="size-3.5" aria-hidden />
                {t('letter.open')}
              </Link>
            </Button>
          </li>
        ))}
      </ul>
      {studies.length === 0 || until === null ? null : (
        <p className="mt-3 text-2xs text-ink-3">{t('letter.until', { date: formatInstantDay(until, language) })}</p>
      )}
    </Part>
  );
}

function Files({ letter: { id, files } }: { letter: Letter }) {
  const { t } = useTranslation();
  return (
    <Part title={t('letter.files')}>
      <ul className="flex flex-col gap-1">
        {files.map((file) => (
          <li key={file.id}>
            <a
              href={letterFileUrl(id, file.id)}
              download={file.name}
              aria-label={t('letter.save', { name: file.name })}
              className="flex min-h-9 items-center gap-2 rounded-sm text-sm break-all hover:underline pointer-coarse:min-h-11"
            >
              <Download className="size-4 shrink-0 text-ink-3" aria-hidden />
              {file.name}
            </a>
          </li>
        ))}
      </ul>
    </Part>
  );
}

function Replies({ letter: { replies, inReplyTo } }: { letter: Letter }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const link = 'flex min-h-9 items-center text-sm text-accent hover:underline pointer-coarse:min-h-11';
  return (
    <Part title={t('letter.replies')}>
      {inReplyTo === null ? null : (
        <Link to="/letters/$letterId" params={{ letterId: inReplyTo }} className={link}>
          {t('letter.inReplyTo')}
        </Link>
      )}
      <ul>
        {replies.map(({ id, kind, at }) => (
          <li key={id}>
            <Link to="/letters/$letterId" params={{ letterId: id }} className={link}>
              {t(`letters.kind.${kind}`)}　{formatInstant(at, language)}
            </Link>
          </li>
        ))}
      </ul>
    </Part>
  );
}

const TIMES = ['send', 'receive', 'open', 'answer', 'close', 'decline', 'recall'] as const;

function Progress({ letter: { state, times, sentBy, openedBy, toPerson } }: { letter: Letter }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const by = { send: sentBy, open: openedBy } as const;
  return (
    <Part title={t('letter.progress')}>
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1 text-xs">
        {TIMES.map((time) => {
          const at = times[time];
          if (at === null) return null;
          const who = time === 'send' || time === 'open' ? by[time] : null;
          return (
            <div key={time} className="contents">
              <dt className="text-ink-3">{t(`letter.times.${time}`)}</dt>
              <dd className="min-w-0 break-words text-ink-2">
                {formatInstant(at, language)}
                {who === null ? '' : `　${t('letter.by', { name: who })}`}
              </dd>
            </div>
          );
        })}
      </dl>
      {state === 'sent' || state === 'received' ? (
        <p className="mt-2 text-xs text-pretty text-ink-2">
          {toPerson === null ? t('letter.waitsForDoctor') : t('letter.waitsFor', { name: toPerson.name })}
        </p>
      ) : null}
    </Part>
  );
}
