/**
 * Specific Character Set (0008,0005): bytes of a text value to a string. PS3.3 C.12.1.1.2, PS3.5 6.1 and annexes H to K.
 * Never throws: bytes that the declaration cannot explain become the most readable guess or U+FFFD, and a warning code says so.
 */

export type CharacterSetWarning = 'charset-unknown' | 'charset-undeclared' | 'charset-undecodable';

/** Which delimiters return the code extensions to their initial state, PS3.5 6.1.2.5.3. */
export type TextKind = 'name' | 'values' | 'text';

export interface CharacterSet {
  /** The declared terms, normalised. */
  readonly terms: readonly string[];
  /** G0 is JIS X 0201 from the beginning of a value, so that 5C and 7E are a yen sign and an overline. PS3.3 table C.12-2 and C.12-3. */
  readonly romanInitially: boolean;
  /** Text of `bytes[start, end)`. Other bytes below 0x80 without ESC are ASCII in every set; the parser takes that short way itself. */
  decode(bytes: Buffer, start: number, end: number, kind: TextKind, warn: (code: CharacterSetWarning) => void): string;
}

const ESC = 0x1b;

/** A set of 94 or 96 single-byte, or 94 × 94 double-byte characters. */
interface Repertoire {
  readonly bytesPerCharacter: 1 | 2;
  /** Code positions with their high bit set. */
  decode(high: Buffer): string;
}

function singleByte(label: string): Repertoire {
  const decoder = new TextDecoder(label);
  return { bytesPerCharacter: 1, decode: (high) => decoder.decode(high) };
}

function doubleByte(label: string): Repertoire {
  const decoder = new TextDecoder(label);
  return { bytesPerCharacter: 2, decode: (high) => decoder.decode(high) };
}

/** The platform's `iso-8859-1` is windows-1252; ISO 8859-1 is code points themselves. */
const LATIN_1: Repertoire = { bytesPerCharacter: 1, decode: (high) => high.toString('latin1', 0, high.length) };

/** JIS X 0201 katakana: A1–DF are U+FF61–U+FF9F. */
const KATAKANA: Repertoire = {
  bytesPerCharacter: 1,
  decode: (high) => {
    let text = '';
    for (const byte of high) text += byte >= 0xa1 && byte <= 0xdf ? String.fromCharCode(0xff61 + byte - 0xa1) : '\ufffd';
    return text;
  },
};

const JIS_X_0208 = doubleByte('euc-jp');
const KS_X_1001 = doubleByte('euc-kr');
const GB_2312 = doubleByte('gbk');
const eucJp = new TextDecoder('euc-jp');
const JIS_X_0212: Repertoire = {
  bytesPerCharacter: 2,
  decode: (high) => {
    // EUC-JP reaches JIS X 0212 through the single shift 8F before each character.
    const shifted = Buffer.alloc((high.length >> 1) * 3);
    for (let from = 0, to = 0; from + 1 < high.length; from += 2, to += 3) {
      shifted[to] = 0x8f;
      shifted[to + 1] = high[from] as number;
      shifted[to + 2] = high[from + 1] as number;
    }
    return eucJp.decode(shifted);
  },
};

/** By ISO registration number: what stands in G1 (high half) without or before any escape. PS3.3 tables C.12-2 to C.12-4. */
const G1_BY_REGISTRATION: Readonly<Record<number, Repertoire>> = {
  100: LATIN_1,
  101: singleByte('iso-8859-2'),
  109: singleByte('iso-8859-3'),
  110: singleByte('iso-8859-4'),
  144: singleByte('iso-8859-5'),
  127: singleByte('iso-8859-6'),
  126: singleByte('iso-8859-7'),
  138: singleByte('iso-8859-8'),
  148: singleByte('iso-8859-9'),
  203: singleByte('iso-8859-15'),
  166: singleByte('windows-874'),
  13: KATAKANA,
  149: KS_X_1001,
  58: GB_2312,
};

