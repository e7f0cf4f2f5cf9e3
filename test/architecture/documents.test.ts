import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

/** What README.md, ARCHITECTURE.md, the decisions and the comments say of files and folders is so. */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FILES = execFileSync('git', ['ls-files'], { cwd: ROOT, encoding: 'utf8' }).trim().split('\n');
const FLOORS = ['gateway', 'storage', 'viewer', 'test'];
const ARCHITECTURE = 'gateway/ARCHITECTURE.md';
const DOCUMENTS = [
  'README.md',
  'CHANGELOG.md',
  'gateway/CONFORMANCE.md',
  'gateway/SECURITY.md',
  ARCHITECTURE,
  ...FILES.filter((file) => /^gateway\/decisions\/.+\.md$/.test(file)),
];
/** This file plants what must be caught. */
const SOURCES = FILES.filter((file) => /\.(tsx?|mjs|sql|css)$/.test(file) && !file.endsWith('/documents.test.ts'));
/** Written in comments of how a backup is built: names within the archive. */
const OF_NO_REPOSITORY: readonly string[] = ['renkei-backup.json'];

/** Every folder that holds a file, and those above it. */
function foldersOf(files: readonly string[]): ReadonlySet<string> {
  const folders = new Set<string>();
  for (const file of files) {
    const parts = file.split('/').slice(0, -1);
    for (const [at] of parts.entries()) folders.add(parts.slice(0, at + 1).join('/'));
  }
  return folders;
}

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const FOLDERS = foldersOf(FILES);
const NAMES = new Set(FILES.map((file) => file.slice(file.lastIndexOf('/') + 1)));

/**
 * A path of a floor; a path of a source or document; a name of one without its folder. `*` stands for any name. What follows a slash, a dot or a
 * colon is an address, a specifier or a part of something longer.
 */
