/**
 * What may be a password: MHLW safety guideline 6.0 (13 characters, or 8 of letters, digits and signs), NIST SP 800-63B 5.1.1.2 (not a common
 * one, not made of the account's own words). Whoever has an older one still signs in with it.
 */
import { DomainError } from '../domain/errors.ts';
import {
  PASSWORD_CHARS_MAX,
  PASSWORD_CHARS_MIN,
  PASSWORD_CHARS_OF_THREE_KINDS_MIN,
  passwordLengthFlaw,
} from '../domain/people/password-length.ts';
import { romaji } from '../domain/people/romaji.ts';
import { commonAmong } from './common-words.ts';
import { hashPassword } from './passwords.ts';

/** Characters that must be left when a well-known piece counts as two, and a word of the account as one. */
export const WEIGHT_MIN = 8;
const PIECE_WEIGHT = 2;
const PIECE_CHARS_MIN = 4;
const PIECE_CHARS_MAX = 24;
/** The same with signs between its characters, or each of them doubled. */
const SPREAD_PIECE_CHARS_MAX = 48;
/** Characters judged; a longer password is long enough whatever follows. */
const CHARS_WEIGHED_MAX = 64;

export type PasswordFlaw = 'password-short' | 'password-long' | 'password-common' | 'password-personal';

const PRODUCT_WORDS = ['renkei', '連携', 'れんけい', 'レンケイ'];
/** Well-known in Japanese hospitals, and in no list of leaked passwords from elsewhere. */
const LOCAL_WORDS = [
  'kango',
  'byouin',
  'byoin',
  'iryou',
  'iryo',
  'nihon',
  'nippon',
  'housyasen',
  'hoshasen',
  'rentogen',
  'gazou',
  'pacs',
  'dicom',
  'shouwa',
  'showa',
  'heisei',
  'reiwa',
  'ぱすわーど',
  'びょういん',
];
/** As keys lie beside each other (US, JIS, kana), and as kana are counted up. */
const ROWS = [
  'qwertyuiop@[',
  'asdfghjkl;:]',
  'zxcvbnm,./',
  '1234567890-^',
  '!@#$%^&*()_+',
  '!"#$%&\'()=~',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol',
  'qazwsxedcrfvtgbyhnujmikolp',
  'たていすかんなにらせ',
  'ちとしはきくまのりれけむ',
  'つさそひこみもねるめろ',
  'あいうえおかきくけこさしすせそたちつてとなにぬねの',
  'いろはにほへとちりぬるを',
];

/** What the password must not be made of: the address, the name, the facility. */
export type OwnWords = readonly (string | undefined)[];

/** The hash that is kept. @throws invalid with `ids.reason`; busy */
export async function hashNewPassword(password: string, own: OwnWords): Promise<string> {
  await demandGoodPassword(password, own);
  return hashPassword(password);
}

/** @throws invalid with `ids.reason` */
async function demandGoodPassword(password: string, own: OwnWords): Promise<void> {
  const flaw = await passwordFlaw(password, own);
  if (flaw !== undefined) throw new DomainError('invalid', MESSAGES[flaw], { ids: { reason: flaw } });
}

const MESSAGES: Readonly<Record<PasswordFlaw, string>> = {
  'password-short': `a password has ${PASSWORD_CHARS_MIN} characters or more, or ${PASSWORD_CHARS_OF_THREE_KINDS_MIN} or more with letters, digits and signs`,
  'password-long': `a password has at most ${PASSWORD_CHARS_MAX} characters`,
  'password-common': 'this password is too common or too easy to guess',
  'password-personal': 'this password is made of the address, the name, the facility or the product',
};

export async function passwordFlaw(password: string, own: OwnWords): Promise<PasswordFlaw | undefined> {
  const length = passwordLengthFlaw(password);
  if (length !== undefined) return length;
  const text = password.normalize('NFKC');
  const read = readingsOf(text);
  const pieces = piecesOf(read);
  const common = new Set([...LOCAL_WORDS, ...(await commonAmong(pieces)), ...pieces.filter(isRegular)]);
  const personal = new Set([...PRODUCT_WORDS, ...own.flatMap((word) => wordsOf(word ?? ''))]);
  if (weight(read, common, new Set()) < WEIGHT_MIN) return 'password-common';
  return weight(read, common, personal) < WEIGHT_MIN ? 'password-personal' : undefined;
}

