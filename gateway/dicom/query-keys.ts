import { DomainError } from '../domain/errors.ts';
import type { Match, QueryKeyword } from '../domain/query.ts';
import { normaliseDate, normaliseTime } from './date-time.ts';
import { tagOf } from './dictionary.ts';
import { foldName } from './person-name.ts';
import { normaliseUID } from './uid.ts';

/** What QIDO-RS and C-FIND can match, and how a query is read. PS3.18 8.3.4 and table 10.6.1-5, PS3.4 C.2.2.2. */

export type QueryLevel = 'study' | 'series' | 'instance';
type QueryVR = 'DA' | 'TM' | 'UI' | 'PN' | 'LO' | 'SH' | 'CS' | 'IS';

export interface QueryKey {
  readonly keyword: QueryKeyword;
  readonly tag: string;
  readonly vr: QueryVR;
  readonly level: QueryLevel;
}

/** One key a line: keyword, VR, level it belongs to. */
const KEYS: readonly (readonly [QueryKeyword, QueryVR, QueryLevel])[] = [
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
  ['SOPClassUID', 'UI', 'instance'],
  ['SOPInstanceUID', 'UI', 'instance'],
  ['InstanceNumber', 'IS', 'instance'],
];

export const QUERY_KEYS: readonly QueryKey[] = KEYS.map(([keyword, vr, level]) => ({ keyword, vr, level, tag: tagOf(keyword) as string }));
const byKeyword: ReadonlyMap<string, QueryKey> = new Map(QUERY_KEYS.map((key) => [key.keyword, key]));
const byTag: ReadonlyMap<string, QueryKey> = new Map(QUERY_KEYS.map((key) => [key.tag, key]));

export function queryKey(keywordOrTag: string): QueryKey | undefined {
  return byKeyword.get(keywordOrTag) ?? byTag.get(keywordOrTag.toUpperCase());
}

export const QUERY_VALUES_MAX = 1000;
export const QUERY_VALUE_CHARS_MAX = 16 * 1024;
export const QUERY_PARAMETERS_MAX = 200;
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
  const fuzzy = entries.some(([name, value]) => name.toLowerCase() === 'fuzzymatching' && booleanOf(value));
  const matches: Match[] = [];
  const ignored: string[] = [];
  const included = new Set<string>();
  let all = false;
  let limit: number | undefined;
  let offset = 0;
  for (const [name, value] of entries) {
    if (value.length > QUERY_VALUE_CHARS_MAX) throw new DomainError('invalid', `${name}: value too long`);
    switch (name.toLowerCase()) {
      case 'fuzzymatching':
        break;
      case 'limit':
        limit = countOf('limit', value);
        break;
      case 'offset':
        offset = countOf('offset', value);
        break;
      case 'includefield':
        for (const field of value.split(',').filter((one) => one !== '')) {
          if (field.toLowerCase() === 'all') all = true;
          else included.add(attributeTag(field));
        }
        break;
      default: {
        const key = keyOf(name, level, ignored);
        if (key === undefined) break;
        const match = parseMatch(key, value, fuzzy);
        if (match !== undefined) matches.push(match);
        // A key that is asked by is also answered, PS3.18 8.3.4.3.
        included.add(key.tag);
      }
    }
  }
  return { matches, includeFields: all ? 'all' : [...included], fuzzy, offset, ignored, ...(limit === undefined ? {} : { limit }) };
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

/** Tag of a keyword, a tag, or the last attribute of a dotted path (whose first is the one to include). */
function attributeTag(field: string): string {
  const first = field.split('.')[0] as string;
  const tag = /^[0-9A-Fa-f]{8}$/.test(first) ? first.toUpperCase() : tagOf(first);
  if (tag === undefined) throw new DomainError('invalid', `${shown(field)}: no such attribute`);
  return tag;
}

function keyOf(name: string, level: QueryLevel, ignored: string[]): QueryKey | undefined {
  const key = queryKey(name);
  if (key === undefined) {
    if (tagOf(name.split('.')[0] as string) === undefined && !/^[0-9A-Fa-f]{8}(\.|$)/.test(name)) {
      throw new DomainError('invalid', `${shown(name)}: no such parameter`);
    }
    ignored.push(name);
    return undefined;
  }
  if (LEVELS.indexOf(key.level) > LEVELS.indexOf(level)) {
    ignored.push(name);
    return undefined;
  }
  return key;
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
function parseMatch(key: QueryKey, value: string, fuzzy: boolean): Match | undefined {
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
      return nameMatch(keyword as 'PatientName' | 'ReferringPhysicianName', value, fuzzy);
    case 'IS':
      return numberMatch(keyword, value);
    default:
      return textMatch(keyword, value);
  }
}

/** PS3.4 C.2.2.2.7: a pair of quotes finds what has no value. */
function emptyMatch({ keyword, vr }: QueryKey): Match {
  if (vr === 'PN' || vr === 'UI' || vr === 'IS') throw new DomainError('unsupported', `${keyword}: empty value matching`);
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

function nameMatch(keyword: 'PatientName' | 'ReferringPhysicianName', value: string, fuzzy: boolean): Match | undefined {
  // Groups are matched each by itself, so of a value that gives several the first decides.
  const group = value.split('=').find((one) => foldName(one) !== '') ?? '';
  const pattern = foldName(group);
  if (pattern === '' || /^\*+$/.test(pattern)) return undefined;
  return { keyword, kind: 'name', pattern, fuzzy };
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
  if (values.length === 1 && /[*?]/.test(values[0] as string)) return { keyword, kind: 'wildcard', pattern: values[0] as string };
  return values.length === 0 ? undefined : { keyword, kind: 'values', values };
}
