/** The application's study list: words and dates in one field, orders, pages by key, and whether a list that was read before still stands. */
import { DomainError } from '../../../gateway/domain/errors.ts';
import type { FacilityId } from '../../../gateway/domain/identifiers.ts';
import { isSearch, type SearchDate, type StudyListFilter } from '../../../gateway/domain/imaging/query.ts';
import type { StudyIndex } from '../../../gateway/domain/imaging/study-index.ts';
import type { Asker } from '../../../gateway/domain/sharing/audience.ts';
import type { Database, Query, Row } from '../postgres/pool.ts';
import { anyOf, type Conditions, conditions, modalityCondition, type Order, rangeCondition, studyPage } from './query.ts';
import { birthDatePatterns, containsPattern, soundPattern } from './search-text.ts';
import { IS_UNOPENED, OWN_RANGE, toIndexedStudy } from './study-rows.ts';

/** @param searches as in query.ts */
export function studyLists(db: Database, searches: Database): Pick<StudyIndex, 'listStudies' | 'listRevision' | 'markOpened'> {
  return {
    async listStudies(asker, filter, { after, limit }, now) {
      const on = isSearch(filter) ? searches : db;
      const rows = await on.rows(listQuery(asker, filter, after === undefined ? undefined : parseKey(after, filter.order), limit + 1, now));
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      return {
        studies: page.map(toIndexedStudy),
        ...(rows.length > limit && last !== undefined ? { next: formatKey(keyOf(last, filter.order)) } : {}),
      };
    },

    async listRevision(scope, now) {
      const [row] = await db.rows(revisionQuery(scope, now));
      const times = [row?.['ended'], row?.['begun']].map((at: Date | null | undefined) => at?.getTime() ?? '');
      return [row?.['revision'] ?? 0, row?.['of_region'] ?? 0, ...times].join(' ');
    },

    async markOpened(scope, studyId, now) {
      await db.rows({
        name: 'mark-opened',
        text: `WITH opened AS (
            UPDATE study_access SET opened_at = $3 WHERE study_id = $2 AND facility_id = $1 AND opened_at IS NULL RETURNING facility_id
          ), of_region AS (
            INSERT INTO study_openings (study_id, facility_id, opened_at)
            SELECT $2, $1, $3 WHERE EXISTS (SELECT FROM study_access WHERE study_id = $2 AND facility_id = 0)
            ON CONFLICT (study_id, facility_id) DO NOTHING RETURNING facility_id
          ) SELECT lists_changed(array_agg(facility_id)) FROM (SELECT * FROM opened UNION ALL SELECT * FROM of_region) o`,
        values: [scope, studyId, now],
      });
    },
  };
}

/** What has happened to the facility's lists is counted where it happens; that a grant's time begins or is over happens nowhere. */
export function revisionQuery(scope: FacilityId, now: Date): Query {
  return {
    name: 'list-revision',
    text: `SELECT (SELECT revision FROM study_lists WHERE facility_id = $1) AS revision,
  (SELECT revision FROM study_lists WHERE facility_id = 0) AS of_region,
  greatest(
    (SELECT max(until) FROM study_access WHERE facility_id = $1 AND until IS NOT NULL AND until <= $2),
    (SELECT max(until) FROM study_access WHERE facility_id = 0 AND until IS NOT NULL AND until <= $2)) AS ended,
  greatest(
    (SELECT max(not_before) FROM study_access WHERE facility_id = $1 AND not_before IS NOT NULL AND not_before <= $2),
    (SELECT max(not_before) FROM study_access WHERE facility_id = 0 AND not_before IS NOT NULL AND not_before <= $2)) AS begun`,
    values: [scope, now],
  };
}

/** What the last row of a page is ordered by: study date, study time, study id; or the time of arrival (ISO 8601), study id. */
export type ListKey = readonly string[];

export function listQuery(asker: Asker, filter: StudyListFilter, after: ListKey | undefined, limit: number, now: Date): Query {
  const sql = conditions(asker, now);
  for (const { folded, raw, sound = '', kana = false } of filter.words) {
    const patterns = new Set(
      [containsPattern(folded), containsPattern(raw), sound === '' ? undefined : soundPattern(sound, kana)].filter(
        (pattern) => pattern !== undefined,
      ),
    );
    if (patterns.size === 0) continue;
    sql.search.push(anyOf(sql, patterns));
    sql.selective = true;
  }
  for (const date of filter.dates ?? []) addDate(sql, date);
  if (filter.modalities.length > 0) {
    sql.search.push(modalityCondition(sql, filter.modalities));
  }
  addRange(sql, 'a.study_date', filter.studyDateFrom, filter.studyDateTo);
  // Literal text: the partial index of that kind serves it.
  if (filter.ownership === 'shared') sql.where.push("a.kind <> 'owner'");
  if (filter.ownership === 'own') {
    sql.where.push("a.kind = 'owner'");
    sql.ranges = [OWN_RANGE];
  }
  if (filter.unopened === true) sql.where.push(IS_UNOPENED);
  const { order = 'study-date' } = filter;
  if (after !== undefined) {
    const columns = order === 'arrived' ? 'a.granted_at, a.study_id' : 'a.study_date, a.study_time, a.study_id';
    const [id, ...times] = [...after].reverse();
    const placed = times.reverse().map((time) => `${sql.value(time)}${order === 'arrived' ? '::timestamptz' : ''}`);
    sql.where.push(`(${columns}) < (${[...placed, `${sql.value(id)}::bigint`].join(', ')})`);
  }
  return studyPage(sql, limit, 0, order);
}

/** A date that was typed among the words: when the study was, when the patient was born, or a part of an identifier. */
function addDate(sql: Conditions, { raw, from, to }: SearchDate): void {
  const typed = containsPattern(raw);
  const byStudyDate = rangeCondition(sql, 'a.study_date', 'date', from, to);
  const byText = anyOf(sql, new Set([...birthDatePatterns(from, to), ...(typed === undefined ? [] : [typed])]));
  const both = `(${byStudyDate} OR ${byText})`;
  sql.search.push(both);
  sql.either ??= { byStudyDate, byText, both };
  sql.selective = true;
}

function addRange(sql: Conditions, column: string, from: string | undefined, to: string | undefined): void {
  if (from !== undefined || to !== undefined) sql.where.push(rangeCondition(sql, column, 'date', from, to));
}

// ── Keys of pages ────────────────────────────────────────────────────────────

function keyOf(row: Row, order: Order = 'study-date'): ListKey {
  const id = row['study_id'] as string;
  return order === 'arrived' ? [(row['granted_at'] as Date).toISOString(), id] : [row['access_date'], row['access_time'], id];
}

function formatKey(key: ListKey): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

const KEY_FORMS: Readonly<Record<Order, readonly RegExp[]>> = {
  'study-date': [/^[0-9]{0,8}$/, /^[0-9]{0,6}$/, /^[0-9]{1,18}$/],
  arrived: [/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, /^[0-9]{1,18}$/],
};

/** @throws invalid when it was not made by formatKey for a list in this order */
function parseKey(text: string, order: Order = 'study-date'): ListKey {
  const forms = KEY_FORMS[order];
  try {
    const key = (JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as unknown[]).map(String);
    if (key.length === forms.length && forms.every((form, n) => form.test(key[n] ?? ''))) return key;
  } catch {
    // Answered below.
  }
  throw new DomainError('invalid', 'not a page of this list');
}
