import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { changeMe, signOut } from '../api/gateway.ts';
import { changeLanguage } from '../i18n/i18n.ts';
import type { Language } from '../i18n/translation.ts';
import { sessionQuery, useSession } from './use-session.ts';

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
      await signOut().catch(() => undefined);
      client.setQueryData(sessionQuery.queryKey, null);
      await navigate({ to: '/sign-in' });
      client.removeQueries({ predicate: (query) => query.queryKey[0] !== 'session' });
    };
    void gone();
  };
  return { session, chooseLanguage, leave };
}
