import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { setCsrfToken } from '../api/http.ts';
import { changeMe, getSession, signOut } from '../api/session.ts';
import { changeLanguage } from '../i18n/i18n.ts';
import type { Language } from '../i18n/translation.ts';
import { forgetPatients } from './forget-patients.ts';
import { sessionQuery, useSession } from './use-session.ts';
import { tellOtherPages } from './use-session-watch.ts';
import { SIGNING_OUT } from './use-standing-watch.ts';

/** What the person signed in may do with their own session from any page. */
export function useAccount() {
  const session = useSession();
  const client = useQueryClient();
  const navigate = useNavigate();
  const chooseLanguage = (language: Language) => {
    void changeLanguage(language);
    // The choice also follows the person to other devices; here it holds already, so a failure is no obstacle.
    void changeMe({ language }).catch(() => undefined);
  };
  const leave = () => {
    const gone = async () => {
      // What this page asks by itself would be refused from now on.
      window.dispatchEvent(new Event(SIGNING_OUT));
      await client.cancelQueries();
      // Before the gateway is told: other pages may notice the end by themselves, and then know why.
      tellOtherPages('signed-out');
      // After a new password the page may not have the new session's token yet: once more with it.
      await signOut()
        .catch(async () => {
          const current = await getSession({ poll: true });
          if (current !== null) setCsrfToken(current.csrfToken);
          await signOut();
        })
        .catch(() => undefined);
      client.setQueryData(sessionQuery.queryKey, null);
      await navigate({ to: '/sign-in' });
      forgetPatients(client);
      tellOtherPages('signed-out');
    };
    void gone();
  };
  return { session, chooseLanguage, leave };
}
