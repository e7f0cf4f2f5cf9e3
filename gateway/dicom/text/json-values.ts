import type { DicomJsonValue } from '../../domain/imaging/dataset.ts';
import { readTag, tagText } from '../dictionary/tags.ts';
import type { VRForm } from '../dictionary/value-representations.ts';
import { type CharacterSet, DEFAULT_CHARACTER_SET, type TextKind } from './character-set.ts';
import { isSpace, isSpaceOrNul, withoutPadding } from './padding.ts';
import { parsePersonName } from './person-name.ts';

/** The bytes of one value to the Value array of DICOM JSON. PS3.5 6.2, PS3.18 F.2.3 to F.2.5. */

/** A value where it lies, and what its text is written in. */
export interface ValueBytes {
  readonly form: VRForm;
  readonly buffer: Buffer;
  readonly index: number;
  readonly length: number;
  readonly bigEndian: boolean;
  readonly charset: CharacterSet;
  readonly warn: (code: string) => void;
}

/** Empty when nothing but padding is there. Of every VR but binary ones and SQ. */
export function jsonValues(value: ValueBytes): DicomJsonValue[] {
  switch (value.form.kind) {
    case 'numbers':
      return numbers(value);
    case 'tags':
      return tags(value);
    case 'text': {
      const text = withoutTrailing(textOf(value, 'text'));
      return text === '' ? [] : [text];
    }
    case 'numberText':
      return split(textOf(value, 'values'), numberOrText);
    case 'names':
      return split(textOf(value, 'name'), nameOrNull);
    default:
      return split(textOf(value, 'values'), trimmed);
  }
}

/** A person name is an object of up to three texts. */
const VALUES_A_NAME = 4;
const BACKSLASH = 0x5c;

/** How many values the JSON of these bytes would hold, without making it. */
export function valueCount(form: VRForm, buffer: Buffer, index: number, length: number): number {
  if (form.kind === 'numbers') return Math.ceil(length / form.unit);
  if (form.kind === 'tags') return Math.ceil(length / 4);
  if (form.kind === 'text') return 1;
  let count = 1;
  for (let at = index; at < index + length; at += 1) if (buffer[at] === BACKSLASH) count += 1;
  return form.kind === 'names' ? count * VALUES_A_NAME : count;
}

/** Bytes that a value comes to in JSON, about: a control character is six. */
export function inlineBytes(form: VRForm, buffer: Buffer, index: number, length: number): number {
  if (form.kind === 'numbers' || form.kind === 'tags') return length * 3;
  let bytes = length;
  for (let at = index; at < index + length; at += 1) if ((buffer[at] as number) < 0x20) bytes += 5;
  return bytes;
}

function textOf({ form, buffer, index, length, charset, warn }: ValueBytes, kind: TextKind): string {
  const text = buffer.toString('latin1', index, index + length);
  if (length > form.charsMax && hasTooLong(form, text, kind)) warn('value-too-long');
  if (!BEYOND_ASCII.test(text) && !(form.charset && charset.romanInitially && ROMAN_DIFFERS.test(text))) return text;
  return (form.charset ? charset : DEFAULT_CHARACTER_SET).decode(buffer, index, index + length, kind, warn);
}

/** Bytes stand for characters here, so values in multi-byte sets are let off. */
function hasTooLong(form: VRForm, text: string, kind: TextKind): boolean {
  if (form.charset && BEYOND_ASCII.test(text)) return false;
  const values = kind === 'text' ? [text] : text.split('\\');
  return values.some((one) => one.length > form.charsMax && withoutTrailing(one).length > form.charsMax);
}

function tags({ buffer, index, length, bigEndian, warn }: ValueBytes): DicomJsonValue[] {
  if (length % 4 !== 0) warn('value-length');
  const values: string[] = [];
  for (let at = index; at + 4 <= index + length; at += 4) values.push(tagText(readTag(buffer, at, bigEndian)));
  return values;
}