const PATH =
  /(?<![\w@/.:~*$}>-])(?:(?:gateway|storage|viewer|test)\/[\w./*-]*|(?:[\w.@-]+\/)+[\w.*-]+\.(?:tsx?|mjs|sql|md|css|html|json|yaml|conf|service|env|svg|png)\b|[\w-][\w.-]*\.(?:tsx?|mjs|sql|md|css)\b)/g;

function missingIn(text: string): readonly string[] {
  const said = [...text.matchAll(PATH)].map(([path]) => path.replace(/[./]+$/, ''));
  return [...new Set(said)].filter((path) => !isThere(path));
}

function isThere(path: string): boolean {
  if (path.includes('*')) {
    const pattern = new RegExp(`^${path.replaceAll('.', '\\.').replace(/\*+/g, (stars) => (stars.length > 1 ? '.*' : '[^/]*'))}$`);
    return FILES.some((file) => pattern.test(file)) || [...FOLDERS].some((folder) => pattern.test(folder));
  }
  return FILES.includes(path) || FOLDERS.has(path) || (!path.includes('/') && NAMES.has(path)) || OF_NO_REPOSITORY.includes(path);
}

/** The lines of a source that are comments, and what of a line follows `//` or `--`. */
function commentsOf(source: string): string {
  const said = source.split('\n').map((line) => /(?:^\s*\*|(?:^|\s)(?:\/\/|\/\*\*?|--))\s(.*)$/.exec(line)?.[1] ?? '');
  return said.join('\n');
}

/** Folders that have a paragraph: `**gateway/domain/**` at its beginning. */
function roomsIn(markdown: string): readonly string[] {
  return [...markdown.matchAll(/^\s*- \*\*([\w/-]+)\/\*\*/gm)].map(([, room = '']) => room);
}

test.each(DOCUMENTS)('%s names files and folders that are there', (file) => {
  expect(missingIn(read(file))).toEqual([]);
});

test('comments name files and folders that are there', () => {
  const missing = SOURCES.flatMap((file) => missingIn(commentsOf(read(file))).map((path) => `${file}: ${path}`));
  expect(missing).toEqual([]);
});

/** Constants and settings (`QIDO_LIMIT_MAX`), metrics (`renkei_tasks_waiting`) and the program's own counters in documents. */
const NAMED = /`(renkei_[a-z_]+[a-z]|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)`/g;
/** An AE title of the README's first region; a metric's former name. */
const OF_NO_CODE: readonly string[] = ['CHUO_PACS', 'renkei_jobs_run_total'];
const WORDS = new Set(
  FILES.filter((file) => /\.(tsx?|mjs|sql|json|yaml|env)$/.test(file) && !file.endsWith('/documents.test.ts')).flatMap(
    (file) => read(file).match(/\w+/g) ?? [],
  ),
);

function unknownIn(text: string): readonly string[] {
  const said = [...text.matchAll(NAMED)].map(([, name = '']) => name);
  return [...new Set(said)].filter(
    (name) => !OF_NO_CODE.includes(name) && !WORDS.has(name) && !WORDS.has(name.replace(/^renkei_|_total$/g, '')),
  );
}

test.each(DOCUMENTS)('%s names constants, settings and metrics that are there', (file) => {
  expect(unknownIn(read(file))).toEqual([]);
});

test.each([
  ['a constant that is gone', 'a bound (`PACE_OF_NOBODY`)', ['PACE_OF_NOBODY']],
  ['a setting with a slip', '`RENKEI_HTTP_PROT`', ['RENKEI_HTTP_PROT']],
  ['a metric that nobody counts', '`renkei_tasks_forgotten_total`', ['renkei_tasks_forgotten_total']],
  ['what is there', '`RENKEI_HTTP_PORT`, `renkei_tasks_waiting`, `renkei_clock_steps_total`, `LABEL_SETS_MAX`', []],
])('names: %s', (_name, text, unknown) => {
  expect(unknownIn(text)).toEqual(unknown);
});

test('every folder has its paragraph in ARCHITECTURE.md, and every paragraph its folder', () => {
  const ours = [...FOLDERS].filter((folder) => FLOORS.includes(folder.split('/')[0] ?? '') && !folder.endsWith('/__snapshots__'));
  expect([...roomsIn(read(ARCHITECTURE))].sort()).toEqual(ours.sort());
});

describe('what is wrong is caught', () => {
  test.each([
    ['a file that is gone', 'see `gateway/domain/access.ts`', ['gateway/domain/access.ts']],
    ['a folder that is gone', 'a link to [it](gateway/nowhere/)', ['gateway/nowhere']],
    ['a path that does not begin at the root', 'see domain/errors.ts', ['domain/errors.ts']],
    ['a name that no file has', 'beside see-studdy.ts.', ['see-studdy.ts']],
    ['a pattern that fits nothing', '`viewer/*/words.de.ts`', ['viewer/*/words.de.ts']],
    ['a document that is elsewhere', 'The order of DESIGN.md §3', ['DESIGN.md']],
  ])('%s', (_name, text, missing) => {
    expect(missingIn(text)).toEqual(missing);
  });

  test('a room without its paragraph', () => {
    expect(roomsIn('- **gateway/domain/**: nouns.\n  - **gateway/domain/people/**: who.\nnot **gateway/dicom/** here')).toEqual([
      'gateway/domain',
      'gateway/domain/people',
    ]);
  });
});

test.each([
  ['a file, at the end of a sentence', 'It is in gateway/main.ts.'],
  ['a folder', '[`gateway/domain`](gateway/domain)'],
  ['a pattern', '`viewer/*/texts.ja.ts` and `gateway/dicomweb/*.ts`'],
  ['a name without its folder', '`access.ts`'],
  ['addresses', 'https://a.example/b/c.json, /api/openapi.json, /studies/1.2.3/series'],
  ['what a program writes', '`record/<epoch>/…`, installation.json'],
])('%s is no fault', (_name, text) => {
  expect(missingIn(text)).toEqual([]);
});

test('comments are told from code', () => {
  expect(commentsOf("import a from './b/c.ts'; // see d.ts\n/** e.ts */\n  -- f.md\nconst g = 'h.ts';").trim()).toBe(
    'see d.ts\ne.ts */\nf.md',
  );
});
