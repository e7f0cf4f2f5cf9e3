import type { QueryClient } from '@tanstack/react-query';
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from '@tanstack/react-router';
import { Toasts } from './design/raised/toast.tsx';
import { todayDA } from './i18n/dates.ts';
import { withTexts } from './i18n/i18n.ts';
import { parseSearch, stringifySearch } from './search-text.ts';
import { SESSION_END_REASONS, type SessionEndReason } from './session/session-watch.ts';
import { SignedInLayout } from './session/signed-in-layout.tsx';
import { sessionQuery } from './session/use-session.ts';
import { ErrorPage } from './shell/error-page.tsx';
import { FramedLayout } from './shell/framed-layout.tsx';
import { NotFoundPage } from './shell/not-found-page.tsx';
import { parseStudyView } from './study/study-view.ts';
import { studyQuery } from './study/use-study.ts';
import { StudiesPage } from './study-list/studies-page.tsx';
import { parseStudyFilter } from './study-list/study-filter.ts';
import { studiesQuery } from './study-list/use-studies.ts';

interface Context {
  queryClient: QueryClient;
}

const ADMIN_TEXTS = ['administration', 'forms', 'sharing', 'record'] as const;

const rootRoute = createRootRouteWithContext<Context>()({
  component: () => (
    <>
      <Outlet />
      <Toasts />
    </>
  ),
  errorComponent: ErrorPage,
  notFoundComponent: NotFoundPage,
});

interface SignInSearch {
  /** Where to go afterwards; a path of our own. */
  next?: string;
  ended?: SessionEndReason;
}

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: (search: Record<string, unknown>): SignInSearch => {
    const ended = SESSION_END_REASONS.find((reason) => reason === search['ended']);
    return {
      ...(typeof search['next'] === 'string' && /^\/(?![/\\])/.test(search['next']) ? { next: search['next'] } : {}),
      ...(ended === undefined ? {} : { ended }),
    };
  },
  component: lazyRouteComponent(
    withTexts(() => import('./session/sign-in-page.tsx'), 'forms'),
    'SignInPage',
  ),
});

/** Everything behind the sign-in. */
const signedInRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'signed-in',
  beforeLoad: async ({ context, location }) => {
    const session = await context.queryClient.ensureQueryData(sessionQuery);
    if (session === null) throw redirect({ to: '/sign-in', search: location.href === '/' ? {} : { next: location.href } });
  },
  component: SignedInLayout,
});

const framedRoute = createRoute({
  getParentRoute: () => signedInRoute,
  id: 'framed',
  component: FramedLayout,
});

const studiesRoute = createRoute({
  getParentRoute: () => framedRoute,
  path: '/',
  validateSearch: parseStudyFilter,
  loaderDeps: ({ search }) => search,
  loader: ({ context, deps }) => {
    // Who belongs to no facility has no list to ask for; asking would be on record as an attempt.
    if (context.queryClient.getQueryData(sessionQuery.queryKey)?.user.facility === null) return;
    // Started here so that it runs beside the loading of the page's code; the page shows its own errors.
    void context.queryClient.prefetchInfiniteQuery(studiesQuery(deps, todayDA(new Date())));
  },
  component: StudiesPage,
});

const studyRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/studies/$studyInstanceUID',
  validateSearch: parseStudyView,
  loaderDeps: ({ search }) => ({ of: search.of ?? null }),
  loader: ({ context, params, deps, preload }) => {
    // A pointer that passes over a row, or a key that goes past it, opens no study: that would be on record, and no longer new to the facility.
    if (preload) return;
    void context.queryClient.prefetchQuery(studyQuery({ studyInstanceUID: params.studyInstanceUID, of: deps.of }));
  },
  component: lazyRouteComponent(
    withTexts(() => import('./study/study-page.tsx'), 'study', 'measurements'),
    'StudyPage',
  ),
});

const uploadRoute = createRoute({
  getParentRoute: () => framedRoute,
  path: '/upload',
  component: lazyRouteComponent(
    withTexts(() => import('./upload/upload-page.tsx'), 'upload'),
    'UploadPage',
  ),
});

const noticesRoute = createRoute({
  getParentRoute: () => framedRoute,
  path: '/notices',
  component: lazyRouteComponent(() => import('./notices/notices-page.tsx'), 'NoticesPage'),
});

const settingsRoute = createRoute({
  getParentRoute: () => framedRoute,
  path: '/settings',
  component: lazyRouteComponent(
    withTexts(() => import('./settings/settings-page.tsx'), 'settings', 'forms', 'record'),
    'SettingsPage',
  ),
});

const adminRoute = createRoute({
  getParentRoute: () => framedRoute,
  path: '/admin',
  component: lazyRouteComponent(
    withTexts(() => import('./administration/admin-layout.tsx'), ...ADMIN_TEXTS),
    'AdminLayout',
  ),
});
const adminIndexRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/admin/facilities', replace: true });
  },
});
const adminFacilitiesRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: '/facilities',
  component: lazyRouteComponent(
    withTexts(() => import('./administration/admin-facilities-page.tsx'), ...ADMIN_TEXTS),
    'AdminFacilitiesPage',
  ),
});
const adminUsersRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: '/users',
  component: lazyRouteComponent(
    withTexts(() => import('./administration/admin-users-page.tsx'), ...ADMIN_TEXTS),
    'AdminUsersPage',
  ),
});
const adminQuarantineRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: '/quarantine',
  component: lazyRouteComponent(
    withTexts(() => import('./administration/admin-quarantine-page.tsx'), ...ADMIN_TEXTS),
    'AdminQuarantinePage',
  ),
});
const adminRecordRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: '/record',
  component: lazyRouteComponent(
    withTexts(() => import('./administration/admin-record-page.tsx'), ...ADMIN_TEXTS),
    'AdminRecordPage',
  ),
});

const routeTree = rootRoute.addChildren([
  signInRoute,
  signedInRoute.addChildren([
    studyRoute,
    framedRoute.addChildren([
      studiesRoute,
      uploadRoute,
      noticesRoute,
      settingsRoute,
      adminRoute.addChildren([adminIndexRoute, adminFacilitiesRoute, adminUsersRoute, adminQuarantineRoute, adminRecordRoute]),
    ]),
  ]),
]);

export function makeRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree,
    context: { queryClient },
    defaultPreload: 'intent',
    defaultPreloadStaleTime: 0,
    parseSearch,
    stringifySearch,
    scrollRestoration: false,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
