import { DomainError } from '../../../domain/errors.ts';

/**
 * A Huffman table as one look-up by the next 16 bits: code length in the high byte, symbol in the low one; 0 where no code begins so.
 * ITU-T T.81 Annex C.
 */
export type HuffmanTable = Uint16Array;

/** `counts[i]` codes of length i + 1, then their symbols in order. @throws invalid when there are more codes than bits allow. */
export function huffmanTable(counts: Uint8Array, symbols: Uint8Array): HuffmanTable {
  const table = new Uint16Array(1 << 16);
  let from = 0;
  let symbol = 0;
  for (let length = 1; length <= 16; length++) {
    const span = 1 << (16 - length);
    for (let i = 0; i < (counts[length - 1] as number); i++) {
      if (from + span > table.length) throw new DomainError('invalid', 'JPEG Huffman table has too many codes');
      table.fill((length << 8) | (symbols[symbol++] as number), from, from + span);
      from += span;
    }
  }
  return table;
}

/** Reads bits of entropy-coded data, without its stuffed zeros, up to the next marker. ITU-T T.81 B.1.1.5, F.2.2. */
export class EntropyReader {
  readonly #bytes: Uint8Array;
  #position: number;
  #bits = 0;
  #count = 0;
  /** Zero bits put after the last real one, so that a look-up can see 16; using one of them means the data ended early. */
  #padding = 0;

  constructor(bytes: Uint8Array, position: number) {
    this.#bytes = bytes;
    this.#position = position;
  }

  symbol(table: HuffmanTable): number {
    if (this.#count < 16) this.#fill();
    const entry = table[(this.#bits >>> (this.#count - 16)) & 0xffff] as number;
    if (entry === 0) throw new DomainError('invalid', 'JPEG data has a code that is in no table');
    this.#count -= entry >> 8;
    if (this.#count < this.#padding) throw endsEarly();
    return entry & 0xff;
  }

  /** `count` bits, 1 to 16. */
  receive(count: number): number {
    if (this.#count < count) this.#fill();
    this.#count -= count;
    if (this.#count < this.#padding) throw endsEarly();
    return (this.#bits >>> this.#count) & ((1 << count) - 1);
  }

  /** A difference or coefficient of `size` bits, 0 to 16. ITU-T T.81 F.2.2.1, EXTEND. */
  receiveSigned(size: number): number {
    if (size === 0) return 0;
    const value = this.receive(size);
    return value < 1 << (size - 1) ? value - (1 << size) + 1 : value;
  }

  /** Goes past the RSTn marker that must be next. */
  restart(): void {
    const marker = this.end();
    const code = this.#bytes[marker + 1];
    if (code === undefined || code < 0xd0 || code > 0xd7) throw new DomainError('invalid', 'JPEG restart marker is missing');
    this.#position = marker + 2;
    this.#bits = 0;
    this.#count = 0;
    this.#padding = 0;
  }

  /** Where the next marker begins (its last 0xFF), or the end of the data. */
  end(): number {
    const bytes = this.#bytes;
    let at = this.#position;
    while (at + 1 < bytes.length && (bytes[at] !== 0xff || bytes[at + 1] === 0 || bytes[at + 1] === 0xff)) at++;
    return at + 1 < bytes.length ? at : bytes.length;
  }

  #fill(): void {
    const bytes = this.#bytes;
    while (this.#count <= 24) {
      let byte = 0;
      const next = this.#padding === 0 ? bytes[this.#position] : undefined;
      if (next === undefined || (next === 0xff && bytes[this.#position + 1] !== 0)) {
        this.#padding += 8;
      } else {
        byte = next;
        this.#position += next === 0xff ? 2 : 1;
      }
      this.#bits = (this.#bits << 8) | byte;
      this.#count += 8;
    }
  }
}

function endsEarly(): DomainError {
  return new DomainError('invalid', 'JPEG data ends early');
}
