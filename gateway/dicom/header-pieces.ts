/** Thrown to say which bytes are needed. One object a parser: it is not an error and carries no stack. */
export interface Miss {
  offset: number;
  length: number;
}

/** Thrown where the file ends before what was to be read. */
export const TRUNCATED = Symbol('truncated');

/** Header bytes at hand: one piece in the usual case, more where large values were skipped. */
export class HeaderPieces {
  buffer: Buffer = Buffer.alloc(0);
  base = 0;
  #others: { base: number; buffer: Buffer }[] = [];
  readonly size: number;
  readonly miss: Miss = { offset: 0, length: 0 };

  constructor(size: number) {
    this.size = size;
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
    this.miss.offset = offset;
    this.miss.length = length;
    throw this.miss;
  }
}
