import type { LinkId, PatientNo } from '../../domain/identifiers.ts';
import type { Takes } from '../../doorstep/route.ts';
import {
  type DeskSearch,
  decideLink,
  findPatients,
  linksWaiting,
  openPatient,
  proposeLink,
  separatePatient,
} from '../../usecases/patients/link-patients.ts';
import {
  decideLinkSchema,
  deskPatientDetailSchema,
  deskPatientListSchema,
  deskSearchSchema,
  linkListQuerySchema,
  linkListSchema,
  linkSchema,
  proposeLinkSchema,
  undoneLinksSchema,
} from '../contract/links.ts';
import { definite, idParams } from '../parameters.ts';
import { type ApiRoute, route } from '../route.ts';
import { deskPatientAnswer, linkAnswer } from './answers.ts';

export const LINK_ROUTES: readonly ApiRoute[] = [
  route({
    method: 'GET',
    path: '/links',
    summary: 'Patients that may be one person and wait for somebody to decide, the likeliest first',
    action: 'link.manage',
    recorded: true,
    query: linkListQuerySchema,
    answer: linkListSchema,
    handle: async (ports: Takes<typeof linksWaiting>, { actor, query: { limit, after } }) => {
      const page = { limit, ...(after === undefined ? {} : { after: after as LinkId }) };
      const { links, next } = await linksWaiting(ports, actor, page);
      return { body: { links: links.map(linkAnswer), next: next ?? null } };
    },
  }),
  route({
    method: 'POST',
    path: '/links',
    summary: 'Say that two patients are one person; it waits to be decided',
    action: 'link.manage',
    body: proposeLinkSchema,
    answer: linkSchema,
    status: 201,
    handle: async (ports: Takes<typeof proposeLink>, { body, ...asked }) => {
      const pair = { patient: body.patient as PatientNo, other: body.other as PatientNo };
      return { body: linkAnswer(await proposeLink(ports, asked, pair)) };
    },
  }),
  route({
    method: 'POST',
    path: '/links/:id/decision',
    summary: 'They are one person, or they are not',
    action: 'link.manage',
    params: idParams<LinkId>(),
    body: decideLinkSchema,
    answer: linkSchema,
    handle: async (ports: Takes<typeof decideLink>, { params, body, ...asked }) => ({
      body: linkAnswer(await decideLink(ports, asked, params.id, body.state)),
    }),
  }),
  route({
    method: 'POST',
    path: '/desk/search',
    summary: 'Patients of every facility, by identifier, birth date or some of the name',
    action: 'link.manage',
    body: deskSearchSchema,
    answer: deskPatientListSchema,
    handle: async (ports: Takes<typeof findPatients>, { actor, body: { birthDate, ...typed } }) => {
      const asked = definite({ ...typed, birthDate: birthDate?.replaceAll('-', '') });
      const { patients, more } = await findPatients(ports, actor, asked as DeskSearch);
      return { body: { patients: patients.map(deskPatientAnswer), more } };
    },
  }),
  route({
    method: 'GET',
    path: '/desk/patients/:id',
    summary: 'A patient, who is the same person, and what was ever said of it',
    action: 'link.manage',
    recorded: true,
    params: idParams<PatientNo>(),
    answer: deskPatientDetailSchema,
    handle: async (ports: Takes<typeof openPatient>, { actor, params }) => {
      const { patient, joined, links } = await openPatient(ports, actor, params.id);
      return { body: { patient: deskPatientAnswer(patient), joined: joined.map(deskPatientAnswer), links: links.map(linkAnswer) } };
    },
  }),
  route({
    method: 'POST',
    path: '/desk/patients/:id/separation',
    summary: 'The patient is a person by itself again',
    action: 'link.manage',
    params: idParams<PatientNo>(),
    answer: undoneLinksSchema,
    handle: async (ports: Takes<typeof separatePatient>, { params, ...asked }) => ({
      body: { links: (await separatePatient(ports, asked, params.id)).map(linkAnswer) },
    }),
  }),
];
