import { Outlet } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useAccount } from '../session/use-account.ts';
import { AppHeader } from './app-header.tsx';

export function FramedLayout() {
  const { session, chooseLanguage, leave } = useAccount();
  return (
    <div className="flex h-full flex-col">
      <SkipLink />
      <AppHeader session={session} onLanguage={chooseLanguage} onSignOut={leave} />
      <div className="min-h-0 flex-1" data-skip-to tabIndex={-1}>
        <Outlet />
      </div>
    </div>
  );
}

/** The first thing that Tab reaches: past the menu and the filters, to the row of a list that Tab stops at, or to the page. */
function SkipLink() {
  const { t } = useTranslation();
  const skip = () => {
    const page = document.querySelector<HTMLElement>('[data-skip-to]');
    (
      page?.querySelector<HTMLElement>('[data-study-row][tabindex="0"], [data-person-row][tabindex="0"], [data-line-row][tabindex="0"]') ??
      page
    )?.focus();
  };
  return (
    <button
      type="button"
      onClick={skip}
      className="absolute top-1 left-2 z-50 -translate-y-20 rounded-md bg-accent px-3 py-2 text-sm font-medium text-accent-ink focus-visible:translate-y-0"
    >
      {t('nav.skip')}
    </button>
  );
}
