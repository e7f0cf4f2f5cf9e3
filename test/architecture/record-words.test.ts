/** What the gateway writes on record in a code has its word in both languages: a page never shows a bare code of its own program. */
import { expect, test } from 'vitest';
import { FEE_VERDICTS } from '../../gateway/api/contract/fees.ts';
import { BASIS_KINDS, LAW_GROUNDS, PROXY_RELATIONS } from '../../gateway/domain/consent/basis-rules.ts';
import { EMERGENCY_CATEGORIES, EMERGENCY_VERDICTS } from '../../gateway/domain/emergency/emergency.ts';
import { MONTH_STATES } from '../../gateway/domain/fees/fee-month.ts';
import { FEE_CODES, FEE_NEEDS } from '../../gateway/domain/fees/fee-rules.ts';
import { EVIDENCE_CODES } from '../../gateway/domain/patients/evidence.ts';
import {
  AUDIT_FACTORS,
  AUDIT_LISTS,
  DOOR_REFUSALS,
  EMERGENCY_FINDINGS,
  INSTALLATION_BEGINNINGS,
  RECORD_FORMATS,
  SIGN_IN_FAILURES,
  SUBJECT_OF,
} from '../../gateway/domain/record/audit.ts';
import { PURPOSES } from '../../gateway/domain/record/purpose.ts';
import { ACTIONS, REFUSAL_REASONS, RIGHT_KINDS } from '../../gateway/domain/sharing/access.ts';
import { CSV_COLUMNS } from '../../gateway/usecases/export/csv.ts';
import { FEE_COLUMNS } from '../../gateway/usecases/fees/fee-pack-csv.ts';
import { en } from '../../viewer/i18n/en.ts';
import { ja } from '../../viewer/i18n/ja.ts';
import { evidenceWord } from '../../viewer/patient-links/evidence-word.ts';
import {
  actionWord,
  askedWord,
  basisWord,
  beginningWord,
  categoryWord,
  factorWord,
  failureWord,
  findingWord,
  formatWord,
  groundWord,
  identifiedWord,
  listWord,
  purposeWord,
  refusalWord,
  relationWord,
  rightWord,
  verdictWord,
} from '../../viewer/record/record-words.ts';

/** The text under a key, in the words themselves. */
const inWords = (texts: object) =>
  ((key: string) => key.split('.').reduce<unknown>((at, step) => (at as Record<string, unknown>)[step], texts)) as never;

test.each([
  ['what was asked for', ACTIONS, askedWord],
  ['acts', Object.keys(SUBJECT_OF), actionWord],
  ['rights', RIGHT_KINDS, rightWord],
  ['purposes', [...PURPOSES, 'treatment'], purposeWord],
  ['refusals', [...REFUSAL_REASONS, ...DOOR_REFUSALS], refusalWord],
  ['failed sign-ins', SIGN_IN_FAILURES, failureWord],
  ['second factors', AUDIT_FACTORS, factorWord],
  ['lists', AUDIT_LISTS, listWord],
  ['why in an emergency', EMERGENCY_CATEGORIES, categoryWord],
  ['how a person was identified', ['patient-id-and-birth-date', 'patient-id-and-name', 'name-and-birth-date', 'all-three'], identifiedWord],
  ['what was found', EMERGENCY_FINDINGS, findingWord],
  ['verdicts', [...EMERGENCY_VERDICTS, 'justified'], verdictWord],
  ['bases', BASIS_KINDS, basisWord],
  ['relations', PROXY_RELATIONS, relationWord],
  ['grounds of law', LAW_GROUNDS, groundWord],
  ['beginnings', INSTALLATION_BEGINNINGS, beginningWord],
  ['what speaks for one person', EVIDENCE_CODES, evidenceWord],
  ['formats', RECORD_FORMATS, formatWord],
  ['columns of a table', CSV_COLUMNS, (name: string, t: (key: string) => string) => t(`exportColumn.${name}`)],
] as const)('%s', (_name, codes, word) => {
  expect(codes.length).toBeGreaterThan(2);
  // A code without a word is said as it is. In English some words are the same.
  expect(codes.filter((code) => [code, undefined].includes(word(code, inWords(ja))))).toEqual([]);
  expect(codes.filter((code) => word(code, inWords(en)) === undefined)).toEqual([]);
});

test('no word is left of a column that a table has not', () => {
  expect(Object.keys(ja.exportColumn).sort()).toEqual([...CSV_COLUMNS].sort());
});

test('a month of fee evidence has its words, as a table that the gateway writes needs them, and no others', () => {
  const columns = FEE_COLUMNS.flatMap(({ name, words }) => (words === undefined ? [name] : [name, `${name}Word`]));
  for (const { feeColumn, feeState, feeConfirmed, feeCode, feeVerdict, feeNeed, feeUnmet } of [ja, en]) {
    expect(Object.keys(feeColumn).sort()).toEqual([...columns, 'incomplete'].sort());
    expect(Object.keys(feeState).sort()).toEqual([...MONTH_STATES].sort());
    expect(Object.keys(feeConfirmed)).toEqual(['unconfirmed']);
    expect(Object.keys(feeCode).sort()).toEqual([...FEE_CODES].sort());
    expect(Object.keys(feeVerdict).sort()).toEqual([...FEE_VERDICTS].sort());
    for (const words of [feeNeed, feeUnmet]) expect(Object.keys(words).sort()).toEqual([...FEE_NEEDS].sort());
  }
});
