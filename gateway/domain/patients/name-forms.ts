/** A folded name by its scripts and parts, so that two of them can be laid beside each other. Pure. */
import type { SearchableName } from '../imaging/study.ts';
import { spelledBy } from './part-sounds.ts';

/** A PN's three groups as they are searched (`foldName` in gateway/dicom/text): katakana, one form of variant kanji, lower case, one space between parts. */
export type FoldedName = SearchableName['folded'];

/**
 * A name in one script. A part that is not known in this script is ''.
 * `whole` alone is set when nothing says where the family name ends.
 */
export interface NameParts {
  readonly family: string;
  readonly given: string;
  readonly whole: string;
}

export interface NameForms {
  /** As written, with at least one character that is neither kana nor Latin. */
  readonly written: readonly NameParts[];
  readonly kana: readonly NameParts[];
  readonly latin: readonly NameParts[];
  /** What kana and Latin letters sound like: both as written, and as if kana that may be small were. */
  readonly sounds: readonly NameParts[];
}

/** Of one group, PS3.5 6.2. */
const GROUP_CHARS_MAX = 64;
/** Components of a name, PS3.5 6.2.1.2. */
const COMPONENTS_MAX = 5;

/** What is written in place of a name that nobody knows, or of a patient who is none. */
const NOBODY: ReadonlySet<string> = new Set(
  'unknown anonymous anonymized anonymised noname nobody test patient dummy 不明 匿名 氏名不詳 身元不明 名無 試験 患者 フメイ トクメイ テスト ダミー カンジヤ'.split(
    ' ',
  ),
);

const KANA = /^[\u30a1-\u30faー]+$/;
const LATIN = /^\p{Script=Latin}+$/u;

export function formsOfName({ alphabetic, ideographic, phonetic }: FoldedName): NameForms {
  const written: NameParts[] = [];
  const kana: NameParts[] = [];
  const latin: NameParts[] = [];
  for (const group of [phonetic, alphabetic, ideographic]) {
    const parts = partsOf(group);
    if (parts.length === 0 || parts.some((part) => NOBODY.has(part))) continue;
    if (parts.every((part) => KANA.test(part))) kana.push(named(parts));
    else if (parts.every((part) => LATIN.test(part))) latin.push(named(parts));
    else {
      written.push(named(parts));
      // 田中 さくら: the given name is known in kana too.
      const inKana = parts.map((part) => (KANA.test(part) ? part : ''));
      if (parts.length > 1 && inKana.some((part) => part !== ''))
        kana.push({ family: inKana[0] ?? '', given: inKana.slice(1).join(''), whole: '' });
    }
  }
  return {
    written: distinct(written),
    kana: distinct(kana),
    latin: distinct(latin),
    sounds: distinct([...kana, ...latin].flatMap((name) => spelledBy(name, 'sounds'))),
  };
}

/** Family name first, as PN has it and as Japanese names are written; whatever follows is the given name. */
function named(parts: readonly string[]): NameParts {
  const [family = '', ...given] = parts;
  const whole = parts.join('');
  return parts.length === 1 ? { family: '', given: '', whole } : { family, given: given.join(''), whole };
}

function partsOf(group: string): string[] {
  return group
    .slice(0, GROUP_CHARS_MAX)
    .split(' ')
    .filter((part) => part !== '')
    .slice(0, COMPONENTS_MAX);
}

function distinct(names: readonly NameParts[]): NameParts[] {
  const seen = new Set<string>();
  return names.filter(({ family, given, whole }) => {
    const key = `${family} ${given} ${whole}`;
    return !seen.has(key) && seen.add(key) !== undefined;
  });
}
