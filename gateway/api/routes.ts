/** Every route of /api, as a table: the door registers it, `openapi.ts` describes it, a test asks each row for its action. */
import { z } from 'zod';
import { asDomainError, DomainError } from '../domain/errors.ts';
import type { NoticeId, Sha256, ShareId, StudyInstanceUID, UserId } from '../domain/identifiers.ts';
import { OBJECT_NAME } from '../domain/imaging/object-name.ts';
import { formatStudyOf, parseStudyOf, type StudyAddress } from '../domain/imaging/study-address.ts';
import type { PersonActor } from '../domain/people/actor.ts';
import type { AuditRecord } from '../domain/record/audit.ts';
import { standingOfStudies } from '../usecases/access/standing-of-studies.ts';
import { changeFacility, changeUser, createFacility, createUser } from '../usecases/account/manage-people.ts';
import { settleNotice } from '../usecases/correct/settle-notice.ts';
import { openStudy, studyListTag } from '../usecases/find/list-studies.ts';
import { DISCLOSURES_LIMIT_MAX, listDisclosures } from '../usecases/record/list-disclosures.ts';
import { listShares, revokeShare, shareStudy } from '../usecases/share/share-study.ts';
import { AE_TITLE_ROUTES } from './ae-title-routes.ts';
import { facilityAnswer, noticeAnswer, recordAnswer, seriesSummary, shareAnswer, studySummary, userAnswer } from './answers.ts';
import * as contract from './contract.ts';
import { endOfDay } from './end-of-day.ts';
import { idParams, type Page, pageQuery } from './page-query.ts';
import { QUARANTINE_ROUTES } from './quarantine-routes.ts';
import { namesFor } from './record-names.ts';
import { RECORD_ROUTES } from './record-routes.ts';
import { type ApiStores, by, type Call, peopleStores, type Route } from './route.ts';
import { SESSION_ROUTES } from './session-routes.ts';

/** After a 503 the sender may try again, seconds. */
const UPLOAD_RETRY_AFTER_S = 2;
const studyParams = z.object({ studyInstanceUID: z.string().regex(OBJECT_NAME) });
const shareParams = studyParams.extend(idParams.shape);
const codeParams = z.object({ code: z.string().regex(/^[A-Za-z0-9_-]{1,32}$/) });
type StudyParams = { studyInstanceUID: StudyInstanceUID };
/** Which of the studies that go by the UID: a summary's `of`. */
const ofQuery = z.object({
  of: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,32}(~[1-9][0-9]{0,8})?$/)
    .optional(),
});
type OfQuery = z.output<typeof ofQuery>;
const disclosuresQuery = pageQuery.extend(ofQuery.shape);

