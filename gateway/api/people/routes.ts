import { z } from 'zod';
import { FRESH_FOR_ADMINISTRATION_MINUTES } from '../../auth/fresh.ts';
import { asDomainError, DomainError } from '../../domain/errors.ts';
import type { UserId } from '../../domain/identifiers.ts';
import type { PeopleQuery } from '../../domain/people/people-index.ts';
import type { Takes } from '../../doorstep/route.ts';
import { resetFactors } from '../../usecases/account/manage-factors.ts';
import { changeFacility, changeUser, createFacility, createUser } from '../../usecases/account/manage-people.ts';
import { changeRegionSettings } from '../../usecases/account/manage-region.ts';
import { aeTitle, facilityCode } from '../contract/fields.ts';
import {
  changeFacilitySchema,
  changeRegionSettingsSchema,
  changeUserSchema,
  createFacilitySchema,
  createUserSchema,
  type Echo,
  echoSchema,
  facilityListQuerySchema,
  facilityListSchema,
  facilitySchema,
  regionSettingsSchema,
  signInWaitSchema,
  userListQuerySchema,
  userListSchema,
  userSchema,
} from '../contract/people.ts';
import { byAdministrator, definite, idParams } from '../parameters.ts';
import { type ApiPorts, type ApiRoute, route, type Uses } from '../route.ts';
import { datedKinds, facilityAnswer, settingsAnswer, userAnswer } from './answers.ts';
import { type WithoutRule, withPasswordRule } from './people-stores.ts';

type Today = Pick<ApiPorts, 'clock' | 'timeZone'>;

export const PEOPLE_ROUTES: readonly ApiRoute[] = [
  route({
    method: 'GET',
    path: '/facilities',
    summary: 'The region’s directory',
    action: 'facility.list',
    query: facilityListQuerySchema,
    answer: facilityListSchema,
    handle: async (ports: Uses<{ people: 'findFacilities' }> & Today, { actor, query }) => {
      const { page, next } = pageOf(await ports.people.findFacilities(oneMore(query)), query.limit, ({ code }) => code);
      return { body: { facilities: page.map((facility) => facilityAnswer(facility, ports, actor.administrator)), next } };
    },
  }),
  route({
    method: 'POST',
    path: '/facilities',
    summary: 'Admit a facility',
    action: 'facility.manage',
    freshMinutes: FRESH_FOR_ADMINISTRATION_MINUTES,
    body: createFacilitySchema,
    answer: facilitySchema,
    status: 201,
    handle: async (ports: Takes<typeof createFacility> & Today, { body, ...asked }) => {
      const facility = await createFacility(ports, byAdministrator(asked), {
        ...body,
        kinds: datedKinds(body.kinds, ports.timeZone),
        aeTitles: body.aeTitles.map(definite),
      });
      return { body: facilityAnswer(facility, ports, true) };
    },
  }),
  route({
    method: 'PATCH',
    path: '/facilities/:code',
    summary: 'Change a facility’s names, kind or AE titles',
    action: 'facility.manage',
    freshMinutes: FRESH_FOR_ADMINISTRATION_MINUTES,
    params: z.object({ code: facilityCode }),
    body: changeFacilitySchema,
    answer: facilitySchema,
    handle: async (ports: Takes<typeof changeFacility> & Today, { params, body, ...asked }) => {
      const { aeTitles, kinds, ...names } = definite(body);
      const change = {
        ...names,
        ...(kinds === undefined ? {} : { kinds: datedKinds(kinds, ports.timeZone) }),
        ...(aeTitles === undefined ? {} : { aeTitles: aeTitles.map(definite) }),
      };
      return { body: facilityAnswer(await changeFacility(ports, byAdministrator(asked), params.code, change), ports, true) };
    },
  }),
  route({
    method: 'POST',
    path: '/facilities/:code/ae-titles/:aeTitle/echo',
    summary: 'Asks an application entity whether it is there (C-ECHO), where its entry says it answers',
    action: 'facility.manage',
    params: z.object({ code: facilityCode, aeTitle }),
    answer: echoSchema,
    handle: async (ports: Uses<{ people: 'facilityByCode' }> & Pick<ApiPorts, 'echo'>, { params }) => ({
      body: await echoed(ports, params),
    }),
  }),
  route({
    method: 'GET',
    path: '/users',
    summary: 'Everyone with an account',
    action: 'user.manage',
    query: userListQuerySchema,
    answer: userListSchema,
    handle: async ({ people }: Uses<{ people: 'findUsers' }>, { query }) => {
      const { page, next } = pageOf(await people.findUsers(oneMore(query)), query.limit, ({ email }) => email);
      return { body: { users: page.map(userAnswer), next } };
    },
  }),
  route({
    method: 'POST',
    path: '/users',
    summary: 'Give a person an account',
    action: 'user.manage',
    freshMinutes: FRESH_FOR_ADMINISTRATION_MINUTES,
    body: createUserSchema,
    answer: userSchema,
    status: 201,
    handle: async (ports: WithoutRule<Takes<typeof createUser>>, { body, ...asked }) => ({
      body: userAnswer(
        await createUser(withPasswordRule(ports), byAdministrator(asked), { ...body, facilityCode: body.facilityCode ?? undefined }),
      ),
    }),
  }),
  route({
    method: 'PATCH',
    path: '/users/:id',
    summary: 'Change, disable, unlock an account or set its password',
    action: 'user.manage',
    freshMinutes: FRESH_FOR_ADMINISTRATION_MINUTES,
    params: idParams<UserId>(),
    body: changeUserSchema,
    answer: userSchema,
    handle: async (ports: WithoutRule<Takes<typeof changeUser>>, { params, body, ...asked }) => ({
      body: userAnswer(await changeUser(withPasswordRule(ports), byAdministrator(asked), params.id, definite(body))),
    }),
  }),
  route({
    method: 'DELETE',
    path: '/users/:id/factors',
    summary: 'Take away the second factor of somebody who has lost it, and end their sessions; the password alone lets them in again',
    action: 'user.manage',
    freshMinutes: FRESH_FOR_ADMINISTRATION_MINUTES,
    params: idParams<UserId>(),
    status: 204,
    handle: async (ports: Takes<typeof resetFactors>, { params, ...asked }) => {
      await resetFactors(ports, byAdministrator(asked), params.id);
      return { body: undefined };
    },
  }),
  route({
    method: 'GET',
    path: '/region',
    summary: 'What the region decides of itself',
    action: 'region.manage',
    answer: regionSettingsSchema,
    handle: async ({ region }: Uses<{ region: 'regionSettings' }>) => ({ body: settingsAnswer(await region.regionSettings()) }),
  }),
  route({
    method: 'PATCH',
    path: '/region',
    summary: 'Change what the region decides of itself',
    action: 'region.manage',
    freshMinutes: FRESH_FOR_ADMINISTRATION_MINUTES,
    body: changeRegionSettingsSchema,
    answer: regionSettingsSchema,
    handle: async (ports: Takes<typeof changeRegionSettings>, { actor, proof, body }) => {
      const change = definite(body);
      return { body: settingsAnswer(await changeRegionSettings(ports, { actor, proof: { ...proof, administrator: true } }, change)) };
    },
  }),
  route({
    method: 'GET',
    path: '/users/:id/sign-in-wait',
    summary: 'Whether somebody must wait to sign in as this user, because of wrong passwords',
    action: 'user.manage',
    params: idParams<UserId>(),
    answer: signInWaitSchema,
    handle: async ({ people, clock }: Uses<{ people: 'signInWaits' }> & Pick<ApiPorts, 'clock'>, { params }) => ({
      body: { waits: await people.signInWaits(params.id, clock.now()) },
    }),
  }),
];

