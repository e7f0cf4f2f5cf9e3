/** Files that the page makes: a template, and the faulty lines. Pure. */
import type { TFunction } from 'i18next';
import type { RosterFaults } from '../../gateway/api/contract/rosters.ts';
import type { Language, Translation } from '../i18n/translation.ts';

/** Titles that the gateway's reader knows (`gateway/usecases/roster/read-csv.ts`). */
const TEMPLATE_COLUMNS = {
  ja: ['患者ID', '氏名', '氏名カナ', '生年月日', '性別', '郵便番号', '電話番号', '保険者番号', '記号', '番号', '枝番'],
  en: ['Patient ID', 'Name', 'Name kana', 'Birth date', 'Sex', 'Postal code', 'Phone', 'Insurer', 'Symbol', 'Insured number', 'Branch'],
} as const satisfies Record<Language, readonly string[]>;

/** So that a spreadsheet opens it as what it is. */
const BYTE_ORDER_MARK = '\ufeff';

export function templateCsv(language: Language): string {
  return csvOf([TEMPLATE_COLUMNS[language]]);
}

export function faultsCsv(faults: RosterFaults['faults'], t: TFunction): string {
  return csvOf([
    [t('rosters.faultColumns.line'), t('rosters.faultColumns.reason')],
    ...faults.map((fault) => [String(fault.line), faultWords(fault, t)]),
  ]);
}

type FaultCode = keyof Translation['rosterFault'];

/** What is wrong with a line; a code that this page does not know stands as it is. */
export function faultWords({ code, otherLine }: RosterFaults['faults'][number], t: TFunction): string {
  const reason = FAULTS.includes(code as FaultCode) ? t(`rosterFault.${code as FaultCode}`) : code;
  return otherLine === null ? reason : t('rosters.conflict', { reason, line: otherLine });
}

const FAULTS: readonly FaultCode[] = [
  'undecodable',
  'control-character',
  'line-too-long',
  'quote-misplaced',
  'columns-missing',
  'columns-surplus',
  'patient-id-missing',
  'patient-id-unreadable',
  'name-missing',
  'name-unreadable',
  'birth-date-unreadable',
  'sex-unreadable',
  'patient-id-conflict',
  'unknown-record',
  'record-out-of-place',
  'record-short',
  'table-unsupported',
];

function csvOf(rows: readonly (readonly string[])[]): string {
  const field = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return `${BYTE_ORDER_MARK}${rows.map((row) => row.map(field).join(',')).join('\r\n')}\r\n`;
}