export const ROUTES: readonly Route[] = [
  ...SESSION_ROUTES,

  // ── Studies and shares ─────────────────────────────────────────────────────
  {
    method: 'GET',
    url: '/studies',
    summary: 'Studies the asker’s facility owns or was given, newest first',
    action: 'study.list',
    query: contract.studyListQuerySchema,
    answer: contract.studyListSchema,
    compressed: true,
    handle: async (
      { index, listStudies, clock },
      { actor, query, request, reply }: Call<unknown, z.output<typeof contract.studyListQuerySchema>, unknown>,
    ) => {
      const asked = { ...query, unopened: query.unopened === 'true' };
      const etag = await studyListTag({ studies: index.studies, clock }, actor, asked);
      reply.header('etag', etag);
      if (request.headers['if-none-match'] === etag) return reply.code(304).send();
      const page = await listStudies(actor, asked);
      const now = clock.now();
      return { studies: page.studies.map((record) => studySummary(actor, record, now)), next: page.next ?? null };
    },
  },
  {
    method: 'GET',
    url: '/studies/:studyInstanceUID',
    summary: 'One study with its series',
    action: 'study.view',
    params: studyParams,
    query: ofQuery,
    answer: contract.studyDetailSchema,
    compressed: true,
    handle: async ({ index, access, recorder, clock }, { actor, params, query }: Call<StudyParams, OfQuery, unknown>) => {
      const { study, series } = await openStudy({ studies: index.studies, access, recorder, clock }, actor, addressOf(params, query));
      return { ...studySummary(actor, study, clock.now()), series: series.map(seriesSummary) };
    },
  },
  {
    method: 'GET',
    url: '/standing',
    summary: 'Whether an open page may still show the studies it holds',
    action: 'self',
    query: contract.standingQuerySchema,
    answer: contract.standingSchema,
    handle: async ({ index, clock }, { actor, user, query }: Call<unknown, z.output<typeof contract.standingQuerySchema>, unknown>) => ({
      user: user.id,
      studies: await standingOfStudies(
        { studies: index.studies, clock },
        actor,
        query.studies.map(([studyInstanceUID, of]) => addressOf({ studyInstanceUID: studyInstanceUID as StudyInstanceUID }, { of })),
      ),
    }),
  },
  {
    method: 'GET',
    url: '/studies/:studyInstanceUID/shares',
    summary: 'Who has the study, and who had it',
    action: 'study.disclosures',
    params: studyParams,
    query: ofQuery,
    answer: contract.shareListSchema,
    handle: async (stores, { actor, params, query }: Call<StudyParams, OfQuery, unknown>) => ({
      shares: (await listShares(sharingStores(stores), actor, addressOf(params, query))).map(shareAnswer),
    }),
  },
  {
    method: 'POST',
    url: '/studies/:studyInstanceUID/shares',
    summary: 'Share the study with a facility until a day; sharing again moves the day',
    action: 'study.share',
    params: studyParams,
    query: ofQuery,
    body: contract.createShareSchema,
    answer: contract.shareSchema,
    status: 201,
    handle: async (stores, { actor, params, query, body }: Call<StudyParams, OfQuery, contract.CreateShare>) => {
      const until = body.until.length === 'YYYY-MM-DD'.length ? endOfDay(body.until, stores.timeZone) : new Date(body.until);
      return shareAnswer(
        await shareStudy(sharingStores(stores), actor, {
          study: addressOf(params, query),
          toFacilityCode: body.facilityCode,
          until,
        }),
      );
    },
  },
  {
    method: 'DELETE',
    url: '/studies/:studyInstanceUID/shares/:id',
    summary: 'Revoke a share, at once',
    action: 'study.share',
    params: shareParams,
    query: ofQuery,
    answer: contract.shareSchema,
    handle: async (stores, { actor, params, query }: Call<StudyParams & { id: ShareId }, OfQuery, unknown>) =>
      shareAnswer(await revokeShare(sharingStores(stores), actor, { study: addressOf(params, query), shareId: params.id })),
  },
  {
    method: 'GET',
    url: '/studies/:studyInstanceUID/disclosures',
    summary: 'Who was given the study and who opened it, newest first',
    action: 'study.disclosures',
    recorded: true,
    params: studyParams,
    query: disclosuresQuery,
    answer: contract.disclosureListSchema,
    handle: async ({ index, access }, { actor, params, query }: Call<StudyParams, Page & OfQuery, unknown>) => {
      const { records, openings, next } = await listDisclosures({ access, audit: index.audit }, actor, {
        study: addressOf(params, query),
        limit: Math.min(query.limit, DISCLOSURES_LIMIT_MAX),
        ...(query.before === undefined ? {} : { beforeSeq: Number(query.before) }),
      });
      const names = await namesFor(index, [...records, ...openings]);
      const answer = (record: AuditRecord) => recordAnswer(record, names);
      return { disclosures: records.map(answer), openings: openings.map(answer), next: next ?? null };
    },
  },

  // ── Facilities and people ──────────────────────────────────────────────────
  {
    method: 'GET',
    url: '/facilities',
    summary: 'The region’s directory',
    action: 'facility.list',
    answer: contract.facilityListSchema,
    handle: async ({ index }, { actor }: Call<unknown, unknown, unknown>) => ({
      facilities: (await index.people.facilities()).map((facility) => facilityAnswer(facility, actor.administrator)),
    }),
  },
  {
    method: 'POST',
    url: '/facilities',
    summary: 'Admit a facility',
    action: 'facility.manage',
    body: contract.createFacilitySchema,
    answer: contract.facilitySchema,
    status: 201,
    handle: async ({ index }, { actor, body }: Call<unknown, unknown, z.output<typeof contract.createFacilitySchema>>) =>
      facilityAnswer(await createFacility(peopleStores(index), by(actor), { ...body, aeTitles: body.aeTitles.map(definite) }), true),
  },
  {
    method: 'PATCH',
    url: '/facilities/:code',
    summary: 'Change a facility’s names or AE titles',
    action: 'facility.manage',
    params: codeParams,
    body: contract.changeFacilitySchema,
    answer: contract.facilitySchema,
    handle: async ({ index }, { actor, params, body }: Call<{ code: string }, unknown, z.output<typeof contract.changeFacilitySchema>>) => {
      const { aeTitles, ...names } = definite(body);
      const change = { ...names, ...(aeTitles === undefined ? {} : { aeTitles: aeTitles.map(definite) }) };
      return facilityAnswer(await changeFacility(peopleStores(index), by(actor), params.code, change), true);
    },
  },
  ...AE_TITLE_ROUTES,
  {
    method: 'GET',
    url: '/users',
    summary: 'Everyone with an account',
    action: 'user.manage',
    answer: contract.userListSchema,
    handle: async ({ index }) => ({ users: (await index.people.users()).map(userAnswer) }),
  },
  {
    method: 'POST',
    url: '/users',
    summary: 'Give a person an account',
    action: 'user.manage',
    body: contract.createUserSchema,
    answer: contract.userSchema,
    status: 201,
    handle: async ({ index }, { actor, body }: Call<unknown, unknown, z.output<typeof contract.createUserSchema>>) =>
      userAnswer(await createUser(peopleStores(index), by(actor), { ...body, facilityCode: body.facilityCode ?? undefined })),
  },
  {
    method: 'PATCH',
    url: '/users/:id',
    summary: 'Change, disable, unlock an account or set its password',
    action: 'user.manage',
    params: idParams,
    body: contract.changeUserSchema,
    answer: contract.userSchema,
    handle: async ({ index }, { actor, params, body }: Call<{ id: UserId }, unknown, z.output<typeof contract.changeUserSchema>>) =>
      userAnswer(await changeUser(peopleStores(index), by(actor), params.id, definite(body))),
  },

  // ── Uploads ────────────────────────────────────────────────────────────────
  {
    method: 'POST',
    url: '/uploads/known',
    summary: 'Which of these files the facility keeps already',
    action: 'study.store',
    recorded: false,
    body: contract.knownFilesSchema,
    answer: contract.knownFilesSchema,
    handle: async ({ index }, { actor, body }: Call<unknown, unknown, { sha256: Sha256[] }>) => ({
      sha256: [...(await index.studies.knownDigests(facilityOf(actor).id, body.sha256))],
    }),
  },
  {
    method: 'POST',
    url: '/uploads/held',
    summary: 'How much of these exams the facility keeps already',
    action: 'study.store',
    recorded: false,
    body: contract.heldQuestionSchema,
    answer: contract.heldAnswerSchema,
    handle: async ({ index }, { actor, body }: Call<unknown, unknown, contract.HeldQuestion>) => {
      const { id, code } = facilityOf(actor);
      const studies = await index.studies.heldOf(id, body.studies);
      return {
        studies: studies.map(({ held, ordinal, otherBirthDate }) => ({
          ...{ held, otherBirthDate },
          of: ordinal === undefined ? null : formatStudyOf({ ownerCode: code, ordinal }),
        })),
      };
    },
  },
  {
    method: 'POST',
    url: '/uploads/file',
    summary: 'Upload one DICOM file (application/octet-stream)',
    action: 'study.store',
    recorded: false,
    streams: true,
    answer: contract.uploadOutcomeSchema,
    handle: async ({ receiver }, { actor, request }: Call<unknown, unknown, unknown>) => {
      const gone = new AbortController();
      request.raw.once('aborted', () => gone.abort(new DomainError('invalid', 'the sender left')));
      const fileName = fileNameOf(request.headers[contract.FILE_NAME_HEADER]);
      const source = {
        door: 'upload',
        remoteAddress: actor.remoteAddress,
        userId: actor.userId,
        job: actor.job,
        ...(fileName === undefined ? {} : { fileName }),
      } as const;
      const outcome = await receiver.receive({ facility: facilityOf(actor), source }, request.raw, gone.signal).catch(unavailableWhenBusy);
      const place = 'place' in outcome ? outcome.place : undefined;
      return {
        outcome: outcome.kind === 'skipped' ? outcome.reason : outcome.kind,
        studyInstanceUID: place?.studyInstanceUID ?? null,
        of: place?.of === undefined ? null : formatStudyOf(place.of),
        sopInstanceUID: 'sopInstanceUID' in outcome ? (outcome.sopInstanceUID ?? null) : null,
        warnings: 'warnings' in outcome ? outcome.warnings : 'reason' in outcome ? [outcome.reason] : [],
      };
    },
  },

  // ── Administration ─────────────────────────────────────────────────────────
  ...QUARANTINE_ROUTES,
  ...RECORD_ROUTES,
  {
    method: 'GET',
    url: '/warnings',
    summary: 'What the operator should change, newest first',
    action: 'operation.read',
    answer: z.object({ warnings: z.array(contract.warningSchema) }),
    handle: async ({ index }) => ({
      warnings: (await index.warnings.list()).map(({ firstAt, lastAt, ...warning }) => ({
        ...warning,
        firstAt: firstAt.toISOString(),
        lastAt: lastAt.toISOString(),
      })),
    }),
  },
  {
    method: 'GET',
    url: '/notices',
    summary: 'What the facility should know: new versions of its instances, patients that changed, UIDs that two places claim',
    action: 'study.list',
    query: contract.noticeListQuerySchema,
    answer: contract.noticeListSchema,
    handle: async (
      { index, recorder, clock },
      { actor, query }: Call<unknown, z.output<typeof contract.noticeListQuerySchema>, unknown>,
    ) => {
      const notices = await index.notices.list(facilityOf(actor).id, query.limit);
      const withStudies = query.studies === 'true';
      if (withStudies) recorder.admit(actor);
      if (withStudies) await recorder.listed(actor, notices.filter(({ study }) => study !== undefined).length, 'notices');
      return { notices: notices.map((notice) => noticeAnswer(actor, notice, withStudies, clock.now())) };
    },
  },
  {
    method: 'POST',
    url: '/notices/:id/settlement',
    summary: 'Say which of two places that claim one UID is right',
    action: 'study.settle',
    params: idParams,
    body: contract.settleNoticeSchema,
    answer: contract.settledNoticeSchema,
    handle: async (
      { index, access, clock },
      { actor, params, body }: Call<{ id: NoticeId }, unknown, z.output<typeof contract.settleNoticeSchema>>,
    ) => {
      const { moved } = await settleNotice({ notices: index.notices, access, clock }, actor, {
        noticeId: params.id,
        settlement: body.settlement,
      });
      return { settlement: body.settlement, moved };
    },
  },
];

