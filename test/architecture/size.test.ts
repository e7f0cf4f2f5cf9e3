import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'vite';
import { describe, expect, test } from 'vitest';

/**
 * How long a function, a file and a folder may be. What is over is named below with its number: it fails when it grows, and also when it has
 * become shorter and the number here has not, so that the numbers only go down.
 *
 * A function is counted from its first line to its last, with what is written inside it; the callback of `describe` only groups tests and is not
 * counted. A file without any function is a table (a dictionary, the texts of a page): it is as long as what it lists.
 */
const FUNCTION_LINES_MAX = 70;
const FUNCTION_LINES_P99_MAX = 39;
const FILE_LINES_MAX = 500;
const FOLDER_FILES_MAX = 25;

const OVER = {
  functions: {} as Readonly<Record<string, number>>,
  /** Ninety-nine of a hundred functions are no longer than this. */
  p99: 39,
  files: {} as Readonly<Record<string, number>>,
  folders: {} as Readonly<Record<string, number>>,
};

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FILES = execFileSync('git', ['ls-files', '*.ts', '*.tsx'], { cwd: ROOT, encoding: 'utf8' }).trim().split('\n');

interface Measured {
  readonly name: string;
  readonly lines: number;
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [member: string]: unknown;
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && 'type' in value && 'start' in value;

/** Every function of a source that has a body. */
function functionsOf(file: string, text: string): readonly Measured[] {
  const { program, errors } = parseSync(file, text);
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`);
  const found: Measured[] = [];
  const visit = (node: Node, parent: Node, name: string): void => {
    if (/^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type) && isNode(node['body'])) {
      const lines = text.slice(node.start, node.end).split('\n').length;
      if (!groupsTests(parent, text)) found.push({ name: calledIn(parent, text) ?? name, lines });
    }
    for (const child of Object.values(node).flat()) if (isNode(child)) visit(child, node, nameOf(child) ?? name);
  };
  visit(program as unknown as Node, program as unknown as Node, '');
  return found;
}

/** What a declaration, member or variable is called. */
function nameOf(node: Node): string | undefined {
  const id = node['id'] ?? node['key'];
  return isNode(id) && typeof id['name'] === 'string' ? id['name'] : undefined;
}

/** A callback goes by its call: `test('…`. */
function calledIn(parent: Node, text: string): string | undefined {
  if (parent.type !== 'CallExpression') return undefined;
  return text.slice(parent.start, parent.end).split('\n')[0]?.slice(0, 60);
}

function groupsTests(parent: Node, text: string): boolean {
  return parent.type === 'CallExpression' && text.startsWith('describe', parent.start);
}

const MEASURED = FILES.map((file) => {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return { file, lines: text.split('\n').length - 1, functions: functionsOf(file, text) };
});

/** Name → lines; of several of one name the longest. */
function over(measured: readonly Measured[], max: number): Readonly<Record<string, number>> {
  const tooLong = measured.filter(({ lines }) => lines > max).sort((a, b) => a.lines - b.lines);
  return Object.fromEntries(tooLong.map(({ name, lines }) => [name, lines]));
}

describe('what is over a limit is named, and shrinks', () => {
  const functions = MEASURED.flatMap(({ file, functions: all }) => all.map(({ name, lines }) => ({ name: `${file} › ${name}`, lines })));

  test(`functions of more than ${FUNCTION_LINES_MAX} lines`, () => {
    expect(over(functions, FUNCTION_LINES_MAX)).toEqual(OVER.functions);
  });

  test(`ninety-nine of a hundred functions have at most ${FUNCTION_LINES_P99_MAX} lines`, () => {
    const sorted = functions.map(({ lines }) => lines).sort((a, b) => b - a);
    expect(Math.max(sorted[Math.floor(sorted.length / 100)] ?? 0, FUNCTION_LINES_P99_MAX)).toBe(OVER.p99);
  });

  test(`files of more than ${FILE_LINES_MAX} lines`, () => {
    const files = MEASURED.filter((one) => one.functions.length > 0).map(({ file, lines }) => ({ name: file, lines }));
    expect(over(files, FILE_LINES_MAX)).toEqual(OVER.files);
  });

  test(`folders of more than ${FOLDER_FILES_MAX} files`, () => {
    const counts = new Map<string, number>();
    for (const file of FILES) {
      const folder = file.slice(0, Math.max(0, file.lastIndexOf('/')));
      counts.set(folder, (counts.get(folder) ?? 0) + 1);
    }
    const folders = [...counts].map(([name, lines]) => ({ name, lines }));
    expect(over(folders, FOLDER_FILES_MAX)).toEqual(OVER.folders);
  });
});

describe('how a source is measured', () => {
  test.each([
    ['a declaration', 'function one() {\n\n}', [{ name: 'one', lines: 3 }]],
    ['an arrow goes by its variable', 'const two = () => {\n};', [{ name: 'two', lines: 2 }]],
    ['a method, with types', 'class A<T> { #three(a: T): void {\n} }', [{ name: 'three', lines: 2 }]],
    ['a declaration without a body is none', 'declare function four(): void;\nfunction five(a: 1): 1;', []],
    ['JSX', 'const Six = () => (\n  <b>{1}</b>\n);', [{ name: 'Six', lines: 3 }]],
    ['a callback goes by its call', "test('seven', () => {\n});", [{ name: "test('seven', () => {", lines: 2 }]],
    ['a group of tests is none', "describe('a', () => {\n  it('eight', () => {});\n});", [{ name: "it('eight', () => {})", lines: 1 }]],
    [
      'what is inside counts twice',
      'function nine() {\n  const ten = () => 1;\n}',
      [
        { name: 'nine', lines: 3 },
        { name: 'ten', lines: 1 },
      ],
    ],
  ])('%s', (_name, text, expected) => {
    expect(functionsOf('a.tsx', text.replace('class A<T>', 'class A<T,>'))).toEqual(expected);
  });
});
