/**
 * Searches. Each first settles which rows are on the page, in study_access alone where it can, then reads only those.
 *
 * Two plans compete for "facility X, words like Y, newest first". Walking the facility's studies by date is quick when Y is common and
 * reads all of them when it is rare; the trigram index is quick when Y is rare. Which it is cannot be known beforehand, and the planner's
 * guess is often wrong for one facility of many. So the newest WALK_MAX are walked: when they fill the page it is settled, otherwise Y
 * is rare enough to be asked of the trigram index.
 */
import { isLookup, type Match, type QueryKeyword, type QueryPage } from '../../../gateway/domain/imaging/query.ts';
import type { FoundInstance, FoundSeries, SearchOnly, StudyIndex } from '../../../gateway/domain/imaging/study-index.ts';
import { type Asker, audiencesOf } from '../../../gateway/domain/sharing/audience.ts';
import type { Database, Query } from '../postgres/pool.ts';
import { containsPattern, wildcardPrefilter } from './search-text.ts';
import {
  BESIDE_COLUMNS,
  BOTH_RANGES,
  givesInRange,
  HOLDS_NOTHING_BACK,
  INSTANCE_COLUMNS,
  isShown,
  OWN_RANGE,
  PAGE_COLUMNS,
  PAGE_OF_STUDIES,
  REGION_RANGE,
  SERIES_COLUMNS,
  STANDS_FOR_STUDY,
  STUDY_COLUMNS,
  toIndexedInstance,
  toIndexedSeries,
  toIndexedStudy,
} from './study-rows.ts';

export const WALK_MAX = 2_000;

type Level = 'study' | 'series' | 'instance';
type Kind = 'text' | 'date' | 'time' | 'number' | 'name' | 'modalities';

interface Attribute {
  readonly level: Level;
  readonly column: string;
  readonly kind: Kind;
  /** In the search text, so that a wildcard can be looked up there first. */
  readonly searched?: true;
  /** Indexed by its first characters: 0001-base.sql. */
  readonly indexedChars?: number;
  /** Indexed whole. */
  readonly indexed?: true;
  /** Of an item of the Request Attributes Sequence, r. */
  readonly inRequest?: true;
}

/** a = study_access, s = studies, e = series, i = instances. */
const ATTRIBUTES: Readonly<Record<QueryKeyword, Attribute>> = {
  StudyDate: { level: 'study', column: 'a.study_date', kind: 'date' },
  StudyTime: { level: 'study', column: 's.study_time', kind: 'time' },
  AccessionNumber: { level: 'study', column: 's.accession_number', kind: 'text', searched: true, indexedChars: 64 },
  ModalitiesInStudy: { level: 'study', column: 'a.modalities', kind: 'modalities' },
  ReferringPhysicianName: { level: 'study', column: 's.referring_physician_name', kind: 'name', searched: true },
  PatientName: { level: 'study', column: 's.patient_name', kind: 'name', searched: true },
  PatientID: { level: 'study', column: 's.patient_id', kind: 'text', searched: true, indexedChars: 64 },
  IssuerOfPatientID: { level: 'study', column: 's.issuer_of_patient_id', kind: 'text' },
  PatientBirthDate: { level: 'study', column: 's.patient_birth_date', kind: 'date', searched: true },
  PatientSex: { level: 'study', column: 's.patient_sex', kind: 'text' },
  StudyInstanceUID: { level: 'study', column: 's.study_instance_uid', kind: 'text', indexed: true },
  StudyID: { level: 'study', column: 's.dicom_study_id', kind: 'text', searched: true },
  StudyDescription: { level: 'study', column: 's.study_description', kind: 'text', searched: true },
  Modality: { level: 'series', column: 'e.modality', kind: 'text' },
  SeriesInstanceUID: { level: 'series', column: 'e.series_instance_uid', kind: 'text', indexed: true },
  SeriesNumber: { level: 'series', column: 'e.series_number', kind: 'number' },
  SeriesDescription: { level: 'series', column: 'e.series_description', kind: 'text' },
  BodyPartExamined: { level: 'series', column: 'e.body_part_examined', kind: 'text' },
  PerformedProcedureStepStartDate: { level: 'series', column: 'e.performed_procedure_step_start_date', kind: 'date' },
  PerformedProcedureStepStartTime: { level: 'series', column: 'e.performed_procedure_step_start_time', kind: 'time' },
  ScheduledProcedureStepID: { level: 'series', column: 'r.scheduled_procedure_step_id', kind: 'text', inRequest: true },
  RequestedProcedureID: { level: 'series', column: 'r.requested_procedure_id', kind: 'text', inRequest: true },
  SOPClassUID: { level: 'instance', column: 'i.sop_class_uid', kind: 'text' },
  SOPInstanceUID: { level: 'instance', column: 'i.sop_instance_uid', kind: 'text', indexed: true },
  InstanceNumber: { level: 'instance', column: 'i.instance_number', kind: 'number' },
};

