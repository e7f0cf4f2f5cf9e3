import { Outlet } from '@tanstack/react-router';
import { useAccount } from '../session/use-account.ts';
import { AppHeader } from './app-header.tsx';

export function FramedLayout() {
  const { session, chooseLanguage, leave } = useAccount();
  return (
    <div className="flex h-full flex-col">
      <AppHeader session={session} onLanguage={chooseLanguage} onSignOut={leave} />
      <div className="min-h-0 flex-1">
        <Outlet />
      </div>
    </div>
  );
}
