import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Session } from '../../gateway/api/contract/session.ts';
import { classes } from '../design/classes.ts';
import type { Language } from '../i18n/translation.ts';
import { NoticesBell } from '../notices/notices-bell.tsx';
import { AccountMenu } from './account-menu.tsx';
import { Mark } from './brand.tsx';

interface Props {
  session: Session;
  onLanguage: (language: Language) => void;
  onSignOut: () => void;
}

const link =
  'inline-flex h-full min-w-11 shrink-0 items-center justify-center border-b-2 border-transparent px-3 text-sm whitespace-nowrap max-sm:px-1 max-sm:text-xs text-ink-2 hover:text-ink data-[status=active]:border-accent data-[status=active]:text-ink';

export function AppHeader({ session, onLanguage, onSignOut }: Props) {
  const { t } = useTranslation();
  const { user } = session;
  return (
    <header className="flex h-12 shrink-0 items-center gap-2 border-b border-line bg-surface px-3 max-sm:gap-1 sm:px-4">
      <Link to="/" className="flex h-11 min-w-11 items-center gap-2.5 rounded-sm pr-2" aria-label={t('app.name')}>
        <Mark className="h-5 w-8" />
        <span className="text-sm font-semibold tracking-wide max-sm:hidden">Renkei</span>
      </Link>
      <nav className="flex h-full min-w-0 items-stretch overflow-x-auto overflow-y-hidden" aria-label={t('app.menu')}>
        <Link to="/" className={link} activeOptions={{ exact: true, includeSearch: false }}>
          {t('nav.studies')}
        </Link>
        {user.facility === null ? null : (
          <>
            <Link to="/patients" className={link} activeOptions={{ includeSearch: false }}>
              {t('nav.patients')}
            </Link>
            {user.letters === undefined ? null : (
              <Link to="/letters" className={link} activeOptions={{ exact: false, includeSearch: false }}>
                {t('nav.letters')}
              </Link>
            )}
            <Link to="/upload" className={link}>
              {t('nav.upload')}
            </Link>
          </>
        )}
        {user.opensEmergencies ? (
          <Link to="/emergency" className={classes(link, 'text-danger! max-sm:hidden')} activeOptions={{ exact: true }}>
            {t('nav.emergency')}
          </Link>
        ) : null}
        {user.administrator ? (
          <Link to="/admin" className={link} activeOptions={{ exact: false }}>
            {t('nav.admin')}
          </Link>
        ) : null}
      </nav>
      <div className="flex-1" />
      {user.facility === null ? null : <NoticesBell />}
      <AccountMenu session={session} onLanguage={onLanguage} onSignOut={onSignOut} />
    </header>
  );
}
