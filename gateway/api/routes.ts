/** Every route of /api, as a table: the door registers it, `openapi.ts` describes it, a test asks each row for its action. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type Authenticated, SESSION_COOKIE } from '../auth/authenticate.ts';
import { hashPassword } from '../auth/passwords.ts';
import { hashSecret } from '../auth/secrets.ts';
import { confirmPassword, signIn } from '../auth/sign-in.ts';
import { createToken, revokeToken } from '../auth/tokens.ts';
import type { Action } from '../domain/access.ts';
import type { PersonActor } from '../domain/actor.ts';
import { type AuditRecord, auditWho } from '../domain/audit.ts';
import { asDomainError, DomainError } from '../domain/errors.ts';
import type { QuarantineId, Sha256, ShareId, StudyInstanceUID, UserId } from '../domain/identifiers.ts';
import type { Clock, Index, User } from '../domain/ports.ts';
import type { Receiver } from '../domain/reception.ts';
import { demand } from '../usecases/demand.ts';
import { DISCLOSURES_LIMIT_MAX, listDisclosures } from '../usecases/list-disclosures.ts';
import { openStudy, type StudyLister } from '../usecases/list-studies.ts';
import { changeFacility, changeUser, createFacility, createUser } from '../usecases/manage-people.ts';
import type { ViewRecorder } from '../usecases/record-view.ts';
import type { StudyAccess } from '../usecases/see-study.ts';
import { listShares, revokeShare, shareStudy } from '../usecases/share-study.ts';
import {
  facilityAnswer,
  type Names,
  noticeAnswer,
  quarantineAnswer,
  recordAnswer,
  seriesSummary,
  shareAnswer,
  studySummary,
  userAnswer,
  userInDetail,
} from './answers.ts';
import { authenticateRequest } from './authenticate-request.ts';
import * as contract from './contract.ts';
import { endOfDay } from './end-of-day.ts';

export interface ApiStores {
  readonly index: Index;
  readonly receiver: Receiver;
  readonly access: StudyAccess;
  readonly recorder: ViewRecorder;
  readonly listStudies: StudyLister;
  readonly clock: Clock;
  readonly timeZone: string;
  readonly synthetic: boolean;
  readonly secureCookies: boolean;
}

/** What a handler is given: input that the row's schemas have checked. */
export interface Call<Params, Query, Body> {
  readonly actor: PersonActor;
  readonly user: User;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly summary: string;
  /** Undefined: the route is open to those who have not signed in. */
  readonly action: Action | undefined;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  /** The body is a file, passed on as a stream. */
  readonly streams?: true;
  readonly answer?: z.ZodType;
  readonly status?: 201 | 204;
  readonly handle: (stores: ApiStores, call: Call<never, never, never>) => Promise<unknown>;
}

const PAGE_MAX = 200;
/** After a 503 the sender may try again, seconds. */
const UPLOAD_RETRY_AFTER_S = 2;
const studyParams = z.object({ studyInstanceUID: z.string().regex(/^[0-9.]{1,64}$/) });
/** Rows are counted from 1; no table comes near, and every number of so many digits is exact. */
const rowNumber = z.string().regex(/^\d{1,15}$/);
const idParams = z.object({ id: rowNumber });
const shareParams = studyParams.extend(idParams.shape);
const codeParams = z.object({ code: z.string().regex(/^[A-Za-z0-9_-]{1,32}$/) });
const pageQuery = z.object({
  before: rowNumber.optional(),
  limit: z.coerce.number().int().min(1).max(PAGE_MAX).default(50),
});
type Page = z.output<typeof pageQuery>;
type StudyParams = { studyInstanceUID: StudyInstanceUID };

