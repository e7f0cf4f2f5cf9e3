import { getRouteApi, useRouter } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../design/button.tsx';
import { Panel } from '../design/panel.tsx';
import { useAccount } from '../session/use-account.ts';
import { LanguageSwitch } from '../shell/language-switch.tsx';
import { FactorPanels } from './factor-panels.tsx';
import { PasswordForm } from './password-form.tsx';

const route = getRouteApi('/signed-in/set-up');

/** Whose password somebody else has set changes it here, whoever must have a second factor and has none sets it up; then they go on to where they wanted to. */
export function SetUpPage() {
  const { t } = useTranslation();
  const { session, chooseLanguage, leave } = useAccount();
  const { next } = route.useSearch();
  const router = useRouter();
  const { email, mustChangePassword, mustSetUpFactor } = session.user;
  const done = !(mustChangePassword || mustSetUpFactor);
  const title = mustChangePassword ? t('settings.mustChangeTitle') : t('factors.mustTitle');
  useEffect(() => {
    document.title = `${title} – Renkei`;
  }, [title]);
  useEffect(() => {
    if (done) router.history.replace(next ?? '/');
  }, [done, next, router]);
  return (
    <main className="h-full overflow-y-auto">
      <div className="mx-auto flex max-w-3xl flex-col gap-5 p-4 sm:p-8">
        <h1 className="text-xl font-semibold">{title}</h1>
        <p className="text-sm text-pretty text-ink-2">{mustChangePassword ? t('settings.mustChange') : t('factors.must')}</p>
        {mustChangePassword ? (
          <Panel title={t('settings.password')} intro={t('settings.passwordIntro')}>
            <PasswordForm email={email} />
          </Panel>
        ) : (
          <FactorPanels />
        )}
        <div className="flex flex-wrap items-center justify-between gap-3">
          <LanguageSwitch onChoose={chooseLanguage} />
          <Button onClick={leave}>{t('nav.signOut')}</Button>
        </div>
      </div>
    </main>
  );
}
