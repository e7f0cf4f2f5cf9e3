import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { canDecode } from '../../gateway/codec/pixels/decode.ts';
import { KNOWN_TRANSFER_SYNTAXES } from '../../gateway/dicom/dictionary/transfer-syntax.ts';

/** CONFORMANCE.md is a list of claims; a claim that names no test that is really there is a wish, and a figure that is not the program's a rumour. */
const ROOT = new URL('../../', import.meta.url);
const text = readFileSync(new URL('gateway/CONFORMANCE.md', ROOT), 'utf8');
const source = (file: string) => readFileSync(fileURLToPath(new URL(file, ROOT)), 'utf8');

interface Table {
  /** Cells of the first row, joined. */
  readonly head: string;
  readonly rows: readonly (readonly string[])[];
}

const CLAIMS = 'section | claim | proof';
const BOUNDS = 'bound | value | unit | in | when it is reached';
const SYNTAXES = 'transfer syntax | name | decoded: frames, rendered, Explicit VR Little Endian';
/** Tables that sum up or say how to connect; what they say of behaviour is claimed in another. */
const SUMMARIES: readonly string[] = [
  'network services | user (SCU) | provider (SCP)',
  'web services (PS3.18) | origin server |',
  'media |',
  'what | value | setting',
  'abstract syntax | transfer syntaxes | role',
  'status | meaning here | what the sender does',
];

function tablesOf(markdown: string): readonly Table[] {
  return markdown
    .split(/\n(?!\|)/)
    .map((block) => block.split('\n').filter((line) => line.startsWith('|')))
    .filter((lines) => lines.length > 0)
    .map(([head = '', _rule, ...lines]) => ({ head: cells(head).join(' | ').trim(), rows: lines.map(cells) }));
}

function cells(line: string): readonly string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.replaceAll('`', '').trim());
}

const rowsUnder = (markdown: string, head: string) => tablesOf(markdown).flatMap((table) => (table.head === head ? table.rows : []));

/** Rows `| section | claim | file › words of the test |`. */
function claimsOf(markdown: string) {
  return rowsUnder(markdown, CLAIMS).map(([section = '', claim = '', proof = '']) => {
    const [file = '', name = ''] = proof.split('›').map((word) => word.trim());
    return { section, claim, file, name };
  });
}

/** What `NAME = …` or `name: …` says in a source; undefined when it is not there or no arithmetic. */
function constantIn(code: string, name: string): number | undefined {
  const said = new RegExp(`\\b${name}(?: =|:) ([\\d_ *<]+)[;,]`).exec(code)?.[1];
  if (said === undefined) return undefined;
  const [left = '', shift] = said.replaceAll('_', '').split('<<');
  const product = left.split(/ \* (?!\*)/).reduce((all, factor) => {
    const [base = '', power = '1'] = factor.split('**');
    return all * Number(base) ** Number(power);
  }, 1);
  return product * 2 ** Number(shift ?? 0);
}

describe('CONFORMANCE.md', () => {
  const claims = claimsOf(text);

  test('makes claims', () => {
    expect(claims.length).toBeGreaterThan(70);
  });

  test('has no other tables than those that are looked at here', () => {
    const known = [CLAIMS, BOUNDS, SYNTAXES, ...SUMMARIES];
    expect(tablesOf(text).flatMap(({ head }) => (known.includes(head) ? [] : [head]))).toEqual([]);
  });

  test.each(claims)('$section: $claim', ({ section, file, name }) => {
    expect(section).not.toBe('');
    expect(name).not.toBe('');
    expect(source(file)).toContain(name);
  });

  test.each(rowsUnder(text, BOUNDS))('%s is %s', (name = '', value = '', _unit = '', file = '') => {
    expect(constantIn(source(file), name)).toBe(Number(value));
  });

  test('names every transfer syntax that we know, and those that are decoded', () => {
    const said = rowsUnder(text, SYNTAXES).flatMap(([uids = '', _name, decoded = '']) =>
      uids.split(', ').map((uid) => `${uid} ${decoded.startsWith('yes')}`),
    );
    expect(said.sort()).toEqual(KNOWN_TRANSFER_SYNTAXES.map(({ uid }) => `${uid} ${canDecode(uid)}`).sort());
  });

  test.each([
    ['a claim without a proof', '| PS3.7 | answers C-FIND | |'],
    ['a proof without the name of a test', '| PS3.7 | answers C-FIND | test/architecture/walls.test.ts |'],
  ])('%s is caught', (_, row) => {
    const [claim] = claimsOf(`| section | claim | proof |\n|---|---|---|\n${row}`);
    expect(claim?.name).toBe('');
  });

  test.each([
    ['const A_MAX = 64;', 64],
    ['  aMax: 68_719_476_736,', 68_719_476_736],
    ['export const A_MAX = 16 * 1024 ** 3;', 17_179_869_184],
    ['export const A_MAX = 1 << 28;', 268_435_456],
    ['const B_MAX = 64;', undefined],
  ])('%s', (code, value) => {
    expect(constantIn(code, code.includes('aMax') ? 'aMax' : 'A_MAX')).toBe(value);
  });
});
