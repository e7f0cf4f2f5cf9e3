import { z } from 'zod';
import type { LetterFileId, LetterId, LetterTemplateId, PatientNo } from '../../domain/identifiers.ts';
import { LETTER_FILE_MEDIA_TYPE, savedName } from '../../domain/referral/letter-file.ts';
import type { Takes } from '../../doorstep/route.ts';
import { actOnLetter, letterStands, lettersOfPerson, listLetters, noteReceipt, readLetter } from '../../usecases/refer/handle-letter.ts';
import { attachFile, detachFile, takeFile } from '../../usecases/refer/letter-files.ts';
import { keepTemplate, removeTemplate } from '../../usecases/refer/letter-templates.ts';
import { sendLetter } from '../../usecases/refer/send-letter.ts';
import { beginLetter, discardDraft, saveDraft } from '../../usecases/refer/write-letter.ts';
import { findReceivers } from '../../usecases/share/find-receivers.ts';
import { FILE_NAME_CHARS_MAX, FILE_NAME_HEADER } from '../contract/bounds.ts';
import { facilityCode } from '../contract/fields.ts';
import {
  actOnLetterSchema,
  beginLetterSchema,
  keepTemplateSchema,
  letterDoctorsQuerySchema,
  letterDoctorsSchema,
  letterListQuerySchema,
  letterListSchema,
  letterNewsSchema,
  letterSchema,
  letterTemplateSchema,
  letterTemplatesSchema,
  personLettersSchema,
  receiptNotesSchema,
  saveLetterSchema,
  sendLetterSchema,
} from '../contract/letters.ts';
import { definite, headerText, idParams, rowId } from '../parameters.ts';
import { type ApiRoute, memberRoute, type Uses } from '../route.ts';
import { draftText, letterAnswer, listedLetter, newsAnswer } from './answers.ts';

const NEWS_MAX = 50;
const fileParams = z.object({ id: rowId<LetterId>(), file: rowId<LetterFileId>() });

const READING: readonly ApiRoute[] = [
  memberRoute({
    method: 'GET',
    path: '/letters',
    summary: 'Letters that the facility was sent or sent; those that wait for an answer first, then the newest',
    action: 'letter.read',
    query: letterListQuerySchema,
    answer: letterListSchema,
    handle: async (ports: Takes<typeof listLetters>, { actor, facility, query: { after, ...page } }) => {
      const asked = definite({ ...page, after: after as LetterId | undefined });
      const { letters, next } = await listLetters(ports, actor, facility, asked);
      return { body: { letters: letters.map((letter) => listedLetter(facility, letter)), next: next ?? null } };
    },
  }),
  memberRoute({
    method: 'GET',
    path: '/letter-news',
    summary: 'Which letters came, were recalled or declined; without a patient',
    action: 'letter.read',
    answer: letterNewsSchema,
    handle: async ({ letters }: Uses<{ letters: 'news' }>, { facility }) => ({
      body: { news: (await letters.news(facility.id, NEWS_MAX)).map(newsAnswer) },
    }),
  }),
  memberRoute({
    method: 'GET',
    path: '/letters/:id',
    summary: 'A letter; of what was recalled or declined its receiver is told no more than that',
    action: 'letter.read',
    params: idParams<LetterId>(),
    answer: letterSchema,
    handle: async (ports: Takes<typeof readLetter> & Takes<typeof letterStands>, { actor, facility, params, watch }) => {
      const letter = await readLetter(ports, actor, facility, params.id);
      // What went out before it was recalled is all that went out.
      if (letter.state !== 'recalled' && letter.state !== 'declined') watch(() => letterStands(ports, facility, params.id));
      return { body: letterAnswer(actor, facility, letter) };
    },
  }),
  memberRoute({
    method: 'GET',
    path: '/patients/:id/letters',
    summary: 'Letters about the person that a patient is',
    action: 'letter.read',
    params: idParams<PatientNo>(),
    answer: personLettersSchema,
    handle: async (ports: Takes<typeof lettersOfPerson>, { actor, facility, params }) => {
      const letters = await lettersOfPerson(ports, actor, facility, params.id);
      return { body: { letters: letters.map((letter) => listedLetter(facility, letter)) } };
    },
  }),
  memberRoute({
    method: 'GET',
    path: '/letters/:id/files/:file',
    summary: 'A file that is with a letter, to be saved',
    action: 'letter.read',
    recorded: true,
    params: fileParams,
    handle: async (ports: Takes<typeof takeFile> & Takes<typeof letterStands>, { actor, facility, params, request, watch }) => {
      const asked = { id: params.id, fileId: params.file, signal: request.sending.leaving };
      const { file, bytes } = await takeFile(ports, actor, facility, asked);
      watch(() => letterStands(ports, facility, params.id));
      return {
        // Whatever is in it: a file to save, and never a page of ours.
        headers: {
          'content-type': LETTER_FILE_MEDIA_TYPE[file.kind],
          'content-length': file.bytes,
          'content-disposition': `attachment; filename="letter-${params.id}-${file.id}"; filename*=UTF-8''${percent(savedName(file))}`,
          'content-security-policy': 'sandbox',
        },
        body: undefined,
        file: bytes,
      };
    },
  }),
];

