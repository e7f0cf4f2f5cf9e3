import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Panel } from '../design/panel.tsx';
import { useAccount } from '../session/use-account.ts';
import { useStaffName } from '../session/use-staff-name.ts';
import { useFacilityName } from '../sharing/use-facility-name.ts';
import { LanguageSwitch } from '../shell/language-switch.tsx';
import { FactorPanels } from './factor-panels.tsx';
import { MailPanel } from './mail-panel.tsx';
import { PasswordForm } from './password-form.tsx';
import { SessionPanel } from './session-panel.tsx';
import { TokenPanel } from './token-panel.tsx';

export function SettingsPage() {
  const { t } = useTranslation();
  const { session, chooseLanguage } = useAccount();
  const { user } = session;
  const staffName = useStaffName();
  const facilityName = useFacilityName();
  const who = [t(`job.${user.job}`), ...(user.facility === null ? [] : [facilityName(user.facility)])];
  useEffect(() => {
    document.title = `${t('settings.title')} – Renkei`;
  }, [t]);
  return (
    <main className="h-full overflow-y-auto">
      <div className="mx-auto flex max-w-3xl flex-col gap-5 p-4 sm:p-8">
        <div>
          <h1 className="text-xl font-semibold">{t('settings.title')}</h1>
          <p className="mt-1 text-sm text-ink-2">
            {t('settings.signedInAs')}: {staffName(user)}
            {t('app.inBrackets', { text: who.join(t('app.and')) })}
          </p>
        </div>
        <Panel title={t('settings.language')}>
          <LanguageSwitch onChoose={chooseLanguage} />
        </Panel>
        <Panel title={t('settings.password')} intro={t('settings.passwordIntro')}>
          <PasswordForm email={user.email} />
        </Panel>
        <MailPanel />
        <FactorPanels />
        <Panel title={t('settings.sessions')} intro={t('settings.sessionsIntro')}>
          <SessionPanel />
        </Panel>
        <Panel title={t('settings.tokens')} intro={t('settings.tokensIntro')}>
          <TokenPanel />
        </Panel>
      </div>
    </main>
  );
}
