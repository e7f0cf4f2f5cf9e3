/** A month's fee evidence as a table: one line a letter and fee, with its reasons and the numbers of its records. */
import type { ByteStream } from '../../domain/byte-stream.ts';
import { type ExportNames, type ExportWords, line, type Value, wordOf } from '../export/csv.ts';
import type { FeePack, PackLine } from './fee-pack.ts';

interface Column {
  readonly name: string;
  readonly of: (told: PackLine, pack: FeePack, names: ExportNames) => Value;
  /** Group of words: the column is followed by one with the word. */
  readonly words?: string;
}

const needs = (told: PackLine, which: (reason: PackLine['reasons'][number]) => boolean) =>
  told.reasons.flatMap((reason) => (which(reason) ? [reason.need] : [])).join(' ');

export const FEE_COLUMNS: readonly Column[] = [
  { name: 'facility', of: (_told, { facility }) => facility },
  { name: 'month', of: (_told, { month }) => month },
  { name: 'monthState', of: (_told, { state }) => state, words: 'state' },
  { name: 'fee', of: ({ code }) => code, words: 'fee' },
  { name: 'day', of: ({ on }) => on },
  { name: 'verdict', of: (told) => verdictOf(told), words: 'verdict' },
  { name: 'points', of: ({ points }) => points },
  { name: 'letter', of: ({ letterId }) => letterId },
  { name: 'letterKind', of: ({ kind }) => kind, words: 'letterKind' },
  { name: 'patientFacility', of: ({ ownerFacilityCode }) => ownerFacilityCode },
  { name: 'patientID', of: ({ patientID }) => patientID },
  { name: 'other', of: ({ other }) => other },
  { name: 'otherName', of: ({ other }, _pack, names) => names.facility(other) },
  { name: 'unmet', of: (told) => needs(told, ({ met, unsaid }) => !met && !unsaid), words: 'unmet' },
  { name: 'unsaid', of: (told) => needs(told, ({ unsaid }) => unsaid), words: 'need' },
  { name: 'met', of: (told) => needs(told, ({ met }) => met), words: 'need' },
  { name: 'records', of: ({ records }) => records.join(' ') },
  { name: 'ruleFrom', of: ({ rule }) => rule.from },
  { name: 'ruleSource', of: ({ rule }) => rule.source },
  { name: 'confirmed', of: ({ rule }) => (rule.confirmed === undefined ? 'unconfirmed' : rule.confirmed.by), words: 'confirmed' },
];

/** What becomes of a line: it counts; it does as far as the record can say; it does not. */
export function verdictOf({ counts, open }: Pick<PackLine, 'counts' | 'open'>): 'counts' | 'open' | 'not' {
  if (counts) return 'counts';
  return open ? 'open' : 'not';
}

/** UTF-8, with the mark by which spreadsheets know it. */
export async function* feePackCsv(pack: FeePack, names: ExportNames, words: ExportWords): ByteStream {
  yield Buffer.from(`\ufeff${headOf(words)}`);
  for (const told of pack.lines) yield Buffer.from(lineOf(told, pack, names, words));
  // What is missing is told where it is read.
  if (!pack.complete) yield Buffer.from(line(['incomplete', wordOf(words['columns'], 'incomplete')]));
}

function headOf({ columns }: ExportWords): string {
  const names = FEE_COLUMNS.flatMap(({ name, words }) => (words === undefined ? [name] : [name, `${name}Word`]));
  return line(names.map((name) => columns?.[name] ?? name));
}

function lineOf(told: PackLine, pack: FeePack, names: ExportNames, language: ExportWords): string {
  return line(
    FEE_COLUMNS.flatMap(({ of, words }) => {
      const value = of(told, pack, names);
      return words === undefined ? [value] : [value, value === '' ? undefined : wordOf(language[words], value)];
    }),
  );
}