/** RFC 5987: what encodeURIComponent leaves and the header does not take is encoded too. */
function percent(name: string): string {
  return encodeURIComponent(name.replace(/\p{Surrogate}/gu, '_')).replace(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

const WRITING: readonly ApiRoute[] = [
  memberRoute({
    method: 'POST',
    path: '/letters',
    summary: 'Begin a letter about a patient, or in reply to one',
    action: 'letter.write',
    body: beginLetterSchema,
    answer: letterSchema,
    status: 201,
    handle: async (ports: Takes<typeof beginLetter>, { body: { kind, patient, inReplyTo }, ...asked }) => {
      const begun = definite({ kind, patient: patient as PatientNo | undefined, inReplyTo: inReplyTo as LetterId | undefined });
      return { body: letterAnswer(asked.actor, asked.facility, await beginLetter(ports, asked, begun)) };
    },
  }),
  memberRoute({
    method: 'PATCH',
    path: '/letters/:id',
    summary: 'Save a draft, all of it; refused when somebody else saved it since it was read',
    action: 'letter.write',
    recorded: false,
    params: idParams<LetterId>(),
    body: saveLetterSchema,
    answer: letterSchema,
    handle: async (ports: Takes<typeof saveDraft>, { params, body, ...asked }) => ({
      body: letterAnswer(asked.actor, asked.facility, await saveDraft(ports, asked, params.id, draftText(body))),
    }),
  }),
  memberRoute({
    method: 'DELETE',
    path: '/letters/:id',
    summary: 'Throw a draft away',
    action: 'letter.write',
    params: idParams<LetterId>(),
    status: 204,
    handle: async (ports: Takes<typeof discardDraft>, { params, ...asked }) => {
      await discardDraft(ports, asked, params.id);
      return { body: undefined };
    },
  }),
  memberRoute({
    method: 'POST',
    path: '/letters/:id/sending',
    summary: 'Send it: its receiver may read it from now on, and see the studies that are bound to it',
    action: 'letter.write',
    params: idParams<LetterId>(),
    body: sendLetterSchema,
    answer: letterSchema,
    handle: async (ports: Takes<typeof sendLetter>, { params, body, ...asked }) => ({
      body: letterAnswer(asked.actor, asked.facility, await sendLetter(ports, asked, params.id, body.revision)),
    }),
  }),
  memberRoute({
    method: 'POST',
    path: '/letters/:id/acts',
    summary: 'Receive, open, decline, close or recall it',
    action: 'letter.write',
    params: idParams<LetterId>(),
    body: actOnLetterSchema,
    answer: letterSchema,
    handle: async (ports: Takes<typeof actOnLetter>, { params, body, ...asked }) => ({
      body: letterAnswer(asked.actor, asked.facility, await actOnLetter(ports, asked, params.id, body)),
    }),
  }),
  memberRoute({
    method: 'POST',
    path: '/letters/:id/notes',
    summary: 'What the receiver states of it: first visit, gist written in the chart',
    action: 'letter.write',
    params: idParams<LetterId>(),
    body: receiptNotesSchema,
    answer: letterSchema,
    handle: async (ports: Takes<typeof noteReceipt>, { params, body, ...asked }) => ({
      body: letterAnswer(asked.actor, asked.facility, await noteReceipt(ports, asked, params.id, body)),
    }),
  }),
  memberRoute({
    method: 'POST',
    path: '/letters/:id/files',
    summary: 'Attach a file to a draft: PDF, CDA (XML) or FHIR (JSON), application/octet-stream',
    action: 'letter.write',
    recorded: false,
    streams: true,
    params: idParams<LetterId>(),
    answer: letterSchema,
    handle: async (ports: Takes<typeof attachFile>, { params, request, ...asked }) => {
      const given = {
        name: headerText(request.headers[FILE_NAME_HEADER], FILE_NAME_CHARS_MAX),
        bytes: request.body,
        signal: request.sending.leaving,
      };
      return { body: letterAnswer(asked.actor, asked.facility, await attachFile(ports, asked, params.id, given)) };
    },
  }),
  memberRoute({
    method: 'DELETE',
    path: '/letters/:id/files/:file',
    summary: 'Take a file out of a draft',
    action: 'letter.write',
    recorded: false,
    params: fileParams,
    answer: letterSchema,
    handle: async (ports: Takes<typeof detachFile>, { params, ...asked }) => ({
      body: letterAnswer(asked.actor, asked.facility, await detachFile(ports, asked, params.id, params.file)),
    }),
  }),
  memberRoute({
    method: 'GET',
    path: '/letters/doctors/:code',
    summary: 'Doctors of a facility by some of their name: whom a letter may name',
    action: 'letter.write',
    params: z.object({ code: facilityCode }),
    query: letterDoctorsQuerySchema,
    answer: letterDoctorsSchema,
    handle: async (ports: Takes<typeof findReceivers>, { params, query }) => {
      const { people } = await findReceivers(ports, { facilityCode: params.code, typed: query.name });
      return { body: { people: people.map(({ id, name, nameKana }) => ({ id, name, nameKana })) } };
    },
  }),
];

const TEMPLATES: readonly ApiRoute[] = [
  memberRoute({
    method: 'GET',
    path: '/letter-templates',
    summary: 'What the letters of the facility’s departments begin with',
    action: 'letter.write',
    answer: letterTemplatesSchema,
    handle: async ({ letters }: Uses<{ letters: 'templates' }>, { facility }) => ({
      body: { templates: [...(await letters.templates(facility.id))] },
    }),
  }),
  memberRoute({
    method: 'POST',
    path: '/letter-templates',
    summary: 'Keep a template',
    action: 'letter.write',
    body: keepTemplateSchema,
    answer: letterTemplateSchema,
    status: 201,
    handle: async (ports: Takes<typeof keepTemplate>, { body, ...asked }) => ({
      body: await keepTemplate(ports, asked, { ...body, content: definite(body.content) }),
    }),
  }),
  memberRoute({
    method: 'PATCH',
    path: '/letter-templates/:id',
    summary: 'Change a template, all of it',
    action: 'letter.write',
    params: idParams<LetterTemplateId>(),
    body: keepTemplateSchema,
    answer: letterTemplateSchema,
    handle: async (ports: Takes<typeof keepTemplate>, { params, body, ...asked }) => ({
      body: await keepTemplate(ports, asked, { ...body, content: definite(body.content), id: params.id }),
    }),
  }),
  memberRoute({
    method: 'DELETE',
    path: '/letter-templates/:id',
    summary: 'Throw a template away',
    action: 'letter.write',
    params: idParams<LetterTemplateId>(),
    status: 204,
    handle: async (ports: Takes<typeof removeTemplate>, { params, ...asked }) => {
      await removeTemplate(ports, asked, params.id);
      return { body: undefined };
    },
  }),
];

export const LETTER_ROUTES: readonly ApiRoute[] = [...READING, ...WRITING, ...TEMPLATES];
