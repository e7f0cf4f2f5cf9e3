import { useBlocker } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { DropZone } from '../components/drop-zone.tsx';
import { StudyListNotice } from '../components/study-list-notice.tsx';
import { UploadReport } from '../components/upload-report.tsx';
import { useSession } from '../hooks/use-session.ts';
import { useUpload } from '../hooks/use-upload.ts';

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