const WORDS_MAX = 10;

/** One row more than is answered tells whether there are others. */
function oneMore({ q, after, limit }: z.output<typeof userListQuerySchema>): PeopleQuery {
  const words = q.split(/\s+/).filter((word) => word !== '');
  return { words: words.slice(0, WORDS_MAX), ...(after === undefined ? {} : { after }), limit: limit + 1 };
}

function pageOf<Row>(found: readonly Row[], limit: number, key: (row: Row) => string): { page: readonly Row[]; next: string | null } {
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return { page, next: found.length > limit && last !== undefined ? key(last) : null };
}

/** Who waits for the answer sits before a page. */
const ECHO_MS_MAX = 10_000;

/** @throws not-found; invalid when it is not known where it answers */
async function echoed(
  { people, echo }: Uses<{ people: 'facilityByCode' }> & Pick<ApiPorts, 'echo'>,
  asked: { code: string; aeTitle: string },
): Promise<Echo> {
  const facility = await people.facilityByCode(asked.code);
  const entry = facility?.aeTitles.find((one) => one.aeTitle === asked.aeTitle);
  if (entry === undefined) throw new DomainError('not-found', 'the facility has no such AE title');
  const { host, port } = entry;
  if (host === undefined || port === undefined)
    throw new DomainError('invalid', 'where it answers is not known', { ids: { reason: 'host-and-port', value: entry.aeTitle } });
  try {
    const status = await echo({ host, port, aeTitle: entry.aeTitle }, AbortSignal.timeout(ECHO_MS_MAX));
    if (status === 0) return { outcome: 'answered', detail: null };
    return { outcome: 'failed', detail: status.toString(16).padStart(4, '0').toUpperCase() };
  } catch (thrown) {
    const { kind } = asDomainError(thrown);
    return { outcome: kind === 'denied' || kind === 'busy' ? 'rejected' : 'unreachable', detail: null };
  }
}
