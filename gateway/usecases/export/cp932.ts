/** Text as Windows' Shift_JIS (code page 932), which Japanese spreadsheets open without being told. */

/** Where a character has no code. GETA MARK, 0x81AC. */
export const GETA = '〓';

/** Same signs under another number in Unicode: JIS X 0208 as others than Microsoft map it. */
const ALIKE: Readonly<Record<string, string>> = {
  '〜': '～',
  '‖': '∥',
  '—': '―',
  '−': '－',
  '¢': '￠',
  '£': '￡',
  '¬': '￢',
  '¥': '￥',
  '‾': '￣',
};
const FIRST_OF_PRIVATE_USE = 0xe000;
const LAST_OF_PRIVATE_USE = 0xf8ff;

let table: ReadonlyMap<number, number> | undefined;

/** The bytes, and how many characters had no code and stand as 〓. */
export function cp932(text: string): { readonly bytes: Buffer; readonly replaced: number } {
  table ??= codes();
  const bytes = Buffer.allocUnsafe(text.length * 2);
  let length = 0;
  let replaced = 0;
  for (const character of text) {
    let code = codeOf(table, character);
    if (code === undefined) {
      replaced += 1;
      code = codeOf(table, GETA) as number;
    }
    if (code > 0xff) bytes[length++] = code >> 8;
    bytes[length++] = code & 0xff;
  }
  return { bytes: bytes.subarray(0, length), replaced };
}

function codeOf(known: ReadonlyMap<number, number>, character: string): number | undefined {
  const point = character.codePointAt(0) as number;
  if (point < 0x80) return point;
  return known.get(point) ?? known.get(ALIKE[character]?.codePointAt(0) ?? -1);
}

/** Character → code: what the platform reads, the other way round. The first of several codes, but those that NEC chose from IBM's (ED, EE). */
function codes(): ReadonlyMap<number, number> {
  const decoder = new TextDecoder('shift_jis', { fatal: true });
  const found = new Map<number, number>();
  const put = (code: number, bytes: readonly number[]) => {
    const point = pointOf(decoder, bytes);
    const isPrivate = point !== undefined && point >= FIRST_OF_PRIVATE_USE && point <= LAST_OF_PRIVATE_USE;
    if (point !== undefined && point >= 0x80 && !isPrivate && !found.has(point)) found.set(point, code);
  };
  for (let single = 0xa1; single <= 0xdf; single++) put(single, [single]);
  for (let lead = 0x81; lead <= 0xfc; lead++) {
    if ((lead >= 0xa0 && lead <= 0xdf) || lead === 0xed || lead === 0xee) continue;
    for (let trail = 0x40; trail <= 0xfc; trail++) put((lead << 8) | trail, [lead, trail]);
  }
  return found;
}

function pointOf(decoder: TextDecoder, bytes: readonly number[]): number | undefined {
  try {
    const text = decoder.decode(Uint8Array.from(bytes));
    const point = text.codePointAt(0);
    // Two signs: the second byte was none of this one's.
    return point === undefined || String.fromCodePoint(point) !== text ? undefined : point;
  } catch {
    return undefined;
  }
}
