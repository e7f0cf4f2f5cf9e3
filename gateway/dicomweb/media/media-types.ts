import { evictOldest } from '../../domain/bounds/evict-oldest.ts';
import { DomainError } from '../../domain/errors.ts';

/** One element of an Accept header, or a Content-Type (then `q` is 1). Type, subtype and parameter names in lower case. RFC 9110 12.5.1. */
export interface MediaRange {
  readonly type: string;
  readonly subtype: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly q: number;
}

export const ACCEPT_CHARS_MAX = 4096;
export const ACCEPT_RANGES_MAX = 64;

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/**
 * The media ranges a client accepts, best first; equal weights keep the client's order. Ranges with q=0 are left out.
 * An absent or empty header accepts anything. DICOMweb clients often leave `type=application/dicom` unquoted although
 * the slash is not a token character; that is read as meant.
 * @throws invalid
 */
export function parseAccept(header: string | undefined): readonly MediaRange[] {
  if (header === undefined || header.trim() === '') return [{ type: '*', subtype: '*', parameters: new Map(), q: 1 }];
  const before = parsed.get(header);
  if (before !== undefined) return before;
  const ranges = parseRanges(header);
  if (header.length <= PARSED_CHARS_MAX) {
    parsed.set(header, ranges);
    evictOldest(parsed, PARSED_MAX);
  }
  return ranges;
}

/** A viewer asks for each of its frames with the same header. */
const parsed = new Map<string, readonly MediaRange[]>();
const PARSED_MAX = 64;
const PARSED_CHARS_MAX = 512;

function parseRanges(header: string): readonly MediaRange[] {
  if (header.length > ACCEPT_CHARS_MAX) throw new DomainError('invalid', 'Accept header is too long');
  const elements = splitOutsideQuotes(header, ',')
    .map((element) => element.trim())
    .filter((element) => element !== '');
  if (elements.length > ACCEPT_RANGES_MAX) throw new DomainError('invalid', 'Accept header names too many media types');
  return elements
    .map((element) => parseMediaType(element))
    .filter((range) => range.q > 0)
    .sort((a, b) => b.q - a.q);
}

/** A media type with its parameters, quoted or not. @throws invalid */
export function parseMediaType(text: string): MediaRange {
  const [essence = '', ...rest] = splitOutsideQuotes(text, ';').map((piece) => piece.trim());
  const slash = essence.indexOf('/');
  // Old Java clients send a lone asterisk for */*.
  const type = essence === '*' ? '*' : essence.slice(0, slash).toLowerCase();
  const subtype = essence === '*' ? '*' : essence.slice(slash + 1).toLowerCase();
  if ((slash < 1 && essence !== '*') || !TOKEN.test(type) || !TOKEN.test(subtype) || (type === '*' && subtype !== '*')) {
    throw new DomainError('invalid', 'malformed media type');
  }
  const parameters = new Map<string, string>();
  let q = 1;
  for (const piece of rest) {
    if (piece === '') continue;
    const equals = piece.indexOf('=');
    if (equals < 1) throw new DomainError('invalid', 'malformed media type parameter');
    const name = piece.slice(0, equals).trim().toLowerCase();
    const value = unquote(piece.slice(equals + 1).trim());
    if (name === 'q') q = weight(value);
    else if (!parameters.has(name)) parameters.set(name, value);
  }
  return { type, subtype, parameters, q };
}

/** What `type/subtype` a range stands for. */
export function essenceOf(range: MediaRange): string {
  return `${range.type}/${range.subtype}`;
}

/** Whether the range covers this media type, wildcards included, parameters aside. */
export function covers(range: MediaRange, essence: string): boolean {
  if (range.type === '*') return true;
  const [type, subtype] = essence.split('/');
  return range.type === type && (range.subtype === '*' || range.subtype === subtype);
}

function weight(text: string): number {
  if (!/^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(text)) throw new DomainError('invalid', 'malformed q-value');
  return Number(text);
}

function unquote(text: string): string {
  if (!text.startsWith('"')) return text;
  if (text.length < 2 || !text.endsWith('"')) throw new DomainError('invalid', 'unterminated quoted string');
  return text.slice(1, -1).replace(/\\(.)/g, '$1');
}

function splitOutsideQuotes(text: string, separator: ',' | ';'): string[] {
  const pieces: string[] = [];
  let start = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (quoted) {
      if (character === '\\') i++;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === separator) {
      pieces.push(text.slice(start, i));
      start = i + 1;
    }
  }
  if (quoted) throw new DomainError('invalid', 'unterminated quoted string');
  pieces.push(text.slice(start));
  return pieces;
}
