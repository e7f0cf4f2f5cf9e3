import { getRouteApi, Link } from '@tanstack/react-router';
import { ArrowLeft, EyeOff, TriangleAlert } from 'lucide-react';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/http.ts';
import { Button } from '../design/button.tsx';
import { useKeptFocus } from '../design/kept-focus.ts';
import { Notice } from '../design/notice.tsx';
import { useErrorText } from '../i18n/use-error-text.ts';
import { useSession } from '../session/use-session.ts';
import { StudyListNotice } from '../study-list/study-list-notice.tsx';
import { LetterReader } from './letter-reader.tsx';
import { LetterWriter } from './letter-writer.tsx';
import { useLetter } from './use-letters.ts';

const route = getRouteApi('/signed-in/framed/letters/$letterId');

export function LetterPage() {
  const { t } = useTranslation();
  const { user } = useSession();
  const { letterId } = route.useParams();
  const keptFocus = useKeptFocus<HTMLElement>();
  useEffect(() => {
    // No patient's name in the window title: titles end up in histories and screen sharing.
    document.title = `${t('letters.title')} – Renkei`;
  }, [t]);
  if (user.facility === null) return <StudyListNotice state="no-facility" />;
  if (user.letters === undefined) return <Notice icon={EyeOff} title={t('letters.denied')} body={t('letters.deniedBody')} />;
  return (
    <main {...keptFocus} className="h-full overflow-y-auto focus-visible:-outline-offset-2">
      <div className="mx-auto flex min-h-full max-w-5xl flex-col gap-4 p-4 sm:p-6">
        <Button asChild kind="bare" className="-ml-2 self-start">
          <Link to="/letters">
            <ArrowLeft className="size-4" aria-hidden />
            {t('letter.toList')}
          </Link>
        </Button>
        <Letter key={letterId} id={letterId} />
      </div>
    </main>
  );
}

function Letter({ id }: { id: string }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const { data, error, refetch } = useLetter(id);
  if (error instanceof ApiError && [400, 403, 404].includes(error.status))
    return (
      <div role="alert" data-testid="letter-gone">
        <Notice icon={EyeOff} title={t('letter.goneTitle')} body={t('letter.goneBody')} />
      </div>
    );
  if (data !== undefined) return data.state === 'draft' ? <LetterWriter first={data} /> : <LetterReader letter={data} />;
  if (error === null) return <p className="text-sm text-ink-3">{t('app.loading')}</p>;
  return (
    <Notice icon={TriangleAlert} tone="danger" title={t('letter.loadFailed')} body={errorText(error)}>
      <Button onClick={() => void refetch()}>{t('app.retry')}</Button>
    </Notice>
  );
}
