import { FRESH_FOR_ADMINISTRATION_MINUTES } from '../../auth/fresh.ts';
import type { UserId } from '../../domain/identifiers.ts';
import type { PersonActor } from '../../domain/people/actor.ts';
import type { UnusualRevision, UnusualUse } from '../../domain/record/unusual-index.ts';
import { type RegionUnusual, settingsOf, thresholdsOf, UNUSUAL_RULE_NAMES } from '../../domain/record/unusual-rules.ts';
import type { HttpRequest } from '../../doorstep/exchange.ts';
import type { Takes } from '../../doorstep/route.ts';
import { changeUnusualRules, decideUse, recordsOfUse, unusualUsesListed } from '../../usecases/oversight/review-use.ts';
import {
  changeUnusualRulesSchema,
  decideUnusualSchema,
  type UnusualUse as Told,
  type UnusualRules,
  unusualListQuerySchema,
  unusualListSchema,
  unusualRecordsSchema,
  unusualRulesSchema,
  unusualUseSchema,
} from '../contract/unusual.ts';
import { byAdministrator, definite, idParams } from '../parameters.ts';
import { type ApiRoute, route, type Uses } from '../route.ts';
import { type Names, namesFor, recordAnswer } from './answers.ts';

type Naming = Takes<typeof namesFor>;

export const UNUSUAL_ROUTES: readonly ApiRoute[] = [
  route({
    method: 'GET',
    path: '/unusual-uses',
    summary: 'Unusual use of images, found in the record: what waits to be looked at, or what was decided',
    action: 'record.read',
    recorded: true,
    query: unusualListQuerySchema,
    answer: unusualListSchema,
    handle: async (ports: Takes<typeof unusualUsesListed> & Naming, { actor, query, request }) => {
      const { uses, next, waiting } = await unusualUsesListed(ports, actor, definite(query));
      const names = await namesOf(ports, uses, request);
      return { body: { uses: uses.map((use) => useAnswer(use, actor, names)), next: next ?? null, waiting } };
    },
  }),
  route({
    method: 'GET',
    path: '/unusual-uses/:id/records',
    summary: 'The records that a line of unusual use rests on',
    action: 'record.read',
    recorded: true,
    params: idParams(),
    answer: unusualRecordsSchema,
    handle: async (ports: Takes<typeof recordsOfUse> & Naming, { actor, params, request }) => {
      const entries = await recordsOfUse(ports, actor, params.id);
      const names = await namesFor(ports, entries, request);
      return { body: { entries: entries.map((entry) => recordAnswer(entry, names)) } };
    },
  }),
  route({
    method: 'POST',
    path: '/unusual-uses/:id/decision',
    summary: 'What came of looking at it, in words; nobody decides about what they did themselves',
    action: 'record.review',
    params: idParams(),
    body: decideUnusualSchema,
    answer: unusualUseSchema,
    handle: async (ports: Takes<typeof decideUse> & Naming, { params, body, request, ...asked }) => {
      const use = await decideUse(ports, byAdministrator(asked), params.id, body);
      return { body: useAnswer(use, asked.actor, await namesOf(ports, [use], request)) };
    },
  }),
  route({
    method: 'GET',
    path: '/unusual-rules',
    summary: 'By which rules use of images counts as unusual, and within which bounds the region may set them',
    action: 'record.read',
    answer: unusualRulesSchema,
    handle: async (ports: Uses<{ unusual: 'rules' }> & Naming, { request }) => ({
      body: await rulesAnswer(ports, await ports.unusual.rules(), request),
    }),
  }),
  route({
    method: 'PATCH',
    path: '/unusual-rules',
    summary: 'Set them; what is found from now on goes by it',
    action: 'record.review',
    freshMinutes: FRESH_FOR_ADMINISTRATION_MINUTES,
    body: changeUnusualRulesSchema,
    answer: unusualRulesSchema,
    handle: async (ports: Takes<typeof changeUnusualRules> & Naming, { body, request, ...asked }) => {
      const change = { revision: body.revision, region: definite(body.rules) as RegionUnusual };
      return { body: await rulesAnswer(ports, await changeUnusualRules(ports, byAdministrator(asked), change), request) };
    },
  }),
];

function namesOf(ports: Naming, uses: readonly UnusualUse[], request: HttpRequest): Promise<Names> {
  const people = uses.flatMap(({ userId, decided }) => [userId, ...(decided === undefined ? [] : [decided.by])]);
  return namesFor(ports, people.map(byPerson), request);
}

const byPerson = (userId: UserId) => ({ entry: { who: { kind: 'person' as const, userId } } });

function useAnswer(use: UnusualUse, reader: PersonActor, names: Names): Told {
  const facility = (code: string) => names.facility(code) ?? code;
  const { userId, facilityCode, ownerFacilityCode, patientID, decided } = use;
  return {
    id: use.id,
    rule: use.rule,
    who: { name: names.person(userId) ?? userId, facility: facilityCode === undefined ? null : facility(facilityCode) },
    own: userId === reader.userId,
    day: use.day,
    firstAt: use.firstAt.toISOString(),
    lastAt: use.lastAt.toISOString(),
    patient: ownerFacilityCode === undefined ? null : { facility: facility(ownerFacilityCode), patientID: patientID ?? '' },
    reason: { ...use.reason },
    records: use.evidence.length,
    decided:
      decided === undefined
        ? null
        : { at: decided.at.toISOString(), by: names.person(decided.by) ?? decided.by, decision: decided.decision, words: decided.words },
  };
}

async function rulesAnswer(
  ports: Naming,
  { revision, changedAt, changedBy, region }: UnusualRevision,
  request: HttpRequest,
): Promise<UnusualRules> {
  const names = await namesFor(ports, changedBy === undefined ? [] : [byPerson(changedBy)], request);
  const settings = settingsOf(region);
  return {
    revision,
    changedAt: changedAt?.toISOString() ?? null,
    changedBy: changedBy === undefined ? null : (names.person(changedBy) ?? changedBy),
    rules: UNUSUAL_RULE_NAMES.map((rule) => ({
      rule,
      on: settings[rule].on,
      thresholds: Object.entries(thresholdsOf(rule)).map(([name, { usual, min, max }]) => ({
        name,
        value: settings[rule].thresholds[name] ?? usual,
        usual,
        min,
        max,
      })),
    })),
  };
}