/** Escape sequences, PS3.3 tables C.12-3 and C.12-4; the last three rows are not DICOM's but are met. */
const ESCAPES: readonly {
  readonly bytes: string;
  readonly half: 'G0' | 'G1';
  /** Undefined: ASCII, or JIS X 0201 where `roman`. */
  readonly repertoire: Repertoire | undefined;
  readonly roman?: true;
}[] = [
  { bytes: '(B', half: 'G0', repertoire: undefined },
  { bytes: '(J', half: 'G0', repertoire: undefined, roman: true },
  { bytes: '-A', half: 'G1', repertoire: LATIN_1 },
  { bytes: '-B', half: 'G1', repertoire: G1_BY_REGISTRATION[101] },
  { bytes: '-C', half: 'G1', repertoire: G1_BY_REGISTRATION[109] },
  { bytes: '-D', half: 'G1', repertoire: G1_BY_REGISTRATION[110] },
  { bytes: '-L', half: 'G1', repertoire: G1_BY_REGISTRATION[144] },
  { bytes: '-G', half: 'G1', repertoire: G1_BY_REGISTRATION[127] },
  { bytes: '-F', half: 'G1', repertoire: G1_BY_REGISTRATION[126] },
  { bytes: '-H', half: 'G1', repertoire: G1_BY_REGISTRATION[138] },
  { bytes: '-M', half: 'G1', repertoire: G1_BY_REGISTRATION[148] },
  { bytes: '-b', half: 'G1', repertoire: G1_BY_REGISTRATION[203] },
  { bytes: '-T', half: 'G1', repertoire: G1_BY_REGISTRATION[166] },
  { bytes: ')I', half: 'G1', repertoire: KATAKANA },
  { bytes: '$B', half: 'G0', repertoire: JIS_X_0208 },
  { bytes: '$(D', half: 'G0', repertoire: JIS_X_0212 },
  { bytes: '$)C', half: 'G1', repertoire: KS_X_1001 },
  { bytes: '$)A', half: 'G1', repertoire: GB_2312 },
  { bytes: '$@', half: 'G0', repertoire: JIS_X_0208 },
  { bytes: '$(B', half: 'G0', repertoire: JIS_X_0208 },
  { bytes: '(I', half: 'G0', repertoire: KATAKANA },
];

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
const utf8Fatal = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const shiftJisFatal = new TextDecoder('shift_jis', { fatal: true });
const gb18030 = new TextDecoder('gb18030');

/** Character sets by their declared terms; the same few come again and again. Bounded, as terms come from files. */
const CACHE_ENTRIES_MAX = 256;
const cache = new Map<string, CharacterSet>();

/** The character set that the values of (0008,0005) declare; none or empty: the default repertoire. */
export function characterSet(declared: readonly string[]): CharacterSet {
  const key = declared.join('\\');
  const cached = cache.get(key);
  if (cached !== undefined) return cached;
  const made = make(declared);
  if (cache.size < CACHE_ENTRIES_MAX) cache.set(key, made);
  return made;
}

/** The default repertoire, ISO_IR 6. */
export const DEFAULT_CHARACTER_SET = characterSet([]);

function make(declared: readonly string[]): CharacterSet {
  const terms = declared.map((term) => term.trim().toUpperCase());
  const first = terms[0] ?? '';
  if (/^(ISO[ _-]?IR[ _-]?192|UTF-?8|ISO 2022 IR 192)$/.test(first)) return wholly(terms, decodeUtf8);
  if (/^(GB18030|GBK|ISO 2022 GBK|ISO 2022 GB18030|GB2312|ISO_IR 58)$/.test(first)) return wholly(terms, decodeGb18030);

  const registrations = terms.map(registrationOf);
  const unknown = terms.some((term, index) => term !== '' && registrations[index] === undefined);
  const initialG1 = G1_BY_REGISTRATION[registrations[0] ?? 6];
  // Files that forget the escape before a high byte mean the one G1 set they declared.
  const declaredG1 = registrations
    .slice(1)
    .map((registration) => G1_BY_REGISTRATION[registration ?? 6])
    .filter((repertoire) => repertoire !== undefined);
  const lenientG1 = initialG1 ?? declaredG1[0];
  const romanInitially = registrations[0] === 13 || registrations[0] === 14;
  return {
    terms,
    romanInitially,
    decode(bytes, start, end, kind, warn) {
      if (unknown) warn('charset-unknown');
      return decodeIso2022(bytes, start, end, kind, { g1: initialG1, roman: romanInitially }, lenientG1, warn);
    },
  };
}

