import { DomainError } from '../../domain/errors.ts';
import type { Match, Moment, QueryKeyword } from '../../domain/imaging/query.ts';
import { tagOf } from '../dictionary/dictionary.ts';
import { normaliseUID } from '../dictionary/uid.ts';
import { normaliseDate, normaliseTime } from '../text/date-time.ts';
import { foldName } from '../text/person-name.ts';

/** What QIDO-RS and C-FIND can match, and how a query is read. PS3.18 8.3.4 and table 10.6.1-5, PS3.4 C.2.2.2. */

export type QueryLevel = 'study' | 'series' | 'instance';
type QueryVR = 'DA' | 'TM' | 'UI' | 'PN' | 'LO' | 'SH' | 'CS' | 'IS';

export interface QueryKey {
  readonly keyword: QueryKeyword;
  /** What a row that was asked for by this key answers with: of a key inside a sequence, the sequence. */
  readonly tag: string;
  readonly vr: QueryVR;
  readonly level: QueryLevel;
}

/** One key a line: keyword, VR, level it belongs to, and the sequence that holds it. */
const KEYS: readonly (readonly [QueryKeyword, QueryVR, QueryLevel, string?])[] = [
  ['StudyDate', 'DA', 'study'],
  ['StudyTime', 'TM', 'study'],
  ['AccessionNumber', 'SH', 'study'],
  ['ModalitiesInStudy', 'CS', 'study'],
  ['ReferringPhysicianName', 'PN', 'study'],
  ['PatientName', 'PN', 'study'],
  ['PatientID', 'LO', 'study'],
  ['IssuerOfPatientID', 'LO', 'study'],
  ['PatientBirthDate', 'DA', 'study'],
  ['PatientSex', 'CS', 'study'],
  ['StudyInstanceUID', 'UI', 'study'],
  ['StudyID', 'SH', 'study'],
  ['StudyDescription', 'LO', 'study'],
  ['Modality', 'CS', 'series'],
  ['SeriesInstanceUID', 'UI', 'series'],
  ['SeriesNumber', 'IS', 'series'],
  ['SeriesDescription', 'LO', 'series'],
  ['BodyPartExamined', 'CS', 'series'],
  ['PerformedProcedureStepStartDate', 'DA', 'series'],
  ['PerformedProcedureStepStartTime', 'TM', 'series'],
  ['ScheduledProcedureStepID', 'SH', 'series', 'RequestAttributesSequence'],
  ['RequestedProcedureID', 'SH', 'series', 'RequestAttributesSequence'],
  ['SOPClassUID', 'UI', 'instance'],
  ['SOPInstanceUID', 'UI', 'instance'],
  ['InstanceNumber', 'IS', 'instance'],
];

export const QUERY_KEYS: readonly QueryKey[] = KEYS.map(([keyword, vr, level, sequence]) => ({
  keyword,
  vr,
  level,
  tag: tagOf(sequence ?? keyword) as string,
}));
/** By tag; of a key inside a sequence by the tags on its path, and by its own, as no other attribute that is searched by has it. */
const byPath: ReadonlyMap<string, QueryKey> = new Map(
  KEYS.flatMap(([keyword, , , sequence], n) => {
    const key = QUERY_KEYS[n] as QueryKey;
    const own: [string, QueryKey] = [tagOf(keyword) as string, key];
    return sequence === undefined ? [own] : [own, [`${tagOf(sequence)}.${tagOf(keyword)}`, key] as [string, QueryKey]];
  }),
);

/** The key of a keyword, a tag, or a path of either, PS3.18 8.3.4.1. */
export function queryKey(path: string): QueryKey | undefined {
  const tags = path.split('.').map(attributeTag);
  return tags.includes(undefined) ? undefined : byPath.get(tags.join('.'));
}

export const QUERY_VALUES_MAX = 1000;
/** Of one parameter's whole value. */
export const QUERY_VALUE_CHARS_MAX = 16 * 1024;
/** Of one text or name: what a PN may have in its three groups, and more than any other attribute (PS3.5 6.2). */
export const QUERY_TEXT_CHARS_MAX = 256;
/** Words of names that one search looks for with fuzzy matching; further ones are left out, and that is said. */
export const QUERY_WORDS_MAX = 8;
/** Runs of `*` and `?` in one value. */
export const QUERY_WILDCARDS_MAX = 8;
export const QUERY_MATCHES_MAX = 32;
export const QUERY_PARAMETERS_MAX = 200;
export const QUERY_INCLUDES_MAX = 200;
/** `limit` and `offset` a query may name; the door caps the page further. */
export const QUERY_NUMBER_MAX = 2 ** 31 - 1;

