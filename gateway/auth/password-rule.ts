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
];
const ROWS = [
  'qwertyuiop',
  'asdfghjkl',
  'zxcvbnm',
  '1234567890',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm',
  'あいうえおかきくけこさしすせそ',
  'いろはにほへと',
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
  const common = new Set([...LOCAL_WORDS, ...(await commonAmong(piecesOf(text)))]);
  const personal = new Set([...PRODUCT_WORDS, ...own.flatMap((word) => wordsOf(word ?? ''))]);
  if (weight(text, common, new Set()) < WEIGHT_MIN) return 'password-common';
  return weight(text, common, personal) < WEIGHT_MIN ? 'password-personal' : undefined;
}

/** Of an address its parts, of a name its words and, written together, all of them. */
function wordsOf(text: string): string[] {
  const folded = text.normalize('NFKC').toLowerCase();
  const parts = folded.split(/[^\p{L}\p{M}\p{N}ー]+/u);
  const read = parts.map(romaji);
  // サトウ is written satou and sato.
  const short = read.map((word) => word.replace(/([ou])u/g, '$1').replace(/oo/g, 'o'));
  return [...parts, parts.join(''), ...read, ...short].filter((part) => [...part].length >= (/^[\x20-\x7e]*$/.test(part) ? 3 : 2));
}

/** How many characters are left to guess for somebody who knows the common pieces, the account's own words, sequences and repetitions. */
function weight(text: string, common: ReadonlySet<string>, personal: ReadonlySet<string>): number {
  const [plain = [], ...leet] = spellingsOf(text);
  const spellings = [plain, ...leet];
  let sum = 0;
  let afterOwn = false;
  for (let at = 0; at < plain.length; ) {
    const own = Math.max(...spellings.map((spelling) => pieceAt(spelling, at, 2, (piece) => personal.has(piece))));
    const known = Math.max(
      ...spellings.map((spelling) => pieceAt(spelling, at, PIECE_CHARS_MIN, (piece) => common.has(piece) || DATE.test(piece))),
      sequenceAt(plain, at),
      rowAt(plain, at),
      repeatedAt(plain, at),
    );
    const length = Math.max(own, known);
    const isOwn = own > 1 && own === length;
    if (isOwn) sum += 1;
    else if (length > PIECE_WEIGHT) sum += PIECE_WEIGHT;
    // Signs between the account's own words count as known too.
    else if (!afterOwn || /[\p{L}\p{M}\p{N}]/u.test(plain[at] ?? '')) sum += 1;
    afterOwn = isOwn;
    at += isOwn || length > PIECE_WEIGHT ? length : 1;
  }
  return sum;
}

/** As it is written, and as it is meant where digits and signs stand for letters. */
function spellingsOf(text: string): readonly (readonly string[])[] {
  const plain = [...text.toLowerCase()].slice(0, CHARS_WEIGHED_MAX);
  return [plain, unleet(plain, 'i'), unleet(plain, 'l')];
}

/** All that might be a common piece, forwards and backwards. */
function piecesOf(text: string): string[] {
  const found = new Set<string>();
  for (const chars of spellingsOf(text)) {
    for (let at = 0; at + PIECE_CHARS_MIN <= chars.length; at++) {
      for (let length = PIECE_CHARS_MIN; length <= PIECE_CHARS_MAX && at + length <= chars.length; length++) {
        const piece = chars.slice(at, at + length);
        found.add(piece.join('')).add(piece.reverse().join(''));
      }
    }
  }
  return [...found];
}

/** A year, or a day as YYYYMMDD. */
const DATE = /^(19|20)\d\d((0[1-9]|1[0-2])([0-2]\d|3[01]))?$/;

/** Characters of the longest piece that begins there and is well-known, forwards or backwards; 1: none. */
function pieceAt(chars: readonly string[], at: number, charsMin: number, isKnown: (piece: string) => boolean): number {
  for (let length = Math.min(PIECE_CHARS_MAX, chars.length - at); length >= charsMin; length--) {
    const piece = chars.slice(at, at + length);
    if (isKnown(piece.join('')) || isKnown(piece.reverse().join(''))) return length;
  }
  return 1;
}

const LEET: Readonly<Record<string, string>> = { '0': 'o', '3': 'e', '4': 'a', '5': 's', '7': 't', '@': 'a', $: 's', '!': 'i', '+': 't' };

function unleet(chars: readonly string[], one: 'i' | 'l'): string[] {
  return chars.map((char) => (char === '1' ? one : (LEET[char] ?? char)));
}

/** abcd, 4321, あいう by code point. */
function sequenceAt(chars: readonly string[], at: number): number {
  const code = (index: number) => chars[index]?.codePointAt(0) ?? Number.NaN;
  const step = code(at + 1) - code(at);
  if (Math.abs(step) > 2 || step === 0) return 1;
  let length = 2;
  while (code(at + length) - code(at + length - 1) === step) length++;
  return length >= 3 ? length : 1;
}

function rowAt(chars: readonly string[], at: number): number {
  for (let length = Math.min(PIECE_CHARS_MAX, chars.length - at); length >= PIECE_CHARS_MIN; length--) {
    const piece = chars.slice(at, at + length).join('');
    const back = [...piece].reverse().join('');
    if (ROWS.some((row) => row.includes(piece) || row.includes(back))) return length;
  }
  return 1;
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
