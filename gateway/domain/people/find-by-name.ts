/** Finding a person by some of the name, typed as it is written, as it sounds, or in Latin letters of whichever spelling. Pure. */
import { nameInLatin } from './romaji.ts';

interface Named {
  readonly name: string;
  readonly nameKana: string;
}

/** One letter finds half a hospital; one kanji, a family. */
const LATIN_LETTERS_MIN = 2;

/** Words to look for; undefined: too little is typed to look for anybody. */
export function wordsOfName(typed: string): readonly string[] | undefined {
  const words = folded(typed).split(' ');
  const letters = words.join('');
  if (letters === '' || (/^[\x20-\x7e]*$/.test(letters) && letters.length < LATIN_LETTERS_MIN)) return undefined;
  return words;
}

/** Every word begins a part of the name in some spelling; kanji and kana, between which people write no blank, may stand anywhere. */
export function isNamed(person: Named, words: readonly string[]): boolean {
  const parts = [person.name, person.nameKana, nameInLatin(person)]
    .flatMap((name) => folded(name).split(' '))
    .filter((part) => part !== '');
  return words.every((word) =>
    parts.some((part) => {
      if (!/^[\x20-\x7e]*$/.test(word)) return part.includes(word);
      return part.startsWith(word) || latinKey(part).startsWith(latinKey(word));
    }),
  );
}

/** Full and half width, capitals, accents, hiragana and katakana are one. */
function folded(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/[\u0041-\u024f]/g, (letter) => letter.normalize('NFD').replace(/\p{M}/gu, ''))
    .toLowerCase()
    .replace(/[\u3041-\u3096]/g, (kana) => String.fromCharCode(kana.charCodeAt(0) + 0x60))
    .replace(/[\s,、]+/g, ' ')
    .trim();
}

/** Spellings of one sound, the longer first: what passports, keyboards and schools write. */
const SOUNDS: readonly (readonly [RegExp, string])[] = [
  [/sy(?=[auo])/g, 'sh'],
  [/ty(?=[auo])/g, 'ch'],
  [/[zj]y(?=[auo])/g, 'j'],
  [/si/g, 'shi'],
  [/ti/g, 'chi'],
  [/tu/g, 'tsu'],
  [/hu/g, 'fu'],
  [/zi|di/g, 'ji'],
  [/tch/g, 'cch'],
  [/m(?=[bmp])/g, 'n'],
  [/(?:ou|oo|oh)(?![aeiou])/g, 'o'],
  [/uu/g, 'u'],
];

function latinKey(text: string): string {
  return SOUNDS.reduce((key, [sound, plain]) => key.replace(sound, plain), text);
}
