import { useQuery } from '@tanstack/react-query';
import { Outlet } from '@tanstack/react-router';
import { FlaskConical } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { sessionQuery } from '../hooks/use-session.ts';

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
        <Outlet />
      </div>
    </div>
  );
}
