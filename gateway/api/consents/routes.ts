import type { z } from 'zod';
import type { ConsentId, PatientNo, PostedNoticeId, Sha256, StudyId } from '../../domain/identifiers.ts';
import { endOfDay } from '../../domain/region-days.ts';
import type { Takes } from '../../doorstep/route.ts';
import { keepConsentDocument, openConsentDocument } from '../../usecases/consent/consent-documents.ts';
import { noteDeath, postNotice, takeNoticeDown } from '../../usecases/consent/post-notice.ts';
import {
  type ConsentSaid,
  giveConsent,
  leaveOutOfConsent,
  listConsents,
  previewConsent,
  withdrawAllConsents,
  withdrawConsent,
} from '../../usecases/consent/take-consent.ts';
import {
  consentDocumentSchema,
  consentListSchema,
  consentPreviewSchema,
  consentReachSchema,
  consentSchema,
  deathSchema,
  giveConsentSchema,
  leaveOutSchema,
  postedNoticeListSchema,
  postedNoticeSchema,
  postNoticeSchema,
} from '../contract/consents.ts';
import { definite, idParams } from '../parameters.ts';
import { type ApiPorts, type ApiRoute, memberRoute, type Uses } from '../route.ts';
import { consentAnswer, noticeAnswer, reachAnswer } from './answers.ts';

type Timed = Pick<ApiPorts, 'clock' | 'timeZone'>;

const PATIENT_CONSENTS: readonly ApiRoute[] = [
  memberRoute({
    method: 'GET',
    path: '/patients/:id/consents',
    summary: 'What a patient of the own facility agreed to, the newest first',
    action: 'consent.take',
    recorded: false,
    params: idParams<PatientNo>(),
    answer: consentListSchema,
    handle: async (ports: Takes<typeof listConsents> & Timed, { facility, params }) => {
      const now = ports.clock.now();
      return { body: { consents: (await listConsents(ports, facility, params.id)).map((kept) => consentAnswer(kept, now)) } };
    },
  }),
  memberRoute({
    method: 'POST',
    path: '/patients/:id/consents/preview',
    summary: 'What of the own facility’s a consent would open, and to how many facilities',
    action: 'consent.take',
    recorded: false,
    params: idParams<PatientNo>(),
    body: consentPreviewSchema,
    answer: consentReachSchema,
    handle: async (ports: Takes<typeof previewConsent>, { facility, params, body }) => ({
      body: reachAnswer(await previewConsent(ports, facility, { ...saidBy(body), patient: params.id, formVersion: '' })),
    }),
  }),
  memberRoute({
    method: 'POST',
    path: '/patients/:id/consents',
    summary: 'A patient of the own facility agrees: it opens what it covers, now and from now on',
    action: 'consent.take',
    params: idParams<PatientNo>(),
    body: giveConsentSchema,
    answer: consentSchema,
    status: 201,
    handle: async (ports: Takes<typeof giveConsent> & Timed, { actor, proof, facility, params, body }) => {
      const { document, until, formVersion } = body;
      const said = {
        ...saidBy(body),
        patient: params.id,
        formVersion,
        ...(document === undefined ? {} : { document: { ...document, sha256: document.sha256 as Sha256 } }),
        ...(until === undefined ? {} : { until: endOfDay(until, ports.timeZone) }),
      };
      return { body: consentAnswer(await giveConsent(ports, { actor, proof, facility }, said), ports.clock.now()) };
    },
  }),
  memberRoute({
    method: 'POST',
    path: '/patients/:id/withdrawal',
    summary: 'A patient of the own facility withdraws all that they agreed to, wherever it was taken; what the law asks for stands',
    action: 'consent.take',
    params: idParams<PatientNo>(),
    status: 204,
    handle: async (ports: Takes<typeof withdrawAllConsents>, { actor, proof, facility, params }) => {
      await withdrawAllConsents(ports, { actor, proof, facility }, params.id);
      return { body: undefined };
    },
  }),
  memberRoute({
    method: 'POST',
    path: '/patients/:id/death',
    summary: 'A patient of the own facility died: what was agreed to for treatment ends; null: it was a mistake',
    action: 'consent.take',
    params: idParams<PatientNo>(),
    body: deathSchema,
    status: 204,
    handle: async (ports: Takes<typeof noteDeath>, { actor, proof, facility, params, body }) => {
      await noteDeath(ports, { actor, proof, facility }, params.id, body.diedOn ?? undefined);
      return { body: undefined };
    },
  }),
];

