import type { DicomJson, DicomJsonElement } from './dataset.ts';

/** Values of a header as numbers, text and items, whatever VR the file writes them with. Pure: gateway and viewer read by it. */

interface Bounds {
  readonly least: number;
  readonly most: number;
}

/** What a value of each VR can be, PS3.5 table 6.2-1. */
export const VR_BOUNDS = {
  US: { least: 0, most: 0xffff },
  SS: { least: -0x8000, most: 0x7fff },
  /** US or SS by Pixel Representation. */
  xs: { least: -0x8000, most: 0xffff },
  UL: { least: 0, most: 0xffffffff },
  IS: { least: -(2 ** 31), most: 2 ** 31 - 1 },
} satisfies Record<string, Bounds>;

/** A DS has 16 characters at most; odd ones some more. */
export const NUMBER_CHARS_MAX = 64;

/** A DS, IS, US, SS, FL or FD value; text is read as a number. Undefined when it is absent, empty or not finite. */
export function numberOf(header: DicomJson | undefined, tag: string, index = 0): number | undefined {
  return asNumber(elementOf(header, tag)?.Value?.[index]);
}

/** Every value of the attribute, those that are no number as undefined. */
export function numbersOf(header: DicomJson | undefined, tag: string): readonly (number | undefined)[] {
  return (elementOf(header, tag)?.Value ?? []).map(asNumber);
}

function asNumber(value: unknown): number | undefined {
  const number =
    typeof value === 'number'
      ? value
      : typeof value === 'string' && value.length <= NUMBER_CHARS_MAX && value.trim() !== ''
        ? Number(value)
        : Number.NaN;
  return Number.isFinite(number) ? number : undefined;
}

/** A whole number within bounds: whoever sizes something by it need not check it again. */
export function wholeOf(header: DicomJson | undefined, tag: string, { least, most }: Bounds, index = 0): number | undefined {
  const number = numberOf(header, tag, index);
  return number !== undefined && Number.isSafeInteger(number) && number >= least && number <= most ? number : undefined;
}

export function textOf(header: DicomJson | undefined, tag: string, index = 0): string | undefined {
  const value = elementOf(header, tag)?.Value?.[index];
  return typeof value === 'string' ? value.trim() : undefined;
}

/** An item of a sequence. */
export function itemOf(header: DicomJson | undefined, tag: string, index = 0): DicomJson | undefined {
  const element = header?.[tag];
  const item = element?.vr === 'SQ' ? element.Value?.[index] : undefined;
  return item !== null && typeof item === 'object' ? (item as DicomJson) : undefined;
}

export function itemsOf(header: DicomJson | undefined, tag: string): readonly DicomJson[] {
  const element = header?.[tag];
  const items = element?.vr === 'SQ' ? (element.Value ?? []) : [];
  return items.filter((item): item is DicomJson => item !== null && typeof item === 'object');
}

/** LUT data as 16-bit words, whether it is US/SS (values) or OW (inline binary, little endian). */
export function wordsOf(element: DicomJsonElement | undefined): Uint16Array | undefined {
  if (element?.InlineBinary !== undefined) {
    const bytes = bytesOfBase64(element.InlineBinary);
    return Uint16Array.from({ length: bytes.length >> 1 }, (_, i) => (bytes[2 * i] as number) | ((bytes[2 * i + 1] as number) << 8));
  }
  const values = element?.Value;
  return values === undefined ? undefined : Uint16Array.from(values, (value) => Number(value) & 0xffff);
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const SEXTETS = Uint8Array.from({ length: 128 }, (_, code) => Math.max(0, BASE64.indexOf(String.fromCharCode(code))));

/** How many bytes it stands for. */
export function bytesInBase64(text: string): number {
  let digits = text.length;
  while (text[digits - 1] === '=') digits -= 1;
  return Math.floor((digits * 3) / 4);
}

/** RFC 4648 section 4, without line breaks, as PS3.18 F.2.7 has it. */
export function bytesOfBase64(text: string): Uint8Array {
  const digits = text.replace(/=+$/, '');
  const bytes = new Uint8Array(bytesInBase64(digits));
  let held = 0;
  let bits = 0;
  let at = 0;
  for (let i = 0; i < digits.length; i++) {
    held = ((held << 6) | (SEXTETS[digits.charCodeAt(i) & 127] as number)) & 0xffffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = held >> bits;
    }
  }
  return bytes;
}

/**
 * Some converters write attributes they have no dictionary for as UN; what is read of an image is then read by the VR of PS3.6,
 * as Implicit VR Little Endian (PS3.5 6.2.2, note 2).
 */
export function elementOf(header: DicomJson | undefined, tag: string): DicomJsonElement | undefined {
  const element = header?.[tag];
  if (element?.vr !== 'UN' || element.InlineBinary === undefined) return element;
  const vr = UNKNOWN_VRS[tag.replace(OVERLAY_GROUP, '6000')];
  if (vr === undefined) return element;
  const bytes = bytesOfBase64(element.InlineBinary);
  if (vr !== 'US' && vr !== 'SS') {
    const text = String.fromCharCode(...bytes.subarray(0, UNKNOWN_TEXT_BYTES_MAX)).replace(/[\0 ]+$/, '');
    return { vr, Value: text.split('\\').map((value) => value.trim()) };
  }
  const signed = vr === 'SS' || ((tag === PADDING || tag === PADDING_LIMIT) && numberOf(header, '00280103') === 1);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length - (bytes.length % 2));
  const values = Array.from({ length: view.byteLength >> 1 }, (_, i) =>
    signed ? view.getInt16(i * 2, true) : view.getUint16(i * 2, true),
  );
  return { vr: signed ? 'SS' : 'US', Value: values };
}

const UNKNOWN_TEXT_BYTES_MAX = 1024;
/** PS3.5 7.6: sixteen groups of the same attributes. */
const OVERLAY_GROUP = /^60[01][02468ACE]/;
const PADDING = '00280120';
const PADDING_LIMIT = '00280121';

/** Of the attributes that describe pixels and how they are shown, the short ones: PS3.6 table 6-1. */
const UNKNOWN_VRS: Readonly<Record<string, 'US' | 'SS' | 'CS' | 'DS' | 'IS'>> = {
  '00280002': 'US',
  '00280004': 'CS',
  '00280006': 'US',
  '00280008': 'IS',
  '00280010': 'US',
  '00280011': 'US',
  '00280030': 'DS',
  '00280034': 'IS',
  '00280100': 'US',
  '00280101': 'US',
  '00280102': 'US',
  '00280103': 'US',
  [PADDING]: 'US',
  [PADDING_LIMIT]: 'US',
  '00281050': 'DS',
  '00281051': 'DS',
  '00281052': 'DS',
  '00281053': 'DS',
  '00281054': 'CS',
  '00281056': 'CS',
  '00281101': 'US',
  '00281102': 'US',
  '00281103': 'US',
  '00181114': 'DS',
  '00181164': 'DS',
  '00182010': 'DS',
  '20500020': 'CS',
  '00541001': 'CS',
  '00541006': 'CS',
  '30040002': 'CS',
  '3004000E': 'DS',
  '60000010': 'US',
  '60000011': 'US',
  '60000015': 'IS',
  '60000050': 'SS',
  '60000051': 'US',
  '60000100': 'US',
  '60000102': 'US',
};
