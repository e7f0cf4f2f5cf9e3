import { Link } from '@tanstack/react-router';
import { Building2, Images, SearchX, TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Button } from '../design/button.tsx';
import { Notice } from '../design/notice.tsx';
import { useErrorText } from '../i18n/use-error-text.ts';

interface Props {
  state: 'failed' | 'none' | 'empty' | 'no-facility';
  error?: unknown;
  onRetry?: () => void;
  onClear?: () => void;
}

/** In place of the list when there is none. */
export function StudyListNotice({ state, error, onRetry, onClear }: Props) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  switch (state) {
    case 'failed':
      return (
        <Notice icon={TriangleAlert} tone="danger" title={t('studies.failed')} body={errorText(error)}>
          <Button onClick={onRetry}>{t('app.retry')}</Button>
        </Notice>
      );
    case 'none':
      return (
        <Notice icon={SearchX} title={t('studies.noneTitle')} body={t('studies.noneBody')}>
          <Button onClick={onClear}>{t('studies.clear')}</Button>
        </Notice>
      );
    case 'empty':
      return (
        <Notice icon={Images} title={t('studies.emptyTitle')} body={t('studies.emptyBody')}>
          <Button asChild>
            <Link to="/upload">{t('studies.emptyUpload')}</Link>
          </Button>
        </Notice>
      );
    case 'no-facility':
      return (
        <main className="h-full">
          <Notice icon={Building2} title={t('studies.title')} body={t('studies.noFacility')}>
            <Button asChild>
              <Link to="/admin">{t('nav.admin')}</Link>
            </Button>
          </Notice>
        </main>
      );
  }
}
