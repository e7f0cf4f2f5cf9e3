import { expect, test } from 'vitest';
import { insuranceForm, phoneForm, postalForm } from './contact-forms.ts';

test.each([
  ['03-1234-5678', '0312345678'],
  ['（０３）１２３４―５６７８', '0312345678'],
  ['+81 3 1234 5678', '0312345678'],
  ['+81 (0)3-1234-5678', '0312345678'],
  ['010-81-90-1234-5678', '09012345678'],
  ['TEL 090 1234 5678', '09012345678'],
  ['1234-5678', ''],
  ['なし', ''],
  ['000-0000-0000', ''],
  ['', ''],
])('phone %s: %j', (text, form) => {
  expect(phoneForm(text)).toBe(form);
});

test.each([
  ['770-0001', '7700001'],
  ['〒７７０－０００１', '7700001'],
  ['7700001', '7700001'],
  ['770', ''],
  ['000-0000', ''],
])('postal code %s: %j', (text, form) => {
  expect(postalForm(text)).toBe(form);
});

test.each([
  ['国保 of six digits in a field of eight', ['00360016', '徳１２', '0345', '1'], ['360016', '徳12', '345', '01']],
  ['blanks and hyphens', [' 01 130012', '１２-３４', '5 6', ''], ['01130012', '1234', '56', '']],
  ['three digits of branch, as some systems pad it', ['01130012', '1', '2', '003'], ['01130012', '1', '2', '03']],
])('%s', (_name, [insurer = '', symbol = '', number = '', branch = ''], [toInsurer, toSymbol, toNumber, toBranch]) => {
  expect(insuranceForm({ insurer, symbol, number, branch })).toEqual({
    insurer: toInsurer,
    symbol: toSymbol,
    number: toNumber,
    branch: toBranch,
  });
});

test.each([
  ['no number', ['01130012', '1', '', '']],
  ['no insurer', ['', '1', '2', '']],
  ['only zeros', ['00000000', '0', '0', '']],
])('%s: nobody is insured', (_name, [insurer = '', symbol = '', number = '', branch = '']) => {
  expect(insuranceForm({ insurer, symbol, number, branch })).toBeUndefined();
});