/** The number in `ISO_IR 100`, `ISO 2022 IR 87` and their misspellings; undefined when there is none we know. */
function registrationOf(term: string): number | undefined {
  const digits = /IR[ _-]?(\d+)$/.exec(term)?.[1];
  if (digits !== undefined) {
    const registration = Number(digits);
    return registration in G1_BY_REGISTRATION || [6, 14, 87, 159].includes(registration) ? registration : undefined;
  }
  const latin = /^ISO[ _-]?8859-(\d+)$/.exec(term)?.[1];
  return latin === undefined ? undefined : REGISTRATION_BY_8859_PART[Number(latin)];
}

const REGISTRATION_BY_8859_PART: Readonly<Record<number, number>> = {
  1: 100,
  2: 101,
  3: 109,
  4: 110,
  5: 144,
  6: 127,
  7: 126,
  8: 138,
  9: 148,
  11: 166,
  15: 203,
};

function wholly(terms: readonly string[], decode: (bytes: Buffer, warn: (code: CharacterSetWarning) => void) => string): CharacterSet {
  return { terms, romanInitially: false, decode: (bytes, start, end, _kind, warn) => decode(bytes.subarray(start, end), warn) };
}

function decodeUtf8(bytes: Buffer, warn: (code: CharacterSetWarning) => void): string {
  const text = utf8.decode(bytes);
  if (text.includes('\ufffd')) warn('charset-undecodable');
  return text;
}

function decodeGb18030(bytes: Buffer, warn: (code: CharacterSetWarning) => void): string {
  const text = gb18030.decode(bytes);
  if (text.includes('\ufffd')) warn('charset-undecodable');
  return text;
}

/** PS3.5 6.1.2.5: escape sequences designate G0 (low half) and G1 (high half); delimiters return both to the first declared set. */
function decodeIso2022(
  bytes: Buffer,
  start: number,
  end: number,
  kind: TextKind,
  initial: { readonly g1: Repertoire | undefined; readonly roman: boolean },
  lenientG1: Repertoire | undefined,
  warn: (code: CharacterSetWarning) => void,
): string {
  let g0: Repertoire | undefined;
  let { g1, roman } = initial;
  let text = '';
  let at = start;
  while (at < end) {
    const byte = bytes[at] as number;
    if (byte === ESC) {
      const designation = escapeAt(bytes, at + 1, end);
      if (designation === undefined) {
        text += '\ufffd';
        warn('charset-undecodable');
        at += 1;
      } else {
        if (designation.half === 'G0') {
          g0 = designation.repertoire;
          roman = designation.roman === true;
        } else g1 = designation.repertoire;
        at += 1 + designation.bytes.length;
      }
      continue;
    }
    if (byte < 0x80) {
      if (g0 === undefined || byte <= 0x20 || byte === 0x7f) {
        const stop = runEnd(bytes, at, end, kind, g0 === undefined);
        const run = bytes.toString('latin1', at, stop);
        text += roman ? romanText(run, kind) : run;
        at = stop;
        if (isDelimiter(bytes[stop - 1] as number, kind)) {
          g0 = undefined;
          ({ g1, roman } = initial);
        }
        continue;
      }
      const stop = lowRunEnd(bytes, at, end);
      text += decodeRun(g0, Buffer.from(bytes.subarray(at, stop)), warn);
      at = stop;
      continue;
    }
    const stop = highRunEnd(bytes, at, end);
    const repertoire = g1 ?? lenientG1;
    if (repertoire === undefined || (repertoire.bytesPerCharacter === 1 && repertoire === KATAKANA && hasOutside(bytes, at, stop))) {
      // Nothing declared explains these bytes: the guess needs the whole value, low bytes of double-byte characters included.
      return text + guess(bytes.subarray(at, end), repertoire, warn);
    }
    text += decodeRun(repertoire, Buffer.from(bytes.subarray(at, stop)), warn);
    at = stop;
  }
  return text;
}