const NEWEST_FIRST = 'a.study_date DESC, a.study_time DESC, a.study_id DESC';
/** Each served by an index of its own for every kind of list. */
const ORDERS = { 'study-date': NEWEST_FIRST, arrived: 'a.granted_at DESC, a.study_id DESC' } as const;
export type Order = keyof typeof ORDERS;
const IN_SERIES_ORDER = `${NEWEST_FIRST}, e.series_number NULLS LAST, e.series_id`;
const IN_INSTANCE_ORDER = `${IN_SERIES_ORDER}, i.instance_number NULLS LAST, i.sop_instance_uid`;

/** @param searches connections that may all be busy for as long as a search may take; `db` is for what is quick whatever is asked */
export function studyQueries(db: Database, searches: Database): Pick<StudyIndex, 'findStudies' | 'findSeries' | 'findInstances'> {
  const connections = (level: Level, matches: readonly Match[], page: QueryPage) => (isLookup(level, matches, page) ? db : searches);
  return {
    async findStudies(asker, matches, page, now, only) {
      return (await connections('study', matches, page).rows(studiesQuery(asker, matches, page, now, only))).map(toIndexedStudy);
    },

    async findSeries(asker, matches, page, now, only) {
      const rows = await connections('series', matches, page).rows(seriesQuery(asker, matches, page, now, only));
      return rows.map((row): FoundSeries => ({ ...toIndexedSeries(row), study: toIndexedStudy(row) }));
    },

    async findInstances(asker, matches, page, now, only) {
      const rows = await connections('instance', matches, page).rows(instancesQuery(asker, matches, page, now, only));
      return rows.map(
        (row): FoundInstance => ({
          ...toIndexedInstance(row),
          study: toIndexedStudy(row),
          series: toIndexedSeries(row),
        }),
      );
    },
  };
}

// ── Statements (their text and plans are golden files: test/contract) ────────

export function studiesQuery(asker: Asker, matches: readonly Match[], page: QueryPage, now: Date, only: SearchOnly = {}): Query {
  const sql = conditions(asker, now, only);
  addMatches(sql, matches, 'study');
  return studyPage(sql, page.limit, page.offset);
}

export function studyPage(sql: Conditions, limit: number, offset: number, order: Order = 'study-date'): Query {
  const newestFirst = ORDERS[order];
  const from = `study_access a${sql.joinsStudies ? ' JOIN studies s ON s.study_id = a.study_id' : ''}`;
  const { needed, end } = endOf(sql, { limit, offset });
  const page = `ORDER BY ${newestFirst} ${end}`;
  const read = `SELECT ${STUDY_COLUMNS}, a.study_date AS access_date, a.study_time AS access_time, ${BESIDE_COLUMNS}
${PAGE_OF_STUDIES}
ORDER BY ${newestFirst}`;

  if (!sql.selective) {
    const matching = {
      ranges: rangesOf(sql),
      columns: PAGE_COLUMNS,
      from,
      conditions: [...sql.where, ...sql.search],
      order: newestFirst,
    };
    return {
      text: `WITH page AS MATERIALIZED (
  ${merged(matching, { needed, end })}
)
${read}`,
      values: sql.values,
    };
  }
  const walked = { ranges: sql.ranges, columns: '*', from: 'study_access a', conditions: sql.where, order: newestFirst };
  return {
    text: `WITH recent AS MATERIALIZED (
  SELECT ${PAGE_COLUMNS} FROM (
    ${merged(walked, { needed: `${WALK_MAX}` })}
  ) a${sql.joinsStudies ? ' JOIN studies s ON s.study_id = a.study_id' : ''}
  WHERE ${sql.search.join(' AND ')}
  ORDER BY ${newestFirst} LIMIT ${needed}
), page AS MATERIALIZED (
  (SELECT ${PAGE_COLUMNS} FROM recent a WHERE (SELECT count(*) FROM recent) >= ${needed} ${page})
  UNION ALL
  (SELECT * FROM (
    ${rareRows(sql, from, needed, order)}
  ) a ${page})
)
${read}`,
    values: sql.values,
  };
}

