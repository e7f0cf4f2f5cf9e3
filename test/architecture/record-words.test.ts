/** What the gateway writes on record in a code has its word in both languages: a page never shows a bare code of its own program. */
import { expect, test } from 'vitest';
import { AUDIT_LISTS, DOOR_REFUSALS, INSTALLATION_BEGINNINGS, SIGN_IN_FAILURES, SUBJECT_OF } from '../../gateway/domain/record/audit.ts';
import { PURPOSES } from '../../gateway/domain/record/purpose.ts';
import { ACTIONS, REFUSAL_REASONS, RIGHT_KINDS } from '../../gateway/domain/sharing/access.ts';
import { en } from '../../viewer/i18n/en.ts';
import { ja } from '../../viewer/i18n/ja.ts';
import {
  actionWord,
  askedWord,
  beginningWord,
  failureWord,
  listWord,
  purposeWord,
  refusalWord,
  rightWord,
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
  ['lists', AUDIT_LISTS, listWord],
  ['beginnings', INSTALLATION_BEGINNINGS, beginningWord],
] as const)('%s', (_name, codes, word) => {
  expect(codes.length).toBeGreaterThan(2);
  // A code without a word is said as it is. In English some words are the same.
  expect(codes.filter((code) => [code, undefined].includes(word(code, inWords(ja))))).toEqual([]);
  expect(codes.filter((code) => word(code, inWords(en)) === undefined)).toEqual([]);
});
