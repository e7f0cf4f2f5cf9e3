import type { ByteStream } from '../../domain/byte-stream.ts';
import { DomainError } from '../../domain/errors.ts';
import { dictionaryVR, settledVR } from '../dictionary/dictionary.ts';
import { ITEM, ITEM_DELIMITATION, PIXEL_DATA, SEQUENCE_DELIMITATION } from '../dictionary/tags.ts';
import type { TransferSyntax } from '../dictionary/transfer-syntax.ts';
import { byteOrderUnitBytes, swapByteOrder } from '../parse/byte-order.ts';
import { inflateInTurns } from '../parse/inflate-in-turns.ts';

/**
 * A data set in another encoding, written as Explicit VR Little Endian (PS3.5 A.2) while it is read: memory does not grow with the data set.
 * Sequences and items are written with undefined length, which is always allowed (PS3.5 7.5.1). Group lengths are left out (retired), values
 * of odd length are padded, and compressed pixels of an icon (which cannot stand in a native data set) are left empty.
 */
export interface PixelReplacement {
  /** Top-level attributes that decoding changed, by tag number, as encoded little endian values. */
  readonly attributes: ReadonlyMap<number, { readonly vr: string; readonly value: Uint8Array }>;
  readonly vr: 'OB' | 'OW';
  /** Bytes of all frames together, without padding. */
  readonly bytes: number;
  readonly frames: AsyncIterable<Uint8Array>;
}

/** Depth of nested sequences past which a data set is not a data set. */
export const SEQUENCE_DEPTH_MAX = 64;
/** Values up to this many bytes are read whole, larger ones pass through in the chunks they come in. */
const WHOLE_VALUE_BYTES_MAX = 64 * 1024;
/** Small writes are gathered up to here. */
const FLUSH_BYTES = 64 * 1024;

const UNDEFINED = 0xffffffff;
const PIXEL_REPRESENTATION = 0x00280103;

/** VRs whose explicit form has a 32-bit length, PS3.5 table 7.1-1. */
const LONG_VRS: ReadonlySet<string> = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV']);
const SPACE_PADDED: ReadonlySet<string> = new Set([
  'AE',
  'AS',
  'CS',
  'DA',
  'DS',
  'DT',
  'IS',
  'LO',
  'LT',
  'PN',
  'SH',
  'ST',
  'TM',
  'UC',
  'UR',
  'UT',
]);

interface Container {
  readonly kind: 'data-set' | 'sequence';
  /** Stream position behind it; undefined when a delimiter ends it. */
  readonly end: number | undefined;
  readonly explicitVR: boolean;
}

/**
 * @param dataSet the data set's bytes as stored, after preamble and File Meta Information
 * @param sampleBytes bytes of one pixel sample, for the byte order of native pixels
 * @param asker for whom: a deflated data set is inflated in turns
 * @throws invalid where the data set breaks off or is no data set
 */
export async function* explicitLittleEndian(
  dataSet: ByteStream,
  from: TransferSyntax,
  sampleBytes: number,
  pixels?: PixelReplacement,
  asker = '',
): AsyncGenerator<Uint8Array> {
  const source = new Source(from.deflated ? inflateInTurns(dataSet, asker) : dataSet);
  const work = new Transcoding(source, from, sampleBytes, pixels);
  const { out } = work;
  try {
    while (!work.ended) {
      if (out.bytes >= FLUSH_BYTES) yield out.take();
      const value = await work.step();
      if (value === undefined) continue;
      yield out.take();
      yield* value;
    }
    if (out.bytes > 0) yield out.take();
  } finally {
    await source.close();
  }
}

