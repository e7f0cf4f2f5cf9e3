/** What of the record is asked for, newest first: every condition stands on an index that ends with the number, so that a page is a range of it. */
import type { AuditFilter } from '../../../gateway/domain/record/audit-log.ts';
import type { Query } from '../postgres/pool.ts';

export const AUDIT_FIND_MAX = 1_000;

export function recordQuery(filter: AuditFilter): Query {
  const values: unknown[] = [];
  const given = (value: unknown) => `$${values.push(value)}`;
  const conditions = [...whose(filter, given), ...days(filter, given)];
  const limit = given(Math.min(filter.limit, AUDIT_FIND_MAX));
  const page = (more: readonly string[]) =>
    `SELECT seq, at, entry, previous_hash, hash FROM audit${where([...more, ...conditions])}\n  ORDER BY seq DESC LIMIT ${limit}`;
  if (filter.about === undefined) return { text: page([]), values };
  const found = about(filter.about, given);
  return { text: `${found.map((one) => `(${page([one])})`).join('\nUNION ALL\n')}\nORDER BY seq DESC LIMIT ${limit}`, values };
}

/** How many entries there are of what is asked for, as `n`. */
export function recordCount(filter: Omit<AuditFilter, 'limit'>): Query {
  const values: unknown[] = [];
  const given = (value: unknown) => `$${values.push(value)}`;
  const conditions = [...whose(filter, given), ...days(filter, given)];
  const ranges = filter.about === undefined ? [[]] : about(filter.about, given).map((one) => [one]);
  const counts = ranges.map((more) => `SELECT count(*) AS n FROM audit${where([...more, ...conditions])}`);
  return { text: `SELECT sum(n)::bigint AS n FROM (${counts.join('\nUNION ALL\n')}) AS counted`, values };
}

function where(conditions: readonly string[]): string {
  return conditions.length === 0 ? '' : `\n  WHERE ${conditions.join('\n    AND ')}`;
}

/** Two ranges: one condition with OR would be read whole, or the record backwards until it is found. */
function about(subject: string, given: (value: unknown) => string): readonly string[] {
  const what = given(subject);
  return [`patient_id = ${what}`, `study_instance_uid = ${what} AND patient_id IS DISTINCT FROM ${what}`];
}

function whose(filter: Omit<AuditFilter, 'limit'>, given: (value: unknown) => string): readonly string[] {
  const { studyInstanceUID, ownerFacilityCode, ordinal, actions, userId, facilityCode, toFacilityCode, otherFacilityCode } = filter;
  const { outcome, fromSeq, beforeSeq } = filter;
  const conditions: string[] = [];
  if (studyInstanceUID !== undefined) conditions.push(`study_instance_uid = ${given(studyInstanceUID)}`);
  if (ownerFacilityCode !== undefined) conditions.push(`owner_facility_code = ${given(ownerFacilityCode)}`);
  if (ordinal !== undefined) {
    conditions.push(`(study_ordinal = ${given(ordinal)} OR study_ordinal NOT IN (
      SELECT s.ordinal FROM studies s JOIN facilities f USING (facility_id)
      WHERE s.study_instance_uid = ${given(studyInstanceUID)} AND f.code = ${given(ownerFacilityCode)} AND s.number_of_instances > 0))`);
  }
  const [action] = actions ?? [];
  if (actions?.length === 1) conditions.push(`action = ${given(action)}`);
  else if (actions !== undefined) conditions.push(`action = ANY(${given(actions)}::text[])`);
  if (userId !== undefined) conditions.push(`user_id = ${given(userId)}`);
  if (facilityCode !== undefined) conditions.push(`(entry::json #>> '{who,facilityCode}') = ${given(facilityCode)}`);
  // Without an index of their own: asked for beside an act that is rare.
  if (toFacilityCode !== undefined) conditions.push(`(entry::json ->> 'toFacilityCode') = ${given(toFacilityCode)}`);
  if (otherFacilityCode !== undefined) conditions.push(`(entry::json #>> '{what,otherFacilityCode}') = ${given(otherFacilityCode)}`);
  // A constant, so that the partial index fits.
  if (outcome !== undefined) conditions.push(`(entry::json ->> 'outcome') = '${OUTCOMES[outcome]}'`);
  if (fromSeq !== undefined) conditions.push(`seq >= ${given(fromSeq)}`);
  if (beforeSeq !== undefined) conditions.push(`seq < ${given(beforeSeq)}`);
  return conditions;
}

const OUTCOMES = { success: 'success', refused: 'refused', failed: 'failed' } as const;

/**
 * The times themselves, and the numbers between which they can lie: otherwise the record is read backwards from today to the day. Numbers
 * follow times but for the difference of the nodes' clocks (a minute is allowed), and where a clock was set back across the days asked for.
 */
function days({ from, to }: Pick<AuditFilter, 'from' | 'to'>, given: (value: unknown) => string): readonly string[] {
  const conditions: string[] = [];
  if (from !== undefined) {
    const at = `${given(from)}::timestamptz`;
    const before = `(SELECT b.seq FROM audit b WHERE b.at < ${at} - interval '1 minute' ORDER BY b.at DESC LIMIT 1)`;
    conditions.push(`at >= ${at}`, `seq > CASE WHEN ${setBackOver(at)} THEN 0 ELSE coalesce(${before}, 0) END`);
  }
  if (to !== undefined) {
    const at = `${given(to)}::timestamptz`;
    const after = `(SELECT b.seq FROM audit b WHERE b.at > ${at} + interval '1 minute' ORDER BY b.at LIMIT 1)`;
    conditions.push(`at <= ${at}`, `seq < CASE WHEN ${setBackOver(at)} THEN ${SEQ_MAX} ELSE coalesce(${after}, ${SEQ_MAX}) END`);
  }
  return conditions;
}

const SEQ_MAX = '9223372036854775807';

/** A clock was set back from after this time to before it. How far entries of the first schema do not say in a number: as far as can be. */
function setBackOver(at: string): string {
  return `EXISTS (SELECT FROM audit b WHERE b.action = 'clock-stepped' AND b.at <= ${at} + interval '2 minutes'
      AND coalesce((b.entry::json #>> '{what,stepMs}')::numeric, CASE WHEN b.entry LIKE '%"back %' THEN -1e15 ELSE 0 END) < 0
      AND b.at - coalesce((b.entry::json #>> '{what,stepMs}')::numeric, -1e12)::double precision * interval '1 millisecond' >= ${at} - interval '2 minutes')`;
}
