/** Entries of the record as lines of a table: every field, its code and, where it has one, the asker's word for it. */
import type { AuditSubject, ChainedEntry, RecordedAct } from '../../domain/record/audit.ts';

/** The asker's words: group → code → word; `columns` are headings. Words are the viewer's, so whoever asks sends them along. */
export type ExportWords = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Names that are looked up for the reader; the record holds ids. */
export interface ExportNames {
  readonly person: (userId: string) => string | undefined;
  readonly facility: (code: string) => string | undefined;
}

export interface CsvLanguage {
  readonly words: ExportWords;
  /** IANA: of the column that tells the time as the region's clocks did. */
  readonly timeZone: string;
}

export type Value = string | number | undefined;

interface Column {
  readonly name: string;
  readonly of: (chained: ChainedEntry, names: ExportNames) => Value;
  /** Group of words: the column is followed by one with the word. */
  readonly words?: string;
}

const of = (name: string, read: (entry: RecordedAct, names: ExportNames) => Value, words?: string): Column => ({
  name,
  of: ({ entry }, names) => read(entry, names),
  ...(words === undefined ? {} : { words }),
});

/** Members of a subject with a name beside them. */
const TOLD_APART = ['ownerFacilityCode', 'userId', 'facilityCode'] as const;
type ToldApart = (typeof TOLD_APART)[number];

/** What an act was about, a column a member: its group of words, where it has one. */
const SUBJECT: Readonly<Record<Exclude<keyof AuditSubject, ToldApart>, string | undefined>> = {
  patientID: undefined,
  personId: undefined,
  studyInstanceUID: undefined,
  ordinal: undefined,
  seriesInstanceUID: undefined,
  sopInstanceUID: undefined,
  count: undefined,
  counts: undefined,
  of: undefined,
  oneByOne: undefined,
  media: undefined,
  view: undefined,
  seconds: undefined,
  list: 'list',
  rosterId: undefined,
  notBefore: undefined,
  until: undefined,
  viewOnly: undefined,
  heldBack: undefined,
  job: 'job',
  changes: 'change',
  consentId: undefined,
  basis: 'basis',
  relation: 'relation',
  ground: 'ground',
  facilities: undefined,
  exceptFacilities: undefined,
  exceptStudies: undefined,
  modalities: undefined,
  studyDateFrom: undefined,
  studyDateTo: undefined,
  version: undefined,
  postedOn: undefined,
  jobs: 'job',
  tokenId: undefined,
  days: undefined,
  sessionId: undefined,
  newDevice: undefined,
  failure: 'failure',
  factor: 'factor',
  asked: 'asked',
  quarantine: 'quarantine',
  noticeId: undefined,
  noticeKind: undefined,
  settlement: 'settled',
  fromStudyInstanceUID: undefined,
  fromOrdinal: undefined,
  installation: 'installation',
  found: undefined,
  objectsOf: undefined,
  stepMs: undefined,
  format: undefined,
  month: undefined,
  emergencyId: undefined,
  category: 'emergencyCategory',
  identifiedBy: 'identifiedBy',
  finding: 'finding',
  despiteObjection: undefined,
  verdict: 'verdict',
  ended: undefined,
  linkId: undefined,
  letterId: undefined,
  letterKind: 'letterKind',
  inReplyTo: undefined,
  files: undefined,
  file: undefined,
  otherFacilityCode: undefined,
  otherPatientID: undefined,
  reasons: undefined,
  useId: undefined,
  rule: 'unusualRule',
  decision: 'unusualDecision',
};

const facility = (name: string, code: (entry: RecordedAct) => string | undefined): readonly Column[] => [
  of(name, code),
  of(`${name}Name`, (entry, names) => nameOf(names.facility, code(entry))),
];
const person = (name: string, id: (entry: RecordedAct) => string | undefined): readonly Column[] => [
  of(name, id),
  of(`${name}Name`, (entry, names) => nameOf(names.person, id(entry))),
];