export const ROUTES: readonly Route[] = [
  // ── Session and self ───────────────────────────────────────────────────────
  {
    method: 'POST',
    url: '/session',
    summary: 'Sign in; sets the session cookie',
    action: undefined,
    body: contract.signInSchema,
    answer: contract.sessionSchema,
    handle: async ({ index, clock, synthetic, secureCookies }, { body, request, reply }: Call<unknown, unknown, contract.SignIn>) => {
      const signed = await signIn({ people: index.people, audit: index.audit, clock }, { ...body, remoteAddress: request.ip });
      reply.setCookie(SESSION_COOKIE, signed.sessionSecret, {
        httpOnly: true,
        sameSite: 'strict',
        secure: secureCookies,
        path: '/',
        expires: signed.expiresAt,
      });
      return sessionAnswer(signed.user, signed.csrfToken, synthetic);
    },
  },
  {
    method: 'GET',
    url: '/session',
    summary: 'Who is signed in; with optional=true, 204 instead of 401 when nobody is',
    action: undefined,
    query: z.object({ optional: z.enum(['true', 'false']).optional() }),
    answer: contract.sessionSchema,
    handle: async ({ index, clock, synthetic }, { query, request, reply }: Call<unknown, { optional?: 'true' | 'false' }, unknown>) => {
      const asking = await authenticateRequest({ people: index.people, clock }, request).catch((thrown: unknown) => {
        if (query.optional === 'true' && asDomainError(thrown).kind === 'unauthenticated') return undefined;
        throw thrown;
      });
      // A page that asks whether anybody is signed in has not failed when nobody is.
      if (asking === undefined) return reply.code(204).send();
      return sessionAnswer(asking.user, asking.session?.csrfToken ?? '', synthetic);
    },
  },
  {
    method: 'DELETE',
    url: '/session',
    summary: 'Sign out',
    action: 'self',
    status: 204,
    handle: async ({ index }, { actor, request, reply }: Call<unknown, unknown, unknown>) => {
      const cookie = request.cookies[SESSION_COOKIE];
      if (cookie !== undefined) await index.people.endSession(hashSecret(cookie));
      reply.clearCookie(SESSION_COOKIE, { path: '/' });
      await index.audit.append([{ action: 'sign-out', outcome: 'success', who: auditWho(actor), remoteAddress: actor.remoteAddress }]);
    },
  },
  {
    method: 'PATCH',
    url: '/me',
    summary: 'Change own language or password',
    action: 'self',
    body: contract.changeMeSchema,
    status: 204,
    handle: async ({ index, clock }, { actor, user, body }: Call<unknown, unknown, contract.ChangeMe>) => {
      if (body.newPassword !== undefined) {
        const stores = { people: index.people, audit: index.audit, clock };
        await confirmPassword(stores, { user, password: body.currentPassword ?? '', remoteAddress: actor.remoteAddress });
      }
      await changeUser(peopleStores(index), by(actor), user.id, {
        ...(body.language === undefined ? {} : { language: body.language }),
        ...(body.newPassword === undefined ? {} : { newPassword: body.newPassword }),
      });
    },
  },
  {
    method: 'GET',
    url: '/tokens',
    summary: 'Own bearer tokens',
    action: 'token.manage-own',
    answer: z.object({ tokens: z.array(contract.tokenSchema) }),
    handle: async ({ index }, { user }: Call<unknown, unknown, unknown>) => {
      const tokens = await index.people.tokensOf(user.id);
      return {
        tokens: tokens.map((token) => ({
          id: token.id,
          name: token.name,
          createdAt: token.createdAt.toISOString(),
          expiresAt: token.expiresAt?.toISOString() ?? null,
          lastUsedAt: token.lastUsedAt?.toISOString() ?? null,
        })),
      };
    },
  },
  {
    method: 'POST',
    url: '/tokens',
    summary: 'Make a bearer token; its text is shown once',
    action: 'token.manage-own',
    body: contract.createTokenSchema,
    answer: contract.createdTokenSchema,
    status: 201,
    handle: async ({ index, clock }, { actor, user, body }: Call<unknown, unknown, z.output<typeof contract.createTokenSchema>>) =>
      createToken(
        { people: index.people, audit: index.audit, clock },
        {
          by: actor,
          userId: user.id,
          name: body.name,
          remoteAddress: actor.remoteAddress,
          ...(body.days === undefined ? {} : { days: body.days }),
        },
      ),
  },
  {
    method: 'DELETE',
    url: '/tokens/:id',
    summary: 'Revoke an own bearer token',
    action: 'token.manage-own',
    params: idParams,
    status: 204,
    handle: async ({ index }, { actor, user, params }: Call<{ id: string }, unknown, unknown>) => {
      const revoked = await revokeToken(
        { people: index.people, audit: index.audit },
        { by: actor, userId: user.id, id: params.id, remoteAddress: actor.remoteAddress },
      );
      if (!revoked) throw new DomainError('not-found', 'no such token');
    },
  },

  // ── Studies and shares ─────────────────────────────────────────────────────
  {
    method: 'GET',
    url: '/studies',
    summary: 'Studies the asker’s facility owns or was given, newest first',
    action: 'study.list',
    query: contract.studyListQuerySchema,
    answer: contract.studyListSchema,
    handle: async ({ listStudies, clock }, { actor, query }: Call<unknown, z.output<typeof contract.studyListQuerySchema>, unknown>) => {
      const page = await listStudies(actor, query);
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
    answer: contract.studyDetailSchema,
    handle: async ({ index, access, recorder, clock }, { actor, params }: Call<StudyParams, unknown, unknown>) => {
      const { study, series } = await openStudy({ studies: index.studies, access, recorder }, actor, params.studyInstanceUID);
      return { ...studySummary(actor, study, clock.now()), series: series.map(seriesSummary) };
    },
  },
  {
    method: 'GET',
    url: '/studies/:studyInstanceUID/shares',
    summary: 'Who has the study, and who had it',
    action: 'study.disclosures',
    params: studyParams,
    answer: contract.shareListSchema,
    handle: async (stores, { actor, params }: Call<StudyParams, unknown, unknown>) => ({
      shares: (await listShares(sharingStores(stores), actor, params.studyInstanceUID)).map(shareAnswer),
    }),
  },
  {
    method: 'POST',
    url: '/studies/:studyInstanceUID/shares',
    summary: 'Share the study with a facility until a day; sharing again moves the day',
    action: 'study.share',
    params: studyParams,
    body: contract.createShareSchema,
    answer: contract.shareSchema,
    status: 201,
    handle: async (stores, { actor, params, body }: Call<StudyParams, unknown, contract.CreateShare>) => {
      const until = body.until.length === 'YYYY-MM-DD'.length ? endOfDay(body.until, stores.timeZone) : new Date(body.until);
      return shareAnswer(
        await shareStudy(sharingStores(stores), actor, {
          studyInstanceUID: params.studyInstanceUID,
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
    answer: contract.shareSchema,
    handle: async (stores, { actor, params }: Call<StudyParams & { id: ShareId }, unknown, unknown>) =>
      shareAnswer(await revokeShare(sharingStores(stores), actor, { studyInstanceUID: params.studyInstanceUID, shareId: params.id })),
  },
  {
    method: 'GET',
    url: '/studies/:studyInstanceUID/disclosures',
    summary: 'Who was given the study and who opened it, newest first',
    action: 'study.disclosures',
    params: studyParams,
    query: pageQuery,
    answer: contract.disclosureListSchema,
    handle: async ({ index, access }, { actor, params, query }: Call<StudyParams, Page, unknown>) => {
      const records = await listDisclosures({ access, audit: index.audit }, actor, {
        studyInstanceUID: params.studyInstanceUID,
        limit: Math.min(query.limit, DISCLOSURES_LIMIT_MAX),
        ...(query.before === undefined ? {} : { beforeSeq: Number(query.before) }),
      });
      const names = await namesFor(index, records);
      return { disclosures: records.map((record) => recordAnswer(record, names)), next: nextSeq(records, query.limit) };
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
    body: contract.knownFilesSchema,
    answer: contract.knownFilesSchema,
    handle: async ({ index }, { actor, body }: Call<unknown, unknown, { sha256: Sha256[] }>) => ({
      sha256: [...(await index.studies.knownDigests(facilityOf(actor).id, body.sha256))],
    }),
  },
  {
    method: 'POST',
    url: '/uploads/file',
    summary: 'Upload one DICOM file (application/octet-stream)',
    action: 'study.store',
    streams: true,
    answer: contract.uploadOutcomeSchema,
    handle: async ({ receiver }, { actor, request }: Call<unknown, unknown, unknown>) => {
      const gone = new AbortController();
      request.raw.once('aborted', () => gone.abort(new DomainError('invalid', 'the sender left')));
      const source = { door: 'upload', remoteAddress: actor.remoteAddress, userId: actor.userId, job: actor.job } as const;
      const outcome = await receiver.receive({ facility: facilityOf(actor), source }, request.raw, gone.signal).catch(unavailableWhenBusy);
      return {
        outcome: outcome.kind === 'skipped' ? outcome.reason : outcome.kind,
        studyInstanceUID: 'studyInstanceUID' in outcome ? outcome.studyInstanceUID : null,
        sopInstanceUID: 'sopInstanceUID' in outcome ? (outcome.sopInstanceUID ?? null) : null,
        warnings: 'warnings' in outcome ? outcome.warnings : 'reason' in outcome ? [outcome.reason] : [],
      };
    },
  },

  // ── Administration ─────────────────────────────────────────────────────────
  {
    method: 'GET',
    url: '/quarantine',
    summary: 'What arrived and could not be read, newest first',
    action: 'quarantine.read',
    query: pageQuery,
    answer: contract.quarantineListSchema,
    handle: async ({ index }, { query }: Call<unknown, Page, unknown>) => ({
      entries: (
        await index.ingest.quarantined({
          limit: query.limit,
          ...(query.before === undefined ? {} : { before: query.before as QuarantineId }),
        })
      ).map(quarantineAnswer),
    }),
  },
  {
    method: 'GET',
    url: '/record',
    summary: 'The region’s record, newest first',
    action: 'record.read',
    query: pageQuery,
    answer: contract.recordListSchema,
    handle: async ({ index }, { actor, query }: Call<unknown, Page, unknown>) => {
      const records = await index.audit.find({
        limit: query.limit,
        ...(query.before === undefined ? {} : { beforeSeq: Number(query.before) }),
      });
      await index.audit.append([
        {
          action: 'record-exported',
          outcome: 'success',
          who: auditWho(actor),
          remoteAddress: actor.remoteAddress,
          what: { count: records.length },
        },
      ]);
      const names = await namesFor(index, records);
      return { entries: records.map((record) => recordAnswer(record, names)), next: nextSeq(records, query.limit) };
    },
  },
  {
    method: 'GET',
    url: '/notices',
    summary: 'What the facility should know: new versions of its instances, studies that name another patient than before',
    action: 'study.list',
    query: contract.noticeListQuerySchema,
    answer: contract.noticeListSchema,
    handle: async (
      { index, recorder, clock },
      { actor, query }: Call<unknown, z.output<typeof contract.noticeListQuerySchema>, unknown>,
    ) => {
      const notices = await index.studies.notices(facilityOf(actor).id, query.limit);
      const withStudies = query.studies === 'true';
      if (withStudies) await recorder.listed(actor, notices.filter(({ study }) => study !== undefined).length, 'notices');
      return { notices: notices.map((notice) => noticeAnswer(actor, notice, withStudies, clock.now())) };
    },
  },
];

/** Decided where the study is known, in `usecases/see-study.ts`; all other actions are decided before the handler runs. */
const STUDY_ACTIONS: ReadonlySet<Action> = new Set<Action>(['study.view', 'study.download', 'study.share', 'study.disclosures']);

/** Signs the request's sender in, for one route. @throws unauthenticated, denied */
export async function whoAsks(stores: ApiStores, request: FastifyRequest, action: Action): Promise<Authenticated> {
  const asking = await authenticateRequest({ people: stores.index.people, clock: stores.clock }, request);
  if (!STUDY_ACTIONS.has(action)) demand(asking.actor, action);
  return asking;
}

function sessionAnswer(user: User, csrfToken: string, synthetic: boolean): contract.Session {
  const { id, email, name, job, administrator, facility, language } = user;
  return {
    user: {
      id,
      email,
      name,
      job,
      administrator,
      language: language ?? null,
      facility: facility === undefined ? null : { code: facility.code, name: facility.name },
    },
    csrfToken,
    synthetic,
  };
}

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

function peopleStores(index: Index) {
  return { people: index.people, audit: index.audit, hashPassword };
}

function sharingStores({ index, access, clock }: ApiStores) {
  return { access, shares: index.shares, people: index.people, clock };
}

function by(actor: PersonActor) {
  return { actor, remoteAddress: actor.remoteAddress };
}

/** Zod leaves absent members as `undefined`; the domain's types want them absent. */
function definite<Given extends object>(given: Given): { [Key in keyof Given]: Exclude<Given[Key], undefined> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Given]: Exclude<Given[Key], undefined>;
  };
}

function nextSeq(records: readonly AuditRecord[], limit: number): number | null {
  return records.length < limit ? null : (records.at(-1)?.seq ?? null);
}

async function namesFor(index: Index, records: readonly AuditRecord[]): Promise<Names> {
  const ids = [
    ...new Set(records.flatMap(({ entry }) => [entry.who.userId, userInDetail(entry.what?.detail)].filter((id) => id !== undefined))),
  ];
  const people = new Map(await Promise.all(ids.map(async (id) => [id, (await index.people.userById(id as UserId))?.name] as const)));
  const facilities = new Map((await index.people.facilities()).map((facility) => [facility.code as string, facility.name]));
  return { person: (id) => people.get(id), facility: (code) => facilities.get(code) };
}
