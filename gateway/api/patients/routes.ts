import { z } from 'zod';
import type { PatientNo } from '../../domain/identifiers.ts';
import { programBuild } from '../../doorstep/program-version.ts';
import type { Takes } from '../../doorstep/route.ts';
import { standingOfList, standingOfPersons } from '../../usecases/access/standing-of-studies.ts';
import { patientListQuerySchema, patientListSchema, personDetailSchema } from '../contract/patients.ts';
import { idParams } from '../parameters.ts';
import { type ApiPorts, type ApiRoute, memberRoute } from '../route.ts';
import { listedPerson, personDetail } from './answers.ts';

export const PATIENT_ROUTES: readonly ApiRoute[] = [
  memberRoute({
    method: 'GET',
    path: '/patients',
    summary: 'Persons of whom the asker may see something, or those found by words, identifiers and dates',
    action: 'patient.list',
    query: patientListQuerySchema,
    answer: patientListSchema,
    compressed: true,
    handle: async (
      ports: Pick<ApiPorts, 'listPatients' | 'clock'> & Takes<typeof standingOfPersons>,
      { actor, facility, query, watch },
    ) => {
      const { persons, next, more } = await ports.listPatients(actor, facility, query);
      watch(
        standingOfPersons(
          ports,
          persons.map(({ seen }) => seen),
        ),
      );
      const now = ports.clock.now();
      return { body: { persons: persons.map((person) => listedPerson(actor, person, now)), next: next ?? null, more } };
    },
  }),
  memberRoute({
    method: 'GET',
    path: '/patients/:id',
    summary: 'The person that a patient is, and every study of it that the asker may see',
    action: 'patient.view',
    params: idParams<PatientNo>(),
    answer: personDetailSchema.or(z.undefined()),
    compressed: true,
    handle: async (
      ports: Pick<ApiPorts, 'openPerson' | 'clock'> & Takes<typeof standingOfList>,
      { actor, facility, params, request, watch },
    ) => {
      // Another build of the program may say more of a study.
      const etagOf = (tag: string) => `"${tag}-${programBuild()}"`;
      const { tag, opened } = await ports.openPerson(
        actor,
        facility,
        params.id,
        (known) => request.headers['if-none-match'] === etagOf(known),
      );
      const headers = { etag: etagOf(tag) };
      if (opened === undefined) return { status: 304, headers, body: undefined };
      watch(
        standingOfList(
          ports,
          opened.studies.map(({ study }) => study),
        ),
      );
      return { headers, body: personDetail(actor, opened, ports.clock.now()) };
    },
  }),
];
