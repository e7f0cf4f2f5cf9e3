/**
 * One text a study that its words are looked for in, made so that trigrams (pg_trgm) find any script whatever the database's locale:
 * each run of ASCII letters and digits is a word; each other character becomes `~` and its code point in four digits of base 36.
 * Alone, `~` is no letter to PostgreSQL, so that every character is a word of its own and one kanji is enough to search by.
 */

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
      if (last !== 'none' && (space || last === 'word')) form += ' ';
      form += `~${code.toString(36).padStart(4, '0')}`;
      last = 'character';
      space = false;
    }
  }
  return form;
}

/** The search text of all these values: each between spaces, so that a word can be asked for by its beginning. */
export function searchText(values: readonly string[]): string {
  const forms = [...new Set(values.map(searchForm).filter((form) => form !== ''))];
  return ` ${forms.join(' | ')} `.slice(0, SEARCH_TEXT_CHARS_MAX);
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
