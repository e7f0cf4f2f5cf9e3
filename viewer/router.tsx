import type { QueryClient } from '@tanstack/react-query';
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from '@tanstack/react-router';
import { Toasts } from './design/raised/toast.tsx';
import { todayDA } from './i18n/dates.ts';
import { withTexts } from './i18n/i18n.ts';
import { parsePatientSearch } from './patients/patient-search.ts';
import { parseLetterSearch } from './referral/letter-search.ts';
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

const ADMIN_TEXTS = ['administration', 'forms', 'sharing', 'record', 'oversight'] as const;

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

function ownPath(next: unknown): Pick<SignInSearch, 'next'> {
  return typeof next === 'string' && /^\/(?![/\\])/.test(next) ? { next } : {};
}

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: (search: Record<string, unknown>): SignInSearch => {
    const ended = SESSION_END_REASONS.find((reason) => reason === search['ended']);
    return {
      ...ownPath(search['next']),
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
    const next = location.href === '/' ? {} : { next: location.href };
    if (session === null) throw redirect({ to: '/sign-in', search: next });
    const { mustChangePassword, mustSetUpFactor } = session.user;
    if ((mustChangePassword || mustSetUpFactor) && location.pathname !== '/set-up') throw redirect({ to: '/set-up', search: next });
  },
  component: SignedInLayout,
});

/** What must be done before anything else. */
const setUpRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/set-up',
  validateSearch: (search: Record<string, unknown>): Pick<SignInSearch, 'next'> => ownPath(search['next']),
  component: lazyRouteComponent(
    withTexts(() => import('./settings/set-up-page.tsx'), 'settings', 'forms'),
    'SetUpPage',
  ),
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

const patientsRoute = createRoute({
  getParentRoute: () => framedRoute,
  path: '/patients',
  validateSearch: parsePatientSearch,
  component: lazyRouteComponent(
    withTexts(() => import('./patients/patients-page.tsx'), 'patients'),
    'PatientsPage',
  ),
});

const patientRoute = createRoute({
  getParentRoute: () => framedRoute,
  path: '/patients/$patientId',
  component: lazyRouteComponent(
    withTexts(() => import('./patients/patient-page.tsx'), 'patients', 'consents', 'record'),
    'PatientPage',
  ),
});

const takeConsentRoute = createRoute({
  getParentRoute: () => framedRoute,
  path: '/patients/$patientId/consent',
  /** Any text: the page, which knows the bases, ignores what is none. */
  validateSearch: ({ basis }: Record<string, unknown>): { basis?: string } => (typeof basis === 'string' ? { basis } : {}),
  component: lazyRouteComponent(
    withTexts(
      () => import('./consents/taking/take-consent-page.tsx'),
      'consents',
      'patients',
      'record',
      'forms',
      'sharing',
      'administration',
    ),
    'TakeConsentPage',
  ),
});
const consentFormRoute = createRoute({
  getParentRoute: () => framedRoute,
  path: '/patients/$patientId/consent/form',
  component: lazyRouteComponent(
    withTexts(() => import('./consents/consent-form-page.tsx'), 'consents', 'patients'),
    'ConsentFormPage',
  ),
});
const postedNoticesRoute = createRoute({
  getParentRoute: () => framedRoute,
  path: '/posted-notices',
  component: lazyRouteComponent(
    withTexts(() => import('./consents/posted-notices-page.tsx'), 'consents', 'forms'),
    'PostedNoticesPage',
  ),
});
const releaseRulesRoute = createRoute({
  getParentRoute: () => framedRoute,
  path: '/release-rules',
  component: lazyRouteComponent(
    withTexts(() => import('./consents/release/release-rules-page.tsx'), 'consents', 'record', 'refusals'),
    'ReleaseRulesPage',
  ),
});
const rostersRoute = createRoute({
  getParentRoute: () => framedRoute,
  path: '/rosters',
  component: lazyRouteComponent(
    withTexts(() => import('./rosters/rosters-page.tsx'), 'rosters'),
    'RostersPage',
  ),
});
const rosterRoute = createRoute({
  getParentRoute: () => framedRoute,
  path: '/rosters/$rosterId',
  component: lazyRouteComponent(
    withTexts(() => import('./rosters/roster-page.tsx'), 'rosters', 'patient-links'),
    'RosterPage',
  ),
});

const feesRoute = createRoute({
  getParentRoute: () => framedRoute,
  path: '/fees',
  component: lazyRouteComponent(
    withTexts(() => import('./fees/fees-page.tsx'), 'fees', 'record', 'administration', 'refusals'),
    'FeesPage',
  ),
});

