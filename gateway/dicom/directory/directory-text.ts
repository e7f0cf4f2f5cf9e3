import type { PersonNameJson } from '../../domain/imaging/dataset.ts';
import { VR_FORMS } from '../dictionary/value-representations.ts';

/** Defined terms of Specific Character Set that a directory record may need, PS3.3 C.12.1.1.2; empty: ASCII alone. */
export type DirectoryCharset = '' | '\\ISO 2022 IR 87' | 'ISO_IR 192';

const TO_JIS = '\x1b$B';
const TO_ASCII = '\x1b(B';

/** Other than what the VR itself takes: of a name each of its groups; a UID that is too long still names what it names. */
const CHARS_MAX: Readonly<Record<string, number>> = { PN: 64, UI: 128 };
/** Of any value of a record. */
const TEXT_CHARS_MAX = 1024;

let jisTable: ReadonlyMap<string, string> | undefined;

/** The narrowest in which all of this can be written: programs that make nothing of Unicode read most Japanese names. */
export function charsetFor(texts: Iterable<string>): DirectoryCharset {
  let charset: DirectoryCharset = '';
  for (const character of characters(texts)) {
    if (isASCII(character)) continue;
    jisTable ??= jis();
    if (!jisTable.has(character)) return 'ISO_IR 192';
    charset = '\\ISO 2022 IR 87';
  }
  return charset;
}

/** Each run of kanji and kana ends in ASCII again: so it does before every delimiter, as PS3.5 6.1.2.5.3 asks. */
export function encodeText(text: string, charset: DirectoryCharset): Buffer {
  if (charset !== '\\ISO 2022 IR 87') return Buffer.from(text, charset === '' ? 'latin1' : 'utf8');
  jisTable ??= jis();
  let out = '';
  let inJIS = false;
  for (const character of text) {
    const code = jisTable.get(character);
    if ((code !== undefined) !== inJIS) out += inJIS ? TO_ASCII : TO_JIS;
    inJIS = code !== undefined;
    out += code ?? character;
  }
  return Buffer.from(inJIS ? out + TO_ASCII : out, 'latin1');
}

/** One value as its VR takes it: no control characters, no delimiter of values, no longer than it may be. */
export function directoryText(text: string, vr: string): string {
  const clean = text.replace(/[\p{Cc}\p{Cs}\\]/gu, ' ');
  if (vr === 'CS') return codeText(clean);
  return cut(clean.trim(), Math.min(CHARS_MAX[vr] ?? VR_FORMS.get(vr)?.charsMax ?? TEXT_CHARS_MAX, TEXT_CHARS_MAX));
}

/** PN: its groups in their order, the empty ones at the end left out. */
export function directoryName({ Alphabetic = '', Ideographic = '', Phonetic = '' }: PersonNameJson): string {
  const groups = [Alphabetic, Ideographic, Phonetic].map((group) => directoryText(group.replaceAll('=', ' '), 'PN'));
  return groups.join('=').replace(/=+$/, '');
}

function codeText(text: string): string {
  return cut(
    text
      .toUpperCase()
      .replace(/[^A-Z0-9_ ]/g, ' ')
      .trim(),
    16,
  );
}

function cut(text: string, charsMax: number): string {
  return text.length <= charsMax ? text : [...text].slice(0, charsMax).join('').trimEnd();
}

function* characters(texts: Iterable<string>): Generator<string> {
  for (const text of texts) yield* text;
}

function isASCII(character: string): boolean {
  return (character.codePointAt(0) as number) < 0x80;
}

/** JIS X 0208 (ISO-IR 87) by its signs: rows 1 to 84 without the thirteenth, which is no part of it. */
function jis(): ReadonlyMap<string, string> {
  const decoder = new TextDecoder('euc-jp', { fatal: true });
  const found = new Map<string, string>();
  for (let row = 0x21; row <= 0x74; row++) {
    if (row === 0x2d) continue;
    for (let cell = 0x21; cell <= 0x7e; cell++) {
      const sign = signOf(decoder, row, cell);
      if (sign !== undefined && !found.has(sign)) found.set(sign, String.fromCharCode(row, cell));
    }
  }
  return found;
}

function signOf(decoder: TextDecoder, row: number, cell: number): string | undefined {
  try {
    return decoder.decode(Uint8Array.of(row | 0x80, cell | 0x80));
  } catch {
    return undefined;
  }
}