/** Of an address its parts, of a name its words and, written together, all of them. */
function wordsOf(text: string): string[] {
  const folded = text.normalize('NFKC').toLowerCase();
  const parts = folded.split(/[^\p{L}\p{M}\p{N}ー]+/u);
  const read = parts.map(romaji);
  // サトウ is written satou and sato.
  const short = read.map((word) => word.replace(/([ou])u/g, '$1').replace(/oo/g, 'o'));
  return [...parts, parts.join(''), ...parts.map(hiragana), ...read, ...short].filter(
    (part) => [...part].length >= (/^[\x20-\x7e]*$/.test(part) ? 3 : 2),
  );
}

/** What a password may be read as: for each spelling and each place the pieces that begin there. */
interface Readings {
  readonly plain: readonly string[];
  readonly spellings: readonly (readonly (readonly Piece[])[])[];
}

interface Piece {
  /** Characters it takes of the password. */
  readonly length: number;
  /** What it may stand for. */
  readonly readings: readonly string[];
}

function readingsOf(text: string): Readings {
  const plain = [...text.toLowerCase()].slice(0, CHARS_WEIGHED_MAX);
  const spellings = spellingsOf(plain).map((chars) => {
    const letters = chars.map(isLetter);
    return chars.map((_char, at) => piecesAt(chars, letters, at));
  });
  return { plain, spellings };
}

/** As it is written, and as it is meant where digits, signs and letters with marks stand for letters, and katakana for hiragana. */
function spellingsOf(plain: readonly string[]): readonly (readonly string[])[] {
  const bare = plain.map((char) => hiragana(withoutMark(char)));
  return [plain, bare, unleet(bare, 'i'), unleet(bare, 'l')];
}

/**
 * Each piece as it stands, without the signs and white space between its letters (`p a s s`), and with each letter once where all are doubled
 * (`ppaassss`); all of them forwards and backwards.
 */
function piecesAt(chars: readonly string[], areLetters: readonly boolean[], at: number): Piece[] {
  const pieces: Piece[] = [];
  const letters: string[] = [];
  for (let length = 1; length <= SPREAD_PIECE_CHARS_MAX && at + length <= chars.length; length++) {
    const last = at + length - 1;
    if (areLetters[last] === true) letters.push(chars[last] as string);
    const readings: string[] = [];
    const add = (read: readonly string[]) => {
      if (read.length > 1 && read.length <= PIECE_CHARS_MAX) readings.push(read.join(''), [...read].reverse().join(''));
    };
    if (length <= PIECE_CHARS_MAX) add(chars.slice(at, last + 1));
    if (areLetters[at] === true && areLetters[last] === true) {
      if (letters.length < length && isMeant(letters, length)) add(letters);
      const once = undoubled(letters);
      if (once !== undefined) add(once);
    }
    if (readings.length > 0) pieces.push({ length, readings });
  }
  return pieces;
}

/** Of random characters four letters with signs somewhere between make a word too often: they are to be spelt out (`s a t o`), or digits of a year. */
function isMeant(letters: readonly string[], length: number): boolean {
  const isSpelt = length === 2 * letters.length - 1;
  return letters.length > PIECE_CHARS_MIN || isSpelt || letters.every((letter) => letter >= '0' && letter <= '9');
}

/** All that might be a common piece. */
function piecesOf({ spellings }: Readings): string[] {
  const found = new Set<string>();
  for (const { readings } of spellings.flat(2)) for (const reading of readings) if (reading.length >= PIECE_CHARS_MIN) found.add(reading);
  return [...found];
}

/**
 * How many characters are left to guess for somebody who knows these pieces, the account's own words, sequences and repetitions, and takes the
 * password apart so that fewest are left.
 */