export interface ParsedQuery {
  readonly matches: Match[];
  /** Tags, upper case. */
  readonly includeFields: string[] | 'all';
  readonly fuzzy: boolean;
  readonly limit?: number;
  readonly offset: number;
  /** Parameters that are understood as keys but not matched on here: the door tells of them in a Warning header (PS3.18 8.3.4.1). */
  readonly ignored: string[];
  /** What else of the query was not matched on, each a sentence for a Warning header. */
  readonly remarks: string[];
}

interface Reading {
  readonly level: QueryLevel;
  readonly fuzzy: boolean;
  readonly matches: Match[];
  readonly included: Set<string>;
  readonly ignored: string[];
  readonly remarks: string[];
  /** Keys given as a range, `a-b`. */
  readonly ranges: Set<QueryKeyword>;
  /** Words that fuzzy matching may still look for. */
  wordsLeft: number;
}

/**
 * The query part of a QIDO-RS request, URL-decoded.
 * Keys below `level` are left out and named in `ignored`; keys above it are matched on their own level.
 * @throws invalid with a short reason
 */
export function parseQuery(level: QueryLevel, params: Iterable<readonly [string, string]>): ParsedQuery {
  const entries = [...params];
  if (entries.length > QUERY_PARAMETERS_MAX) throw new DomainError('invalid', 'too many parameters');
  // Name matches depend on fuzzymatching wherever it stands in the query.
  const fuzzyText = once(entries, 'fuzzymatching');
  const fuzzy = fuzzyText !== undefined && booleanOf(fuzzyText);
  const limit = once(entries, 'limit');
  const offset = once(entries, 'offset');
  const reading: Reading = {
    level,
    fuzzy,
    matches: [],
    included: new Set(),
    ignored: [],
    remarks: [],
    ranges: new Set(),
    wordsLeft: QUERY_WORDS_MAX,
  };
  let all = false;
  for (const [name, value] of entries) {
    if (value.length > QUERY_VALUE_CHARS_MAX) throw new DomainError('invalid', `${shown(name)}: value too long`);
    switch (name.toLowerCase()) {
      case 'fuzzymatching':
      case 'limit':
      case 'offset':
        break;
      case 'includefield':
        all = readIncluded(reading, value) || all;
        break;
      default:
        readKey(reading, name, value);
    }
  }
  if (reading.matches.length > QUERY_MATCHES_MAX) throw new DomainError('invalid', 'too many keys to match on');
  return {
    matches: combined(reading),
    includeFields: all ? 'all' : [...reading.included],
    fuzzy,
    offset: offset === undefined ? 0 : countOf('offset', offset),
    ignored: reading.ignored,
    remarks: reading.remarks,
    ...(limit === undefined ? {} : { limit: countOf('limit', limit) }),
  };
}

/** @throws invalid when it is given more than once: which of them is meant? */
function once(entries: readonly (readonly [string, string])[], name: string): string | undefined {
  const given = entries.filter(([one]) => one.toLowerCase() === name);
  if (given.length > 1) throw new DomainError('invalid', `${name}: given more than once`);
  return given[0]?.[1];
}

/** Whether all are asked for. */
function readIncluded({ included }: Reading, value: string): boolean {
  let all = false;
  for (const field of value.split(',').filter((one) => one !== '')) {
    if (field.toLowerCase() === 'all') all = true;
    else {
      // Of a path the first is the one to include: a sequence is given whole.
      const tag = attributeTag(field.split('.')[0] as string);
      if (tag === undefined) throw new DomainError('invalid', `${shown(field)}: no such attribute`);
      included.add(tag);
    }
    if (included.size > QUERY_INCLUDES_MAX) throw new DomainError('invalid', 'includefield: too many attributes');
  }
  return all;
}

function readKey(reading: Reading, name: string, value: string): void {
  const tags = name.split('.').map(attributeTag);
  if (tags.includes(undefined)) throw new DomainError('invalid', `${shown(name)}: no such parameter`);
  const key = queryKey(name);
  if (key === undefined || LEVELS.indexOf(key.level) > LEVELS.indexOf(reading.level)) {
    // Without a value it matches everything anyway, and asks for the attribute to be given.
    if (value === '') reading.included.add(tags[0] as string);
    else reading.ignored.push(name);
    return;
  }
  const match = parseMatch(key, value, reading);
  if (match !== undefined) reading.matches.push(match);
  if ((key.vr === 'TM' || key.vr === 'DA') && match?.kind === 'range' && value.includes('-')) reading.ranges.add(key.keyword);
  // A key that is asked by is also answered, PS3.18 8.3.4.3.
  reading.included.add(key.tag);
}

