import { FRESH_FOR_EMERGENCY_MINUTES } from '../../auth/fresh.ts';
import { EMERGENCIES_LISTED_MAX, EMERGENCY_TOLD_MS } from '../../domain/emergency/emergency.ts';
import type { EmergencyId } from '../../domain/identifiers.ts';
import type { Takes } from '../../doorstep/route.ts';
import { listed, openEmergency, ownEmergencies, searchEmergency } from '../../usecases/emergency/open-emergency.ts';
import { emergenciesToReview, reviewEmergency } from '../../usecases/emergency/review-emergency.ts';
import {
  emergencyFindingSchema,
  emergencyListSchema,
  emergencySchema,
  openEmergencySchema,
  reviewEmergencySchema,
  searchEmergencySchema,
  toldEmergenciesQuerySchema,
  toldEmergenciesSchema,
} from '../contract/emergencies.ts';
import { definite, idParams } from '../parameters.ts';
import { type ApiPorts, type ApiRoute, memberRoute, route, type Uses } from '../route.ts';
import { emergencyAnswer, findingAnswer, toldAnswer } from './answers.ts';

type Timed = Pick<ApiPorts, 'clock'>;

/** As patients are looked for. */
function saidOf({
  patientID,
  birthDate,
  name,
}: {
  patientID?: string | undefined;
  birthDate?: string | undefined;
  name?: string | undefined;
}) {
  return definite({ patientID, birthDate: birthDate?.replaceAll('-', ''), name });
}

const READER: readonly ApiRoute[] = [
  memberRoute({
    method: 'POST',
    path: '/emergencies/search',
    summary: 'Whether there is such a person, and which others hold images of them: by two of identifier, birth date and whole name',
    action: 'emergency.open',
    freshMinutes: FRESH_FOR_EMERGENCY_MINUTES,
    body: searchEmergencySchema,
    answer: emergencyFindingSchema,
    handle: async (ports: Takes<typeof searchEmergency>, { actor, facility, body }) => ({
      body: findingAnswer(await searchEmergency(ports, actor, facility, saidOf(body))),
    }),
  }),
  memberRoute({
    method: 'POST',
    path: '/emergencies',
    summary: 'Open what others hold of that person, for a day, with a reason; those concerned are told at once',
    action: 'emergency.open',
    freshMinutes: FRESH_FOR_EMERGENCY_MINUTES,
    body: openEmergencySchema,
    answer: emergencySchema,
    status: 201,
    handle: async (ports: Takes<typeof openEmergency> & Timed, { actor, proof, facility, body }) => {
      const { category, reason, despiteObjection, ...whom } = body;
      const why = { category, reason, despiteObjection };
      const made = await openEmergency(ports, { actor, proof }, facility, saidOf(whom), why);
      return { body: emergencyAnswer(actor, made, { reader: true }, ports.clock.now()) };
    },
  }),
  memberRoute({
    method: 'GET',
    path: '/emergencies',
    summary: 'What one has opened so, the newest first',
    action: 'emergency.open',
    recorded: true,
    answer: emergencyListSchema,
    handle: async (ports: Takes<typeof ownEmergencies> & Timed, { actor }) => {
      const now = ports.clock.now();
      const found = await ownEmergencies(ports, actor);
      return { body: { emergencies: found.map((one) => emergencyAnswer(actor, one, { reader: true }, now)) } };
    },
  }),
];

const CONCERNED: readonly ApiRoute[] = [
  memberRoute({
    method: 'GET',
    path: '/emergencies/told',
    summary: 'What the facility is told of emergencies: of its own images, or of patients whom it knows',
    action: 'study.list',
    query: toldEmergenciesQuerySchema,
    answer: toldEmergenciesSchema,
    handle: async (
      ports: Uses<{ emergencies: 'toldTo' | 'toldCount'; audit: 'append'; rate: 'spend'; clock: 'now' }>,
      { actor, facility, query: { details } },
    ) => {
      const now = ports.clock.now();
      const since = new Date(now.getTime() - EMERGENCY_TOLD_MS);
      const told = await ports.emergencies.toldCount(facility.id, since);
      // The bell of every page asks for no more.
      if (details === 'false' || told.newestAt === undefined) return { body: toldAnswer(told, []) };
      const shown = await ports.emergencies.toldTo(facility.id, since, EMERGENCIES_LISTED_MAX);
      if (shown.length > 0) {
        ports.rate.spend(actor);
        await ports.audit.append([listed(actor, shown.length)]);
      }
      return {
        body: toldAnswer(
          told,
          shown.map((one) => emergencyAnswer(actor, one, { facility }, now)),
        ),
      };
    },
  }),
  memberRoute({
    method: 'GET',
    path: '/emergencies/reviews',
    summary: 'What of the facility’s was opened in an emergency: what waits for its review first',
    action: 'emergency.review',
    recorded: true,
    answer: emergencyListSchema,
    handle: async (ports: Takes<typeof emergenciesToReview> & Timed, { actor, facility }) => {
      const now = ports.clock.now();
      const found = await emergenciesToReview(ports, actor, { facility: facility.id });
      return { body: { emergencies: found.map((one) => emergencyAnswer(actor, one, { facility }, now)) } };
    },
  }),
  memberRoute({
    method: 'POST',
    path: '/emergencies/reviews/:id',
    summary: 'The facility says whether it was justified; what was not ends at once',
    action: 'emergency.review',
    params: idParams<EmergencyId>(),
    body: reviewEmergencySchema,
    answer: emergencySchema,
    handle: async (ports: Takes<typeof reviewEmergency> & Timed, { actor, proof, facility, params, body }) => {
      const made = await reviewEmergency(ports, { actor, proof }, { facility: facility.id }, params.id, body);
      return { body: emergencyAnswer(actor, made, { facility }, ports.clock.now()) };
    },
  }),
];

const REGION: readonly ApiRoute[] = [
  route({
    method: 'GET',
    path: '/emergencies/oversight',
    summary: 'What was opened in an emergency anywhere in the region: what waits for a review first',
    action: 'emergency.oversee',
    recorded: true,
    answer: emergencyListSchema,
    handle: async (ports: Takes<typeof emergenciesToReview> & Timed, { actor }) => {
      const now = ports.clock.now();
      const found = await emergenciesToReview(ports, actor, 'region');
      return { body: { emergencies: found.map((one) => emergencyAnswer(actor, one, { region: true }, now)) } };
    },
  }),
  route({
    method: 'POST',
    path: '/emergencies/oversight/:id',
    summary: 'The region says whether it was justified, for all owners that have not',
    action: 'emergency.oversee',
    params: idParams<EmergencyId>(),
    body: reviewEmergencySchema,
    answer: emergencySchema,
    handle: async (ports: Takes<typeof reviewEmergency> & Timed, { actor, proof, params, body }) => {
      const made = await reviewEmergency(ports, { actor, proof }, 'region', params.id, body);
      return { body: emergencyAnswer(actor, made, { region: true }, ports.clock.now()) };
    },
  }),
];

export const EMERGENCY_ROUTES: readonly ApiRoute[] = [...READER, ...CONCERNED, ...REGION];