function weight({ plain, spellings }: Readings, known: ReadonlySet<string>, personal: ReadonlySet<string>): number {
  const lengthsAt = (at: number, words: ReadonlySet<string>) =>
    spellings.flatMap((pieces) =>
      (pieces[at] ?? []).filter(({ readings }) => readings.some((one) => words.has(one))).map(({ length }) => length),
    );
  // What is left from each place on: elsewhere, and right behind one of the account's own words.
  const left: { elsewhere: number; afterOwn: number }[] = Array.from({ length: plain.length + 1 }, () => ({ elsewhere: 0, afterOwn: 0 }));
  const from = (at: number) => left[at] ?? { elsewhere: 0, afterOwn: 0 };
  for (let at = plain.length - 1; at >= 0; at--) {
    const regular = Math.max(sequenceAt(plain, at), repeatedAt(plain, at));
    const common = lengthsAt(at, known).concat(Array.from({ length: regular }, (_none, shorter) => regular - shorter));
    const pieces = Math.min(
      ...lengthsAt(at, personal).map((length) => 1 + from(at + length).afterOwn),
      ...common.filter((length) => length > PIECE_WEIGHT).map((length) => PIECE_WEIGHT + from(at + length).elsewhere),
    );
    const { elsewhere } = from(at + 1);
    // Signs between the account's own words count as known too.
    left[at] = {
      elsewhere: Math.min(pieces, 1 + elsewhere),
      afterOwn: Math.min(pieces, isLetter(plain[at] ?? '') ? 1 + elsewhere : elsewhere),
    };
  }
  return from(0).elsewhere;
}

function isLetter(char: string): boolean {
  return /[\p{L}\p{M}\p{N}]/u.test(char);
}

/** Undefined where not every letter is there twice. */
function undoubled(chars: readonly string[]): readonly string[] | undefined {
  if (chars.length % 2 === 1) return undefined;
  for (let at = 0; at < chars.length; at += 2) if (chars[at] !== chars[at + 1]) return undefined;
  return chars.filter((_char, at) => at % 2 === 0);
}

/** A day or a year, or neighbours on a keyboard. */
function isRegular(piece: string): boolean {
  return DATE.test(piece) || ROWS.some((row) => row.includes(piece));
}

/** A year, or a day as YYYYMMDD, DDMMYYYY, MMDDYYYY or YYMMDD. */
const DATE =
  /^((19|20)\d\d((0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01]))?|((0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])|(0[1-9]|[12]\d|3[01])(0[1-9]|1[0-2]))(19|20)\d\d|\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01]))$/;

/** abcd, 4321, a-c-e, あいう: letters one or two code points from each other, with or without signs between. */
function sequenceAt(chars: readonly string[], at: number): number {
  const places = chars.flatMap((char, place) => (place >= at && isLetter(char) ? [place] : []));
  const code = (n: number) => chars[places[n] ?? chars.length]?.codePointAt(0) ?? Number.NaN;
  const step = code(1) - code(0);
  if (places[0] !== at || Math.abs(step) > 2 || step === 0) return 1;
  let count = 2;
  while (code(count) - code(count - 1) === step) count++;
  return count >= 3 ? (places[count - 1] as number) - at + 1 : 1;
}

const LEET: Readonly<Record<string, string>> = {
  '0': 'o',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
  '+': 't',
};

function unleet(chars: readonly string[], one: 'i' | 'l'): string[] {
  return chars.map((char) => (char === '1' ? one : (LEET[char] ?? char)));
}

/** é is e. */
function withoutMark(char: string): string {
  const [base = char] = char.normalize('NFD');
  return /[a-z]/.test(base) ? base : char;
}

function hiragana(text: string): string {
  return text.replace(/[ァ-ヶ]/g, (kana) => String.fromCodePoint((kana.codePointAt(0) ?? 0) - 0x60));
}

/** A repetition of earlier text, of three characters or more; the two may overlap, as in aaaa. */
function repeatedAt(chars: readonly string[], at: number): number {
  let longest = 1;
  for (let from = 0; from < at; from++) {
    let length = 0;
    while (at + length < chars.length && chars[from + length] === chars[at + length]) length++;
    longest = Math.max(longest, length);
  }
  return longest >= 3 ? longest : 1;
}