const MOMENTS = [
  ['StudyDate', 'StudyTime'],
  ['PerformedProcedureStepStartDate', 'PerformedProcedureStepStartTime'],
] as const;

/**
 * A range of dates and a range of times are one range, from the first's date and time to the last's (PS3.4 C.2.2.2.5). With a single date or a
 * single time there is nothing to combine. An end that has a time but no date stays open, and that is said.
 */
function combined({ matches, ranges, remarks }: Reading): Match[] {
  const rest = [...matches];
  for (const [dateKeyword, timeKeyword] of MOMENTS) {
    const find = (keyword: QueryKeyword) => {
      const found = rest.filter((match) => match.keyword === keyword);
      return found.length === 1 && found[0]?.kind === 'range' && ranges.has(keyword) ? found[0] : undefined;
    };
    const dates = find(dateKeyword);
    const times = find(timeKeyword);
    if (dates === undefined || times === undefined) continue;
    const momentOf = (date: string | undefined, time: string | undefined, end: string): Moment | undefined => {
      if (date === undefined && time !== undefined)
        remarks.push(`${timeKeyword}: its ${end} has no date to go with and was not matched on.`);
      return date === undefined ? undefined : { date, ...(time === undefined ? {} : { time }) };
    };
    const from = momentOf(dates.from, times.from, 'start');
    const to = momentOf(dates.to, times.to, 'end');
    rest.splice(rest.indexOf(times), 1);
    rest[rest.indexOf(dates)] = {
      keyword: dateKeyword,
      kind: 'moments',
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
    };
  }
  return rest;
}

function booleanOf(value: string): boolean {
  if (/^true$/i.test(value)) return true;
  if (/^false$/i.test(value)) return false;
  throw new DomainError('invalid', 'fuzzymatching: true or false');
}

function countOf(name: string, value: string): number {
  const count = /^\d{1,10}$/.test(value) ? Number(value) : Number.NaN;
  if (!(count <= QUERY_NUMBER_MAX)) throw new DomainError('invalid', `${name}: not a count`);
  return count;
}

/** Tag of a keyword or of a tag in either case; undefined: there is no such attribute. */
function attributeTag(name: string): string | undefined {
  return /^[0-9A-Fa-f]{8}$/.test(name) ? name.toUpperCase() : tagOf(name);
}

const LEVELS: readonly QueryLevel[] = ['study', 'series', 'instance'];

/** What the asker wrote, safe to say back: letters, digits and dots only. */
function shown(name: string): string {
  return name.replace(/[^A-Za-z0-9.]/g, '?').slice(0, 64);
}

/**
 * One key's value as QIDO-RS or C-FIND has it. Undefined: universal matching.
 * @throws invalid with a short reason
 */
function parseMatch(key: QueryKey, value: string, reading: Reading): Match | undefined {
  const { keyword, vr } = key;
  if (value === '') return undefined;
  if (value === '""') return emptyMatch(key);
  switch (vr) {
    case 'DA':
    case 'TM':
      return rangeMatch(keyword, vr, value);
    case 'UI':
      return uidMatch(keyword, value);
    case 'PN':
      return nameMatch(keyword as 'PatientName' | 'ReferringPhysicianName', value, reading);
    case 'IS':
      return numberMatch(keyword, value);
    default:
      return textMatch(keyword, value);
  }
}

/** PS3.4 C.2.2.2.7: a pair of quotes finds what has no value. */
function emptyMatch({ keyword, vr }: QueryKey): Match {
  if (vr === 'PN' || vr === 'UI' || vr === 'IS' || keyword === 'ScheduledProcedureStepID' || keyword === 'RequestedProcedureID')
    throw new DomainError('unsupported', `${keyword}: empty value matching`);
  return { keyword, kind: 'values', values: [''] };
}