interface Part {
  readonly ranges: readonly string[];
  readonly columns: string;
  readonly from: string;
  readonly conditions: readonly string[];
  /** By columns of study_access, or of series and instances that `columns` names too. */
  readonly order: string;
}

interface End {
  /** So many rows from the first one on are read. */
  readonly needed: string;
  /** Which of them are kept; absent: all. */
  readonly end?: string;
}

function endOf(sql: Conditions, { limit, offset }: QueryPage): Required<End> {
  const [most, passed] = [sql.value(limit), sql.value(offset)];
  return { needed: `${most}::bigint + ${passed}::bigint`, end: `LIMIT ${most} OFFSET ${passed}` };
}

/** The first rows of the ranges together: each is read in its order as far as it is needed, and what is read is merged. */
function merged({ ranges, columns, from, conditions, order }: Part, { needed, end = `LIMIT ${needed}` }: End): string {
  const part = (range: string, last: string) => `SELECT ${columns} FROM ${from} WHERE ${[range, ...conditions].join(' AND ')}
      ORDER BY ${order} ${last}`;
  const [first, ...others] = ranges;
  if (first !== undefined && others.length === 0) return part(first, end);
  return `SELECT * FROM (
      (${ranges.map((range) => part(range, `LIMIT ${needed}`)).join(')\n      UNION ALL\n      (')})
    ) a ORDER BY ${order.replace(/\b[ei]\./g, 'a.')} ${end}`;
}

/** What an exact index finds is looked for in all ranges at once. */
function rangesOf(sql: Conditions): readonly string[] {
  return sql.exact ? [BOTH_RANGES] : sql.ranges;
}

/** All rows that match, when the newest did not fill the page. */
function rareRows(sql: Conditions, from: string, needed: string, order: Order): string {
  const few = `(SELECT count(*) FROM recent) < ${needed}`;
  const all = (search: readonly string[]) =>
    `SELECT ${PAGE_COLUMNS} FROM ${from} WHERE ${[few, BOTH_RANGES, ...sql.where, ...search].join(' AND ')}`;
  const { either, search } = sql;
  // OFFSET 0: else the planner walks an index by order, past all rows that do not match.
  if (either === undefined) return `${all(search)}\n    OFFSET 0`;
  // No one index is by study date and by words: each has its own rows. Those of the date alone are read newest first, as many as are needed.
  const others = search.filter((condition) => condition !== either.both);
  const conditions = [few, ...sql.where, either.byStudyDate];
  const byStudyDate =
    others.length === 0 && order === 'study-date'
      ? merged({ ranges: sql.ranges, columns: PAGE_COLUMNS, from, conditions, order: NEWEST_FIRST }, { needed })
      : `${all([...others, either.byStudyDate])} OFFSET 0`;
  return `(${byStudyDate})
    UNION
    (${all([...others, either.byText])} OFFSET 0)`;
}

export function seriesQuery(asker: Asker, matches: readonly Match[], page: QueryPage, now: Date, only: SearchOnly = {}): Query {
  const sql = conditions(asker, now, only);
  addMatches(sql, matches, 'series');
  const below = {
    ranges: rangesOf(sql),
    columns: `${PAGE_COLUMNS}, e.series_id, e.series_number`,
    from: 'study_access a JOIN studies s ON s.study_id = a.study_id JOIN series e ON e.study_id = a.study_id',
    conditions: [...sql.where, ...sql.search, 'e.number_of_instances > 0', SHOWN_BELOW],
    order: IN_SERIES_ORDER,
  };
  return {
    text: `WITH page AS MATERIALIZED (
  ${merged(below, endOf(sql, page))}
)
SELECT ${STUDY_COLUMNS}, ${SERIES_COLUMNS}, ${BESIDE_COLUMNS}
${PAGE_OF_STUDIES} JOIN series e ON e.series_id = a.series_id
ORDER BY ${IN_SERIES_ORDER}`,
    values: sql.values,
  };
}