export const CONSENT_ROUTES: readonly ApiRoute[] = [
  ...PATIENT_CONSENTS,
  memberRoute({
    method: 'POST',
    path: '/consent-documents',
    summary: 'A scan, a photograph or a signature (PDF, JPEG, PNG), for a consent or a notice',
    action: 'consent.take',
    streams: true,
    answer: consentDocumentSchema,
    status: 201,
    handle: async (ports: Takes<typeof keepConsentDocument>, { actor, proof, facility, request }) => ({
      body: await keepConsentDocument(ports, { actor, proof, facility }, request.body, request.sending.leaving),
    }),
  }),
  memberRoute({
    method: 'GET',
    path: '/consents/:id/document',
    summary: 'The form that was signed',
    action: 'consent.take',
    recorded: true,
    params: idParams<ConsentId>(),
    handle: async (ports: Takes<typeof openConsentDocument>, { actor, facility, params, request }) => {
      const { leaving } = request.sending;
      const { mediaType, length, bytes } = await openConsentDocument(ports, { actor, facility }, params.id, leaving);
      return {
        // It is somebody's file: saved, and never run in a page of ours.
        headers: {
          'content-type': mediaType,
          'content-length': length,
          'content-disposition': `attachment; filename="consent-${params.id}.${mediaType.split('/')[1]}"`,
          'content-security-policy': "sandbox; default-src 'none'",
        },
        body: undefined,
        file: bytes,
      };
    },
  }),
  memberRoute({
    method: 'PATCH',
    path: '/consents/:id',
    summary: 'It leaves out more from now on; nothing that was left out is let in',
    action: 'consent.take',
    params: idParams<ConsentId>(),
    body: leaveOutSchema,
    answer: consentSchema,
    handle: async (ports: Takes<typeof leaveOutOfConsent> & Timed, { actor, proof, facility, params, body }) => {
      const said = { ...toLeftOut(body), saw: toLeftOut(body.saw) };
      return { body: consentAnswer(await leaveOutOfConsent(ports, { actor, proof, facility }, params.id, said), ports.clock.now()) };
    },
  }),
  memberRoute({
    method: 'DELETE',
    path: '/consents/:id',
    summary: 'The patient withdraws it, or objects: it opens nothing any more, on every node within a second',
    action: 'consent.take',
    params: idParams<ConsentId>(),
    answer: consentSchema,
    handle: async (ports: Takes<typeof withdrawConsent> & Timed, { actor, proof, facility, params }) => ({
      body: consentAnswer(await withdrawConsent(ports, { actor, proof, facility }, params.id), ports.clock.now()),
    }),
  }),
  memberRoute({
    method: 'GET',
    path: '/posted-notices',
    summary: 'Notices on the own facility’s wall, the newest first',
    action: 'consent.take',
    recorded: false,
    answer: postedNoticeListSchema,
    handle: async ({ postedNotices }: Uses<{ postedNotices: 'noticesOf' }>, { facility }) => ({
      body: { notices: (await postedNotices.noticesOf(facility.id)).map(noticeAnswer) },
    }),
  }),
  memberRoute({
    method: 'POST',
    path: '/posted-notices',
    summary: 'A notice hangs on the wall, in place of the one before: implied consents stand on it',
    action: 'consent.take',
    body: postNoticeSchema,
    answer: postedNoticeSchema,
    status: 201,
    handle: async (ports: Takes<typeof postNotice>, { actor, proof, facility, body: { version, postedOn, document } }) => {
      const sent = document === undefined ? {} : { document: { ...document, sha256: document.sha256 as Sha256 } };
      return { body: noticeAnswer(await postNotice(ports, { actor, proof, facility }, { version, postedOn, ...sent })) };
    },
  }),
  memberRoute({
    method: 'DELETE',
    path: '/posted-notices/:id',
    summary: 'It was taken down: implied consents of the facility lapse',
    action: 'consent.take',
    params: idParams<PostedNoticeId>(),
    answer: postedNoticeSchema,
    handle: async (ports: Takes<typeof takeNoticeDown>, { actor, proof, facility, params }) => ({
      body: noticeAnswer(await takeNoticeDown(ports, { actor, proof, facility }, params.id)),
    }),
  }),
];

const toLeftOut = ({ exceptFacilities, exceptStudies }: z.output<typeof leaveOutSchema>['saw']) => ({
  exceptFacilities,
  exceptStudies: exceptStudies as StudyId[],
});
const toDA = (day: string | undefined) => day?.replaceAll('-', '');

function saidBy(body: z.output<typeof consentPreviewSchema>): Omit<ConsentSaid, 'patient' | 'formVersion'> {
  const { to, exceptFacilities, modalities, exceptStudies, basis, relation, ground } = body;
  const [studyDateFrom, studyDateTo] = [toDA(body.studyDateFrom), toDA(body.studyDateTo)];
  const maybe = definite({ relation, ground, studyDateFrom, studyDateTo }) as Pick<
    ConsentSaid,
    'relation' | 'ground' | 'studyDateFrom' | 'studyDateTo'
  >;
  return { to, exceptFacilities, modalities, exceptStudies: exceptStudies as StudyId[], basis, ...maybe };
}
