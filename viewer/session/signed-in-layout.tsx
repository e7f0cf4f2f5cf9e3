import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Outlet, useRouter } from '@tanstack/react-router';
import { FlaskConical } from 'lucide-react';
import { lazy, Suspense, useCallback, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import type { Session } from '../../gateway/api/contract/session.ts';
import { lazyWithTexts } from '../i18n/lazy-with-texts.ts';
import { whenIdle } from '../when-idle.ts';
import { useWhoIsThere } from './factor/use-who-is-there.ts';
import { forgetPatients } from './forget-patients.ts';
import type { SessionEndReason } from './session-watch.ts';
import { SessionContext, sessionQuery, whyNoSession } from './use-session.ts';
import { tellOtherPages, useSessionWatch } from './use-session-watch.ts';
import { useStandingWatch } from './use-standing-watch.ts';

const loadSessionEnd = () => import('./session-end.tsx');
/** Its code is there long before it is wanted, also when the network has gone by then. */
const SessionEnd = lazy(async () => ({ default: (await loadSessionEnd()).SessionEnd }));

const WhoIsThere = lazyWithTexts(() => import('./factor/who-is-there.tsx'), 'WhoIsThere', 'forms');

/** Between sign-out and the sign-in page there is a moment without a session: nothing is drawn then. */
export function SignedInLayout() {
  const { t } = useTranslation();
  const { data: session } = useQuery(sessionQuery);
  if (session === undefined || session === null) return null;
  return (
    <div className="flex h-full flex-col">
      {session.synthetic ? (
        <p role="note" className="flex shrink-0 items-center justify-center gap-2 bg-accent-soft px-3 py-1 text-center text-xs text-accent">
          <FlaskConical className="size-3.5 shrink-0" aria-hidden />
          {t('app.synthetic')}
        </p>
      ) : null}
      <div className="min-h-0 flex-1">
        <SessionContext value={session}>
          <Outlet />
        </SessionContext>
      </div>
      <Watch session={session} />
      <Confirmation session={session} />
    </div>
  );
}

/** What needs it waits while it is asked who is there. */
function Confirmation({ session }: { session: Session }) {
  const answer = useWhoIsThere();
  return <Suspense>{answer === undefined ? null : <WhoIsThere user={session.user} onDone={answer} />}</Suspense>;
}

/** Lets the page go when the session has ended: to the sign-in, and nothing of a patient stays on the screen or in the page's memory. */
function Watch({ session }: { session: Session }) {
  const client = useQueryClient();
  const router = useRouter();
  const leave = useCallback(
    (why: SessionEndReason) => {
      if (client.getQueryData(sessionQuery.queryKey) === null) return;
      const next = router.state.location.href;
      const ended = why === 'ended' ? whyNoSession(Date.now()) : why;
      client.setQueryData(sessionQuery.queryKey, null);
      if (why !== 'signed-out') tellOtherPages(ended);
      void router.navigate({ to: '/sign-in', search: { next, ended } }).then(() => forgetPatients(client));
    },
    [client, router],
  );
  useStandingWatch(session, leave);
  const { ending, stay } = useSessionWatch(session, leave);
  useEffect(() => whenIdle(() => void loadSessionEnd().catch(() => undefined)), []);
  return <Suspense>{ending === undefined ? null : <SessionEnd ending={ending} onStay={stay} />}</Suspense>;
}
