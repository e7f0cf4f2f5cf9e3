import { useQueries } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ChevronRight } from 'lucide-react';
import { type ReactNode, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { StudyDetail } from '../../gateway/api/contract/studies.ts';
import { studyThumbnailUrl } from '../api/dicomweb.ts';
import { readStudyAddressKey, studyAddressKey, studySearch } from '../api/study-address.ts';
import { Button } from '../design/button.tsx';
import { classes } from '../design/classes.ts';
import { ModalityBadge } from '../design/modality-badge.tsx';
import { Thumbnail } from '../design/thumbnail.tsx';
import { formatDA, formatTM } from '../i18n/dates.ts';
import { formatBytes } from '../i18n/format-bytes.ts';
import { lazyWithTexts } from '../i18n/lazy-with-texts.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { PersonName } from '../patient/person-name.tsx';
import { studyQuery } from '../study/use-study.ts';
import { FILES_MAX } from './look-through.ts';
import { ProblemList } from './problem-list.tsx';
import { type FileOutcome, finishedFiles, isComplete, type UploadProgress } from './run-upload.ts';

/** Few share while they look, so its code comes when it is wanted. */
const ShareStudiesDialog = lazyWithTexts(() => import('../sharing/share-studies-dialog.tsx'), 'ShareStudiesDialog', 'sharing', 'forms');

interface Props {
  progress: UploadProgress;
  /** Of all that was chosen. */
  bytes: number;
  secondsLeft: number | undefined;
  onCancel: () => void;
  onResume: () => void;
  onAgain: () => void;
}

/** In the order in which they matter: what is in, what should be and is not, what was not to be. */
const WORDS = {
  stored: 'upload.stored',
  'new-version': 'upload.newVersion',
  duplicate: 'upload.duplicate',
  failed: 'upload.failed',
  unreadable: 'upload.unreadable',
  quarantined: 'upload.quarantined',
  'left-out': 'upload.leftOut',
  dicomdir: 'upload.dicomdir',
  'not-dicom': 'upload.notDicom',
  'passed-over': 'upload.passedOver',
} as const satisfies Record<FileOutcome, string>;

const SERIOUS: ReadonlySet<FileOutcome> = new Set(['failed', 'unreadable', 'quarantined']);
const STUDIES_SHOWN_MAX = 50;

export function UploadReport({ progress, bytes, secondsLeft, onCancel, onResume, onAgain }: Props) {
  const { t } = useTranslation();
  const { phase, counts, problems } = progress;
  const running = phase === 'running';
  const complete = isComplete(progress);
  const missing = missingFiles(progress);
  const title = running
    ? t('upload.sending')
    : phase === 'finished'
      ? t(complete ? 'upload.finished' : 'upload.finishedSome')
      : t('upload.cancelled');
  return (
    <div className="flex flex-col gap-5">
      <section className="rounded-lg border border-line bg-surface p-5" aria-label={title}>
        <div className="flex items-baseline justify-between gap-4">
          <h2 role="status" className="text-base font-medium" data-testid="upload-status" data-phase={phase} data-complete={complete}>
            {title}
          </h2>
          <p className="shrink-0 text-sm text-ink-2">
            {t('upload.progress', { done: finishedFiles(progress) - missing, total: progress.found })}
          </p>
        </div>
        <Bar title={title} share={complete ? 1 : Math.min(1, bytes === 0 ? 0 : progress.bytesDone / bytes)} complete={complete} />
        <p className="mt-2 flex flex-wrap justify-between gap-x-4 text-xs text-ink-2" data-testid="transferred">
          <span>{t('upload.transferred', { done: formatBytes(Math.min(progress.bytesDone, bytes)), total: formatBytes(bytes) })}</span>
          {running ? <TimeLeftText seconds={secondsLeft} /> : null}
        </p>
        {phase === 'finished' && missing > 0 ? <Alert>{t('upload.missing', { count: missing })}</Alert> : null}
        <Counts counts={counts} />
        {progress.overLimit ? <Alert>{t('upload.limit', { count: FILES_MAX })}</Alert> : null}
        <WhatNext progress={progress} onCancel={onCancel} onResume={onResume} onAgain={onAgain} />
      </section>
      <ProblemList title={t('upload.failedList')} problems={problems} outcome="failed" serious />
      <ProblemList title={t('upload.unreadableList')} problems={problems} outcome="unreadable" serious />
      <UploadedStudies studies={progress.studies} settled={!running} />
      <ProblemList title={t('upload.quarantinedList')} problems={problems} outcome="quarantined" serious />
      <ProblemList title={t('upload.notDicomList')} problems={problems} outcome="not-dicom" />
      <ProblemList title={t('upload.passedOverList')} problems={problems} outcome="passed-over" />
    </div>
  );
}

/** What was tried and did not go in is not done. */
function missingFiles({ counts }: UploadProgress): number {
  return counts.failed + counts.unreadable + counts.quarantined;
}

function Alert({ children }: { children: ReactNode }) {
  return (
    <p role="alert" className="mt-3 text-sm text-danger">
      {children}
    </p>
  );
}

function Bar({ title, share, complete }: { title: string; share: number; complete: boolean }) {
  return (
    <div
      role="progressbar"
      aria-label={title}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(share * 100)}
      className="mt-3 h-1.5 overflow-hidden rounded-full bg-raised"
    >
      <div className={classes('h-full transition-[width]', complete ? 'bg-ok' : 'bg-accent')} style={{ width: `${share * 100}%` }} />
    </div>
  );
}

