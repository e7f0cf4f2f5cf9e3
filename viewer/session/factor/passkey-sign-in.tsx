import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Session } from '../../../gateway/api/contract/session.ts';
import { askSignInPasskey, getSignInWays, signInByPasskey } from '../../api/sign-in.ts';
import { PasskeyButton } from './passkey-button.tsx';
import { browserKnowsPasskeys } from './passkey-prompt.ts';

/** Of nobody's patients: it stays when a session's answers go, as its own key does. */
const SIGN_IN_WAYS = ['session', 'ways'] as const;

/** Instead of the password, where the gateway and this browser know passkeys. */
export function PasskeySignIn({ onSignedIn }: { onSignedIn: (session: Session) => Promise<void> }) {
  const { t } = useTranslation();
  const ways = useQuery({ queryKey: SIGN_IN_WAYS, queryFn: ({ signal }) => getSignInWays(signal), enabled: browserKnowsPasskeys() });
  if (ways.data?.passkeys !== true) return null;
  const send = async (answer: Parameters<typeof signInByPasskey>[0]) => onSignedIn(await signInByPasskey(answer));
  return (
    <div className="mt-4 flex flex-col gap-4">
      <p className="flex items-center gap-3 text-xs text-ink-3 before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">
        {t('passkey.or')}
      </p>
      <PasskeyButton kind="quiet" words={t('passkey.signIn')} ask={askSignInPasskey} send={send} />
    </div>
  );
}