export function instancesQuery(asker: Asker, matches: readonly Match[], page: QueryPage, now: Date, only: SearchOnly = {}): Query {
  const sql = conditions(asker, now, only);
  addMatches(sql, matches, 'instance');
  const below = {
    ranges: rangesOf(sql),
    columns: `${PAGE_COLUMNS}, e.series_id, e.series_number, i.instance_id, i.instance_number, i.sop_instance_uid`,
    from: `study_access a JOIN studies s ON s.study_id = a.study_id JOIN series e ON e.study_id = a.study_id JOIN instances i ON i.series_id = e.series_id`,
    conditions: [...sql.where, ...sql.search, SHOWN_BELOW],
    order: IN_INSTANCE_ORDER,
  };
  return {
    text: `WITH page AS MATERIALIZED (
  ${merged(below, endOf(sql, page))}
)
SELECT ${STUDY_COLUMNS}, ${SERIES_COLUMNS}, ${INSTANCE_COLUMNS}, ${BESIDE_COLUMNS}
${PAGE_OF_STUDIES} JOIN instances i ON i.instance_id = a.instance_id JOIN instance_versions v ON v.version_id = i.version_id
  JOIN series e ON e.series_id = i.series_id
ORDER BY ${IN_INSTANCE_ORDER}`,
    values: sql.values,
  };
}

// ── Conditions ───────────────────────────────────────────────────────────────

export interface Conditions {
  /** On what study_access_newest is ordered by, and what every row must be. */
  readonly where: string[];
  /** All else. */
  readonly search: string[];
  readonly values: unknown[];
  /** Adds a value; its placeholder. */
  value(value: unknown): string;
  joinsStudies: boolean;
  /** The ranges of study_access that are looked at. */
  ranges: readonly string[];
  /** Names a study, series, instance, patient or accession number: few rows, which an index of its own finds. */
  exact: boolean;
  /** Holds a condition that study_access_words serves. */
  selective: boolean;
  /** The first of `search` that two indexes serve, each a part. */
  either?: { readonly byStudyDate: string; readonly byText: string; readonly both: string };
}

export function conditions(asker: Asker, now: Date, { of, studyId }: SearchOnly = {}): Conditions {
  const values: unknown[] = [];
  const sql: Conditions = {
    where: [],
    search: [],
    values,
    value: (value) => `$${values.push(value)}`,
    joinsStudies: false,
    ranges: [OWN_RANGE, REGION_RANGE],
    exact: studyId !== undefined,
    selective: false,
  };
  // As `gives` numbers them.
  values.push(asker.id, now, audiencesOf(asker));
  sql.where.push(givesInRange('a'), STANDS_FOR_STUDY);
  if (studyId !== undefined) sql.where.push(`a.study_id = ${sql.value(studyId)}::bigint`);
  if (of !== undefined) {
    sql.joinsStudies = true;
    sql.search.push(`s.facility_id = (SELECT facility_id FROM facilities WHERE code = ${sql.value(of.ownerCode)})`);
    if (of.ordinal !== undefined) sql.search.push(`s.ordinal = ${sql.value(of.ordinal)}`);
  }
  return sql;
}

const DEPTH: Readonly<Record<Level, number>> = { study: 0, series: 1, instance: 2 };

function addMatches(sql: Conditions, matches: readonly Match[], level: Level): void {
  const inRequest = matches.filter((match) => ATTRIBUTES[match.keyword].inRequest === true);
  for (const match of matches) if (!inRequest.includes(match)) addMatch(sql, match, level);
  if (inRequest.length === 0) return;
  // All of one item (PS3.4 C.2.2.2.6).
  const conditions = inRequest.map((match) => conditionOf(sql, match, ATTRIBUTES[match.keyword])).join(' AND ');
  const items =
    'unnest(e.scheduled_procedure_step_ids, e.requested_procedure_ids) AS r(scheduled_procedure_step_id, requested_procedure_id)';
  addCondition(sql, `EXISTS (SELECT FROM ${items} WHERE ${conditions})`, 'series', level);
}

