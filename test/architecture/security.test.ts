import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

/** SECURITY.md maps what is asked to what there is. Each row names a test that is really there, or says plainly that there is none. */
const ROOT = new URL('../../', import.meta.url);
const pathOf = (file: string) => fileURLToPath(new URL(file, ROOT));
const text = readFileSync(pathOf('gateway/SECURITY.md'), 'utf8');

/** What a row may say instead of naming a test. */
const WITHOUT_TEST = /^(operator|not done|not asked|no test: `[\w./-]+`)$/;
const PROOF = /`([\w./-]+\.test\.tsx?) › ([^`]+)`/g;

interface Row {
  readonly item: string;
  readonly asked: string;
  readonly shown: string;
}

/** Rows of tables whose last column is "shown by". */
function rowsOf(markdown: string): readonly Row[] {
  return markdown
    .split(/\n(?!\|)/)
    .map((block) => block.split('\n').filter((line) => line.startsWith('|')))
    .filter(([head = '']) => head.endsWith('| shown by |'))
    .flatMap(([, , ...lines]) => lines.map(rowOf));
}

function rowOf(line: string): Row {
  const cells = line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
  return { item: cells[0] ?? '', asked: cells[1] ?? '', shown: cells.length === 4 ? (cells[3] ?? '') : '' };
}

/** Empty: the row says what it must. */
function flawsOf({ shown }: Row): readonly string[] {
  if (WITHOUT_TEST.test(shown)) return [];
  const proofs = [...shown.matchAll(PROOF)];
  if (proofs.length === 0 || shown.replace(PROOF, '').replace(/[;\s]/g, '') !== '') return [`neither a test nor a word: ${shown}`];
  return proofs.flatMap(([, file = '', name = '']) => {
    if (!existsSync(pathOf(file))) return [`no such file: ${file}`];
    return readFileSync(pathOf(file), 'utf8').includes(name) ? [] : [`not in ${file}: ${name}`];
  });
}

describe('SECURITY.md', () => {
  const rows = rowsOf(text);

  test('has rows of both catalogues', () => {
    expect(rows.filter(({ item }) => /^1[1-8] /.test(item)).length).toBeGreaterThan(30);
    for (let chapter = 1; chapter <= 16; chapter++)
      expect([chapter, rows.some(({ item }) => new RegExp(`(^|, )${chapter}(\\.\\d|$|,)`).test(item))]).toEqual([chapter, true]);
  });

  test('quotes no test outside of those rows', () => {
    const inRows = rows.flatMap(({ shown }) => [...shown.matchAll(PROOF)]).length;
    expect([...text.matchAll(PROOF)].length).toBe(inRows);
  });

  test.each(rows)('$item: $asked', (row) => {
    expect(flawsOf(row)).toEqual([]);
  });
});

describe('what is wrong is caught', () => {
  const THIS = 'test/architecture/security.test.ts';
  test.each([
    ['no proof', '', 'neither a test nor a word: '],
    ['a word that says nothing', 'yes', 'neither a test nor a word: yes'],
    ['a claim beside a proof', `surely \`${THIS} › what is wrong is caught\``, 'neither a test nor a word: surely'],
    ['a file that is gone', '`test/architecture/gone.test.ts › x`', 'no such file: test/architecture/gone.test.ts'],
    ['a test that is gone', `\`test/architecture/walls.test.ts › ${'x'.repeat(40)}\``, 'not in test/architecture/walls.test.ts: '],
    ['a row of three columns', undefined, 'neither a test nor a word: '],
  ])('%s', (_name, shown, flaw) => {
    const line = shown === undefined ? '| 1 | a | operator |' : `| 1 | a | b | ${shown} |`;
    const [row] = rowsOf(`| numbers | asked | what | shown by |\n|---|---|---|---|\n${line}`);
    expect(row === undefined ? [] : flawsOf(row)).toEqual([expect.stringContaining(flaw)]);
  });

  const GOOD = ['operator', 'not done', 'not asked', 'no test: `gateway/http.ts`', `\`${THIS} › what is wrong is caught\``];
  test.each(GOOD)('%s is no fault', (shown) => {
    expect(flawsOf({ item: '1', asked: 'a', shown })).toEqual([]);
  });
});
