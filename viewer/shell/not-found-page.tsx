import { Link } from '@tanstack/react-router';
import { Compass } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Button } from '../design/button.tsx';
import { Notice } from '../design/notice.tsx';

export function NotFoundPage() {
  const { t } = useTranslation();
  return (
    <main className="h-full">
      <Notice icon={Compass} title={t('notFound.title')} body={t('notFound.body')}>
        <Button asChild>
          <Link to="/">{t('notFound.home')}</Link>
        </Button>
      </Notice>
    </main>
  );
}
