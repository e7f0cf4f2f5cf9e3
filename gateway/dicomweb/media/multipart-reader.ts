import type { ByteStream } from '../../domain/byte-stream.ts';
import { DomainError } from '../../domain/errors.ts';

export const BOUNDARY_CHARS_MAX = 200;
export const PREAMBLE_BYTES_MAX = 64 * 1024;
export const PART_HEADER_BYTES_MAX = 16 * 1024;
/** White space a transport may append to a delimiter line, RFC 2046 5.1.1. */
const PADDING_BYTES_MAX = 128;

export interface Part {
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** Must be read before the next part is asked for; what is left of it is skipped then. */
  readonly body: ByteStream;
}

const CRLF = Buffer.from('\r\n');
const BLANK_LINE = Buffer.from('\r\n\r\n');
const CR = 0x0d;

/**
 * The parts of a multipart body as they arrive, RFC 2046 5.1.1. Memory is one chunk of the source whatever the length of a part.
 * @throws invalid when the body breaks the syntax or ends without the closing delimiter; a part being read then throws the same
 */
export async function* readMultipart(source: AsyncIterable<Uint8Array>, boundary: string): AsyncGenerator<Part, void, undefined> {
  if (boundary === '' || boundary.length > BOUNDARY_CHARS_MAX || /[^\x20-\x7e]/.test(boundary) || boundary.endsWith(' ')) {
    throw new DomainError('invalid', 'malformed multipart boundary');
  }
  const scanner = new Scanner(source, Buffer.from(`\r\n--${boundary}`));
  try {
    let kind = await scanner.skipPreamble();
    while (kind === 'next') {
      const headers = await scanner.headers();
      let ended: 'next' | 'last' | undefined;
      const body = (async function* () {
        while (ended === undefined) {
          const step = await scanner.bodyStep();
          if (typeof step === 'string') ended = step;
          else yield step;
        }
      })();
      yield { headers, body };
      while (ended === undefined) {
        const step = await scanner.bodyStep();
        if (typeof step === 'string') ended = step;
      }
      kind = ended;
    }
  } finally {
    await scanner.close();
  }
}

class Scanner {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #delimiter: Buffer;
  /** Bytes that arrived and are not yet consumed. Begins with a line end so that a delimiter on the first line is one like any other. */
  #buffer: Buffer = CRLF;
  #reading = false;

  constructor(source: AsyncIterable<Uint8Array>, delimiter: Buffer) {
    this.#source = source[Symbol.asyncIterator]();
    this.#delimiter = delimiter;
  }

  /** Lets go of the source. A source that is silent answers this only after the read that was given up: that is not waited for. */
  async close(): Promise<void> {
    const closing = Promise.resolve(this.#source.return?.()).catch(() => undefined);
    if (!this.#reading) await closing;
  }

  async skipPreamble(): Promise<'next' | 'last'> {
    let skipped = 0;
    for (;;) {
      const step = await this.bodyStep();
      if (typeof step === 'string') return step;
      skipped += step.length;
      if (skipped > PREAMBLE_BYTES_MAX) throw new DomainError('invalid', 'multipart body does not begin with its boundary');
    }
  }

  async headers(): Promise<ReadonlyMap<string, string>> {
    // A part without headers begins with the blank line at once: the delimiter line's own end was left in the buffer for that.
    let end = this.#buffer.indexOf(BLANK_LINE);
    while (end < 0) {
      if (this.#buffer.length > PART_HEADER_BYTES_MAX) throw new DomainError('invalid', 'multipart part headers are too long');
      await this.#more();
      end = this.#buffer.indexOf(BLANK_LINE);
    }
    if (end > PART_HEADER_BYTES_MAX) throw new DomainError('invalid', 'multipart part headers are too long');
    const text = this.#buffer.toString('latin1', 0, end);
    this.#buffer = this.#buffer.subarray(end + BLANK_LINE.length);
    return parseHeaders(text);
  }

  /** The next bytes of the body, or what the delimiter behind them says. */
  async bodyStep(): Promise<Uint8Array | 'next' | 'last'> {
    for (;;) {
      const at = this.#buffer.indexOf(this.#delimiter);
      if (at > 0) return this.#take(at);
      if (at === 0) {
        const kind = await this.#delimiterKind();
        if (kind !== 'data') return kind;
        // The boundary's text, but longer or with something behind it: data like any other.
        return this.#take(1);
      }
      const keep = this.#tailThatMayBeDelimiter();
      if (this.#buffer.length > keep) return this.#take(this.#buffer.length - keep);
      await this.#more();
    }
  }

  /** With the delimiter at the start of the buffer: is it one, and which? Consumes it up to (not including) its line end. */
  async #delimiterKind(): Promise<'next' | 'last' | 'data'> {
    const start = this.#delimiter.length;
    for (let i = start; ; i++) {
      while (this.#buffer.length < i + 2) await this.#more();
      const first = this.#buffer[i];
      const second = this.#buffer[i + 1];
      if (i === start && first === 0x2d && second === 0x2d) {
        this.#buffer = this.#buffer.subarray(i + 2);
        return 'last';
      }
      if (first === CR && second === 0x0a) {
        this.#buffer = this.#buffer.subarray(i);
        return 'next';
      }
      if ((first !== 0x20 && first !== 0x09) || i - start >= PADDING_BYTES_MAX) return 'data';
    }
  }

  /** How many bytes at the end may be the beginning of a delimiter that the next chunk completes. */
  #tailThatMayBeDelimiter(): number {
    const from = Math.max(0, this.#buffer.length - this.#delimiter.length + 1);
    for (let at = this.#buffer.indexOf(CR, from); at >= 0; at = this.#buffer.indexOf(CR, at + 1)) {
      if (this.#delimiter.subarray(0, this.#buffer.length - at).equals(this.#buffer.subarray(at))) return this.#buffer.length - at;
    }
    return 0;
  }

  #take(length: number): Uint8Array {
    const taken = this.#buffer.subarray(0, length);
    this.#buffer = this.#buffer.subarray(length);
    return taken;
  }

  async #more(): Promise<void> {
    this.#reading = true;
    const next = await this.#source.next();
    this.#reading = false;
    if (next.done === true) throw new DomainError('invalid', 'multipart body ends without its closing boundary');
    const chunk = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength);
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
  }
}

function parseHeaders(text: string): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  // Folded lines (RFC 5322 2.2.3) are joined; the first line is the delimiter's own end.
  for (const line of text.replace(/\r\n[ \t]+/g, ' ').split('\r\n')) {
    if (line === '') continue;
    const colon = line.indexOf(':');
    if (colon < 1) throw new DomainError('invalid', 'malformed multipart part header');
    headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  return headers;
}
