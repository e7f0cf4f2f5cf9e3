/** How alike two names are, part by part. Pure; says nothing about how much a likeness is worth (`evidence.ts`). */
import type { NameForms, NameParts } from './name-forms.ts';
import { withinOneSlip } from './one-slip.ts';
import { plainKana } from './plain-kana.ts';

/**
 * same: letter for letter once folded. one-script: the same kanji read otherwise, or the same reading written with other kanji.
 * alike: voiced marks, long vowels, spelling in Latin letters, or characters the sender could not write. near: one slip of the hand.
 */
export type Likeness = 'same' | 'one-script' | 'alike' | 'near' | 'differs' | 'unknown';

export interface NameLikeness {
  readonly family: Likeness;
  readonly given: Likeness;
  /** The family name of one stands where the other has its given name. */
  readonly swapped: boolean;
}

type Compared = (one: string, other: string) => Likeness;

export function likenessOfNames(one: NameForms, other: NameForms): NameLikeness {
  const written = best(one.written, other.written, likeWritten);
  const kana = best(one.kana, other.kana, likeKana);
  const latin = best(one.latin, other.latin, likeLatin);
  const sounds = best(one.sounds, other.sounds, likeSound);
  const part = (of: 'family' | 'given') => joined(firstKnown([kana[of], latin[of], sounds[of]]), written[of]);
  return { family: part('family'), given: part('given'), swapped: [written, kana, latin, sounds].some(({ swapped }) => swapped) };
}

function firstKnown(levels: readonly Likeness[]): Likeness {
  return levels.find((level) => level !== 'unknown') ?? 'unknown';
}

/** What reading and writing say together. */
function joined(reading: Likeness, written: Likeness): Likeness {
  if (reading === 'unknown') return written;
  if (written === 'unknown') return reading;
  const [better, worse] = RANK[reading] >= RANK[written] ? [reading, written] : [written, reading];
  if (better === 'same') return worse === 'same' || worse === 'alike' ? 'same' : 'one-script';
  return worse === 'differs' && better === 'alike' ? 'near' : worse === 'differs' ? 'differs' : better;
}

const RANK: Readonly<Record<Likeness, number>> = { same: 5, 'one-script': 4, alike: 3, near: 2, differs: 1, unknown: 0 };

const UNKNOWN: NameLikeness = { family: 'unknown', given: 'unknown', swapped: false };

function best(ones: readonly NameParts[], others: readonly NameParts[], like: Compared): NameLikeness {
  let found = UNKNOWN;
  for (const one of ones) {
    for (const other of others) {
      const likeness = likenessOfParts(one, other, like);
      if (RANK[likeness.family] + RANK[likeness.given] > RANK[found.family] + RANK[found.given]) found = likeness;
    }
  }
  return found;
}

function likenessOfParts(one: NameParts, other: NameParts, like: Compared): NameLikeness {
  if (isUnsplit(one) && isUnsplit(other)) return ofWhole(like(one.whole, other.whole));
  if (isUnsplit(one) || isUnsplit(other)) {
    const [unsplit, split] = isUnsplit(one) ? [one, other] : [other, one];
    const cut = cutAs(unsplit.whole, split);
    return cut === undefined ? ofWhole(like(unsplit.whole, split.whole)) : likenessOfParts(cut, split, like);
  }
  const straight = { family: like(one.family, other.family), given: like(one.given, other.given), swapped: false };
  if (RANK[straight.family] >= RANK.alike || RANK[straight.given] >= RANK.alike) return straight;
  const crossed = { family: like(one.family, other.given), given: like(one.given, other.family), swapped: true };
  return RANK[crossed.family] >= RANK.alike && RANK[crossed.given] >= RANK.alike ? crossed : straight;
}

function isUnsplit({ family, given, whole }: NameParts): boolean {
  return family === '' && given === '' && whole !== '';
}

function ofWhole(level: Likeness): NameLikeness {
  return { family: level, given: level, swapped: false };
}

/** ヤマダタロウ beside ヤマダ ハナコ is ヤマダ タロウ. Undefined when no part of the other begins or ends it. */
function cutAs(whole: string, { family, given }: NameParts): NameParts | undefined {
  if (family !== '' && whole.startsWith(family) && whole !== family) return { family, given: whole.slice(family.length), whole };
  if (given !== '' && whole.endsWith(given) && whole !== given) return { family: whole.slice(0, -given.length), given, whole };
  return undefined;
}

/** In place of a character that a sender's system does not have. */
const LOST_CHARACTER = /[〓□■●〇?*\ufffd]/;
/** Of two characters one that differs is half of the name: 太郎 and 次郎 are brothers. */
const WRITTEN_NEAR_CHARS_MIN = 3;
const KANA_NEAR_CHARS_MIN = 3;
const LATIN_NEAR_CHARS_MIN = 4;

function likeWritten(one: string, other: string): Likeness {
  if (one === '' || other === '') return 'unknown';
  const [left, right] = [[...one], [...other]];
  const lost = left.map((char, n) => LOST_CHARACTER.test(char) || LOST_CHARACTER.test(right[n] ?? ''));
  if (lost.every(Boolean)) return 'unknown';
  if (left.length === right.length && left.every((char, n) => char === right[n] || lost[n])) return lost.some(Boolean) ? 'alike' : 'same';
  return Math.min(left.length, right.length) >= WRITTEN_NEAR_CHARS_MIN && withinOneSlip(one, other) ? 'near' : 'differs';
}

function likeKana(one: string, other: string): Likeness {
  if (one === '' || other === '') return 'unknown';
  if (one === other) return 'same';
  const [left, right] = [plainKana(one), plainKana(other)];
  if (left === right) return 'alike';
  return Math.min(left.length, right.length) >= KANA_NEAR_CHARS_MIN && withinOneSlip(left, right) ? 'near' : 'differs';
}

/** Whatever is not spelled alike is left to its sound. */
function likeLatin(one: string, other: string): Likeness {
  return one !== '' && one === other ? 'same' : 'unknown';
}

function likeSound(one: string, other: string): Likeness {
  if (one === '' || other === '') return 'unknown';
  if (one === other) return 'alike';
  return Math.min(one.length, other.length) >= LATIN_NEAR_CHARS_MIN && withinOneSlip(one, other) ? 'near' : 'differs';
}
