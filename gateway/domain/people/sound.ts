/**
 * Names by their sound: たかはし, タカハシ, Takahashi and takahasi are one, and so are Kō, Kou, Koh, Koo and Ko. Both what is kept and what is typed
 * are brought into the same letters, close to kunrei-shiki without long vowels; the beginning of a name stays the beginning of its sound.
 */
import { romaji } from './romaji.ts';

/** Each replaced everywhere, in this order. */
const SPELLINGS: readonly (readonly [RegExp, string])[] = [
  [/tch/g, 'cch'],
  [/cch(?=[aeou])/g, 'tty'],
  [/cch/g, 'tt'],
  [/sh(?=[aeou])/g, 'sy'],
  [/sh/g, 's'],
  [/ch(?=[aeou])/g, 'ty'],
  [/ch|c$/g, 't'],
  [/jy|j(?=[aeou])/g, 'zy'],
  [/j|dz|d(?=[iu])/g, 'z'],
  [/ts/g, 't'],
  [/f/g, 'h'],
  [/m(?=[bmp])/g, 'n'],
  [/wo/g, 'o'],
  // A long vowel written with h (Ohno, Yuhki); before a vowel it is one of its own (Ohara).
  [/([ou])h(?![aeiou])/g, '$1'],
  [/o[ou]+/g, 'o'],
  [/u{2,}/g, 'u'],
];

/** The sound of a name, or of its beginning, in Latin letters or kana; '' when it has other characters. */
export function soundOf(text: string): string {
  const latin = romaji(text) || text.normalize('NFKD').replace(/[\p{Mn}'’ʼ-]/gu, '');
  if (!/^[A-Za-z]+$/.test(latin)) return '';
  return SPELLINGS.reduce((sound, [spelling, letters]) => sound.replace(spelling, letters), latin.toLowerCase());
}

/** As if kana that may be small ones were: some older systems have none, and folded names have lost them (シヨウコ → ショウコ). */
export function withSmallKana(kana: string): string {
  return kana
    .replace(/(?<=[キギシジチヂニヒビピミリきぎしじちぢにひびぴみり])[ヤユヨやゆよ]/g, (large) =>
      String.fromCharCode(large.charCodeAt(0) - 1),
    )
    .replace(/[ツつ](?=[カ-ヂか-ぢテトてとパピプペポぱぴぷぺぽ])/g, (large) => String.fromCharCode(large.charCodeAt(0) - 1));
}
