const E_ROW = 'エケセテネヘメレ';
const O_ROW = 'オコソトノホモヨロ';
const U_ROW = 'ウクスツヌフムユル';

/** One kana for those that sound, or are printed, alike. */
const ALIKE: Readonly<Record<string, string>> = { ヂ: 'シ', ヅ: 'ス', ヲ: 'オ', ヰ: 'イ', ヱ: 'エ', ヴ: 'フ' };
const MARKED = /[ガ-ドバ-ポヴ]/g;
const VOICING_MARKS = /[\u3099\u309a]/g;
const LONG_AFTER: readonly (readonly [RegExp, string])[] = [
  [new RegExp(`(?<=[${O_ROW}])[ウオ]`, 'g'), ''],
  [new RegExp(`(?<=[${U_ROW}])ウ`, 'g'), ''],
  [new RegExp(`(?<=[${E_ROW}])[イエ]`, 'g'), ''],
];

/** Folded katakana (full-size, `foldName`) without voiced marks and long vowels: ヤマザキ and ヤマサキ, オオノ and オーノ and オノ, ユウコ and ユーコ are one. */
export function plainKana(folded: string): string {
  const plain = folded
    .replace(/[ヂヅヲヰヱヴ]/g, (kana) => ALIKE[kana] ?? kana)
    .replace(MARKED, (kana) => kana.normalize('NFD').replace(VOICING_MARKS, ''))
    .replaceAll('ー', '');
  return LONG_AFTER.reduce((text, [long, nothing]) => text.replace(long, nothing), plain);
}
