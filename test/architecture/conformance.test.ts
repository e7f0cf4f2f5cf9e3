import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

/** CONFORMANCE.md is a list of claims; a claim that names no test that is really there is a wish. */
const ROOT = new URL('../../', import.meta.url);
const text = readFileSync(new URL('gateway/CONFORMANCE.md', ROOT), 'utf8');

interface Claim {
  readonly section: string;
  readonly claim: string;
  readonly file: string;
  readonly name: string;
}

/** Rows `| section | claim | file › words of the test's name |`. */
function claimsOf(markdown: string): readonly Claim[] {
  return markdown
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| section') && !line.startsWith('|---'))
    .map((line) => {
      const [, section = '', claim = '', proof = ''] = line.split('|').map((cell) => cell.trim());
      const [file = '', name = ''] = proof
        .replaceAll('`', '')
        .split('›')
        .map((word) => word.trim());
      return { section, claim, file, name };
    });
}

describe('CONFORMANCE.md', () => {
  const claims = claimsOf(text);

  test('makes claims', () => {
    expect(claims.length).toBeGreaterThan(20);
  });

  test.each(claims)('$section: $claim', ({ section, file, name }) => {
    expect(section).not.toBe('');
    expect(name).not.toBe('');
    expect(readFileSync(fileURLToPath(new URL(file, ROOT)), 'utf8')).toContain(name);
  });

  test.each([
    ['a claim without a proof', '| PS3.7 | answers C-FIND | |'],
    ['a proof without the name of a test', '| PS3.7 | answers C-FIND | test/architecture/walls.test.ts |'],
  ])('%s is caught', (_, row) => {
    const [claim] = claimsOf(row);
    expect(claim?.name).toBe('');
  });
});
