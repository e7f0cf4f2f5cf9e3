import type { ByteStream } from '../../domain/byte-stream.ts';
import { DomainError } from '../../domain/errors.ts';
import { dictionaryVR, settledVR } from '../dictionary/dictionary.ts';
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
const ITEM = 0xfffee000;
const ITEM_END = 0xfffee00d;
const SEQUENCE_END = 0xfffee0dd;
const PIXEL_DATA = 0x7fe00010;
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
  const out = new Sink();
  const stack: Container[] = [{ kind: 'data-set', end: undefined, explicitVR: from.explicitVR }];
  const pending = [...(pixels?.attributes ?? [])].sort(([a], [b]) => a - b);
  const { bigEndian } = from;
  let signed = false;

  try {
    for (;;) {
      let top = stack[stack.length - 1] as Container;
      while (top.end !== undefined && source.position >= top.end) {
        out.delimiter(top.kind === 'sequence' ? SEQUENCE_END : ITEM_END);
        stack.pop();
        top = stack[stack.length - 1] as Container;
      }
      if (out.bytes >= FLUSH_BYTES) yield out.take();
      const atRoot = stack.length === 1;
      if (!(await source.has(8))) {
        // Up to seven bytes behind the last element are padding of the file, not data.
        if (!atRoot) throw new DomainError('invalid', 'data set ends inside a sequence');
        break;
      }
      const tag = source.tag(bigEndian);

      if (top.kind === 'sequence') {
        const length = source.uint32(bigEndian);
        if (tag === SEQUENCE_END) {
          out.delimiter(SEQUENCE_END);
          stack.pop();
        } else if (tag === ITEM) {
          out.header(ITEM, undefined, UNDEFINED);
          push(stack, { kind: 'data-set', end: length === UNDEFINED ? undefined : source.position + length, explicitVR: top.explicitVR });
        } else throw new DomainError('invalid', 'something other than an item in a sequence');
        continue;
      }
      if (tag === ITEM_END) {
        source.uint32(bigEndian);
        if (atRoot) continue;
        out.delimiter(ITEM_END);
        stack.pop();
        continue;
      }

      let vr: string;
      let length: number;
      if (top.explicitVR) {
        vr = source.vr();
        if (!LONG_VRS.has(vr)) length = source.uint16(bigEndian);
        else {
          source.uint16(bigEndian);
          if (!(await source.has(4))) throw new DomainError('invalid', 'data set ends inside an element');
          length = source.uint32(bigEndian);
        }
      } else {
        length = source.uint32(bigEndian);
        vr = implicitVR(tag, signed, length);
      }

      if (atRoot) {
        while (pending.length > 0 && (pending[0] as (typeof pending)[number])[0] < tag) writeReplacement(out, pending.shift());
        if (pending[0]?.[0] === tag) {
          writeReplacement(out, pending.shift());
          await source.skip(length);
          continue;
        }
      }

      if (tag === PIXEL_DATA && length === UNDEFINED) {
        if (!atRoot || pixels === undefined) {
          out.header(tag, 'OB', 0);
          await skipFragments(source, bigEndian);
          continue;
        }
        // What may follow is padding, and signatures that no longer hold.
        out.header(tag, pixels.vr, pixels.bytes + (pixels.bytes & 1));
        yield out.take();
        yield* pixels.frames;
        if ((pixels.bytes & 1) === 1) yield new Uint8Array(1);
        return;
      }
      // Undefined length of anything but pixels is a sequence; of UN, one in implicit form whatever the rest is (PS3.5 6.2.2).
      if (vr === 'SQ' || length === UNDEFINED) {
        out.header(tag, 'SQ', UNDEFINED);
        const explicitVR = top.explicitVR && vr !== 'UN';
        push(stack, { kind: 'sequence', end: length === UNDEFINED ? undefined : source.position + length, explicitVR });
        continue;
      }
      if ((tag & 0xffff) === 0) {
        await source.skip(length);
        continue;
      }

      // A long value does not fit the 16-bit length that most VRs have in explicit form (PS3.5 6.2.2, note 2).
      if (!LONG_VRS.has(vr) && length > 0xfffe) vr = 'UN';
      const unit = bigEndian ? (isPixels(tag) && sampleBytes > 1 ? sampleBytes : byteOrderUnitBytes(vr)) : 1;
      out.header(tag, vr, length + (length & 1));
      if (length <= WHOLE_VALUE_BYTES_MAX) {
        if (!(await source.has(length))) throw new DomainError('invalid', 'data set ends inside a value');
        const value = source.bytes(length);
        if (tag === PIXEL_REPRESENTATION && length >= 2) signed = (bigEndian ? value.readUInt16BE(0) : value.readUInt16LE(0)) === 1;
        out.write(unit === 1 ? value : swapped(value, unit));
      } else {
        yield out.take();
        for await (const chunk of source.chunks(length, unit)) yield unit === 1 ? chunk : swapped(chunk, unit);
      }
      if ((length & 1) === 1) out.write(Buffer.from([SPACE_PADDED.has(vr) ? 0x20 : 0]));
    }
    while (pending.length > 0) writeReplacement(out, pending.shift());
    if (out.bytes > 0) yield out.take();
  } finally {
    await source.close();
  }
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
    if (tag === SEQUENCE_END) return;
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

  async skip(length: number): Promise<void> {
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
