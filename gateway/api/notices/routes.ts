import { DomainError } from '../../domain/errors.ts';
import type { NoticeId } from '../../domain/identifiers.ts';
import type { Takes } from '../../doorstep/route.ts';
import { settleNotice } from '../../usecases/correct/settle-notice.ts';
import { LIVE_NEWS_PATH } from '../authenticate-request.ts';
import { noticeListQuerySchema, noticeListSchema, settledNoticeSchema, settleNoticeSchema } from '../contract/notices.ts';
import { idParams } from '../parameters.ts';
import { type ApiRoute, memberRoute, type Uses } from '../route.ts';
import { noticeAnswer } from './answers.ts';

const EVENT_STREAM = 'text/event-stream';

export const NOTICE_ROUTES: readonly ApiRoute[] = [
  memberRoute({
    method: 'GET',
    path: '/notices',
    summary: 'What the facility should know: new versions of its instances, patients that changed, UIDs that two places claim',
    action: 'study.list',
    query: noticeListQuerySchema,
    answer: noticeListSchema,
    handle: async (
      { notices, recorder, clock }: Uses<{ notices: 'list'; recorder: 'admit' | 'listed'; clock: 'now' }>,
      { actor, facility, query },
    ) => {
      const found = await notices.list(facility.id, query.limit);
      const withStudies = query.studies === 'true';
      if (withStudies) recorder.admit(actor);
      if (withStudies) await recorder.listed(actor, { list: 'notices', count: found.filter(({ study }) => study !== undefined).length });
      return { body: { notices: found.map((notice) => noticeAnswer(actor, notice, withStudies, clock.now())) } };
    },
  }),
  memberRoute({
    method: 'GET',
    path: LIVE_NEWS_PATH,
    summary: 'Server-sent events: `news` says that there is something new of notices, letters or emergencies, and no more',
    action: 'study.list',
    handle: async ({ live }: Uses<{ live: 'open' }>, { actor, facility, request: { headers, sending } }) => {
      // Whoever did not ask for a stream would wait for its end.
      if (!/\btext\/event-stream\b/i.test(headers.accept ?? '')) throw new DomainError('not-acceptable', `this is ${EVENT_STREAM}`);
      const onceOver = (listener: () => void) => sending.onceOver(listener);
      const file = await live.open({ userId: actor.userId, facilityId: facility.id, onceOver });
      // nginx otherwise keeps what is little until there is more.
      return { headers: { 'content-type': EVENT_STREAM, 'x-accel-buffering': 'no' }, body: undefined, file };
    },
  }),
  memberRoute({
    method: 'POST',
    path: '/notices/:id/settlement',
    summary: 'Say which of two places that claim one UID is right',
    action: 'notice.settle',
    params: idParams<NoticeId>(),
    body: settleNoticeSchema,
    answer: settledNoticeSchema,
    handle: async (ports: Takes<typeof settleNotice>, { facility, params, body: { settlement }, ...asked }) => {
      const { moved } = await settleNotice(ports, asked, facility, { noticeId: params.id, settlement });
      return { body: { settlement, moved } };
    },
  }),
];
