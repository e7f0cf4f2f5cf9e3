/**
 * A name from an archive as text. Without the UTF-8 flag (APPNOTE 4.4.4 bit 11) its bytes may be anything: Japanese Windows writes
 * code page 932, which is valid as such for almost no other text.
 */
export function decodeName(raw: Uint8Array, encoding: string): string | undefined {
  if (encoding !== 'cp437') return undefined;
  try {
    return new TextDecoder('shift_jis', { fatal: true }).decode(raw);
  } catch {
    return undefined;
  }
}

/** Control characters, and marks that turn the direction of writing: they would make one name look like another. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is to be found
const UNSHOWABLE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;
const PATH_CHARS_MAX = 1_000;

/** For showing only: no file is ever written under it. Absolute paths, drives and `..` lose what makes them so. */
export function tidyPath(path: string): string {
  const parts = path
    .replace(/^[A-Za-z]:/, '')
    .split(/[\\/]/)
    .filter((part) => part !== '' && part !== '.' && part !== '..');
  return showable(parts.join('/') || '?').slice(0, PATH_CHARS_MAX);
}

/** Text from a file, safe to show beside others. */
export function showable(text: string): string {
  return text.replace(UNSHOWABLE, '\ufffd');
}
