import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { dictionarySource, editionOf, findTables } from '../../gateway/dicom/dictionary/generate-dictionary.ts';

/** The dictionary is made from the standard's tables, and is what the script makes of them today. */
const MADE = readFileSync(new URL('../../gateway/dicom/dictionary/dictionary-data.ts', import.meta.url), 'utf8');
const edition = /edition (\d{4}[a-z])/.exec(MADE)?.[1];
const tables = readFileSync(findTables() ?? '', 'utf8');

describe('PS3.6: the dictionary', () => {
  test('says of which edition it is', () => {
    expect(edition).toMatch(/^20\d\d[a-e]$/);
  });

  // Another edition on this machine gives another dictionary: the script is to be run again then.
  test.runIf(editionOf(tables) === edition)('is what the script makes of the tables of that edition', async () => {
    expect(await dictionarySource(tables)).toBe(MADE);
  });

  test('tables that do not say their edition are not taken', () => {
    expect(() => editionOf('# Generated automatically\n(0010,0010)\tPN\tPatientName\t1\tDICOM\n')).toThrow('edition');
  });
});