/** JIS X 0201: 7E is an overline, 5C a yen sign where it does not part values (PS3.5 6.1.2.3, PS3.3 table C.12-2). */
function romanText(run: string, kind: TextKind): string {
  const text = run.replaceAll('~', '\u203e');
  return kind === 'text' ? text.replaceAll('\\', '\u00a5') : text;
}

function escapeAt(bytes: Buffer, at: number, end: number): (typeof ESCAPES)[number] | undefined {
  const following = bytes.toString('latin1', at, Math.min(at + 3, end));
  return ESCAPES.find((one) => following.startsWith(one.bytes));
}

function isDelimiter(byte: number, kind: TextKind): boolean {
  if (byte === 0x09 || byte === 0x0a || byte === 0x0c || byte === 0x0d) return true;
  if (kind === 'text') return false;
  return byte === 0x5c || (kind === 'name' && (byte === 0x5e || byte === 0x3d));
}

/** End of a run of ASCII, just behind its first delimiter; one byte only while G0 holds another set. */
function runEnd(bytes: Buffer, at: number, end: number, kind: TextKind, ascii: boolean): number {
  if (!ascii) return at + 1;
  let stop = at;
  while (stop < end) {
    const byte = bytes[stop] as number;
    if (byte === ESC || byte >= 0x80) break;
    stop += 1;
    if (isDelimiter(byte, kind)) break;
  }
  return stop;
}

function lowRunEnd(bytes: Buffer, at: number, end: number): number {
  let stop = at;
  while (stop < end && (bytes[stop] as number) > 0x20 && (bytes[stop] as number) < 0x7f) stop += 1;
  return stop;
}

function highRunEnd(bytes: Buffer, at: number, end: number): number {
  let stop = at;
  while (stop < end && (bytes[stop] as number) >= 0x80) stop += 1;
  return stop;
}

function decodeRun(repertoire: Repertoire, run: Buffer, warn: (code: CharacterSetWarning) => void): string {
  for (let index = 0; index < run.length; index += 1) run[index] = (run[index] as number) | 0x80;
  const whole = run.length - (run.length % repertoire.bytesPerCharacter);
  const text = repertoire.decode(run.subarray(0, whole)) + (whole < run.length ? '\ufffd' : '');
  if (text.includes('\ufffd')) warn('charset-undecodable');
  return text;
}

function hasOutside(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] as number;
    if (byte < 0xa1 || byte > 0xdf) return true;
  }
  return false;
}

/**
 * High bytes nobody declared. UTF-8 is hard to mistake. Bytes 80–9F are controls in every ISO 8859 set but lead bytes in Shift_JIS,
 * which Japanese systems write undeclared. What is left is shown as Latin-1: readable in part, and warned of.
 */
function guess(rest: Buffer, declared: Repertoire | undefined, warn: (code: CharacterSetWarning) => void): string {
  warn(declared === undefined ? 'charset-undeclared' : 'charset-undecodable');
  try {
    return utf8Fatal.decode(rest);
  } catch {
    // not UTF-8
  }
  if (declared === KATAKANA || rest.some((byte) => byte >= 0x81 && byte <= 0x9f)) {
    try {
      return shiftJisFatal.decode(rest);
    } catch {
      // not Shift_JIS
    }
  }
  return rest.toString('latin1', 0, rest.length);
}
