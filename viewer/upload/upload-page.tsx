import { useBlocker, useRouter } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../design/button.tsx';
import { useKeptFocus } from '../design/kept-focus.ts';
import { useSession } from '../session/use-session.ts';
import { StudyListNotice } from '../study-list/study-list-notice.tsx';
import { ChoosePatients } from './choose-patients.tsx';
import { DropZone } from './drop-zone.tsx';
import { UploadReport } from './upload-report.tsx';
import { useUpload } from './use-upload.ts';

export function UploadPage() {
  const { t } = useTranslation();
  const { user } = useSession();
  const router = useRouter();
  // Of this page: the address changes before another stands in its place.
  const [entry] = useState(() => router.state.location.state.__TSR_key ?? '');
  const keptFocus = useKeptFocus<HTMLElement>();
  const { stage, start, take, cancel, resume, clear } = useUpload(entry);
  const running = stage.kind === 'sending' && stage.progress.phase === 'running';
  useEffect(() => {
    document.title = `${t('upload.title')} – Renkei`;
  }, [t]);
  useBlocker({ shouldBlockFn: () => running && !window.confirm(t('upload.leave')), enableBeforeUnload: () => running });

  if (user.facility === null) return <StudyListNotice state="no-facility" />;
  return (
    <main {...keptFocus} className="h-full overflow-y-auto focus-visible:-outline-offset-2">
      <div className="mx-auto flex max-w-3xl flex-col gap-5 p-4 sm:p-8">
        <h1 className="text-xl font-semibold">{t('upload.title')}</h1>
        {stage.kind === 'empty' ? <DropZone onSources={start} /> : null}
        {stage.kind === 'looking' ? <Looking found={stage.found} patients={stage.patients} onCancel={clear} /> : null}
        {stage.kind === 'choosing' ? (
          <ChoosePatients contents={stage.contents} held={stage.held} onTake={take} onStartOver={clear} />
        ) : null}
        {stage.kind === 'sending' ? (
          <UploadReport
            progress={stage.progress}
            bytes={stage.bytes}
            secondsLeft={stage.secondsLeft}
            onCancel={cancel}
            onResume={resume}
            onAgain={clear}
          />
        ) : null}
      </div>
    </main>
  );
}

function Looking({ found, patients, onCancel }: { found: number; patients: number; onCancel: () => void }) {
  const { t } = useTranslation();
  return (
    <section className="flex flex-col gap-3 rounded-lg border border-line bg-surface p-5" data-testid="looking">
      <h2 role="status" className="text-base font-medium">
        {t('upload.reading')}
      </h2>
      <p className="text-sm text-ink-2">{t('upload.looked', { found, patients })}</p>
      <p className="text-xs text-ink-3">{t('upload.readingNote')}</p>
      <Button className="self-start" onClick={onCancel}>
        {t('upload.cancel')}
      </Button>
    </section>
  );
}
