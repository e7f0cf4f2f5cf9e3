import type { z } from 'zod';
import { type ParsedQuery, parseQuery, type QueryLevel } from '../dicom/query/query-keys.ts';
import { DomainError } from '../domain/errors.ts';
import type { DicomJson } from '../domain/imaging/dataset.ts';
import type { IndexedStudy } from '../domain/imaging/study.ts';
import type { FoundInstance, FoundSeries } from '../domain/imaging/study-index.ts';
import type { HttpAnswer } from '../doorstep/exchange.ts';
import type { Takes } from '../doorstep/route.ts';
import { hasLargeHeader, header } from '../instances/instance-bytes.ts';
import { standingOfList } from '../usecases/access/standing-of-studies.ts';
import { findInstances, findSeries, findStudies, QIDO_LIMIT_MAX, type Where } from '../usecases/find/find-studies.ts';
import { absoluteBulkData } from '../usecases/retrieve/retrieve-metadata.ts';
import { covers, parseAccept } from './media/media-types.ts';
import { DICOM_JSON } from './media/outgoing.ts';
import {
  acceptOf,
  addressOf,
  type InstanceParams,
  ofParams,
  onceEach,
  queryPairs,
  type StudyParams,
  seriesParams,
  studyParams,
} from './parameters.ts';
import { type IncludeFields, instanceRow, needsHeader, seriesRow, studyRow } from './qido-rows.ts';
import {
  type Call,
  type DicomwebPorts,
  type DicomwebRoute,
  type MemberCall,
  memberRoute,
  type OfMember,
  type OfStudy,
  studyRoute,
} from './route.ts';
import { studyUrl } from './study-url.ts';

/** Parameters of any request, PS3.18 8.3.3 and 8.3.5, that are no keys. Empty Value Matching is not done, and said so. */
const NOT_KEYS: ReadonlySet<string> = new Set(['accept', 'charset', 'emptyvaluematching', 'multiplevaluematching']);

/** Characters of the rows of one answer. */
export const QIDO_ANSWER_CHARS_MAX = 16 * 1024 * 1024;
const HEADERS_AT_ONCE = 16;
/** How long something may have come to a study and be said to have come lately: far longer than nodes' clocks differ. */
const LATELY_MS = 60_000;

type Ports = Takes<typeof findStudies> &
  Takes<typeof standingOfList> & {
    readonly access: Pick<DicomwebPorts['access'], 'described'>;
    readonly studies: Pick<DicomwebPorts['studies'], 'headersOf' | 'hasReplaced'>;
  };
type Params = Pick<InstanceParams, 'of'> & Partial<Pick<InstanceParams, 'series'>>;
type Query = z.output<typeof common.query>;
/** Among all that a facility may see, or below the study that was seen. */
type Search = Call<Params, Query> & (OfMember | OfStudy<'study.view'>);

const common = { method: 'GET', query: onceEach('accept') } as const;
const among = { ...common, action: 'study.list' } as const;
const below = { ...common, action: 'study.view', study: ({ params }: { readonly params: StudyParams }) => addressOf(params) } as const;

/** PS3.18 10.6: Search Transaction, at every level. */
export const SEARCH_ROUTES: readonly DicomwebRoute[] = [
  memberRoute({ ...among, path: '/studies', params: ofParams, handle: searchStudies }),
  memberRoute({ ...among, path: '/series', params: ofParams, handle: searchSeries }),
  studyRoute({ ...below, path: '/studies/:study/series', params: studyParams, handle: searchSeries }),
  memberRoute({ ...among, path: '/instances', params: ofParams, handle: searchInstances }),
  studyRoute({ ...below, path: '/studies/:study/instances', params: studyParams, handle: searchInstances }),
  studyRoute({ ...below, path: '/studies/:study/series/:series/instances', params: seriesParams, handle: searchInstances }),
];

async function searchStudies(ports: Ports, call: MemberCall<Params, Query>): Promise<HttpAnswer> {
  const { query, answer } = begin(call, 'study');
  const { facility, params } = call;
  const { of } = params;
  const { rows, truncated } = await findStudies(ports, call.actor, query, { facility, of }, call.request.sending.leaving);
  watchRows(ports, call, rows);
  const root = call.root();
  const row = (study: IndexedStudy) => studyRow(study, query.includeFields, studyUrl(root, study, of !== undefined));
  return answer(
    rows.map((study) => JSON.stringify(row(study))),
    truncated,
  );
}

async function searchSeries(ports: Ports, call: Search): Promise<HttpAnswer> {
  const { query, answer } = begin(call, 'series');
  const { of } = call.params;
  const { rows, truncated } = await findSeries(ports, call.actor, query, whereOf(call), call.request.sending.leaving);
  watchRows(ports, call, rows);
  const root = call.root();
  const row = (found: FoundSeries) =>
    seriesRow(found, query.includeFields, studyUrl(root, found.study, of !== undefined), isAmongAll(call));
  return answer(
    rows.map((found) => JSON.stringify(row(found))),
    truncated,
  );
}

