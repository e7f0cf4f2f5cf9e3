/**
 * Text of a header as the gateway will read it (PS3.5 6.1). What its declaration cannot explain becomes the most readable guess: this
 * text is looked at by a person who decides whose images these are.
 */
import { convertBytes } from 'dicom-character-set';
import { showable } from '../files/archive-names.ts';

/** What Japanese systems write without declaring it, by its escape sequences. PS3.3 table C.12-4. */
const JAPANESE = 'ISO 2022 IR 6\\ISO 2022 IR 13\\ISO 2022 IR 87\\ISO 2022 IR 159';
/** Names that PS3.3 C.12.1.1.2 does not know, for sets that it does. */
const MISSPELT: readonly [RegExp, string][] = [
  [/^UTF-?8$/, 'ISO_IR 192'],
  [/^ISO[ _-]?2022[ _-]?IR[ _-]?(\d+)$/, 'ISO 2022 IR $1'],
  [/^ISO[ _-]?IR[ _-]?(\d+)$/, 'ISO_IR $1'],
  [/^ISO[ _-]?8859-1$/, 'ISO_IR 100'],
];
const ESC = 0x1b;
const VALUE_BYTES_MAX = 1024;

/** `declared`: the values of (0008,0005), joined by a backslash. Never throws. */
export function headerText(bytes: Uint8Array, declared: string, vr: 'PN' | 'LO'): string {
  const value = bytes.subarray(0, VALUE_BYTES_MAX);
  const set = declared.split('\\').map(termOf).join('\\');
  const sets = value.includes(ESC) ? [set, JAPANESE] : [set];
  const text = sets.map((terms) => converted(value, terms, vr)).find(isReadable) ?? guess(value, set);
  return showable(text.replaceAll('\0', '')).trim();
}

function termOf(term: string): string {
  const plain = term.trim().toUpperCase();
  const [pattern, meant] = MISSPELT.find(([known]) => known.test(plain)) ?? [];
  return pattern === undefined || meant === undefined ? plain : plain.replace(pattern, meant);
}

function converted(bytes: Uint8Array, terms: string, vr: 'PN' | 'LO'): string | undefined {
  try {
    return convertBytes(terms, bytes, { vr });
  } catch {
    return undefined;
  }
}

/** An escape sequence that was left over belongs to a set that was not declared. */
const isReadable = (text: string | undefined): text is string => text !== undefined && !text.includes('\ufffd') && !text.includes('\u001b');

/** UTF-8 is hard to mistake; 80–9F are controls in every ISO 8859 set but lead bytes in Shift_JIS, which Japanese systems write. */
function guess(bytes: Uint8Array, declared: string): string {
  const japanese = /IR 13\b/.test(declared) || bytes.some((byte) => byte >= 0x81 && byte <= 0x9f);
  for (const label of japanese ? ['utf-8', 'shift_jis'] : ['utf-8']) {
    try {
      return new TextDecoder(label, { fatal: true }).decode(bytes);
    } catch {
      // not that
    }
  }
  return new TextDecoder('iso-8859-1').decode(bytes);
}
