import type { FacilityCode, UserId } from '../../domain/identifiers.ts';
import { type AuditAction, actOfAdministrator, type ChainedEntry, type ExportFormat } from '../../domain/record/audit.ts';
import type { AuditFilter } from '../../domain/record/audit-log.ts';
import { endOfDay, startOfDay } from '../../domain/region-days.ts';
import type { Takes } from '../../doorstep/route.ts';
import { demand } from '../../usecases/access/demand.ts';
import { exportRecord } from '../../usecases/export/export-record.ts';
import { type RecordQuery, recordExportSchema, recordListSchema, recordQuerySchema } from '../contract/record.ts';
import { beforeSeq, pageQuery } from '../parameters.ts';
import { type ApiPorts, type ApiRoute, route, type Uses } from '../route.ts';
import { namesFor, recordAnswer } from './answers.ts';
import { FEE_ROUTES } from './fee-routes.ts';
import { OVERSIGHT_ROUTES } from './oversight-routes.ts';
import { UNUSUAL_ROUTES } from './unusual-routes.ts';

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
      const entries = await ports.audit.find({ ...filterOf(query, ports.timeZone), ...beforeSeq(query), limit: query.limit });
      await ports.audit.append([{ ...actOfAdministrator(actor), action: 'record-exported', what: { count: entries.length } }]);
      const names = await namesFor(ports, entries, request);
      return { body: { entries: entries.map((entry) => recordAnswer(entry, names)), next: nextSeq(entries, query.limit) } };
    },
  }),
  route({
    method: 'POST',
    path: '/record/exports',
    summary: 'What of the record is asked for, whole, as a file: a table (CSV), DICOM audit messages (PS3.15 A.5) or FHIR R4 AuditEvents',
    action: 'record.read',
    body: recordExportSchema,
    handle: async (
      ports: Takes<typeof exportRecord> & Takes<typeof namesFor> & Pick<ApiPorts, 'timeZone' | 'clock' | 'source'>,
      { actor, body, request, watch },
    ) => {
      const { format, filter, words = {} } = body;
      const { bytes } = await exportRecord(ports, actor, {
        format,
        filter: filterOf(filter, ports.timeZone),
        words,
        timeZone: ports.timeZone,
        names: (entries) => namesFor(ports, entries, request),
        source: ports.source,
      });
      watch(async (again) => demand(again, 'record.read'));
      const [type, ending] = FILE_OF[format];
      const name = `record-${ports.clock.now().toISOString().slice(0, 10)}.${ending}`;
      return { headers: { 'content-type': type, 'content-disposition': `attachment; filename="${name}"` }, body: undefined, file: bytes };
    },
  }),
  ...FEE_ROUTES,
  ...OVERSIGHT_ROUTES,
  ...UNUSUAL_ROUTES,
];

/** Media type and ending of the file's name. */
const FILE_OF: Readonly<Record<ExportFormat, readonly [string, string]>> = {
  csv: ['text/csv; charset=utf-8', 'csv'],
  'csv-shift-jis': ['text/csv; charset=shift_jis', 'csv'],
  // One document a line.
  'dicom-audit': ['text/plain; charset=utf-8', 'xml.txt'],
  'fhir-ndjson': ['application/fhir+ndjson', 'ndjson'],
  'fhir-bundle': ['application/fhir+json', 'json'],
};

function nextSeq(entries: readonly ChainedEntry[], limit: number): number | null {
  return entries.length < limit ? null : (entries.at(-1)?.seq ?? null);
}

function filterOf(query: RecordQuery, timeZone: string): Omit<AuditFilter, 'limit' | 'beforeSeq'> {
  const { who, facility, outcome, action, about, from, to } = query;
  return {
    ...(who === undefined ? {} : { userId: who as UserId }),
    ...(facility === undefined ? {} : { facilityCode: facility as FacilityCode }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(action === undefined ? {} : { actions: [action as AuditAction] }),
    ...(about === undefined ? {} : { about }),
    ...(from === undefined ? {} : { from: startOfDay(from, timeZone) }),
    ...(to === undefined ? {} : { to: endOfDay(to, timeZone) }),
  };
}
