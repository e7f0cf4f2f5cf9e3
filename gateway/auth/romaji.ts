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
  ['ワヲン', 'wa o n'],
];
const SOUNDS: ReadonlyMap<string, string> = new Map(
  ROWS.flatMap(([kana, latin]) => [...kana].map((one, n) => [one, latin.split(' ')[n] ?? ''] as const)),
);

/** Kana in Hepburn's letters, long vowels written out (サトウ → satou); empty when it is not all kana. Good enough to know a name by. */
export function romaji(text: string): string {
  const katakana = text.normalize('NFKC').replace(/[\u3041-\u3096]/g, (char) => String.fromCharCode(char.charCodeAt(0) + 0x60));
  if (!/^[\u30a1-\u30f6ー]+$/.test(katakana)) return '';
  let latin = '';
  for (const char of katakana) {
    const small = { ャ: 'ya', ュ: 'yu', ョ: 'yo' }[char];
    // シャ: shi + ya → sha; キャ: ki + ya → kya.
    if (small !== undefined) latin = latin.replace(/i$/, '') + (/(sh|ch|j)i$/.test(latin) ? small.slice(1) : small);
    else if (char === 'ッ') latin += 'ッ';
    else if (char !== 'ー') latin += SOUNDS.get(char) ?? '';
  }
  return latin.replace(/ッ(.)/g, '$1$1').replace('ッ', '');
}