/** PS3.4 C.2.2.2.5. A single date is a value; a single time is the range of what it leaves open, as 10 means ten o'clock to 10:59. */
function rangeMatch(keyword: QueryKeyword, vr: 'DA' | 'TM', value: string): Match | undefined {
  const text = value.trim();
  const dash = text.indexOf('-');
  const isRange = dash >= 0 && !(vr === 'DA' && /^\d{4}-\d{2}-\d{2}$/.test(text));
  if (!isRange) {
    const point = pointOf(keyword, vr, text);
    if (vr === 'DA') return { keyword, kind: 'values', values: [point.from] };
    return { keyword, kind: 'range', from: point.from, to: point.to };
  }
  const [left, right, ...more] = text.split('-').map((part) => part.trim());
  if (more.length > 0) throw new DomainError('invalid', `${keyword}: not a range`);
  if (left === '' && right === '') return undefined;
  const from = left === '' || left === undefined ? undefined : pointOf(keyword, vr, left).from;
  const to = right === '' || right === undefined ? undefined : pointOf(keyword, vr, right).to;
  return { keyword, kind: 'range', ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}

function pointOf(keyword: QueryKeyword, vr: 'DA' | 'TM', text: string): { from: string; to: string } {
  if (vr === 'DA') {
    const date = normaliseDate(text);
    if (date === '') throw new DomainError('invalid', `${keyword}: not a date`);
    return { from: date, to: date };
  }
  const time = normaliseTime(text);
  if (time === undefined) throw new DomainError('invalid', `${keyword}: not a time`);
  return time;
}

/** List of UID matching, PS3.4 C.2.2.2.2; QIDO-RS writes the list with commas or backslashes. */
function uidMatch(keyword: QueryKeyword, value: string): Match | undefined {
  const values = value
    .split(/[,\\]/)
    .map(normaliseUID)
    .filter((uid) => uid !== '');
  if (values.length > QUERY_VALUES_MAX) throw new DomainError('invalid', `${keyword}: too many values`);
  // Odd UIDs are stored as they came, so odd ones may be asked for; what no UID resembles is a mistake.
  if (!values.every((uid) => /^[A-Za-z0-9._-]{1,128}$/.test(uid))) throw new DomainError('invalid', `${keyword}: not a UID`);
  return values.length === 0 ? undefined : { keyword, kind: 'values', values };
}

function nameMatch(keyword: 'PatientName' | 'ReferringPhysicianName', value: string, reading: Reading): Match | undefined {
  if (value.length > QUERY_TEXT_CHARS_MAX) throw new DomainError('invalid', `${keyword}: value too long`);
  // Groups are matched each by itself, so of a value that gives several the first decides.
  const group = value.split('=').find((one) => foldName(one) !== '') ?? '';
  const folded = foldName(group);
  if (folded === '' || /^[*]+$/.test(folded)) return undefined;
  if (!reading.fuzzy) return { keyword, kind: 'name', pattern: wildcards(keyword, folded), fuzzy: false };
  const words = folded.split(' ');
  const taken = words.slice(0, reading.wordsLeft);
  reading.wordsLeft -= taken.length;
  if (taken.length < words.length) reading.remarks.push(`${keyword}: matched on the first ${taken.length} words only.`);
  return taken.length === 0 ? undefined : { keyword, kind: 'name', pattern: wildcards(keyword, taken.join(' ')), fuzzy: true };
}

/** The same pattern with each run of wildcards in its shortest form. @throws invalid when there are more than a search may hold */
function wildcards(keyword: QueryKeyword, pattern: string): string {
  const runs = pattern.match(/[*?]+/g) ?? [];
  if (runs.length > QUERY_WILDCARDS_MAX) throw new DomainError('invalid', `${keyword}: too many wildcards`);
  return pattern.replace(/[*?]+/g, (run) => (run.includes('*') ? `${run.replaceAll('*', '')}*` : run));
}

function numberMatch(keyword: QueryKeyword, value: string): Match {
  const values = value.split(/[,\\]/).map((part) => part.trim());
  if (!values.every((part) => /^[+-]?\d{1,12}$/.test(part))) throw new DomainError('invalid', `${keyword}: not a whole number`);
  if (values.length > QUERY_VALUES_MAX) throw new DomainError('invalid', `${keyword}: too many values`);
  return { keyword, kind: 'values', values: values.map((part) => String(Number(part))) };
}

function textMatch(keyword: QueryKeyword, value: string): Match | undefined {
  const text = value.trim();
  if (text === '' || /^\*+$/.test(text)) return undefined;
  const list = keyword === 'ModalitiesInStudy' || keyword === 'Modality' ? text.split(/[,\\]/) : text.split('\\');
  const values = list.map((part) => part.trim()).filter((part) => part !== '');
  if (values.length > QUERY_VALUES_MAX) throw new DomainError('invalid', `${keyword}: too many values`);
  if (values.length > 1 && values.some((one) => /[*?]/.test(one)))
    throw new DomainError('invalid', `${keyword}: wildcards in a list of values`);
  if (values.some((one) => one.length > QUERY_TEXT_CHARS_MAX)) throw new DomainError('invalid', `${keyword}: value too long`);
  if (values.length === 1 && /[*?]/.test(values[0] as string)) {
    return { keyword, kind: 'wildcard', pattern: wildcards(keyword, values[0] as string) };
  }
  return values.length === 0 ? undefined : { keyword, kind: 'values', values };
}
