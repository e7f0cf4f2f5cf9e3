import type { z } from 'zod';
import type { FacilityCode, UserId } from '../../domain/identifiers.ts';
import { type AuditAction, auditWho, type ChainedEntry } from '../../domain/record/audit.ts';
import type { AuditFilter } from '../../domain/record/audit-log.ts';
import { rightAndPurpose } from '../../domain/record/purpose.ts';
import { endOfDay, startOfDay } from '../../domain/region-days.ts';
import type { Takes } from '../../doorstep/route.ts';
import { recordListSchema, recordQuerySchema } from '../contract/record.ts';
import { beforeSeq, pageQuery } from '../parameters.ts';
import { type ApiPorts, type ApiRoute, route, type Uses } from '../route.ts';
import { namesFor, recordAnswer } from './answers.ts';

const recordQuery = recordQuerySchema.safeExtend(pageQuery.shape);

export const RECORD_ROUTES: readonly ApiRoute[] = [
  route({
    method: 'GET',
    path: '/record',
    summary:
      'The region’s record, newest first, or what of it is about somebody, a facility, an act, an outcome, a patient, a study, some days',
    action: 'record.read',
    recorded: true,
    query: recordQuery,
    answer: recordListSchema,
    handle: async (
      ports: Uses<{ audit: 'find' | 'append' }> & Takes<typeof namesFor> & Pick<ApiPorts, 'timeZone'>,
      { actor, query, request },
    ) => {
      const entries = await ports.audit.find(filterOf(query, ports.timeZone));
      await ports.audit.append([
        {
          action: 'record-exported',
          outcome: 'success',
          who: auditWho(actor),
          remoteAddress: actor.remoteAddress,
          what: { count: entries.length },
          ...rightAndPurpose({ kind: 'administrator' }),
        },
      ]);
      const names = await namesFor(ports, entries, request);
      return { body: { entries: entries.map((entry) => recordAnswer(entry, names)), next: nextSeq(entries, query.limit) } };
    },
  }),
];

function nextSeq(entries: readonly ChainedEntry[], limit: number): number | null {
  return entries.length < limit ? null : (entries.at(-1)?.seq ?? null);
}

function filterOf(query: z.output<typeof recordQuery>, timeZone: string): AuditFilter {
  const { limit, who, facility, outcome, action, about, from, to } = query;
  return {
    limit,
    ...beforeSeq(query),
    ...(who === undefined ? {} : { userId: who as UserId }),
    ...(facility === undefined ? {} : { facilityCode: facility as FacilityCode }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(action === undefined ? {} : { actions: [action as AuditAction] }),
    ...(about === undefined ? {} : { about }),
    ...(from === undefined ? {} : { from: startOfDay(from, timeZone) }),
    ...(to === undefined ? {} : { to: endOfDay(to, timeZone) }),
  };
}
