import { z } from 'zod';
import { programBuild } from '../../doorstep/program-version.ts';
import type { Takes } from '../../doorstep/route.ts';
import { standingOfList } from '../../usecases/access/standing-of-studies.ts';
import { openStudy, studyListTag } from '../../usecases/find/list-studies.ts';
import { studyDetailSchema, studyListQuerySchema, studyListSchema } from '../contract/studies.ts';
import { addressOf, ofQuery, studyParams } from '../parameters.ts';
import { type ApiPorts, type ApiRoute, memberRoute, studyRoute } from '../route.ts';
import { seriesSummary, studySummary } from './answers.ts';

export const STUDY_ROUTES: readonly ApiRoute[] = [
  memberRoute({
    method: 'GET',
    path: '/studies',
    summary: 'Studies the asker’s facility owns or was given, newest first',
    action: 'study.list',
    query: studyListQuerySchema,
    answer: studyListSchema.or(z.undefined()),
    compressed: true,
    handle: async (
      ports: Pick<ApiPorts, 'listStudies'> & Takes<typeof studyListTag> & Takes<typeof standingOfList>,
      { actor, facility, query, request, watch },
    ) => {
      const asked = { ...query, unopened: query.unopened === 'true' };
      // Another build of the program may say more of a study.
      const etag = `"${await studyListTag(ports, actor, facility, asked)}-${programBuild()}"`;
      if (request.headers['if-none-match'] === etag) return { status: 304, headers: { etag }, body: undefined };
      const page = await ports.listStudies(actor, facility, asked);
      watch(standingOfList(ports, page.studies));
      const now = ports.clock.now();
      return {
        headers: { etag },
        body: { studies: page.studies.map((study) => studySummary(actor, study, now)), next: page.next ?? null },
      };
    },
  }),
  studyRoute({
    method: 'GET',
    path: '/studies/:studyInstanceUID',
    summary: 'One study with its series',
    action: 'study.view',
    params: studyParams,
    query: ofQuery,
    study: ({ params, query }) => addressOf(params, query),
    answer: studyDetailSchema,
    compressed: true,
    handle: async (ports: Takes<typeof openStudy>, { actor, seen }) => {
      const { study, series } = await openStudy(ports, actor, seen);
      return { body: { ...studySummary(actor, study, ports.clock.now()), series: series.map(seriesSummary) } };
    },
  }),
];
