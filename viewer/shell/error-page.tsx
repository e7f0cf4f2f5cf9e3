import { TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/http.ts';
import { Button } from '../design/button.tsx';
import { Notice } from '../design/notice.tsx';
import { useErrorText } from '../i18n/use-error-text.ts';

export function ErrorPage({ error }: { error: unknown }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  return (
    <main className="h-full">
      <Notice
        icon={TriangleAlert}
        tone="danger"
        title={t('error.pageTitle')}
        body={error instanceof ApiError ? errorText(error) : t('error.page')}
      >
        <Button onClick={() => location.reload()}>{t('error.reload')}</Button>
      </Notice>
    </main>
  );
}