function Counts({ counts }: { counts: UploadProgress['counts'] }) {
  const { t } = useTranslation();
  const some = (Object.keys(WORDS) as FileOutcome[]).filter((outcome) => counts[outcome] > 0);
  const shown: readonly FileOutcome[] = some.length > 0 ? some : ['stored'];
  return (
    <dl className="mt-4 flex flex-wrap gap-x-6 gap-y-2">
      {shown.map((outcome) => (
        <div key={outcome} data-outcome={outcome}>
          <dt className="text-2xs text-ink-3">{t(WORDS[outcome])}</dt>
          <dd className={classes('text-lg leading-6', SERIOUS.has(outcome) ? 'text-danger' : 'text-ink')}>{counts[outcome]}</dd>
        </div>
      ))}
    </dl>
  );
}

function WhatNext({ progress, onCancel, onResume, onAgain }: Omit<Props, 'bytes' | 'secondsLeft'>) {
  const { t } = useTranslation();
  const { phase, counts, problems } = progress;
  // A disc can be put in again; what is encrypted or damaged stays so.
  const again = counts.failed + problems.filter(({ reason }) => reason === 'not-readable').length;
  const broken = phase === 'cancelled' || phase === 'stopped';
  return (
    <div className="mt-5 flex flex-wrap gap-2">
      {phase === 'running' ? <Button onClick={onCancel}>{t('upload.cancel')}</Button> : null}
      {broken || (phase === 'finished' && again > 0) ? (
        <Button kind="primary" onClick={onResume}>
          {t(broken ? 'upload.resume' : 'upload.retryFailed')}
        </Button>
      ) : null}
      {phase === 'running' ? null : <Button onClick={onAgain}>{t('upload.again')}</Button>}
    </div>
  );
}

function TimeLeftText({ seconds }: { seconds: number | undefined }) {
  const { t } = useTranslation();
  if (seconds === undefined) return null;
  const minutes = Math.ceil(seconds / 60);
  return <span>{seconds < 60 ? t('upload.leftSeconds', { count: seconds }) : t('upload.leftMinutes', { count: minutes })}</span>;
}

/** One patient often has several of a day: what it is and when it was made. */
function StudyLine({ study }: { study: StudyDetail }) {
  const language = useLanguage();
  return (
    <span className="mt-0.5 flex flex-wrap items-center gap-x-1.5 gap-y-0.5 text-xs text-ink-2">
      {study.modalities.map((modality) => (
        <ModalityBadge key={modality} modality={modality} />
      ))}
      <span className="min-w-0 break-words">{study.studyDescription}</span>
      <span className="text-2xs whitespace-nowrap text-ink-3">
        {formatDA(study.studyDate, language)} {formatTM(study.studyTime)}
      </span>
    </span>
  );
}

function UploadedStudies({ studies, settled }: { studies: ReadonlyMap<string, number>; settled: boolean }) {
  const { t } = useTranslation();
  const addresses = [...studies.keys()].slice(0, STUDIES_SHOWN_MAX).map(readStudyAddressKey);
  const details = useQueries({ queries: addresses.map((address) => ({ ...studyQuery(address), enabled: settled })) });
  const [sharing, setSharing] = useState(false);
  if (addresses.length === 0) return null;
  const mayShare = details.flatMap(({ data }) => (data?.mayShare === true ? [data] : []));
  return (
    <section aria-label={t('upload.studies')}>
      <div className="mb-2 flex flex-wrap items-center justify-between gap-3">
        <h2 className="text-xs font-medium text-ink-2">{t('upload.studies')}</h2>
        {mayShare.length > 0 ? (
          <Button size="small" onClick={() => setSharing(true)} data-testid="share-these">
            {t('upload.shareThese', { count: mayShare.length })}
          </Button>
        ) : null}
      </div>
      <Suspense>{sharing ? <ShareStudiesDialog studies={mayShare} open onOpenChange={setSharing} /> : null}</Suspense>
      <ul className="divide-y divide-line overflow-hidden rounded-lg border border-line">
        {addresses.map((address, at) => {
          const key = studyAddressKey(address);
          const uid = address.studyInstanceUID;
          const study = details[at]?.data;
          return (
            <li key={key}>
              <Link
                to="/studies/$studyInstanceUID"
                params={{ studyInstanceUID: uid }}
                search={studySearch(address)}
                className="flex items-center gap-4 bg-surface px-4 py-2.5 hover:bg-hover focus-visible:-outline-offset-2"
                data-testid="uploaded-study"
              >
                {settled ? (
                  <Thumbnail src={studyThumbnailUrl(address)} className="size-12 shrink-0" />
                ) : (
                  <span className="size-12 shrink-0 rounded-sm bg-black" />
                )}
                <span className="min-w-0 flex-1">
                  {study === undefined ? (
                    <span className="font-mono text-2xs break-all text-ink-3">{uid}</span>
                  ) : (
                    <PersonName name={study.patientName} />
                  )}
                  {study === undefined ? null : <StudyLine study={study} />}
                </span>
                <span className="shrink-0 text-xs text-ink-3 max-sm:hidden">{t('upload.found', { count: studies.get(key) ?? 0 })}</span>
                <span className="shrink-0 text-xs text-accent max-sm:sr-only">{t('upload.open')}</span>
                <ChevronRight className="size-4 shrink-0 text-accent sm:hidden" aria-hidden />
              </Link>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