const lettersRoute = createRoute({
  getParentRoute: () => framedRoute,
  path: '/letters',
  validateSearch: parseLetterSearch,
  component: lazyRouteComponent(
    withTexts(() => import('./referral/letters-page.tsx'), 'referral', 'forms', 'sharing', 'record'),
    'LettersPage',
  ),
});
const letterRoute = createRoute({
  getParentRoute: () => framedRoute,
  path: '/letters/$letterId',
  component: lazyRouteComponent(
    withTexts(() => import('./referral/letter-page.tsx'), 'referral', 'refusals', 'forms', 'sharing', 'record'),
    'LetterPage',
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

const emergencyRoute = createRoute({
  getParentRoute: () => framedRoute,
  path: '/emergency',
  component: lazyRouteComponent(
    withTexts(() => import('./emergency/emergency-page.tsx'), 'emergency', 'forms', 'record', 'administration', 'sharing'),
    'EmergencyPage',
  ),
});

const emergencyReviewsRoute = createRoute({
  getParentRoute: () => framedRoute,
  path: '/emergency/reviews',
  component: lazyRouteComponent(
    withTexts(() => import('./emergency/reviews-page.tsx'), 'emergency', 'forms', 'record', 'administration', 'sharing'),
    'EmergencyReviewsPage',
  ),
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
const adminRightsRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: '/rights',
  component: lazyRouteComponent(
    withTexts(() => import('./rights/rights-page.tsx'), ...ADMIN_TEXTS),
    'RightsPage',
  ),
});
const adminSignInRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: '/sign-in',
  component: lazyRouteComponent(
    withTexts(() => import('./administration/admin-sign-in-page.tsx'), ...ADMIN_TEXTS),
    'AdminSignInPage',
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
const adminLinksRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: '/patients',
  component: lazyRouteComponent(
    withTexts(() => import('./patient-links/links-page.tsx'), 'patient-links', ...ADMIN_TEXTS),
    'LinksPage',
  ),
});
const adminEmergenciesRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: '/emergencies',
  component: lazyRouteComponent(
    withTexts(() => import('./emergency/oversight-page.tsx'), 'emergency', ...ADMIN_TEXTS),
    'EmergencyOversightPage',
  ),
});
const adminRecordRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: '/record',
  /** From that entry on, backwards. */
  validateSearch: ({ before }: Record<string, unknown>): { before?: number } =>
    typeof before === 'number' && Number.isSafeInteger(before) && before > 0 ? { before } : {},
  component: lazyRouteComponent(
    withTexts(() => import('./administration/admin-record-page.tsx'), ...ADMIN_TEXTS),
    'AdminRecordPage',
  ),
});

const adminWhoLookedRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: '/record/patient',
  component: lazyRouteComponent(
    withTexts(() => import('./oversight/patient-answer-page.tsx'), ...ADMIN_TEXTS),
    'PatientAnswerPage',
  ),
});
const adminBreachRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: '/record/breach',
  component: lazyRouteComponent(
    withTexts(() => import('./oversight/breach-page.tsx'), ...ADMIN_TEXTS),
    'BreachPage',
  ),
});

const adminUnusualRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: '/record/unusual',
  component: lazyRouteComponent(
    withTexts(() => import('./oversight/unusual-page.tsx'), ...ADMIN_TEXTS),
    'UnusualPage',
  ),
});

const routeTree = rootRoute.addChildren([
  signInRoute,
  signedInRoute.addChildren([
    setUpRoute,
    studyRoute,
    framedRoute.addChildren([
      studiesRoute,
      patientsRoute,
      patientRoute,
      takeConsentRoute,
      consentFormRoute,
      postedNoticesRoute,
      releaseRulesRoute,
      rostersRoute,
      rosterRoute,
      feesRoute,
      lettersRoute,
      letterRoute,
      uploadRoute,
      noticesRoute,
      emergencyRoute,
      emergencyReviewsRoute,
      settingsRoute,
      adminRoute.addChildren([
        adminIndexRoute,
        adminFacilitiesRoute,
        adminUsersRoute,
        adminRightsRoute,
        adminSignInRoute,
        adminLinksRoute,
        adminEmergenciesRoute,
        adminQuarantineRoute,
        adminRecordRoute,
        adminWhoLookedRoute,
        adminBreachRoute,
        adminUnusualRoute,
      ]),
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
