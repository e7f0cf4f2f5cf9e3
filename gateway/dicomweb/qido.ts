import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type ParsedQuery, parseQuery, type QueryLevel } from '../dicom/query-keys.ts';
import type { DicomJson } from '../domain/dataset.ts';
import { DomainError } from '../domain/errors.ts';
import type { SeriesInstanceUID, StudyInstanceUID } from '../domain/identifiers.ts';
import type { FoundInstance } from '../domain/ports.ts';
import { findInstances, findSeries, findStudies, QIDO_LIMIT_MAX, type Within } from '../usecases/find-studies.ts';
import { header } from '../usecases/instance-bytes.ts';
import { absoluteBulkData } from '../usecases/retrieve-metadata.ts';
import type { Door } from './context.ts';
import { covers, parseAccept } from './media-types.ts';
import { DICOM_JSON } from './outgoing.ts';
import { instanceRow, needsHeader, seriesRow, studyRow } from './qido-rows.ts';
import { acceptOf, queryPairs, uidParameter } from './request.ts';

interface Params {
  readonly study?: string;
  readonly series?: string;
}

/** Parameters of any request, PS3.18 8.3.3 and 8.3.5, that are no keys. Empty Value Matching is not done, and said so. */
const NOT_KEYS: ReadonlySet<string> = new Set(['accept', 'charset', 'emptyvaluematching', 'multiplevaluematching']);

/** PS3.18 10.6: Search Transaction, at every level. */
export function registerQido(app: FastifyInstance, door: Door): void {
  const config = { action: 'study.list' } as const;

  app.get('/studies', { config }, async (request, reply) => {
    const { query, answer } = begin(door, request, reply, 'study');
    const { rows, truncated } = await findStudies(door, door.actor(request), query);
    const base = door.base(request);
    return answer(
      rows.map((record) => studyRow(record, query.includeFields, base)),
      truncated,
    );
  });

  for (const url of ['/series', '/studies/:study/series']) {
    app.get<{ Params: Params }>(url, { config }, async (request, reply) => {
      const { query, answer } = begin(door, request, reply, 'series');
      const within = withinOf(request.params);
      const { rows, truncated } = await findSeries(door, door.actor(request), query, within);
      const base = door.base(request);
      return answer(
        rows.map((found) => seriesRow(found, query.includeFields, base, within === undefined)),
        truncated,
      );
    });
  }

  for (const url of ['/instances', '/studies/:study/instances', '/studies/:study/series/:series/instances']) {
    app.get<{ Params: Params }>(url, { config }, async (request, reply) => {
      const { query, answer } = begin(door, request, reply, 'instance');
      const within = withinOf(request.params);
      const { rows, truncated } = await findInstances(door, door.actor(request), query, within);
      const base = door.base(request);
      const whole = { study: within === undefined, series: within?.seriesInstanceUID === undefined };
      const answers: DicomJson[] = [];
      for (const found of rows) {
        const own = needsHeader(query.includeFields, found) ? await headerWithUrls(found, base) : undefined;
        answers.push(instanceRow(found, own, query.includeFields, base, whole));
      }
      return answer(answers, truncated);
    });
  }
}

function begin(door: Door, request: FastifyRequest, reply: FastifyReply, level: QueryLevel) {
  if (!parseAccept(acceptOf(request)).some((range) => covers(range, DICOM_JSON) || covers(range, 'application/json'))) {
    throw new DomainError('not-acceptable', 'search results are made as application/dicom+json only');
  }
  const pairs = queryPairs(request);
  const query = parseQuery(
    level,
    pairs.filter(([name]) => !NOT_KEYS.has(name.toLowerCase())),
  );
  const answer = (rows: readonly DicomJson[], truncated: boolean) => {
    const warnings = warningsOf(query, pairs, truncated);
    if (warnings.length > 0)
      reply.header(
        'warning',
        warnings.map((text) => `299 ${door.base(request)}: ${text}`),
      );
    return reply.type(DICOM_JSON).header('cache-control', 'private, no-store').send(JSON.stringify(rows));
  };
  return { query, answer };
}

/** Parameters of one query that a warning names; a header has its bounds too. */
const IGNORED_NAMED_MAX = 20;

/** PS3.18 8.3.4: what a search did not do, or did not give, is said in a Warning header. */
function warningsOf(query: ParsedQuery, pairs: readonly (readonly [string, string])[], truncated: boolean): string[] {
  const warnings: string[] = [];
  if (truncated) warnings.push(`There are more than ${QIDO_LIMIT_MAX} results. Ask for the next ones with offset.`);
  if (query.ignored.length > 0) {
    const names = query.ignored.slice(0, IGNORED_NAMED_MAX).map((name) => name.replace(/[^A-Za-z0-9.]/g, '?').slice(0, 64));
    const further = query.ignored.length - names.length;
    warnings.push(`Not matched on at this level: ${names.join(', ')}${further === 0 ? '' : ` and ${further} more`}.`);
  }
  warnings.push(...query.remarks);
  if (pairs.some(([name, value]) => name.toLowerCase() === 'emptyvaluematching' && value.toLowerCase() === 'true')) {
    warnings.push('The emptyvaluematching parameter is not supported. Empty Value Matching has not been performed.');
  }
  return warnings;
}

function withinOf({ study, series }: Params): Within | undefined {
  if (study === undefined) return undefined;
  return {
    studyInstanceUID: uidParameter<StudyInstanceUID>(study),
    ...(series === undefined ? {} : { seriesInstanceUID: uidParameter<SeriesInstanceUID>(series) }),
  };
}

async function headerWithUrls(found: FoundInstance, base: string): Promise<DicomJson> {
  const { studyInstanceUID, seriesInstanceUID, instance } = found;
  const instanceUrl = `${base}/studies/${studyInstanceUID}/series/${seriesInstanceUID}/instances/${instance.sopInstanceUID}`;
  return absoluteBulkData(await header(found.metadataGzip), instanceUrl);
}
