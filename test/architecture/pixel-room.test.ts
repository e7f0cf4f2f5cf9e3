import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'vite';
import { expect, test } from 'vitest';

/**
 * `gateway/codec/pixels/` runs in the gateway's threads and in the browser's workers: it knows neither Node nor a page. Its imports are walled in
 * biome.json; what is global and belongs to one of the two is looked for here, in the room and in what it reads of the domain.
 */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ROOM = 'gateway/codec/pixels/';
const DOMAIN = 'gateway/domain/';

/** Names that a program has only in Node, or only in a page or its workers. */
const FOREIGN = new Set(
  'Buffer process require module __dirname global setImmediate window document self navigator location fetch XMLHttpRequest Worker postMessage ImageData OffscreenCanvas HTMLElement localStorage atob btoa console'.split(
    ' ',
  ),
);

interface Node {
  readonly type: string;
  readonly [member: string]: unknown;
}
const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && 'type' in value;

/** What a source of the room says that it must not: an import from elsewhere, or a name that is global in one program only. */
function breachesOf(file: string, text: string): readonly string[] {
  const { program, errors } = parseSync(file, text);
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`);
  const found: string[] = [];
  const declared = new Set<string>();
  const used = new Set<string>();
  const visit = (node: Node, parent: Node | undefined, key: string): void => {
    if (/^(Import|ExportNamed|ExportAll)/.test(node.type) && isNode(node['source'])) {
      const at = join(file, '..', String(node['source']['value']));
      if (!String(node['source']['value']).startsWith('.') || !(at.startsWith(ROOM) || at.startsWith(DOMAIN))) {
        found.push(`import ${String(node['source']['value'])}`);
      }
    }
    if (node.type === 'ImportExpression') found.push('import()');
    if (node.type === 'Identifier') {
      const member = (parent?.type === 'MemberExpression' && key === 'property' && parent['computed'] !== true) || key === 'key';
      const type = parent !== undefined && /^TS/.test(parent.type);
      if (!member && !type) (/^(id|params|local)$/.test(key) ? declared : used).add(String(node['name']));
    }
    for (const [name, child] of Object.entries(node)) for (const one of [child].flat()) if (isNode(one)) visit(one, node, name);
  };
  visit(program as unknown as Node, undefined, '');
  // A destructured or shorthand name is a key and a value: only what is never declared here counts.
  for (const name of used) if (FOREIGN.has(name) && !declared.has(name) && !boundIn(text, name)) found.push(name);
  return found;
}

/** Bound by a pattern, `const { window } = …` or `({ window }) =>`. */
function boundIn(text: string, name: string): boolean {
  return new RegExp(`(const|let|\\()\\s*\\{[^}]*\\b${name}\\b[^}]*\\}\\s*(=|:|\\))`).test(text);
}

const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts'], { cwd: ROOT, encoding: 'utf8' });
const SOURCES = listed.split('\n').filter((file) => file.startsWith(ROOM) && !file.endsWith('.test.ts'));
/** Of the domain, what the room reads: by following its imports. */
function reached(): ReadonlySet<string> {
  const seen = new Set<string>();
  const follow = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const [, specifier = ''] of readFileSync(join(ROOT, file), 'utf8').matchAll(/from '(\.[^']+)'/g))
      follow(join(file, '..', specifier));
  };
  for (const file of SOURCES) follow(file);
  return seen;
}

test('the room is there', () => {
  expect(SOURCES.length).toBeGreaterThan(10);
});

test.each([...reached()])('%s is of no program', (file) => {
  expect(breachesOf(file, readFileSync(join(ROOT, file), 'utf8'))).toEqual([]);
});

test.each<[string, string]>([
  ["import { inflateRawSync } from 'node:zlib';", 'import node:zlib'],
  ["import sharp from 'sharp';", 'import sharp'],
  ["import type { Codec } from '../threads/codec.ts';", 'import ../threads/codec.ts'],
  ["export { knownElement } from '../../dicom/parse/unknown-vr.ts';", 'import ../../dicom/parse/unknown-vr.ts'],
  ["const late = await import('./frame.ts');", 'import()'],
  ['export const bytes = Buffer.alloc(1);', 'Buffer'],
  ['export const wide = window.innerWidth;', 'window'],
  ['export const now = () => process.hrtime();', 'process'],
  ['export const page = () => document.title;', 'document'],
])('a breach is seen: %s', (source, breach) => {
  expect(breachesOf(`${ROOM}planted.ts`, source)).toContain(breach);
});

test.each([
  "import { DomainError } from '../../domain/errors.ts';",
  'export const width = (window: { width: number }) => window.width;',
  'export const of = ({ window }: { window: number }) => window + 1;',
  'export const kind = (value: { document: string }) => value.document;',
])('no breach: %s', (source) => {
  expect(breachesOf(`${ROOM}planted.ts`, source)).toEqual([]);
});