const BEFORE_SUBJECT: readonly Column[] = [
  of('action', ({ action }) => action, 'action'),
  of('outcome', ({ outcome }) => outcome, 'outcome'),
  of('who', ({ who }) => who.kind, 'through'),
  ...person('user', ({ who }) => who.userId),
  of('userJob', ({ who }) => who.job, 'job'),
  ...facility('userFacility', ({ who }) => who.facilityCode),
  of('aeTitle', ({ who }) => who.aeTitle),
  of('through', ({ who }) => who.through, 'through'),
  of('remoteAddress', ({ remoteAddress }) => remoteAddress),
  ...facility('owner', ({ what }) => what?.ownerFacilityCode),
];
const AFTER_SUBJECT: readonly Column[] = [
  ...person('account', ({ what }) => what?.userId),
  ...facility('facility', ({ what }) => what?.facilityCode),
  ...facility('toFacility', ({ toFacilityCode }) => toFacilityCode),
  of('right', ({ right }) => right?.kind, 'right'),
  of('grant', ({ right }) => right?.grant),
  of('purpose', ({ purpose }) => purpose, 'purpose'),
  of('refusal', ({ refusal }) => refusal, 'refusal'),
  // Of entries that an earlier version wrote, what has no code; and what a newer one writes that has no column here.
  of('rest', ({ what }) => restOf(what)),
  { name: 'previousHash', of: ({ previousHash }) => previousHash },
  { name: 'hash', of: ({ hash }) => hash },
];

const COLUMNS: readonly Column[] = [
  { name: 'seq', of: ({ seq }) => seq },
  { name: 'at', of: ({ at }) => at.toISOString() },
  ...BEFORE_SUBJECT,
  ...Object.entries(SUBJECT).map(([name, words]) => of(name, ({ what }) => textOf(what?.[name as keyof AuditSubject]), words)),
  ...AFTER_SUBJECT,
];

/** Names of the columns; a column of words has its code's with `Word`. `localTime` is the second. */
export const CSV_COLUMNS: readonly string[] = COLUMNS.flatMap(({ name, words }) => [
  name,
  ...(name === 'at' ? ['localTime'] : []),
  ...(words === undefined ? [] : [`${name}Word`]),
]);

export function csvHead({ words }: CsvLanguage): string {
  return line(CSV_COLUMNS.map((name) => words['columns']?.[name] ?? name));
}

/** One entry, its end of line included. */
export function csvLine(chained: ChainedEntry, names: ExportNames, language: CsvLanguage): string {
  return line(
    COLUMNS.flatMap((column) => {
      const value = column.of(chained, names);
      if (column.name === 'at') return [value, localTime(chained.at, language.timeZone)];
      return column.words === undefined ? [value] : [value, wordOf(language.words[column.words], value)];
    }),
  );
}

/** RFC 4180. */
export function line(cells: readonly Value[]): string {
  return `${cells.map(cell).join(',')}\r\n`;
}

/**
 * A text that a spreadsheet would take for a formula is given an apostrophe, which shows it as text (OWASP, CSV Injection). Full-width signs
 * begin one too, where Japanese is typed. Numbers are our own.
 */
function cell(value: Value): string {
  if (value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const text = /^[\s\0]*[=+\-@＝＋－\u2212＠\t\r\n]/.test(value) ? `'${value}` : value;
  return /[",\r\n\t']|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function textOf(value: AuditSubject[keyof AuditSubject]): Value {
  if (value === true) return 1;
  if (typeof value === 'string' || typeof value === 'number') return value;
  return value?.join(' ');
}

export function wordOf(group: Readonly<Record<string, string>> | undefined, value: Value): Value {
  if (typeof value !== 'string' || group === undefined) return undefined;
  const codes = value.split(' ');
  const words = codes.map((code) => group[code.replaceAll('.', '-')]);
  return words.every((word) => word === undefined) ? undefined : words.map((word, n) => word ?? codes[n]).join(' ');
}

function nameOf(look: (id: string) => string | undefined, id: string | undefined): Value {
  return id === undefined ? undefined : look(id);
}

function restOf(what: RecordedAct['what']): Value {
  const rest = Object.entries(what ?? {}).filter(([name]) => !Object.hasOwn(SUBJECT, name) && !TOLD_APART.some((known) => known === name));
  return rest.length === 0 ? undefined : rest.map(([name, value]) => `${name}: ${String(value)}`).join('; ');
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** YYYY-MM-DD HH:MM:SS, which spreadsheets read as a time. */
function localTime(at: Date, timeZone: string): string {
  const format = formats.get(timeZone) ?? new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  formats.set(timeZone, format);
  return format.format(at);
}
