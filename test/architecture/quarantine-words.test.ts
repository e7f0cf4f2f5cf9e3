import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { en } from '../../viewer/i18n/en.ts';
import { ja } from '../../viewer/i18n/ja.ts';

/** What the reader throws in one hyphenated word is the reason of a quarantine; the page of the quarantine has words for each. */
const READER = fileURLToPath(new URL('../../gateway/dicom', import.meta.url));
const PAGE = readFileSync(new URL('../../viewer/administration/quarantine-reasons.ts', import.meta.url), 'utf8');

function reasons(): string[] {
  const sources = readdirSync(READER, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ts') && !name.includes('.test.'),
  );
  const thrown = sources.flatMap((name) => [
    ...readFileSync(join(READER, name), 'utf8').matchAll(/DomainError\('(?:invalid|too-large)', '([a-z]+(?:-[a-z]+)+)'/g),
  ]);
  return [...new Set(thrown.map(([, reason = '']) => reason))].sort();
}

test('every reason for which the reader refuses an object has words in both languages', () => {
  expect(reasons()).toEqual(expect.arrayContaining(['header-too-deep', 'header-too-large', 'header-too-many-items', 'not-dicom']));
  for (const reason of reasons()) {
    expect(Object.keys(ja.admin.reasons)).toContain(reason);
    expect(Object.keys(en.admin.reasons)).toContain(reason);
    expect(PAGE).toContain(`'${reason}',`);
  }
});
