/**
 * One text a study that its words are looked for in, made so that trigrams (pg_trgm) find any script whatever the database's locale:
 * each run of ASCII letters and digits is a word; each other character becomes `~` and its code point in four digits of base 36.
 * Alone, `~` is no letter to PostgreSQL, so that every character is a word of its own and one kanji is enough to search by. Between two of
 * them no space is kept: 高橋 功 is found as 高橋功.
 * Beside these stand `=` and a name's sound (`gateway/dicom/text/name-sound.ts`), `&=` when the name has no kana, and `@` and the birth date: what
 * is looked for there begins after its mark.
 */
import type { NameSounds, SearchableName } from '../../../gateway/domain/imaging/study.ts';

/** More than every attribute's own bound together; what is longer is not searched. */
export const SEARCH_TEXT_CHARS_MAX = 4_000;
const SOURCE_CHARS_MAX = 1_000;

/** Text that may be anywhere in a search text. '' when nothing in it can be searched. */
export function searchForm(text: string): string {
  const plain = text.slice(0, SOURCE_CHARS_MAX).normalize('NFKC').toLowerCase();
  let form = '';
  let last: 'word' | 'character' | 'none' = 'none';
  let space = false;
  for (const character of plain) {
    const code = character.codePointAt(0) ?? 0;
    if (/[a-z0-9]/.test(character)) {
      if (last !== 'none' && (space || last === 'character')) form += ' ';
      form += character;
      last = 'word';
      space = false;
    } else if (code < 0x80 || /[\s\p{P}\p{S}\p{C}]/u.test(character)) {
      space = true;
    } else {
      if (last === 'word') form += ' ';
      form += `~${code.toString(36).padStart(4, '0')}`;
      last = 'character';
      space = false;
    }
  }
  return form;
}

export interface SearchedStudy {
  readonly names: readonly SearchableName[];
  readonly sounds: readonly NameSounds[];
  /** DA or ''. */
  readonly birthDate: string;
  readonly values: readonly string[];
}

/** The search text of a study: each value between spaces, so that a word can be asked for by its beginning. */
export function searchText({ names, sounds, birthDate, values }: SearchedStudy): string {
  const date = searchForm(birthDate);
  const marked = [...sounds.map(soundText), date === '' ? '' : `@${date}`];
  const folded = names.flatMap(({ folded: { alphabetic, ideographic, phonetic } }) => [alphabetic, ideographic, phonetic]);
  const forms = new Set([...marked, ...[...folded, ...values].map(searchForm)].filter((form) => form !== ''));
  return ` ${[...forms].join(' | ')} `.slice(0, SEARCH_TEXT_CHARS_MAX);
}

function soundText({ joined, withoutKana }: NameSounds): string {
  return joined.map((sound) => `${withoutKana ? '&' : ''}=${sound}`).join('');
}

/** LIKE pattern for names that begin with a sound. `kana`: typed in kana, so that names that have kana are found by it and not by their sound. */
export function soundPattern(sound: string, kana: boolean): string {
  return `%${kana ? '&' : ''}=${sound}%`;
}

/** LIKE patterns that together match every birth date from the first to the last, YYYYMMDD, whole months and years by their beginning. */
export function birthDatePatterns(from: string, to: string): readonly string[] {
  // No date lies before the first or after the last of a month or year: so many digits less tell them apart.
  const [low, high] =
    from === to ? [from, to] : [from.replace(/0101$/, '0000').replace(/01$/, '00'), to.replace(/1231$/, '9999').replace(/31$/, '99')];
  return digitPrefixes(low, high).map((digits) => `%@${digits}%`);
}

/** The fewest beginnings of all numbers of as many digits from `from` to `to`. */
function digitPrefixes(from: string, to: string): string[] {
  if (from > to) return [];
  if (from === '' || (/^0*$/.test(from) && /^9*$/.test(to))) return [''];
  const [first, last] = [Number(from[0]), Number(to[0])];
  const rest = { from: from.slice(1), to: to.slice(1) };
  const found: string[] = [];
  for (let digit = first; digit <= last; digit++) {
    const low = digit === first ? rest.from : '0'.repeat(rest.from.length);
    const high = digit === last ? rest.to : '9'.repeat(rest.to.length);
    found.push(...digitPrefixes(low, high).map((digits) => `${digit}${digits}`));
  }
  return found;
}

/**
 * LIKE pattern for text that occurs anywhere; undefined when nothing in it can be searched.
 * One or two letters match only where a word begins: anywhere, they would match everything and no index could help.
 */
export function containsPattern(text: string): string | undefined {
  const form = searchForm(text);
  if (form === '') return undefined;
  return /^[a-z0-9]{1,2}( |$)/.test(form) ? `% ${form}%` : `%${form}%`;
}

/** The longest runs between wildcards, as patterns that any match must also satisfy. */
export function wildcardPrefilter(pattern: string): readonly string[] {
  return pattern
    .split(/[*?]+/)
    .map((run) => searchForm(run))
    .filter((form) => form.includes('~') || /[a-z0-9]{3}/.test(form))
    .map((form) => `%${form}%`);
}
