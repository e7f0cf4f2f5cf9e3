import { useBlocker } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useSession } from '../session/use-session.ts';
import { StudyListNotice } from '../study-list/study-list-notice.tsx';
import { DropZone } from './drop-zone.tsx';
import { UploadReport } from './upload-report.tsx';
import { useUpload } from './use-upload.ts';

export function UploadPage() {
  const { t } = useTranslation();
  const { user } = useSession();
  const { progress, start, cancel, resume, clear } = useUpload();
  const running = progress?.phase === 'running';
  useEffect(() => {
    document.title = `${t('upload.title')} – Renkei`;
  }, [t]);
  useBlocker({ shouldBlockFn: () => running && !window.confirm(t('upload.leave')), enableBeforeUnload: () => running });

  if (user.facility === null) return <StudyListNotice state="no-facility" />;
  return (
    <main className="h-full overflow-y-auto">
      <div className="mx-auto flex max-w-3xl flex-col gap-5 p-4 sm:p-8">
        <h1 className="text-xl font-semibold">{t('upload.title')}</h1>
        {progress === undefined ? (
          <DropZone onSources={start} />
        ) : (
          <UploadReport progress={progress} onCancel={cancel} onResume={resume} onAgain={clear} />
        )}
      </div>
    </main>
  );
}
