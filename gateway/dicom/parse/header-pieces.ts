/** Thrown to say which bytes are needed. One object a parser, without a stack: it is thrown often and is not an error. */
export interface Miss {
  offset: number;
  length: number;
}

/** Thrown where the file ends before what was to be read. */
export const TRUNCATED = Symbol('truncated');

/** One read at once: its bytes, or undefined when they must be waited for. */
export type Fetch = (offset: number, length: number) => Uint8Array | undefined;

/** With `Fetch`, pieces that are kept: values are read forwards, with short looks ahead. */
const PIECES_KEPT = 4;

/** Header bytes at hand: one piece in the usual case, more where large values were skipped. */
export class HeaderPieces {
  buffer: Buffer = Buffer.alloc(0);
  base = 0;
  #others: { base: number; buffer: Buffer }[] = [];
  readonly size: number;
  readonly miss: Miss = { offset: 0, length: 0 };

  readonly #fetch: Fetch | undefined;

  constructor(size: number, fetch?: Fetch) {
    this.size = size;
    this.#fetch = fetch;
  }

  add(base: number, bytes: Uint8Array): void {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#others.push({ base, buffer });
    this.base = base;
    this.buffer = buffer;
  }

  get bytesHeld(): number {
    return this.#others.reduce((sum, piece) => sum + piece.buffer.length, 0);
  }

  /** Forgets what ends before `offset`. */
  forgetBefore(offset: number): void {
    this.#others = this.#others.filter((piece) => piece.base + piece.buffer.length > offset);
  }

  /** Index into `buffer` of `length` bytes at `offset`. Throws the miss, or TRUNCATED when the file ends before. */
  at(offset: number, length: number): number {
    const index = offset - this.base;
    return index >= 0 && index + length <= this.buffer.length ? index : this.#find(offset, length);
  }

  #find(offset: number, length: number): number {
    if (offset + length > this.size) throw TRUNCATED;
    for (const piece of this.#others) {
      if (offset >= piece.base && offset + length <= piece.base + piece.buffer.length) {
        this.base = piece.base;
        this.buffer = piece.buffer;
        return offset - piece.base;
      }
    }
    const fetched = this.#fetch?.(offset, length);
    if (fetched !== undefined && fetched.length >= length) {
      this.#others = this.#others.slice(1 - PIECES_KEPT);
      this.add(offset, fetched);
      return 0;
    }
    this.miss.offset = offset;
    this.miss.length = length;
    throw this.miss;
  }
}