/** The house has no room now: 503, not the 429 of one who asks too often. */
function unavailableWhenBusy(thrown: unknown): never {
  const error = asDomainError(thrown);
  if (error.kind !== 'busy') throw thrown;
  throw new DomainError('unavailable', error.message, { cause: thrown, ids: { retryAfterSeconds: UPLOAD_RETRY_AFTER_S } });
}

function facilityOf(actor: PersonActor) {
  if (actor.facility === undefined) throw new DomainError('denied', 'belongs to no facility');
  return actor.facility;
}

function addressOf({ studyInstanceUID }: StudyParams, { of }: OfQuery): StudyAddress {
  const whose = of === undefined ? undefined : parseStudyOf(of);
  return { studyInstanceUID, ...(whose === undefined ? {} : { of: whose }) };
}

function sharingStores({ index, access, clock }: ApiStores) {
  return { access, shares: index.shares, people: index.people, clock };
}

/** Zod leaves absent members as `undefined`; the domain's types want them absent. */
function definite<Given extends object>(given: Given): { [Key in keyof Given]: Exclude<Given[Key], undefined> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Given]: Exclude<Given[Key], undefined>;
  };
}

/** Percent-encoded, as headers hold no other letters; what cannot be read is no name. */
function fileNameOf(header: string | readonly string[] | undefined): string | undefined {
  if (typeof header !== 'string' || header.length > 9 * contract.FILE_NAME_CHARS_MAX) return undefined;
  try {
    const name = decodeURIComponent(header).slice(-contract.FILE_NAME_CHARS_MAX);
    return name === '' ? undefined : name;
  } catch {
    return undefined;
  }
}
