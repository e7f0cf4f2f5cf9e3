import { FRESH_FOR_ADMINISTRATION_MINUTES } from '../../auth/fresh.ts';
import type { ReleaseRules } from '../../domain/consent/consent-index.ts';
import type { Takes } from '../../doorstep/route.ts';
import { setReleaseRules, tryReleaseRules } from '../../usecases/consent/set-release-rules.ts';
import {
  type ReleaseRulesAnswer,
  releaseCountsSchema,
  releaseRulesSchema,
  setReleaseRulesSchema,
  tryReleaseRulesSchema,
} from '../contract/consents.ts';
import { type ApiRoute, memberRoute, type Uses } from '../route.ts';

export const RELEASE_ROUTES: readonly ApiRoute[] = [
  memberRoute({
    method: 'GET',
    path: '/release-rules',
    summary: 'How patients’ consents open the own facility’s studies',
    action: 'consent.take',
    recorded: false,
    answer: releaseRulesSchema,
    handle: async ({ releases }: Uses<{ releases: 'rulesOf' }>, { facility }) => ({
      body: rulesAnswer(await releases.rulesOf(facility.id)),
    }),
  }),
  memberRoute({
    method: 'PATCH',
    path: '/release-rules',
    summary: 'Change that, for what is open now too; the answer comes when all of it is as the rules say',
    action: 'consent.take',
    freshMinutes: FRESH_FOR_ADMINISTRATION_MINUTES,
    body: setReleaseRulesSchema,
    answer: releaseRulesSchema,
    handle: async (ports: Takes<typeof setReleaseRules>, { actor, proof, facility, body }) => ({
      body: rulesAnswer(await setReleaseRules(ports, { actor, proof, facility }, body)),
    }),
  }),
  memberRoute({
    method: 'POST',
    path: '/release-rules/preview',
    summary: 'What such rules would open and close; changes nothing',
    action: 'consent.take',
    recorded: false,
    body: tryReleaseRulesSchema,
    answer: releaseCountsSchema,
    handle: async (ports: Takes<typeof tryReleaseRules>, { facility, body, request }) => ({
      body: { ...(await tryReleaseRules(ports, facility, body.rules, request.sending.leaving)) },
    }),
  }),
];

const rulesAnswer = ({ revision, rules, setAt, setBy }: ReleaseRules): ReleaseRulesAnswer => ({
  revision,
  rules: rules.map((rule) => ({ ...rule, modalities: [...rule.modalities] })),
  setAt: setAt?.toISOString() ?? null,
  setBy: setBy?.name ?? null,
});
