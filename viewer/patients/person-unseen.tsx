import { Link } from '@tanstack/react-router';
import { EyeOff, TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/http.ts';
import { Button } from '../design/button.tsx';
import { Notice } from '../design/notice.tsx';
import { useErrorText } from '../i18n/use-error-text.ts';

/** Whether the answer says that the reader is shown no such person: it is not there, or no more. */
export const isGone = (error: Error | null): boolean => error instanceof ApiError && [400, 404].includes(error.status);

/** In place of a person who is not shown here. `body`: why. */
export function PersonEnded({ body, testId }: { body: string; testId: string }) {
  const { t } = useTranslation();
  return (
    <div role="alert" className="h-full" data-testid={testId}>
      <Notice icon={EyeOff} title={t('timeline.endedTitle')} body={body}>
        <Button asChild>
          <Link to="/patients">{t('timeline.toPatients')}</Link>
        </Button>
      </Notice>
    </div>
  );
}

/** In place of a person of whom nothing has come: still awaited, or failed. */
export function PersonAwaited({ error, onRetry }: { error: Error | null; onRetry: () => void }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  if (error === null)
    return (
      <p role="status" className="sr-only">
        {t('app.loading')}
      </p>
    );
  return (
    <Notice icon={TriangleAlert} tone="danger" title={t('timeline.failed')} body={errorText(error)}>
      <Button onClick={onRetry}>{t('app.retry')}</Button>
    </Notice>
  );
}
