import { Link, Outlet } from '@tanstack/react-router';
import { ShieldAlert } from 'lucide-react';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Notice } from '../design/notice.tsx';
import { useSession } from '../session/use-session.ts';
import { OperationWarnings } from './operation-warnings.tsx';

const tab =
  'inline-flex h-10 items-center border-b-2 border-transparent px-3 text-sm whitespace-nowrap text-ink-2 max-sm:px-2 hover:text-ink data-[status=active]:border-accent data-[status=active]:text-ink pointer-coarse:h-11';

export function AdminLayout() {
  const { t } = useTranslation();
  const { user } = useSession();
  useEffect(() => {
    document.title = `${t('admin.title')} – Renkei`;
  }, [t]);
  if (!user.administrator) return <Notice icon={ShieldAlert} title={t('admin.title')} body={t('admin.forbidden')} />;
  return (
    <main className="flex h-full flex-col">
      <h1 className="sr-only">{t('admin.title')}</h1>
      <nav aria-label={t('admin.title')} className="flex shrink-0 flex-wrap border-b border-line bg-surface px-3 max-sm:px-1">
        <Link to="/admin/facilities" className={tab}>
          {t('admin.facilities')}
        </Link>
        <Link to="/admin/users" className={tab}>
          {t('admin.users')}
        </Link>
        <Link to="/admin/patients" className={tab}>
          {t('admin.patients')}
        </Link>
        <Link to="/admin/rights" className={tab}>
          {t('rights.title')}
        </Link>
        <Link to="/admin/sign-in" className={tab}>
          {t('admin.signIn')}
        </Link>
        <Link to="/admin/quarantine" className={tab}>
          {t('admin.quarantine')}
        </Link>
        <Link to="/admin/emergencies" className={tab}>
          {t('nav.emergency')}
        </Link>
        <Link to="/admin/record" className={tab}>
          {t('admin.record')}
        </Link>
      </nav>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard must be able to scroll a page that holds nothing but text */}
      <section aria-label={t('admin.title')} tabIndex={0} className="min-h-0 flex-1 overflow-y-auto focus-visible:-outline-offset-2">
        <div className="mx-auto max-w-5xl p-4 sm:p-6">
          <OperationWarnings />
          <Outlet />
        </div>
      </section>
    </main>
  );
}
