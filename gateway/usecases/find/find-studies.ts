import type { ParsedQuery, QueryLevel } from '../../dicom/query/query-keys.ts';
import type { FairTurns, TurnLimits } from '../../domain/bounds/fair-turns.ts';
import type { Clock } from '../../domain/clock.ts';
import { DomainError } from '../../domain/errors.ts';
import type { FacilityId, SeriesInstanceUID } from '../../domain/identifiers.ts';
import { isLookup, type Match, type QueryPage, SEARCHES_AT_ONCE_MAX } from '../../domain/imaging/query.ts';
import type { IndexedStudy } from '../../domain/imaging/study.ts';
import type { StudyAddress, StudyOf } from '../../domain/imaging/study-address.ts';
import type { FoundInstance, FoundSeries, SearchOnly, StudyIndex } from '../../domain/imaging/study-index.ts';
import type { Actor } from '../../domain/people/actor.ts';
import { listScope } from '../../domain/sharing/access.ts';
import { actorKey, type StudyAccess } from '../access/see-study.ts';
import type { ViewRecorder } from '../record/record-view.ts';

/** Rows of one answer; also what is given when no limit is asked for. */
export const QIDO_LIMIT_MAX = 5000;

/** Searches of a process. One person's are fewer than there are connections for them, so that another's search begins at once. */
export const SEARCH_TURNS: TurnLimits = {
  atOnce: SEARCHES_AT_ONCE_MAX,
  atOnceOfOne: 2,
  waitingMax: 64,
  waitingOfOneMax: 16,
  waitMsMax: 8_000,
};

export interface FindPorts {
  readonly access: Pick<StudyAccess, 'see'>;
  readonly recorder: Pick<ViewRecorder, 'admit' | 'listed'>;
  readonly studies: Pick<StudyIndex, 'findStudies' | 'findSeries' | 'findInstances'>;
  /** Shared by all that search, SEARCH_TURNS. */
  readonly searches: FairTurns;
  readonly clock: Clock;
}

export interface Found<Row> {
  readonly rows: readonly Row[];
  /** There are more than this program gives at once, and not because the asker set a limit. */
  readonly truncated: boolean;
}

/** A search below one study, or one series of it. */
export interface Within extends StudyAddress {
  readonly seriesInstanceUID?: SeriesInstanceUID;
}

/** Below a study, or among all that the asker may see, or among those of one owner. */
export interface Where {
  readonly within?: Within | undefined;
  readonly of?: StudyOf | undefined;
}

/** Each is on record with its number of rows before it is answered. @throws denied, not-found (of `within`), invalid, busy, unavailable */
export function findStudies(
  ports: FindPorts,
  actor: Actor,
  query: ParsedQuery,
  where: Pick<Where, 'of'>,
  signal: AbortSignal,
): Promise<Found<IndexedStudy>> {
  const find: Find<IndexedStudy> = (scope, matches, page, only) => ports.studies.findStudies(scope, matches, page, ports.clock.now(), only);
  return search(ports, actor, { query, level: 'study', where }, find, signal);
}

export async function findSeries(
  ports: FindPorts,
  actor: Actor,
  query: ParsedQuery,
  where: Where,
  signal: AbortSignal,
): Promise<Found<FoundSeries>> {
  const find: Find<FoundSeries> = (scope, matches, page, only) => ports.studies.findSeries(scope, matches, page, ports.clock.now(), only);
  return search(ports, actor, { query, level: 'series', where }, find, signal);
}

export async function findInstances(
  ports: FindPorts,
  actor: Actor,
  query: ParsedQuery,
  where: Where,
  signal: AbortSignal,
): Promise<Found<FoundInstance>> {
  const find: Find<FoundInstance> = (scope, matches, page, only) =>
    ports.studies.findInstances(scope, matches, page, ports.clock.now(), only);
  return search(ports, actor, { query, level: 'instance', where }, find, signal);
}

type Find<Row> = (scope: FacilityId, matches: readonly Match[], page: QueryPage, only: SearchOnly) => Promise<readonly Row[]>;

/** What the record calls the rows of a level. */
const ROWS_OF = { study: 'studies', series: 'series', instance: 'instances' } as const;

async function search<Row extends IndexedStudy | FoundSeries | FoundInstance>(
  { access, recorder, searches }: FindPorts,
  actor: Actor,
  { query, level, where: { within, of } }: { query: ParsedQuery; level: QueryLevel; where: Where },
  find: Find<Row>,
  signal: AbortSignal,
): Promise<Found<Row>> {
  const scope = listScope(actor);
  if (scope === undefined) throw new DomainError('denied', 'only members of a facility may search');
  recorder.admit(actor);
  const seen = within && (await access.see(actor, 'study.view', within));
  // The same UID may be several studies: below one it is the one that is seen.
  const only: SearchOnly = seen === undefined ? { ...(of === undefined ? {} : { of }) } : { studyId: seen.study.id };
  const limit = Math.min(query.limit ?? QIDO_LIMIT_MAX, QIDO_LIMIT_MAX);
  // One row more than is given tells whether there are more.
  const matches = [...query.matches, ...matchesOf(within)];
  const page = { offset: query.offset, limit: limit + 1 };
  const ask = () => find(scope, matches, page, only);
  const found = await (isLookup(level, matches, page) ? ask() : searches.run(actorKey(actor), ask, signal));
  const rows = found.slice(0, limit);
  await recorder.listed(
    actor,
    { list: ROWS_OF[level], count: rows.length },
    seen && { seen, ...(within?.seriesInstanceUID === undefined ? {} : { seriesInstanceUID: within.seriesInstanceUID }) },
  );
  return { rows, truncated: found.length > limit && (query.limit === undefined || query.limit > QIDO_LIMIT_MAX) };
}

function matchesOf(within: Within | undefined): Match[] {
  if (within === undefined) return [];
  const { studyInstanceUID, seriesInstanceUID } = within;
  const study: Match = { keyword: 'StudyInstanceUID', kind: 'values', values: [studyInstanceUID] };
  return seriesInstanceUID === undefined ? [study] : [study, { keyword: 'SeriesInstanceUID', kind: 'values', values: [seriesInstanceUID] }];
}