/** Goes through a data set element by element. What it writes waits in `out`, but for long values and pixels, which `step` gives to be sent. */
class Transcoding {
  readonly out = new Sink();
  ended = false;
  /** An element of the data set has been met. */
  #begun = false;
  readonly #source: Source;
  readonly #bigEndian: boolean;
  readonly #sampleBytes: number;
  readonly #pixels: PixelReplacement | undefined;
  readonly #stack: Container[];
  /** Attributes of the replacement that are still to be written, by tag. */
  readonly #pending: (readonly [number, { readonly vr: string; readonly value: Uint8Array }])[];
  /** Pixel Representation (0028,0103) as it was met. */
  #signed = false;

  constructor(source: Source, from: TransferSyntax, sampleBytes: number, pixels: PixelReplacement | undefined) {
    this.#source = source;
    this.#bigEndian = from.bigEndian;
    this.#sampleBytes = sampleBytes;
    this.#pixels = pixels;
    this.#stack = [{ kind: 'data-set', end: undefined, explicitVR: from.explicitVR }];
    this.#pending = [...(pixels?.attributes ?? [])].sort(([a], [b]) => a - b);
  }

  /** One element, or the beginning or end of an item or sequence. @returns what is to be sent behind what `out` holds */
  async step(): Promise<AsyncIterable<Uint8Array> | undefined> {
    const source = this.#source;
    const top = this.#innermost();
    const atRoot = this.#stack.length === 1;
    if (!(await source.has(8))) {
      // Up to seven bytes behind the last element are padding of the file, not data.
      if (!atRoot) throw new DomainError('invalid', 'data set ends inside a sequence');
      return this.#end();
    }
    const tag = source.tag(this.#bigEndian);
    if (top.kind === 'sequence') return this.#item(top, tag);
    if (tag === ITEM_DELIMITATION) return this.#itemEnd(atRoot);
    if (atRoot && (tag === ITEM || tag === SEQUENCE_DELIMITATION)) return void source.uint32(this.#bigEndian);
    if (atRoot && tag >>> 16 === 0) return this.#groupZero();
    this.#begun = true;
    const { vr, length } = await this.#header(top, tag);
    if (atRoot && this.#replaced(tag)) return source.skip(length);
    if (tag === PIXEL_DATA && length === UNDEFINED) return this.#fragments(atRoot);
    // Undefined length of anything but pixels is a sequence; of UN, one in implicit form whatever the rest is (PS3.5 6.2.2).
    if (vr === 'SQ' || length === UNDEFINED) return this.#sequence(top, tag, vr, length);
    return (tag & 0xffff) === 0 ? source.skip(length) : this.#value(tag, vr, length);
  }

  /** Ends the sequences and items whose length has been read, and gives the one that is open now. */
  #innermost(): Container {
    for (;;) {
      const top = this.#stack[this.#stack.length - 1] as Container;
      if (top.end === undefined || this.#source.position < top.end) return top;
      this.out.delimiter(top.kind === 'sequence' ? SEQUENCE_DELIMITATION : ITEM_DELIMITATION);
      this.#stack.pop();
    }
  }

  #end(): undefined {
    while (this.#pending.length > 0) writeReplacement(this.out, this.#pending.shift());
    this.ended = true;
  }

  /** Group 0000 never stands in a data set. Before the first element it is stepped over, behind that it is padding, as it is to the reader. */
  #groupZero(): Promise<undefined> | undefined {
    if (this.#begun) return this.#end();
    const four = this.#source.bytes(4);
    if (/^[A-Z]{2}/.test(four.toString('latin1'))) return this.#source.skip(this.#bigEndian ? four.readUInt16BE(2) : four.readUInt16LE(2));
    return this.#source.skip(this.#bigEndian ? four.readUInt32BE(0) : four.readUInt32LE(0));
  }

  #item(top: Container, tag: number): undefined {
    const length = this.#source.uint32(this.#bigEndian);
    if (tag === SEQUENCE_DELIMITATION) {
      this.out.delimiter(SEQUENCE_DELIMITATION);
      this.#stack.pop();
    } else if (tag === ITEM) {
      this.out.header(ITEM, undefined, UNDEFINED);
      push(this.#stack, { kind: 'data-set', end: this.#endOf(length), explicitVR: top.explicitVR });
    } else throw new DomainError('invalid', 'something other than an item in a sequence');
  }

  #itemEnd(atRoot: boolean): undefined {
    this.#source.uint32(this.#bigEndian);
    if (atRoot) return;
    this.out.delimiter(ITEM_DELIMITATION);
    this.#stack.pop();
  }

  #endOf(length: number): number | undefined {
    return length === UNDEFINED ? undefined : this.#source.position + length;
  }

  async #header(top: Container, tag: number): Promise<{ readonly vr: string; readonly length: number }> {
    const source = this.#source;
    if (!top.explicitVR) {
      const length = source.uint32(this.#bigEndian);
      return { vr: implicitVR(tag, this.#signed, length), length };
    }
    const vr = source.vr();
    if (!LONG_VRS.has(vr)) return { vr, length: source.uint16(this.#bigEndian) };
    source.uint16(this.#bigEndian);
    if (!(await source.has(4))) throw new DomainError('invalid', 'data set ends inside an element');
    return { vr, length: source.uint32(this.#bigEndian) };
  }

  /** Writes the attributes of the replacement up to this one. True: it stands for the data set's own. */
  #replaced(tag: number): boolean {
    const pending = this.#pending;
    while (pending[0] !== undefined && pending[0][0] < tag) writeReplacement(this.out, pending.shift());
    if (pending[0]?.[0] !== tag) return false;
    writeReplacement(this.out, pending.shift());
    return true;
  }

  async #fragments(atRoot: boolean): Promise<AsyncIterable<Uint8Array> | undefined> {
    const pixels = this.#pixels;
    if (!atRoot || pixels === undefined) {
      this.out.header(PIXEL_DATA, 'OB', 0);
      await skipFragments(this.#source, this.#bigEndian);
      return undefined;
    }
    // What may follow is padding, and signatures that no longer hold.
    this.ended = true;
    this.out.header(PIXEL_DATA, pixels.vr, pixels.bytes + (pixels.bytes & 1));
    return padded(pixels.frames, pixels.bytes, 0);
  }

  #sequence(top: Container, tag: number, vr: string, length: number): undefined {
    this.out.header(tag, 'SQ', UNDEFINED);
    push(this.#stack, { kind: 'sequence', end: this.#endOf(length), explicitVR: top.explicitVR && vr !== 'UN' });
  }

  async #value(tag: number, readVR: string, length: number): Promise<AsyncIterable<Uint8Array> | undefined> {
    const source = this.#source;
    const bigEndian = this.#bigEndian;
    // A long value does not fit the 16-bit length that most VRs have in explicit form (PS3.5 6.2.2, note 2).
    const vr = !LONG_VRS.has(readVR) && length > 0xfffe ? 'UN' : readVR;
    const unit = bigEndian ? (isPixels(tag) && this.#sampleBytes > 1 ? this.#sampleBytes : byteOrderUnitBytes(vr)) : 1;
    const pad = SPACE_PADDED.has(vr) ? 0x20 : 0;
    this.out.header(tag, vr, length + (length & 1));
    if (length > WHOLE_VALUE_BYTES_MAX) return padded(inOrder(source.chunks(length, unit), unit), length, pad);
    if (!(await source.has(length))) throw new DomainError('invalid', 'data set ends inside a value');
    const value = source.bytes(length);
    if (tag === PIXEL_REPRESENTATION && length >= 2) this.#signed = (bigEndian ? value.readUInt16BE(0) : value.readUInt16LE(0)) === 1;
    this.out.write(unit === 1 ? value : swapped(value, unit));
    if ((length & 1) === 1) this.out.write(Buffer.from([pad]));
    return undefined;
  }
}

async function* inOrder(chunks: AsyncIterable<Uint8Array>, unit: number): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) yield unit === 1 ? chunk : swapped(chunk, unit);
}

/** A value of `length` bytes and what makes it even. */
async function* padded(bytes: AsyncIterable<Uint8Array>, length: number, pad: number): AsyncGenerator<Uint8Array> {
  yield* bytes;
  if ((length & 1) === 1) yield Uint8Array.of(pad);
}

function push(stack: Container[], container: Container): void {
  if (stack.length > SEQUENCE_DEPTH_MAX * 2) throw new DomainError('invalid', 'sequences are nested too deeply');
  stack.push(container);
}

function isPixels(tag: number): boolean {
  return tag === PIXEL_DATA;
}

/** What the dictionary says, settled for Explicit VR Little Endian: PS3.5 A.2 and 8.1. */
function implicitVR(tag: number, signed: boolean, length: number): string {
  const vr = dictionaryVR(tag);
  if (vr === 'xs') return signed ? 'SS' : 'US';
  if (vr === 'UN' && length === UNDEFINED) return 'SQ';
  return settledVR(vr);
}

function writeReplacement(out: Sink, entry: readonly [number, { readonly vr: string; readonly value: Uint8Array }] | undefined): void {
  if (entry === undefined) return;
  const [tag, { vr, value }] = entry;
  out.header(tag, vr, value.length);
  out.write(value);
}

async function skipFragments(source: Source, bigEndian: boolean): Promise<void> {
  for (;;) {
    if (!(await source.has(8))) throw new DomainError('invalid', 'data set ends inside compressed pixels');
    const tag = source.tag(bigEndian);
    const length = source.uint32(bigEndian);
    if (tag === SEQUENCE_DELIMITATION) return;
    if (tag !== ITEM || length === UNDEFINED) throw new DomainError('invalid', 'something other than a fragment in compressed pixels');
    await source.skip(length);
  }
}

function swapped(bytes: Uint8Array, unit: number): Uint8Array {
  const result = Buffer.from(bytes);
  swapByteOrder(result, unit);
  return result;
}

/** Gathers small writes. */
class Sink {
  #pieces: Uint8Array[] = [];
  bytes = 0;

  write(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.bytes += piece.length;
  }

  /** @param vr undefined for items and delimiters, which have none */
  header(tag: number, vr: string | undefined, length: number): void {
    const long = vr !== undefined && LONG_VRS.has(vr);
    const header = Buffer.alloc(long ? 12 : 8);
    header.writeUInt16LE(tag >>> 16, 0);
    header.writeUInt16LE(tag & 0xffff, 2);
    if (vr === undefined) header.writeUInt32LE(length, 4);
    else {
      header.write(vr, 4, 'latin1');
      if (long) header.writeUInt32LE(length, 8);
      else header.writeUInt16LE(length, 6);
    }
    this.write(header);
  }

  delimiter(tag: number): void {
    this.header(tag, undefined, 0);
  }

  take(): Uint8Array {
    const all = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.bytes = 0;
    return all;
  }
}

/** Reads a stream in the pieces a parser wants. `has` makes bytes available, the others consume what is. */
class Source {
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

  bytes(length: number): Buffer {
    const taken = this.#buffer.subarray(0, length);
    this.#buffer = this.#buffer.subarray(length);
    this.position += length;
    return taken;
  }

  uint16(bigEndian: boolean): number {
    const two = this.bytes(2);
    return bigEndian ? two.readUInt16BE(0) : two.readUInt16LE(0);
  }

  uint32(bigEndian: boolean): number {
    const four = this.bytes(4);
    return bigEndian ? four.readUInt32BE(0) : four.readUInt32LE(0);
  }

  tag(bigEndian: boolean): number {
    return this.uint16(bigEndian) * 0x10000 + this.uint16(bigEndian);
  }

  vr(): string {
    const vr = this.bytes(2).toString('latin1');
    if (!/^[A-Z]{2}$/.test(vr)) throw new DomainError('invalid', 'an element has no VR');
    return vr;
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