function addMatch(sql: Conditions, match: Match, level: Level): void {
  const attribute = ATTRIBUTES[match.keyword];
  if (attribute.column.startsWith('s.')) sql.joinsStudies = true;
  if (match.keyword === 'StudyDate') {
    sql.where.push(
      match.kind === 'moments'
        ? rangeCondition(sql, attribute.column, 'date', match.from?.date, match.to?.date)
        : conditionOf(sql, match, attribute),
    );
    if (match.kind === 'moments') sql.search.push(momentTimes(sql, match));
    return;
  }
  addCondition(sql, conditionOf(sql, match, attribute), attribute.level, level);
}

/** a = study_access, e = series of its study. */
const SHOWN_BELOW = `(${HOLDS_NOTHING_BACK} OR ${isShown('e')})`;

/** The study is of one of them, as far as it is shown. */
export function modalityCondition(sql: Conditions, modalities: readonly string[]): string {
  sql.selective = true;
  const any = sql.value(modalities);
  return shownModality(`a.modalities && ${any}::text[]`, `= ANY(${any}::text[])`);
}

/** What study_access says of the whole study, and, where something may be held back, a series that is shown. */
function shownModality(ofStudy: string, ofSeries: string): string {
  const series = `SELECT FROM series e WHERE e.study_id = a.study_id AND e.number_of_instances > 0 AND e.modality ${ofSeries}`;
  return `${ofStudy} AND (${HOLDS_NOTHING_BACK} OR EXISTS (${series} AND ${isShown('e')}))`;
}

/** A condition on one level, in a search of another. */
function addCondition(sql: Conditions, condition: string, of: Level, level: Level): void {
  if (DEPTH[of] <= DEPTH[level]) {
    sql.search.push(condition);
    return;
  }
  // A key of a lower level: something below must match.
  const below = of === 'series' ? 'series e' : 'series e JOIN instances i ON i.series_id = e.series_id';
  if (level === 'series') sql.search.push(`EXISTS (SELECT FROM instances i WHERE i.series_id = e.series_id AND ${condition})`);
  else
    sql.search.push(
      `EXISTS (SELECT FROM ${below} WHERE e.study_id = a.study_id AND e.number_of_instances > 0 AND ${condition} AND ${SHOWN_BELOW})`,
    );
}

function conditionOf(sql: Conditions, match: Match, attribute: Attribute): string {
  const { column, kind } = attribute;
  switch (match.kind) {
    case 'values':
      return valuesCondition(sql, match.values, attribute);
    case 'wildcard':
      if (kind === 'modalities') {
        const like = `LIKE ${sql.value(likePattern(match.pattern))}`;
        return shownModality(`EXISTS (SELECT FROM unnest(a.modalities) m WHERE m ${like})`, like);
      }
      if (kind === 'name') return nameCondition(sql, column, match.pattern, false);
      prefilter(sql, attribute, wildcardPrefilter(match.pattern));
      return `${kind === 'number' ? `${column}::text` : column} LIKE ${sql.value(likePattern(match.pattern))}`;
    case 'range':
      return rangeCondition(sql, column, kind, match.from, match.to);
    case 'moments':
      return `(${rangeCondition(sql, column, 'date', match.from?.date, match.to?.date)} AND ${momentTimes(sql, match)})`;
    case 'name':
      return nameCondition(sql, column, match.pattern, match.fuzzy);
  }
}

const TIME_OF = { StudyDate: 'StudyTime', PerformedProcedureStepStartDate: 'PerformedProcedureStepStartTime' } as const;

/** Of the first and the last day of a range of moments the times count, of the days between all. */
function momentTimes(sql: Conditions, { keyword, from, to }: Extract<Match, { kind: 'moments' }>): string {
  const date = ATTRIBUTES[keyword].column;
  const time = ATTRIBUTES[TIME_OF[keyword]].column;
  if (time.startsWith('s.')) sql.joinsStudies = true;
  const ends = [`${time} <> ''`];
  if (from?.time !== undefined) ends.push(`(${date} > ${sql.value(from.date)} OR full_time(${time}) >= ${sql.value(from.time)})`);
  if (to?.time !== undefined) ends.push(`(${date} < ${sql.value(to.date)} OR full_time(${time}) <= ${sql.value(to.time)})`);
  return `(${ends.join(' AND ')})`;
}

