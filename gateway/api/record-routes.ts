/** Routes of the region's record, for administrators. */
import type { z } from 'zod';
import type { UserId } from '../domain/identifiers.ts';
import { type AuditAction, auditWho } from '../domain/record/audit.ts';
import type { AuditFilter } from '../domain/record/audit-log.ts';
import { recordAnswer } from './answers.ts';
import * as contract from './contract.ts';
import { endOfDay, startOfDay } from './end-of-day.ts';
import { pageQuery } from './page-query.ts';
import { namesFor, nextSeq } from './record-names.ts';
import type { Call, Route } from './route.ts';

const recordQuery = pageQuery.extend(contract.recordQuerySchema.shape);

export const RECORD_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    url: '/record',
    summary: 'The region’s record, newest first, or what of it is about somebody, an act, a patient, a study, some days',
    action: 'record.read',
    recorded: true,
    query: recordQuery,
    answer: contract.recordListSchema,
    handle: async ({ index, timeZone }, { actor, query }: Call<unknown, z.output<typeof recordQuery>, unknown>) => {
      const records = await index.audit.find(filterOf(query, timeZone));
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
];

function filterOf({ limit, before, who, action, about, from, to }: z.output<typeof recordQuery>, timeZone: string): AuditFilter {
  return {
    limit,
    ...(before === undefined ? {} : { beforeSeq: Number(before) }),
    ...(who === undefined ? {} : { userId: who as UserId }),
    ...(action === undefined ? {} : { actions: [action as AuditAction] }),
    ...(about === undefined ? {} : { about }),
    ...(from === undefined ? {} : { from: startOfDay(from, timeZone) }),
    ...(to === undefined ? {} : { to: endOfDay(to, timeZone) }),
  };
}
