const ROWS: readonly (readonly [string, string])[] = [
  ['アイウエオ', 'a i u e o'],
  ['カキクケコ', 'ka ki ku ke ko'],
  ['ガギグゲゴ', 'ga gi gu ge go'],
  ['サシスセソ', 'sa shi su se so'],
  ['ザジズゼゾ', 'za ji zu ze zo'],
  ['タチツテト', 'ta chi tsu te to'],
  ['ダヂヅデド', 'da ji zu de do'],
  ['ナニヌネノ', 'na ni nu ne no'],
  ['ハヒフヘホ', 'ha hi fu he ho'],
  ['バビブベボ', 'ba bi bu be bo'],
  ['パピプペポ', 'pa pi pu pe po'],
  ['マミムメモ', 'ma mi mu me mo'],
  ['ヤユヨ', 'ya yu yo'],
  ['ラリルレロ', 'ra ri ru re ro'],
  ['ワヰヱヲンヴヵヶヮ', 'wa i e o n vu ka ke wa'],
];
const SOUNDS: ReadonlyMap<string, string> = new Map(
  ROWS.flatMap(([kana, latin]) => [...kana].map((one, n) => [one, latin.split(' ')[n] ?? ''] as const)),
);

/** Small vowels take the place of the vowel before them: フィ is fu + i → fi, ウィ is u + i → wi. */
const SMALL_VOWELS: ReadonlyMap<string, string> = new Map([...'ァィゥェォ'].map((kana, n) => [kana, 'aiueo'[n] ?? '']));

/** Kana in Hepburn's letters, long vowels written out (サトウ → satou); empty when it is not all kana. Good enough to know a name by. */
export function romaji(text: string): string {
  const katakana = text.normalize('NFKC').replace(/[\u3041-\u3096]/g, (char) => String.fromCharCode(char.charCodeAt(0) + 0x60));
  if (!/^[\u30a1-\u30f6ー]+$/.test(katakana)) return '';
  let latin = '';
  for (const char of katakana) {
    const small = { ャ: 'ya', ュ: 'yu', ョ: 'yo' }[char];
    // シャ: shi + ya → sha; キャ: ki + ya → kya.
    if (small !== undefined) latin = latin.replace(/i$/, '') + (/(sh|ch|j)i$/.test(latin) ? small.slice(1) : small);
    else if (SMALL_VOWELS.has(char)) latin = `${latin.replace(/(^|[aeiou])u$/, '$1w').replace(/[aeiou]$/, '')}${SMALL_VOWELS.get(char)}`;
    else if (char === 'ッ') latin += 'ッ';
    else if (char !== 'ー') latin += SOUNDS.get(char) ?? '';
  }
  return latin.replace(/ッ(.)/g, '$1$1').replace('ッ', '');
}

/** A person's name in Latin letters, by its kana: アオキ ケン → Aoki Ken, サトウ → Sato. Empty when the kana do not tell, or it is written so already. */
export function nameInLatin({ name, nameKana }: { readonly name: string; readonly nameKana: string }): string {
  if (/^[\p{Script=Latin}\p{M}\p{P}\s]*$/u.test(name)) return '';
  const parts = nameKana.split(/[\s　]+/).filter((part) => part !== '');
  const latin = parts.map((part) => romaji(part).replace(/(ou|oo|uu)(?![aeiou])/g, (long) => long.charAt(0)));
  return latin.includes('') ? '' : latin.map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join(' ');
}