function valuesCondition(sql: Conditions, values: readonly string[], { column, kind, indexed, indexedChars, searched }: Attribute): string {
  if (indexed === true || indexedChars !== undefined) sql.exact = true;
  switch (kind) {
    case 'number': {
      const numbers = values.map(Number).filter((value) => Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 31);
      return `${column} = ANY(${sql.value(numbers)}::integer[])`;
    }
    case 'modalities':
      return modalityCondition(sql, values);
    case 'time':
      return `(${column} <> '' AND full_time(${column}) = ANY(SELECT full_time(t) FROM unnest(${sql.value(values)}::text[]) t))`;
    case 'name':
      return nameValuesCondition(sql, column, values);
    case 'text':
    case 'date': {
      // One value that no index is on is looked up among the words first.
      if (searched && indexedChars === undefined && values.length === 1) prefilter(sql, { searched }, wildcardPrefilter(values[0] ?? ''));
      const exact = `${column} = ANY(${sql.value(values)}::text[])`;
      if (indexedChars === undefined) return exact;
      // The empty value is not in the partial index; asking for it is asking for no match, which the doors do not send.
      const starts = values.map((value) => value.slice(0, indexedChars));
      return `(left(${column}, ${indexedChars}) = ANY(${sql.value(starts)}::text[]) AND ${column} <> '' AND ${exact})`;
    }
  }
}

export function rangeCondition(sql: Conditions, column: string, kind: Kind, from: string | undefined, to: string | undefined): string {
  const compared = kind === 'time' ? `full_time(${column})` : column;
  const ends = [`${column} <> ''`];
  if (from !== undefined) ends.push(`${compared} >= ${sql.value(from)}`);
  if (to !== undefined) ends.push(`${compared} <= ${sql.value(to)}`);
  return `(${ends.join(' AND ')})`;
}

export function anyOf(sql: Conditions, patterns: ReadonlySet<string>): string {
  return `(${[...patterns].map((pattern) => `a.search_text LIKE ${sql.value(pattern)}`).join(' OR ')})`;
}

/** The pattern against each of the three groups, whichever script it is in. */
function nameCondition(sql: Conditions, column: string, pattern: string, fuzzy: boolean): string {
  sql.joinsStudies = true;
  const groups = [`${column}_alphabetic`, `${column}_ideographic`, `${column}_phonetic`];
  if (!fuzzy) {
    prefilter(sql, { searched: true }, wildcardPrefilter(pattern));
    const like = sql.value(likePattern(pattern));
    return `(${groups.map((group) => `${group} LIKE ${like}`).join(' OR ')})`;
  }
  const words = pattern.split(/[\s^=,]+/).filter((word) => word !== '');
  const each = words.map((word) => {
    if (/[*?]/.test(word)) prefilter(sql, { searched: true }, wildcardPrefilter(word));
    else
      prefilter(
        sql,
        { searched: true },
        [containsPattern(word)].filter((found) => found !== undefined),
      );
    const like = sql.value(`%^${likePattern(word)}%`);
    return `(${groups.map((group) => `'^' || translate(${group}, ' ', '^') LIKE ${like}`).join(' OR ')})`;
  });
  return each.length === 0 ? 'true' : `(${each.join(' AND ')})`;
}

/** Names given whole: any of them. Looked up by words only when there is one; several would have to be looked up together. */
function nameValuesCondition(sql: Conditions, column: string, values: readonly string[]): string {
  const [one] = values;
  if (values.length === 1 && one !== undefined) return nameCondition(sql, column, one, false);
  sql.joinsStudies = true;
  const given = sql.value(values.map(likePattern));
  return `(${['alphabetic', 'ideographic', 'phonetic'].map((group) => `${column}_${group} LIKE ANY(${given}::text[])`).join(' OR ')})`;
}

/** What any match must also satisfy and study_access_words can find. */
function prefilter(sql: Conditions, attribute: { readonly searched?: true }, patterns: readonly string[]): void {
  if (attribute.searched === undefined) return;
  for (const pattern of patterns) {
    sql.search.push(`a.search_text LIKE ${sql.value(pattern)}`);
    sql.selective = true;
  }
}

/** PS3.4 C.2.2.2.4 wildcards as LIKE's. */
function likePattern(pattern: string): string {
  return pattern
    .replace(/[\\%_]/g, '\\$&')
    .replaceAll('*', '%')
    .replaceAll('?', '_');
}
