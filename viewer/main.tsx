import './design/tokens.css';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { startI18n } from './i18n/i18n.ts';
import { makeQueryClient } from './query-client.ts';
import { makeRouter } from './router.tsx';
import { whyNoSession } from './session/use-session.ts';

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no root');

const queryClient = makeQueryClient(
  () => void router.navigate({ to: '/sign-in', search: { next: router.state.location.href, ended: whyNoSession(Date.now()) } }),
);
const router = makeRouter(queryClient);

await startI18n();
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
