import type { ByteStream } from '../../domain/byte-stream.ts';
import { DomainError } from '../../domain/errors.ts';

/**
 * Files one after another as POSIX.1-2001 (pax) has them, so that `tar` reads a decrypted backup too. Regular files only; names and lengths that a
 * ustar header cannot hold are in an extended header before it.
 */
export interface TarEntry {
  readonly name: string;
  /** Length of `bytes`, which must keep it. */
  readonly size: number;
  readonly bytes: ByteStream;
}

const BLOCK = 512;
const USTAR_NAME_BYTES_MAX = 100;
const USTAR_SIZE_MAX = 0o77777777777;
/** An extended header holds two short records. */
const PAX_BYTES_MAX = 64 * 1024;

/** @throws internal when an entry brings another number of bytes than it said */
export async function* writeTar(entries: AsyncIterable<TarEntry>): AsyncGenerator<Uint8Array> {
  for await (const { name, size, bytes } of entries) {
    const records = [
      ...(Buffer.byteLength(name) > USTAR_NAME_BYTES_MAX ? [paxRecord('path', name)] : []),
      ...(size > USTAR_SIZE_MAX ? [paxRecord('size', String(size))] : []),
    ].join('');
    if (records !== '') {
      const extended = Buffer.from(records);
      yield header('pax', extended.length, 'x');
      yield extended;
      yield padding(extended.length);
    }
    yield header(Buffer.from(name).toString('latin1', 0, USTAR_NAME_BYTES_MAX), Math.min(size, USTAR_SIZE_MAX), '0');
    let written = 0;
    for await (const chunk of bytes) {
      written += chunk.length;
      if (written > size) break;
      yield chunk;
    }
    if (written !== size) throw new DomainError('internal', `an entry of ${size} bytes brought another number of them`);
    yield padding(size);
  }
  yield Buffer.alloc(2 * BLOCK);
}

/**
 * The entries in their order. Each must be consumed, or is passed over, before the next is asked for.
 * @throws invalid when it is no such archive, or is cut
 */
export async function* readTar(source: ByteStream): AsyncGenerator<TarEntry> {
  const reader = new ByteReader(source);
  let extended: Readonly<Record<string, string>> = {};
  for (;;) {
    const block = await reader.exactly(BLOCK);
    if (block.every((byte) => byte === 0)) break;
    const { name, size: shortSize, type } = readHeader(block);
    const size = Number(extended['size'] ?? shortSize);
    if (!Number.isSafeInteger(size) || size < 0) throw notOurs();
    if (type === 'x') {
      if (size > PAX_BYTES_MAX) throw notOurs();
      extended = paxRecords(await reader.exactly(size));
      await reader.exactly(padding(size).length);
      continue;
    }
    if (type !== '0') throw notOurs();
    const body = reader.stream(size);
    yield { name: extended['path'] ?? name, size, bytes: body };
    for await (const _ of body) {
      // what the consumer left
    }
    await reader.exactly(padding(size).length);
    extended = {};
  }
  // The second empty block, and nothing behind it.
  if ((await reader.exactly(BLOCK)).some((byte) => byte !== 0) || !(await reader.atEnd())) throw notOurs();
}

function header(name: string, size: number, type: 'x' | '0'): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.write(name, 0, USTAR_NAME_BYTES_MAX, 'latin1');
  block.write('0000600\0', 100);
  block.write('0000000\0', 108);
  block.write('0000000\0', 116);
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  block.write('00000000000\0', 136);
  block.write('        ', 148);
  block.write(type, 156);
  block.write('ustar\0', 257);
  block.write('00', 263);
  block.write(`${checksum(block).toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

function readHeader(block: Buffer): { readonly name: string; readonly size: number; readonly type: string } {
  const unsigned = Buffer.from(block);
  unsigned.fill(' ', 148, 156);
  const text = (from: number, to: number) => block.toString('latin1', from, to).replace(/\0.*$/s, '');
  if (text(257, 263) !== 'ustar' || Number.parseInt(text(148, 156), 8) !== checksum(unsigned)) throw notOurs();
  return { name: text(0, USTAR_NAME_BYTES_MAX), size: Number.parseInt(text(124, 136), 8), type: text(156, 157) };
}

function checksum(block: Buffer): number {
  return block.reduce((sum, byte) => sum + byte, 0);
}

function padding(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
}

/** `length key=value\n`, where the length counts itself. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const bytes = Buffer.byteLength(rest);
  let length = bytes + String(bytes).length;
  if (bytes + String(length).length !== length) length = bytes + String(length).length;
  return `${length}${rest}`;
}

function paxRecords(bytes: Buffer): Readonly<Record<string, string>> {
  const records: Record<string, string> = {};
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(' ', at);
    const length = Number(bytes.toString('latin1', at, space));
    if (space < 0 || !Number.isSafeInteger(length) || length < 5 || at + length > bytes.length) throw notOurs();
    const [key = '', ...value] = bytes.toString('utf8', space + 1, at + length - 1).split('=');
    records[key] = value.join('=');
    at += length;
  }
  return records;
}

class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: ByteStream) {
    this.#source = source[Symbol.asyncIterator]();
  }

  async exactly(length: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    let have = 0;
    while (have < length) {
      const piece = await this.#some(length - have);
      if (piece === undefined) throw new DomainError('invalid', 'the file is cut short');
      parts.push(piece);
      have += piece.length;
    }
    return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
  }

  async *stream(length: number): AsyncGenerator<Uint8Array> {
    for (let left = length; left > 0; ) {
      const piece = await this.#some(left);
      if (piece === undefined) throw new DomainError('invalid', 'the file is cut short');
      left -= piece.length;
      yield piece;
    }
  }

  async atEnd(): Promise<boolean> {
    return (await this.#some(1)) === undefined;
  }

  /** At least one byte and at most `length`; undefined at the end. */
  async #some(length: number): Promise<Buffer | undefined> {
    while (this.#rest.length === 0) {
      const step = await this.#source.next();
      if (step.done === true) return undefined;
      this.#rest = Buffer.from(step.value.buffer, step.value.byteOffset, step.value.byteLength);
    }
    const piece = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(piece.length);
    return piece;
  }
}

function notOurs(): DomainError {
  return new DomainError('invalid', 'the file is no backup of Renkei, or was changed');
}
