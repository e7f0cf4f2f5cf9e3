import type { SeriesInstanceUID, ShareId } from '../../domain/identifiers.ts';
import type { ChainedEntry } from '../../domain/record/audit.ts';
import { endOfDay } from '../../domain/region-days.ts';
import type { Takes } from '../../doorstep/route.ts';
import { DISCLOSURES_LIMIT_MAX, listDisclosures } from '../../usecases/record/list-disclosures.ts';
import { listShares, revokeShare, shareStudy } from '../../usecases/share/share-study.ts';
import { createShareSchema, disclosureListSchema, shareListSchema, shareSchema } from '../contract/sharing.ts';
import { addressOf, beforeSeq, idParams, ofQuery, pageQuery, studyParams } from '../parameters.ts';
import { namesFor, recordAnswer } from '../record/answers.ts';
import { type ApiPorts, type ApiRoute, studyRoute } from '../route.ts';
import { shareAnswer } from './answers.ts';

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
      const until = body.until.length === 'YYYY-MM-DD'.length ? endOfDay(body.until, ports.timeZone) : new Date(body.until);
      const request = {
        toFacilityCode: body.facilityCode,
        ...(body.job === undefined ? {} : { toJob: body.job }),
        ...(body.person === undefined ? {} : { toPerson: body.person }),
        ...(body.notBefore === undefined ? {} : { notBefore: new Date(body.notBefore) }),
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
      const answer = (entry: ChainedEntry) => recordAnswer(entry, names);
      return { body: { disclosures: entries.map(answer), openings: openings.map(answer), next: next ?? null } };
    },
  }),
];
