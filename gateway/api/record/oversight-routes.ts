import type { FacilityCode, PatientNo, UserId } from '../../domain/identifiers.ts';
import { auditWho } from '../../domain/record/audit.ts';
import { endOfDay, startOfDay } from '../../domain/region-days.ts';
import type { Takes } from '../../doorstep/route.ts';
import { reportBreach } from '../../usecases/oversight/report-breach.ts';
import { whoLooked } from '../../usecases/oversight/who-looked.ts';
import { breachQuestionSchema, breachReportSchema, patientAnswerSchema, whoLookedSchema } from '../contract/oversight.ts';
import { deskPatientAnswer } from '../links/answers.ts';
import { type ApiPorts, type ApiRoute, route } from '../route.ts';
import { namesFor } from './answers.ts';
import { breachAnswer, lookAnswer } from './oversight-answers.ts';

export const OVERSIGHT_ROUTES: readonly ApiRoute[] = [
  route({
    method: 'POST',
    path: '/record/patient-answers',
    summary: 'Who looked at the images of a patient of a facility: by person, day and right, for the patient to read',
    action: 'record.read',
    body: whoLookedSchema,
    answer: patientAnswerSchema,
    handle: async (
      ports: Takes<typeof whoLooked> & Takes<typeof namesFor> & Pick<ApiPorts, 'timeZone' | 'clock'>,
      { actor, body, request },
    ) => {
      const { timeZone, clock } = ports;
      const { looks, complete, choose } = await whoLooked(ports, actor, {
        ownerFacilityCode: body.facilityCode as FacilityCode,
        patientID: body.patientID,
        ...(body.patient === undefined ? {} : { patient: body.patient as PatientNo }),
        timeZone,
        ...(body.from === undefined ? {} : { from: startOfDay(body.from, timeZone) }),
        ...(body.to === undefined ? {} : { to: endOfDay(body.to, timeZone) }),
      });
      const people = body.names ? looks.flatMap(({ userId }) => userId ?? []) : [];
      const names = await namesFor(
        ports,
        people.map((userId) => ({ entry: { who: { kind: 'person', userId } } })),
        request,
      );
      return {
        body: {
          facility: names.facility(body.facilityCode) ?? body.facilityCode,
          patientID: body.patientID,
          madeAt: clock.now().toISOString(),
          looks: looks.map((look) => lookAnswer(look, names)),
          complete,
          choose: choose.map(deskPatientAnswer),
        },
      };
    },
  }),
  route({
    method: 'POST',
    path: '/record/breach-reports',
    summary: 'Which patients, studies and facilities an account affected in some days, with drafts of the notices about it',
    action: 'record.read',
    body: breachQuestionSchema,
    answer: breachReportSchema,
    handle: async (ports: Takes<typeof reportBreach> & Takes<typeof namesFor>, { actor, body, request }) => {
      const { timeZone } = ports;
      const by = { who: auditWho(actor), remoteAddress: actor.remoteAddress };
      const found = await reportBreach(ports, by, {
        userId: body.userId as UserId,
        from: startOfDay(body.from, timeZone),
        to: endOfDay(body.to, timeZone),
      });
      return { body: breachAnswer(found, await namesFor(ports, [], request)) };
    },
  }),
];