async function searchInstances(ports: Ports, call: Search): Promise<HttpAnswer> {
  const { query, answer } = begin(call, 'instance');
  const { of, series } = call.params;
  const { leaving } = call.request.sending;
  const { rows, truncated } = await findInstances(ports, call.actor, query, whereOf(call), leaving);
  watchRows(ports, call, rows);
  await describedBy(ports, call, rows);
  const whole = { study: isAmongAll(call), series: series === undefined };
  const root = call.root();
  const urlOf = ({ study }: FoundInstance) => studyUrl(root, study, of !== undefined);
  const answers: string[] = [];
  let chars = 0;
  let without = 0;
  for await (const { row, withoutHeader } of instanceRows(ports, rows, query.includeFields, urlOf, whole)) {
    leaving.throwIfAborted();
    const text = JSON.stringify(row);
    chars += text.length;
    if (chars > QIDO_ANSWER_CHARS_MAX && answers.length > 0) break;
    if (withoutHeader) without += 1;
    answers.push(text);
  }
  return answer(answers, truncated, rows.length, without);
}

/** Who loses the right to one of the rows among all studies while they are made or go out gets no more of them. Below one study the door watches it. */
function watchRows(
  ports: Pick<Ports, 'studies' | 'clock'>,
  call: Search,
  rows: readonly (IndexedStudy | FoundSeries | FoundInstance)[],
): void {
  if (rows.length === 0 || !isAmongAll(call)) return;
  const studies = rows.map((row) => ('owner' in row ? row : row.study));
  call.watch(standingOfList(ports, studies));
}

/** Below one study: nobody gives frames by its name alone of an older version than the rows tell of. */
async function describedBy(
  { access, studies, clock }: Pick<Ports, 'access' | 'studies' | 'clock'>,
  call: Search,
  [row]: readonly FoundInstance[],
): Promise<void> {
  if (row === undefined || isAmongAll(call)) return;
  const { id, study, lastReceivedAt } = row.study;
  const isLate = clock.now().getTime() - lastReceivedAt.getTime() < LATELY_MS;
  await access.described(study.studyInstanceUID, `rows ${id} ${lastReceivedAt.getTime()}`, async () => isLate && studies.hasReplaced(id));
}

function begin(call: Call<Params, Query>, level: QueryLevel) {
  if (!parseAccept(acceptOf(call)).some((range) => covers(range, DICOM_JSON) || covers(range, 'application/json'))) {
    throw new DomainError('not-acceptable', 'search results are made as application/dicom+json only');
  }
  const pairs = queryPairs(call.request);
  const query = parseQuery(
    level,
    pairs.filter(([name]) => !NOT_KEYS.has(name.toLowerCase())),
  );
  /** Rows as JSON. `found`: how many there are, when not all of them are given. */
  const answer = (rows: readonly string[], truncated: boolean, found = rows.length, withoutHeader = 0): HttpAnswer => {
    const warnings = warningsOf(query, pairs, truncated);
    if (withoutHeader > 0)
      warnings.push(`${withoutHeader} results have headers too large for a list: not all attributes are included. Ask for their metadata.`);
    if (rows.length < found)
      warnings.push(`The answer would be too large: ${rows.length} of ${found} results. Ask for the next ones with offset.`);
    const warning = warnings.length === 0 ? {} : { warning: warnings.map((text) => `299 ${call.base()}: ${text}`) };
    return {
      status: 200,
      headers: { 'content-type': DICOM_JSON, 'cache-control': 'private, no-store', ...warning },
      body: `[${rows.join(',')}]`,
    };
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

function isAmongAll(call: Search): boolean {
  return !('seen' in call);
}

function whereOf(call: Search): Where {
  const { of, series } = call.params;
  if (!('seen' in call)) return { facility: call.facility, of };
  return { seen: call.seen, ...(series === undefined ? {} : { seriesInstanceUID: series }) };
}

/** Row by row: of the headers that rows need, few are in memory at once. */
async function* instanceRows(
  { studies }: Pick<Ports, 'studies'>,
  rows: readonly FoundInstance[],
  include: IncludeFields,
  urlOf: (found: FoundInstance) => string,
  whole: { readonly study: boolean; readonly series: boolean },
): AsyncGenerator<{ readonly row: DicomJson; readonly withoutHeader: boolean }> {
  for (let from = 0; from < rows.length; from += HEADERS_AT_ONCE) {
    const some = rows.slice(from, from + HEADERS_AT_ONCE);
    const wanting = some.filter((found) => needsHeader(include, found)).map(({ versionId }) => versionId);
    const headers = wanting.length === 0 ? undefined : await studies.headersOf(wanting);
    for (const found of some) {
      const gzip = headers?.get(found.versionId);
      const small = gzip !== undefined && !hasLargeHeader(gzip) ? gzip : undefined;
      const url = urlOf(found);
      const row = instanceRow(found, small && (await headerWithUrls(found, small, url)), include, url, whole);
      yield { row, withoutHeader: small === undefined && needsHeader(include, found) };
    }
  }
}

async function headerWithUrls(found: FoundInstance, gzip: Uint8Array, urlOfStudy: string): Promise<DicomJson> {
  const instanceUrl = `${urlOfStudy}/series/${found.seriesInstanceUID}/instances/${found.instance.sopInstanceUID}`;
  return absoluteBulkData(await header(gzip), instanceUrl);
}
