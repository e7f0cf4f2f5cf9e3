/**
 * How common a family name is. The ten most common with their share of 6.55 million insured: Meiji Yasuda Life, 全国同姓調査 2018
 * (https://www.meijiyasuda.co.jp/profile/news/release/2018/pdf/20180808_01.pdf). The first hundred have 33.38 % together, so the next ninety about 0.26 % each;
 * whatever is not listed counts as rarer than the average of these. Pure.
 */
import type { NameForms } from './name-forms.ts';

const SHARES: readonly (readonly [string, string, number])[] = [
  ['佐藤', 'サトウ', 0.0153],
  ['鈴木', 'スズキ', 0.0144],
  ['高橋', 'タカハシ', 0.0114],
  ['田中', 'タナカ', 0.0106],
  ['渡辺', 'ワタナベ', 0.0094],
  ['伊藤', 'イトウ', 0.009],
  ['中村', 'ナカムラ', 0.0085],
  ['小林', 'コバヤシ', 0.0083],
  ['山本', 'ヤマモト', 0.0082],
  ['加藤', 'カトウ', 0.0071],
];
const OTHERS = 0.0015;

const SHARE_OF: ReadonlyMap<string, number> = new Map(
  SHARES.flatMap(([kanji, kana, share]) => [[kanji, share] as const, [kana, share] as const]),
);

/** Of all people, from 0 to 1, by the most common of the name's spellings. */
export function shareOfFamilyName({ written, kana }: NameForms): number {
  const known = [...written, ...kana].map(({ family }) => SHARE_OF.get(family) ?? 0);
  return Math.max(OTHERS, ...known);
}

/** Its place among the ten most common, by the most common of its spellings; Infinity: it is none of them. */
export function rankOfFamilyName({ written, kana }: NameForms): number {
  const families = [...written, ...kana].map(({ family }) => family);
  const at = SHARES.findIndex(([inKanji, inKana]) => families.includes(inKanji) || families.includes(inKana));
  return at < 0 ? Number.POSITIVE_INFINITY : at + 1;
}
