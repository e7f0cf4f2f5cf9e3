/** Words in the names of people and facilities: some thousand rows, read through; no index is kept for them. */
const kana = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, n) => String.fromCharCode(first + n)).join('');
const HIRAGANA = kana(0x3041, 0x3096);
const KATAKANA = kana(0x30a1, 0x30f6);

/** Full and half width, capitals, hiragana and katakana are one: what a person types finds what another person entered. */
const folded = (text: string) => `translate(lower(normalize(${text}, NFKC)), '${HIRAGANA}', '${KATAKANA}')`;

/** A condition: each word of the array occurs in the text, or in the text without its spaces (高橋 功 is found as 高橋功). */
export function wordsIn(array: string, text: string): string {
  return `NOT EXISTS (SELECT FROM unnest(${array}::text[]) AS word
            WHERE position(${folded('word')} IN ${folded(text)}) = 0 AND position(${folded('word')} IN regexp_replace(${folded(text)}, '\\s', '', 'g')) = 0)`;
}
