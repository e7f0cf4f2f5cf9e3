import { describe, expect, it } from 'vitest';
import { en } from './en.ts';
import { preferredLanguage } from './i18n.ts';
import { ja } from './ja.ts';

type Tree = { readonly [key: string]: string | Tree };

function leaves(tree: Tree, path = ''): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]): [string, string][] =>
    typeof value === 'string' ? [[path + key, value]] : leaves(value, `${path}${key}.`),
  );
}

const slots = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]).sort();

const rooms: Readonly<Record<string, { ja: Tree }>> = import.meta.glob('../*/texts.ja.ts', { eager: true });

describe('texts', () => {
  it('are those of every room, and no two rooms have the same key', () => {
    expect(Object.keys(rooms).length).toBeGreaterThan(5);
    expect(
      Object.values(rooms)
        .flatMap((room) => Object.keys(room.ja))
        .sort(),
    ).toEqual(Object.keys(ja).sort());
  });
  it('have the same keys', () => {
    expect(leaves(en).map(([key]) => key)).toEqual(leaves(ja).map(([key]) => key));
  });
  it('are never empty and take the same values', () => {
    const english = new Map(leaves(en));
    for (const [key, text] of leaves(ja)) {
      expect(text, key).not.toBe('');
      expect(slots(english.get(key) ?? ''), key).toEqual(slots(text));
    }
  });
  it('English has a word of its own for one of what is counted', () => {
    // Two patients or more; bounds that are far above one.
    const never = ['form.flaw.too-long', 'upload.whoSeveral', 'upload.limit'];
    const plural = leaves(en).filter(([, text]) => /\{\{\w+\}\} (?!series|fps)\p{L}+s\b/u.test(text));
    const keys = new Set(leaves(en).map(([key]) => key));
    const lonely = plural.filter(([key]) => !key.endsWith('_other') || !keys.has(key.replace(/_other$/, '_one')));
    expect(lonely.map(([key]) => key)).toEqual(never);
  });
});

describe('preferredLanguage', () => {
  it.each([
    ['chosen before', 'en', ['ja-JP'], 'en'],
    ['the browser’s first that we speak', null, ['fr-FR', 'ja-JP', 'en-US'], 'ja'],
    ['what was remembered is no language of ours', 'xx', ['ja'], 'ja'],
    ['none of ours', null, ['fr'], 'en'],
    ['a browser that says nothing', null, [], 'en'],
  ] as const)('%s', (_name, remembered, browser, expected) => {
    expect(preferredLanguage(remembered, browser)).toBe(expected);
  });
});
