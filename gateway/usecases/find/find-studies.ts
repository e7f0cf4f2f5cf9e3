import type { ParsedQuery, QueryLevel } from '../../dicom/query/query-keys.ts';
import type { FairTurns, TurnLimits } from '../../domain/bounds/fair-turns.ts';
import type { Clock } from '../../domain/clock.ts';
import { isLookup, type Match, type QueryPage, SEARCHES_AT_ONCE_MAX } from '../../domain/imaging/query.ts';
import type { IndexedStudy } from '../../domain/imaging/study.ts';
import type { StudyOf } from '../../domain/imaging/study-address.ts';
import type { FoundInstance, FoundSeries, SearchOnly, StudyIndex } from '../../domain/imaging/study-index.ts';
import type { Actor, FacilityRef } from '../../domain/people/actor.ts';
import { decideStudy } from '../../domain/sharing/access.ts';
import { type Asker, askerOf } from '../../domain/sharing/audience.ts';
import { actorKey, type SeenStudy } from '../access/see-study.ts';
import type { ViewRecorder, Within } from '../record/record-view.ts';

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

/** Among all that the facility may see, or among those of one owner. */
export interface Among {
  readonly facility: FacilityRef;
  readonly of?: StudyOf | undefined;
}

/** Below the study that was seen, or one series of it. */
export interface Below extends Within {
  readonly seen: SeenStudy<'study.view'>;
}

export type Where = Among | Below;

/** Each is on record with its number of rows before it is answered. @throws invalid, busy, too-many, unavailable */
export function findStudies(
  ports: FindPorts,
  actor: Actor,
  query: ParsedQuery,
  where: Among,
  signal: AbortSignal,
): Promise<Found<IndexedStudy>> {
  const find: Find<IndexedStudy> = (asker, matches, page, only) => ports.studies.findStudies(asker, matches, page, ports.clock.now(), only);
  return search(ports, actor, { query, level: 'study', where }, find, signal);
}

export async function findSeries(
  ports: FindPorts,
  actor: Actor,
  query: ParsedQuery,
  where: Where,
  signal: AbortSignal,
): Promise<Found<FoundSeries>> {
  const find: Find<FoundSeries> = (asker, matches, page, only) => ports.studies.findSeries(asker, matches, page, ports.clock.now(), only);
  return search(ports, actor, { query, level: 'series', where }, find, signal);
}

export async function findInstances(
  ports: FindPorts,
  actor: Actor,
  query: ParsedQuery,
  where: Where,
  signal: AbortSignal,
): Promise<Found<FoundInstance>> {
  const find: Find<FoundInstance> = (asker, matches, page, only) =>
    ports.studies.findInstances(asker, matches, page, ports.clock.now(), only);
  return search(ports, actor, { query, level: 'instance', where }, find, signal);
}

type Find<Row> = (asker: Asker, matches: readonly Match[], page: QueryPage, only: SearchOnly) => Promise<readonly Row[]>;

/** What the record calls the rows of a level. */
const ROWS_OF = { study: 'studies', series: 'series', instance: 'instances' } as const;

async function search<Row extends IndexedStudy | FoundSeries | FoundInstance>(
  { recorder, searches, clock }: FindPorts,
  actor: Actor,
  { query, level, where }: { query: ParsedQuery; level: QueryLevel; where: Where },
  find: Find<Row>,
  signal: AbortSignal,
): Promise<Found<Row>> {
  recorder.admit(actor);
  const { facility, only, below, within } = narrowed(where);
  const limit = Math.min(query.limit ?? QIDO_LIMIT_MAX, QIDO_LIMIT_MAX);
  // One row more than is given tells whether there are more.
  const matches = [...query.matches, ...below];
  const page = { offset: query.offset, limit: limit + 1 };
  const ask = () => find(askerOf(actor, facility), matches, page, only);
  const found = await (isLookup(level, matches, page) ? ask() : searches.run(actorKey(actor), ask, signal));
  const given = found.slice(0, limit);
  const now = clock.now();
  const rows = 'seen' in where ? given : given.filter((row) => mayBeLookedAt(actor, row, now));
  await recorder.listed(actor, { list: ROWS_OF[level], count: rows.length }, within);
  return { rows, truncated: found.length > limit && (query.limit === undefined || query.limit > QIDO_LIMIT_MAX) };
}

/** What lies below a study is of who may look at it; a list of studies is of who may list them. */
function mayBeLookedAt(actor: Actor, row: IndexedStudy | FoundSeries | FoundInstance, now: Date): boolean {
  if (!('series' in row)) return true;
  const { owner, rights } = row.study;
  return decideStudy(actor, 'study.view', { ownerFacilityId: owner.id, rights }, now).allowed;
}

interface Narrowed {
  readonly facility: FacilityRef;
  readonly only: SearchOnly;
  readonly below: readonly Match[];
  readonly within?: Below;
}

function narrowed(where: Where): Narrowed {
  if (!('seen' in where)) return { facility: where.facility, only: where.of === undefined ? {} : { of: where.of }, below: [] };
  const { seen, seriesInstanceUID } = where;
  const { facility, study } = seen;
  const below: Match[] = [{ keyword: 'StudyInstanceUID', kind: 'values', values: [study.study.studyInstanceUID] }];
  if (seriesInstanceUID !== undefined) below.push({ keyword: 'SeriesInstanceUID', kind: 'values', values: [seriesInstanceUID] });
  // The same UID may be several studies: below one it is the one that is seen.
  return { facility, only: { studyId: study.id }, below, within: where };
}
