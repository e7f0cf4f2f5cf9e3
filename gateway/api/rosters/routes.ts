import { DomainError } from '../../domain/errors.ts';
import type { FacilityCode } from '../../domain/identifiers.ts';
import type { RosterImportId } from '../../domain/patients/roster-import.ts';
import type { HttpRequest } from '../../doorstep/exchange.ts';
import type { Takes } from '../../doorstep/route.ts';
import {
  applyRoster,
  discardRoster,
  listRosters,
  openRoster,
  rosterCandidates,
  rosterFaults,
  rosterRows,
  undoRoster,
} from '../../usecases/roster/import-roster.ts';
import {
  rosterCandidatesQuerySchema,
  rosterCandidatesSchema,
  rosterFaultsSchema,
  rosterFileSchema,
  rosterListQuerySchema,
  rosterListSchema,
  rosterRowsQuerySchema,
  rosterRowsSchema,
  rosterSchema,
} from '../contract/rosters.ts';
import { idParams } from '../parameters.ts';
import { type ApiPorts, type ApiRoute, route } from '../route.ts';
import { rosterAnswer, rosterCandidateAnswer, rosterRowAnswer } from './answers.ts';

const params = idParams<RosterImportId>();

export const ROSTER_ROUTES: readonly ApiRoute[] = [
  route({
    method: 'POST',
    path: '/rosters',
    summary: 'Bring in a facility’s list of patients (CSV) or its receipts (UKE); nothing of it counts before it is applied',
    action: 'roster.import',
    streams: true,
    query: rosterFileSchema,
    answer: rosterSchema,
    status: 201,
    handle: async ({ readRoster }: Pick<ApiPorts, 'readRoster'>, { query: { facility, kind }, request, ...asked }) => {
      const file = { facility: facility as FacilityCode, kind, bytes: bytesOf(request) };
      return { body: rosterAnswer(asked.actor, await readRoster(asked, file)) };
    },
  }),
  route({
    method: 'GET',
    path: '/rosters',
    summary: 'Lists that were brought in, the newest first: of the own facility, for the desk of each',
    action: 'roster.import',
    query: rosterListQuerySchema,
    answer: rosterListSchema,
    handle: async (ports: Takes<typeof listRosters>, { actor, query: { limit, after } }) => {
      const page = { limit, ...(after === undefined ? {} : { after: after as RosterImportId }) };
      const { rosters, next } = await listRosters(ports, actor, page);
      return { body: { rosters: rosters.map((roster) => rosterAnswer(actor, roster)), next: next ?? null } };
    },
  }),
  route({
    method: 'GET',
    path: '/rosters/:id',
    summary: 'How far a list is, what it means, and what undoing it would do',
    action: 'roster.import',
    params,
    answer: rosterSchema,
    handle: async (ports: Takes<typeof openRoster>, { actor, params: { id } }) => {
      const { roster, undoing } = await openRoster(ports, actor, id);
      return { body: rosterAnswer(actor, roster, undoing) };
    },
  }),
  route({
    method: 'GET',
    path: '/rosters/:id/rows',
    summary: 'Patients of the list that are new, changed, known, or left out, beside what is known of them',
    action: 'roster.import',
    recorded: true,
    params,
    query: rosterRowsQuerySchema,
    answer: rosterRowsSchema,
    handle: async (ports: Takes<typeof rosterRows>, { actor, params: { id }, query }) => {
      const { rows, next } = await rosterRows(ports, actor, id, query);
      return { body: { rows: rows.map(rosterRowAnswer), next: next ?? null } };
    },
  }),
  route({
    method: 'GET',
    path: '/rosters/:id/faults',
    summary: 'Lines that were left out, by number and reason',
    action: 'roster.import',
    params,
    answer: rosterFaultsSchema,
    handle: async (ports: Takes<typeof rosterFaults>, { actor, params: { id } }) => {
      const faults = await rosterFaults(ports, actor, id);
      return { body: { faults: faults.map(({ otherLine, ...fault }) => ({ ...fault, otherLine: otherLine ?? null })) } };
    },
  }),
  route({
    method: 'GET',
    path: '/rosters/:id/candidates',
    summary: 'Patients of other facilities who may be the same person as one of the list, the likeliest first',
    action: 'link.manage',
    recorded: true,
    params,
    query: rosterCandidatesQuerySchema,
    answer: rosterCandidatesSchema,
    handle: async (ports: Takes<typeof rosterCandidates>, { actor, params: { id }, query: { after, limit } }) => {
      const { candidates, next } = await rosterCandidates(ports, actor, id, { skip: after, limit });
      return { body: { candidates: candidates.map(rosterCandidateAnswer), next: next ?? null } };
    },
  }),
  route({
    method: 'POST',
    path: '/rosters/:id/application',
    summary: 'Apply the list: all of it or nothing',
    action: 'roster.import',
    params,
    answer: rosterSchema,
    handle: async (ports: Takes<typeof applyRoster>, { params: { id }, ...asked }) => ({
      body: rosterAnswer(asked.actor, await applyRoster(ports, asked, id)),
    }),
  }),
  route({
    method: 'POST',
    path: '/rosters/:id/undoing',
    summary: 'Take the list back; what was built on it since stays',
    action: 'roster.import',
    params,
    answer: rosterSchema,
    handle: async (ports: Takes<typeof undoRoster>, { params: { id }, ...asked }) => ({
      body: rosterAnswer(asked.actor, await undoRoster(ports, asked, id)),
    }),
  }),
  route({
    method: 'DELETE',
    path: '/rosters/:id',
    summary: 'Discard a list that was not applied',
    action: 'roster.import',
    params,
    status: 204,
    handle: async (ports: Takes<typeof discardRoster>, { params: { id }, ...asked }) => {
      await discardRoster(ports, asked, id);
      return { body: undefined };
    },
  }),
];

/** The file as it comes. */
async function* bytesOf({ body }: HttpRequest): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of body) yield piece as Uint8Array;
  } catch (cause) {
    throw new DomainError('invalid', 'the sender left', { cause });
  }
}
