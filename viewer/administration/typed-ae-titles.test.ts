import { expect, it } from 'vitest';
import { aeTitleOf, NO_AE_TITLE, typedAETitle } from './typed-ae-titles.ts';

it.each([
  ['a title alone', { aeTitle: 'PACS1' }],
  ['all of it', { aeTitle: 'MY PACS', addressRange: '10.0.0.0/8', host: 'fd00::1', port: 104, certificateSha256: 'ab'.repeat(32) }],
])('%s is sent as it came', (_name, entry) => {
  expect(aeTitleOf(typedAETitle(entry))).toEqual(entry);
});
it.each([
  ['', undefined],
  ['　', undefined],
  ['１０４', 104],
  [' 11112 ', 11112],
  ['70000', 70000],
  ['1e3', Number.NaN],
  ['-1', Number.NaN],
  ['104a', Number.NaN],
])('port %j is %s', (port, expected) => {
  expect(aeTitleOf({ ...NO_AE_TITLE, aeTitle: 'A', port }).port).toEqual(expected);
});
