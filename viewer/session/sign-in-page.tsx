import { useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import type { Session } from '../../gateway/api/contract/session.ts';
import { setCsrfToken } from '../api/http.ts';
import { changeLanguage } from '../i18n/i18n.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { Mark } from '../shell/brand.tsx';
import { LanguageSwitch } from '../shell/language-switch.tsx';
import { SignInForm } from './sign-in-form.tsx';
import { sessionQuery } from './use-session.ts';

const route = getRouteApi('/sign-in');

export function SignInPage() {
  const { t } = useTranslation();
  const { next, ended } = route.useSearch();
  const client = useQueryClient();
  const router = useRouter();
  const language = useLanguage();
  useEffect(() => {
    document.title = `${t('signIn.title')} – Renkei`;
  }, [t]);

  const enter = async (session: Session) => {
    setCsrfToken(session.csrfToken);
    client.clear();
    client.setQueryData(sessionQuery.queryKey, session);
    const chosen = session.user.language;
    if (chosen !== null && chosen !== language) await changeLanguage(chosen);
    router.history.replace(next ?? (session.user.facility === null && session.user.administrator ? '/admin' : '/'));
  };

  return (
    <main className="grid h-full place-items-center overflow-y-auto p-6">
      <div className="w-full max-w-[22rem]">
        <div className="mb-8 flex flex-col items-center gap-3 text-center">
          <Mark className="h-9 w-14" />
          <div>
            <p className="text-xl font-semibold tracking-wide">Renkei</p>
            <p className="mt-0.5 text-sm text-ink-2">{t('app.tagline')}</p>
          </div>
        </div>
        <SignInForm ended={ended} onSignedIn={enter} />
        <div className="mt-8 flex justify-center">
          <LanguageSwitch onChoose={(choice) => void changeLanguage(choice)} />
        </div>
      </div>
    </main>
  );
}
