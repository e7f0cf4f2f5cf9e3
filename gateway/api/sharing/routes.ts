import type { SeriesInstanceUID, ShareId, UserId } from '../../domain/identifiers.ts';
import type { ChainedEntry } from '../../domain/record/audit.ts';
import { endOfDay, startOfDay } from '../../domain/region-days.ts';
import type { Takes } from '../../doorstep/route.ts';
import { DISCLOSURES_LIMIT_MAX, listDisclosures } from '../../usecases/record/list-disclosures.ts';
import { findReceivers } from '../../usecases/share/find-receivers.ts';
import { listShares, revokeShare, shareStudy } from '../../usecases/share/share-study.ts';
import { facilityCode } from '../contract/fields.ts';
import {
  type CreateShare,
  createShareSchema,
  disclosureListSchema,
  receiverListSchema,
  receiverQuerySchema,
  shareListSchema,
  shareSchema,
} from '../contract/sharing.ts';
import { addressOf, beforeSeq, idParams, ofQuery, pageQuery, studyParams } from '../parameters.ts';
import { namesFor, recordAnswer } from '../record/answers.ts';
import { type ApiPorts, type ApiRoute, studyRoute } from '../route.ts';
import { disclosureAnswer, receiversAnswer, shareAnswer } from './answers.ts';

export const SHARING_ROUTES: readonly ApiRoute[] = [
  studyRoute({
    method: 'GET',
    path: '/studies/:studyInstanceUID/shares',
    summary: 'Who has the study, and who had it',
    action: 'study.disclosures',
    params: studyParams,
    query: ofQuery,
    study: ({ params, query }) => addressOf(params, query),
    answer: shareListSchema,
    handle: async (ports: Takes<typeof listShares>, { seen }) => ({
      body: { shares: (await listShares(ports, seen)).map(shareAnswer) },
    }),
  }),
  studyRoute({
    method: 'POST',
    path: '/studies/:studyInstanceUID/shares',
    summary:
      'Share the study with a facility, a job in it or a person of it until a day; sharing again with the same changes what is said of it',
    action: 'study.share',
    params: studyParams,
    query: ofQuery,
    study: ({ params, query }) => addressOf(params, query),
    body: createShareSchema,
    answer: shareSchema,
    status: 201,
    handle: async (ports: Takes<typeof shareStudy> & Pick<ApiPorts, 'timeZone'>, { seen, body, ...asked }) => {
      const [until, notBefore] = termOf(body, ports.timeZone);
      const request = {
        toFacilityCode: body.facilityCode,
        ...(body.job === undefined ? {} : { toJob: body.job }),
        ...(body.person === undefined ? {} : { toPerson: body.person }),
        ...(body.personId === undefined ? {} : { toPersonId: body.personId as UserId }),
        ...(notBefore === undefined ? {} : { notBefore }),
        until,
        mayDownload: body.mayDownload,
        heldBack: body.heldBack as SeriesInstanceUID[] | undefined,
      };
      return { body: shareAnswer(await shareStudy(ports, asked, seen, request)) };
    },
  }),
  studyRoute({
    method: 'DELETE',
    path: '/studies/:studyInstanceUID/shares/:id',
    summary: 'Revoke a share, at once',
    action: 'study.share',
    params: studyParams.extend(idParams<ShareId>().shape),
    query: ofQuery,
    study: ({ params, query }) => addressOf(params, query),
    answer: shareSchema,
    handle: async (ports: Takes<typeof revokeShare>, { params, seen, ...asked }) => ({
      body: shareAnswer(await revokeShare(ports, asked, seen, params.id)),
    }),
  }),
  studyRoute({
    method: 'GET',
    path: '/studies/:studyInstanceUID/receivers/:code',
    summary: 'To whom of a facility the study may be given: the jobs that are there, and doctors by some of their name',
    action: 'study.share',
    params: studyParams.extend({ code: facilityCode }),
    query: receiverQuerySchema.extend(ofQuery.shape),
    study: ({ params, query }) => addressOf(params, query),
    answer: receiverListSchema,
    handle: async (ports: Takes<typeof findReceivers>, { params, query }) => ({
      body: receiversAnswer(await findReceivers(ports, { facilityCode: params.code, typed: query.q })),
    }),
  }),
  studyRoute({
    method: 'GET',
    path: '/studies/:studyInstanceUID/disclosures',
    summary: 'Who was given the study and who opened it, newest first',
    action: 'study.disclosures',
    recorded: true,
    params: studyParams,
    query: pageQuery.extend(ofQuery.shape),
    study: ({ params, query }) => addressOf(params, query),
    answer: disclosureListSchema,
    handle: async (ports: Takes<typeof listDisclosures> & Takes<typeof namesFor>, { actor, query, request, seen }) => {
      const { entries, openings, next } = await listDisclosures(ports, actor, seen, {
        limit: Math.min(query.limit, DISCLOSURES_LIMIT_MAX),
        ...beforeSeq(query),
      });
      const names = await namesFor(ports, [...entries, ...openings], request);
      const answer = (entry: ChainedEntry) => disclosureAnswer(recordAnswer(entry, names));
      return { body: { disclosures: entries.map(answer), openings: openings.map(answer), next: next ?? null } };
    },
  }),
];

/** Days are whole days of the region. */
function termOf({ until, notBefore }: CreateShare, timeZone: string): readonly [Date, Date | undefined] {
  const isDay = (text: string) => text.length === 'YYYY-MM-DD'.length;
  const from = notBefore !== undefined && isDay(notBefore) ? startOfDay(notBefore, timeZone) : notBefore && new Date(notBefore);
  return [isDay(until) ? endOfDay(until, timeZone) : new Date(until), from || undefined];
}
