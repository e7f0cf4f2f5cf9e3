/**
 * Names by their sound: たかはし, タカハシ, Takahashi and takahasi are one, and so are Kō, Kou, Koh, Koo and Ko. Both what is kept and what is typed
 * are brought into the same letters, close to kunrei-shiki without long vowels; the beginning of a name stays the beginning of its sound.
 */

import { evictOldest } from '../../domain/bounds/evict-oldest.ts';
import type { PersonNameJson } from '../../domain/imaging/dataset.ts';
import type { NameSounds } from '../../domain/imaging/study.ts';
import { romaji } from '../../domain/people/romaji.ts';

/** Components of one group that are joined in each order; PN has five (PS3.5 6.2.1.2). */
const COMPONENTS_MAX = 5;
/** Of one group, PS3.5 6.2. */
const GROUP_CHARS_MAX = 64;
/** Each image of a study brings the same names again. */
const REMEMBERED_MAX = 200;

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

const remembered = new Map<string, NameSounds>();

/** Of every group that is in kana or Latin letters. */
export function soundsOfName({ Alphabetic = '', Ideographic = '', Phonetic = '' }: PersonNameJson): NameSounds {
  const groups = [Alphabetic, Ideographic, Phonetic].map((group) => group.slice(0, GROUP_CHARS_MAX));
  const name = groups.join('=');
  const known = remembered.get(name);
  if (known !== undefined) return known;
  const sounds = soundsOfGroups(groups.map((group) => group.normalize('NFKC')));
  remembered.set(name, sounds);
  evictOldest(remembered, REMEMBERED_MAX);
  return sounds;
}

function soundsOfGroups(groups: readonly string[]): NameSounds {
  const joined = groups.flatMap((group) => {
    const components = group.split(SEPARATORS).slice(0, COMPONENTS_MAX);
    // Some older systems have no small kana: シヨウコ may be Shōko. Names such as キヨシ are meant as they stand.
    return [components, components.map(contracted)].flatMap((spelled) => inEachOrder(spelled.map(soundOf).filter((sound) => sound !== '')));
  });
  return { joined: [...new Set(joined)], withoutKana: !groups.some((group) => KANA.test(group)) };
}

const SEPARATORS = /[\s^,.=\u00b7\u30fb]+/;
const KANA = /[\u3041-\u3096\u30a1-\u30fa]/;

/** a b c, b c a, c a b, each as one word. */
function inEachOrder(sounds: readonly string[]): string[] {
  return sounds.map((_, first) => soundOf([...sounds.slice(first), ...sounds.slice(0, first)].join('')));
}

/** As if kana that may be small ones were. */
function contracted(kana: string): string {
  return kana
    .replace(/(?<=[キギシジチヂニヒビピミリきぎしじちぢにひびぴみり])[ヤユヨやゆよ]/g, (large) =>
      String.fromCharCode(large.charCodeAt(0) - 1),
    )
    .replace(/[ツつ](?=[カ-ヂか-ぢテトてとパピプペポぱぴぷぺぽ])/g, (large) => String.fromCharCode(large.charCodeAt(0) - 1));
}
