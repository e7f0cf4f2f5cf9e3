import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { BASIS_FLAWS } from '../../gateway/domain/consent/basis-rules.ts';
import { CONSENT_ENDS } from '../../gateway/domain/consent/consent-covers.ts';
import { en } from '../../viewer/i18n/en.ts';
import { ja } from '../../viewer/i18n/ja.ts';

/** Each text of the viewer stands on some screen, and what has a name is called by that name wherever it stands. */
type Tree = { readonly [key: string]: string | Tree };

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

function sources(folder: string): string {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !/\.test\.|texts\.(ja|en)\.ts$/.test(name))
    .map((name) => readFileSync(join(ROOT, folder, name), 'utf8'))
    .join('\n');
}

function leaves(tree: Tree, path = ''): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]): [string, string][] =>
    typeof value === 'string' ? [[path + key, value]] : leaves(value, `${path}${key}.`),
  );
}

const VIEWER = sources('viewer');
/** Codes that the gateway answers with are the ends of keys. */
const CODES = [
  VIEWER,
  ...['gateway', 'storage'].map(sources),
  // Put together where a consent is taken.
  ...[...BASIS_FLAWS, ...CONSENT_ENDS].map((flaw) => `'consent-${flaw}'`),
].join('\n');

const whole = new Set([...VIEWER.matchAll(/'([\w-]+(?:\.[\w -]+)+)'/g)].map(([, key = '']) => key));
/** `tool.${…}`: the beginnings of keys that are put together. */
const beginnings = [...VIEWER.matchAll(/`((?:[a-zA-Z]+\.)+)\$\{/g)].map(([, beginning = '']) => beginning);

function isShown(key: string): boolean {
  const name = key.replace(/_(one|other)$/, '');
  // All together, for a table that the gateway writes: `record-words.test.ts` compares them with its columns.
  if (whole.has(name) || /^(exportColumn|feeColumn|feeState|feeConfirmed)\./.test(name)) return true;
  const end = name.slice(name.lastIndexOf('.') + 1);
  return beginnings.includes(name.slice(0, -end.length)) && new RegExp(`['\`]${end}['\` ]|\\b${end}\\??:`).test(CODES);
}

test('no text is left that nothing shows', () => {
  expect(beginnings.length).toBeGreaterThan(20);
  expect(leaves(ja).filter(([key]) => !isShown(key))).toEqual([]);
});

test.each([
  ['アクセストークン', /(?<!アクセス)トークン/, ja],
  ['access token', /(?<!access )\btokens?\b/i, en],
  // Where somebody asks from, and where an image is, have words of their own.
  ['接続元; 検査, シリーズ', /(?<!安全な)場所/, ja],
  ['network; study, series', /(?<!safe )\bplaces?\b/i, en],
] as const)('one word: %s', (_word, other, texts) => {
  expect(leaves(texts).filter(([, text]) => other.test(text))).toEqual([]);
});
