import { describe, expect, test } from 'vitest';
import { ja } from './ja.ts';
import type { TextRoom } from './rooms.ts';
import { ja as start } from './start.ja.ts';

/**
 * A page is drawn when the words of the rooms it names are there. What it imports may use those and the words of the start, and no others: a word
 * that is not there would show the name of its text.
 */
const SOURCES: Readonly<Record<string, string>> = import.meta.glob(['../**/*.{ts,tsx}', '!../**/*.test.*'], {
  eager: true,
  query: '?raw',
  import: 'default',
});
const TEXTS: Readonly<Record<string, { ja: object }>> = import.meta.glob('../*/texts.ja.ts', { eager: true });

/** What a file means by a path, from here. */
function resolved(from: string, to: string): string {
  return new URL(to, `file:///viewer/i18n/${from}`).pathname.replace('/viewer/i18n/', './').replace('/viewer/', '../');
}

/** All that comes with a file; types and what is loaded later do not. */
function reached(path: string, seen = new Set<string>()): Set<string> {
  const text = SOURCES[path];
  if (text === undefined || seen.has(path)) return seen;
  seen.add(path);
  for (const [, names, to = ''] of text.matchAll(/^(?:import|export) (?!type )([^;]*?)\s?from '(\.[^']+)';/gm))
    if (names !== undefined) reached(resolved(path, to), seen);
  return seen;
}

const keysOf = (room: TextRoom | string) => Object.keys(TEXTS[`../${room}/texts.ja.ts`]?.ja ?? {});
const ALL = Object.keys(ja);
/** An error names what the reader typed in, on the page where it is typed. */
const ERRORS = './use-error-text.ts';

function usedBy(path: string): string[] {
  const used = [...reached(path)].flatMap((file) =>
    file === ERRORS || /texts\.(ja|en)\.ts$/.test(file)
      ? []
      : [...(SOURCES[file] as string).matchAll(/['`]([a-zA-Z]+)\.[a-zA-Z$]/g)].map(([, key = '']) => key),
  );
  return ALL.filter((key) => used.includes(key));
}

const ADMIN_TEXTS = SOURCES['../router.tsx']?.match(/const ADMIN_TEXTS = \[([^\]]*)\]/)?.[1] ?? '';
const quoted = (text: string) => [...text.matchAll(/'([a-z-]+)'/g)].map(([, room = '']) => room);

/** What is loaded later, with the rooms that it names. */
const LATER = Object.entries(SOURCES).flatMap(([from, text]) =>
  [...text.matchAll(/import\(\s*'(\.[^']+\.tsx)'\s*\)([^);]*)/g)].map(([, to = '', rest = '']) => {
    const names = [...quoted(rest), ...(rest.includes('...ADMIN_TEXTS') ? quoted(ADMIN_TEXTS) : [])];
    return [resolved(from, to), names] as const;
  }),
);

describe('words are there before what uses them is drawn', () => {
  test('pages and dialogs that are loaded later are found', () => {
    expect(LATER.length).toBeGreaterThan(12);
  });
  test('the start', () => {
    const known = Object.keys(start);
    expect(usedBy('../main.tsx').filter((key) => !known.includes(key))).toEqual([]);
  });
  test.each(LATER)('%s', (path, rooms) => {
    const known = [...Object.keys(start), ...rooms.flatMap(keysOf)];
    expect(usedBy(path).filter((key) => !known.includes(key))).toEqual([]);
  });
});