function numbers({ form, buffer, index, length, bigEndian, warn }: ValueBytes): DicomJsonValue[] {
  const { unit, vr } = form;
  if (length % unit !== 0) warn('value-length');
  const view = new DataView(buffer.buffer, buffer.byteOffset + index, length);
  const values: DicomJsonValue[] = [];
  for (let at = 0; at + unit <= length; at += unit) values.push(number(vr, view, at, !bigEndian));
  return values;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: ESC introduces a code extension
const BEYOND_ASCII = /[\x1b\x80-\xff]/;
/** What JIS X 0201 reads otherwise than ASCII. */
const ROMAN_DIFFERS = /[\\~]/;

function split<T extends DicomJsonValue>(text: string, value: (part: string) => T): DicomJsonValue[] {
  if (!text.includes('\\')) {
    const only = value(text);
    return only === null ? [] : [only];
  }
  const values = text.split('\\').map(value);
  return values.every((one) => one === null) ? [] : values;
}

/** Padding, PS3.5 6.2: a space, or NUL for UI; NUL is met behind other text too. Line ends are not padding. */
function withoutTrailing(text: string): string {
  return withoutPadding(text, () => false, isSpaceOrNul);
}

function trimmed(text: string): string | null {
  const value = withoutPadding(text, isSpace, isSpaceOrNul);
  return value === '' ? null : value;
}

/** IS and DS as JSON numbers, or the text as it is where it is none or a number would lose some of it (PS3.18 F.2.3.1). */
function numberOrText(text: string): string | number | null {
  const value = trimmed(text);
  if (value === null) return null;
  if (!/^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(value)) return value;
  const number = Number(value);
  return saysTheSame(number, value) ? number : value;
}

/** Digits that any double holds; more may or may not be held. */
const DIGITS_SAFE = 15;
/** The most that `toPrecision` gives. */
const DIGITS_MAX = 100;
/** Below it a double has fewer digits. */
const LEAST_NORMAL = 2.2250738585072014e-308;

/** Whether a double says what decimal text says: `1e400` is no number to it, `1e-400` is zero, and of 9007199254740993 it lacks a unit. */
function saysTheSame(number: number, text: string): boolean {
  if (!Number.isFinite(number)) return false;
  const digits = significantDigits(text);
  if (digits === '' || number === 0) return digits === '';
  if (digits.length <= DIGITS_SAFE && Math.abs(number) >= LEAST_NORMAL) return true;
  return digits.length <= DIGITS_MAX && significantDigits(number.toPrecision(digits.length)) === digits;
}

/** Without sign, point, exponent and zeros at either end; empty for zero. */
function significantDigits(text: string): string {
  const [mantissa = ''] = text.split(/[eE]/);
  const digits = mantissa.replace(/[^0-9]/g, '').replace(/^0+/, '');
  let end = digits.length;
  while (end > 0 && digits.charCodeAt(end - 1) === 0x30) end -= 1;
  return digits.slice(0, end);
}

function nameOrNull(text: string): DicomJsonValue {
  const name = parsePersonName(text);
  return name.Alphabetic === undefined && name.Ideographic === undefined && name.Phonetic === undefined ? null : name;
}

/** One number. 64-bit integers beyond 2^53 are decimal text and what is not finite is named, as JSON numbers hold neither (PS3.18 F.2.3.1). */
function number(vr: string, view: DataView, at: number, littleEndian: boolean): string | number {
  switch (vr) {
    case 'US':
      return view.getUint16(at, littleEndian);
    case 'SS':
      return view.getInt16(at, littleEndian);
    case 'UL':
      return view.getUint32(at, littleEndian);
    case 'SL':
      return view.getInt32(at, littleEndian);
    case 'FL':
      return finite(view.getFloat32(at, littleEndian));
    case 'FD':
      return finite(view.getFloat64(at, littleEndian));
    case 'UV':
      return safe(view.getBigUint64(at, littleEndian));
    default:
      return safe(view.getBigInt64(at, littleEndian));
  }
}

function finite(value: number): string | number {
  return Number.isFinite(value) ? value : String(value);
}

function safe(value: bigint): string | number {
  const narrow = Number(value);
  return Number.isSafeInteger(narrow) ? narrow : value.toString();
}

/** Little-endian base64 of `length` bytes; `unit` > 1 turns big-endian words round (PS3.18 F.2.7). */
export function base64Text(buffer: Buffer, index: number, length: number, unit: number): string {
  if (unit === 1) return buffer.toString('base64', index, index + length);
  return swapped(buffer.subarray(index, index + length), unit).toString('base64');
}

/** A copy with the bytes of each whole unit turned round. */
function swapped(bytes: Uint8Array, unit: number): Buffer {
  const copy = Buffer.from(bytes);
  for (let at = 0; at + unit <= copy.length; at += unit) copy.subarray(at, at + unit).reverse();
  return copy;
}
