/** A file's bytes as numbered lines of text, each decoded by itself, so that one broken line costs no other. */
import { DomainError } from '../../domain/errors.ts';
import { ROSTER_BYTES_MAX, ROSTER_LINE_BYTES_MAX, ROSTER_LINES_MAX, type RosterBytes, type RosterCharset } from './roster.ts';
import { Turns } from './turns.ts';

/** `text` undefined: the line's fault. */
export type TextLine =
  | { readonly line: number; readonly text: string }
  | { readonly line: number; readonly text: undefined; readonly fault: 'undecodable' | 'control-character' | 'line-too-long' };

const LF = 0x0a;
const CR = 0x0d;

/**
 * Of control characters only the tab is text. Marks that turn the direction of writing make a name read as another one.
 * What stands in private use is a character of the sender's own (外字); here it is 〓.
 */
const CONTROLS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const PRIVATE_USE = /\p{Co}/gu;

export class TextLines {
  readonly #bytes: RosterBytes;
  readonly #linesMax: number;
  #charset: RosterCharset | undefined;
  #count = 0;

  constructor(bytes: RosterBytes, linesMax = ROSTER_LINES_MAX) {
    this.#bytes = bytes;
    this.#linesMax = linesMax;
  }

  /** Known once lines were read; of a file in ASCII it is UTF-8. */
  get charset(): RosterCharset {
    return this.#charset ?? 'utf-8';
  }

  get count(): number {
    return this.#count;
  }

  /** @throws too-large beyond ROSTER_BYTES_MAX or `linesMax`; unsupported for UTF-16 */
  async *lines(): AsyncGenerator<TextLine> {
    const turns = new Turns();
    let held: Uint8Array[] = [];
    let heldBytes = 0;
    let total = 0;
    for await (const piece of this.#bytes) {
      total += piece.length;
      if (total > ROSTER_BYTES_MAX) throw new DomainError('too-large', `a roster has at most ${ROSTER_BYTES_MAX} bytes`);
      let from = 0;
      for (let end = piece.indexOf(LF); end !== -1; end = piece.indexOf(LF, from)) {
        yield this.#line([...held, piece.subarray(from, end)], heldBytes + end - from);
        await turns.pass(heldBytes + end - from);
        held = [];
        heldBytes = 0;
        from = end + 1;
      }
      // Of a line that is too long no more is kept than what says so.
      if (heldBytes <= ROSTER_LINE_BYTES_MAX && from < piece.length) held.push(piece.slice(from));
      heldBytes += piece.length - from;
    }
    // Ctrl-Z ends files of older systems.
    const last = held.length === 1 && heldBytes === 1 && held[0]?.[0] === 0x1a;
    if (heldBytes > 0 && !last) yield this.#line(held, heldBytes);
  }

  #line(pieces: readonly Uint8Array[], bytes: number): TextLine {
    const line = ++this.#count;
    if (line > this.#linesMax)
      throw new DomainError('too-large', `a roster has at most ${this.#linesMax} lines`, { ids: { reason: 'roster-lines' } });
    if (bytes > ROSTER_LINE_BYTES_MAX) return { line, text: undefined, fault: 'line-too-long' };
    const text = this.#decoded(withoutEnd(Buffer.concat(pieces)));
    if (text === undefined) return { line, text: undefined, fault: 'undecodable' };
    return CONTROLS.test(text.replaceAll('\t', ''))
      ? { line, text: undefined, fault: 'control-character' }
      : { line, text: text.replace(PRIVATE_USE, '〓') };
  }

  #decoded(bytes: Buffer): string | undefined {
    if (this.#count === 1) {
      if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
        throw new DomainError('unsupported', 'a roster in UTF-16: save it as CSV in UTF-8 or Shift_JIS', {
          ids: { reason: 'roster-utf-16' },
        });
      }
      // A byte order mark; the decoder takes it away.
      if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) this.#charset = 'utf-8';
    }
    if (bytes.every((byte) => byte < 0x80)) return bytes.toString('latin1');
    if (this.#charset !== undefined) return decoded(bytes, this.#charset);
    // The first line that tells decides for all: Japanese in Shift_JIS is next to never valid UTF-8.
    for (const charset of ['utf-8', 'shift_jis'] as const) {
      const text = decoded(bytes, charset);
      if (text !== undefined) {
        this.#charset = charset;
        return text;
      }
    }
    return undefined;
  }
}

/** Its `shift_jis` is the platform's: CP932 with NEC's and IBM's characters (髙, 﨑, ①). */
const DECODERS = { 'utf-8': new TextDecoder('utf-8', { fatal: true }), shift_jis: new TextDecoder('shift_jis', { fatal: true }) } as const;

function decoded(bytes: Buffer, charset: RosterCharset): string | undefined {
  try {
    return DECODERS[charset].decode(bytes);
  } catch {
    return undefined;
  }
}

/** Without CR, and the Ctrl-Z that may follow the last line's end. */
function withoutEnd(bytes: Buffer): Buffer {
  return bytes.at(-1) === CR ? bytes.subarray(0, -1) : bytes;
}
