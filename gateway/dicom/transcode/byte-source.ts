import type { ByteStream } from '../../domain/byte-stream.ts';
import { DomainError } from '../../domain/errors.ts';

/** Reads a stream in the pieces a parser wants. `has` makes bytes available, the others consume what is. */
export class ByteSource {
  readonly #iterator: AsyncIterator<Uint8Array>;
  #buffer: Buffer = Buffer.alloc(0);
  #ended = false;
  position = 0;

  constructor(stream: ByteStream) {
    this.#iterator = stream[Symbol.asyncIterator]();
  }

  async close(): Promise<void> {
    if (!this.#ended) await this.#iterator.return?.();
  }

  async has(length: number): Promise<boolean> {
    while (this.#buffer.length < length && (await this.#more()));
    return this.#buffer.length >= length;
  }

  /** What has come of the next `length` bytes, left where it is. */
  async peek(length: number): Promise<Buffer> {
    await this.has(length);
    return this.#buffer.subarray(0, length);
  }

  bytes(length: number): Buffer {
    const taken = this.#buffer.subarray(0, length);
    this.#buffer = this.#buffer.subarray(length);
    this.position += length;
    return taken;
  }

  async skip(length: number): Promise<undefined> {
    for await (const _chunk of this.chunks(length, 1));
  }

  /** The next bytes as they come, in whole units. @throws invalid when the stream ends before */
  async *chunks(length: number, unit: number): AsyncGenerator<Uint8Array> {
    let left = length;
    while (left > 0) {
      if (!(await this.has(Math.min(unit, left)))) throw new DomainError('invalid', 'data set ends inside a value');
      const ready = Math.min(left, this.#buffer.length);
      const taken = ready === left ? ready : ready - (ready % unit);
      left -= taken;
      yield this.bytes(taken);
    }
  }

  async #more(): Promise<boolean> {
    if (this.#ended) return false;
    const next = await this.#iterator.next();
    if (next.done === true) {
      this.#ended = true;
      return false;
    }
    const chunk = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength);
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
    return true;
  }
}
