import type { ByteStream } from '../../domain/byte-stream.ts';
import { DomainError } from '../../domain/errors.ts';
import { ITEM, ITEM_DELIMITATION, isMark, isPixelTag, PIXEL_DATA, readLength, readTag, SEQUENCE_DELIMITATION } from '../dictionary/tags.ts';
import type { TransferSyntax } from '../dictionary/transfer-syntax.ts';
import { formOf, UN, type VRForm } from '../dictionary/value-representations.ts';
import { byteOrderUnitBytes, swapByteOrder } from '../parse/byte-order.ts';
import { SEQUENCE_DEPTH_MAX } from '../parse/data-set-parser.ts';
import { dataSetStart } from '../parse/data-set-start.ts';
import { implicitFormOf } from '../parse/element-context.ts';
import { inflateInTurns } from '../parse/inflate-in-turns.ts';
import { isItemExplicit, oddVR } from '../parse/odd-encoding.ts';
import { UNDEFINED_LENGTH } from '../parse/value-place.ts';
import { ByteSource } from './byte-source.ts';
import { ElementSink } from './element-sink.ts';

/**
 * A data set in another encoding, written as Explicit VR Little Endian (PS3.5 A.2) while it is read: memory does not grow with the data set.
 * Sequences and items are written with undefined length, which is always allowed (PS3.5 7.5.1). Group lengths are left out (retired), values
 * of odd length are padded, and compressed pixels of an icon (which cannot stand in a native data set) are left empty.
 *
 * It finds the elements that `DataSetParser` finds: whatever that can read can be had in this form too.
 */
export interface PixelReplacement {
  /** Top-level attributes that decoding changed, by tag number, as encoded little endian values. */
  readonly attributes: ReadonlyMap<number, { readonly vr: string; readonly value: Uint8Array }>;
  readonly vr: 'OB' | 'OW';
  /** Bytes of all frames together, without padding. */
  readonly bytes: number;
  readonly frames: AsyncIterable<Uint8Array>;
}

export interface StoredDataSet {
  readonly transferSyntax: TransferSyntax;
  /** As stored. */
  readonly bytes: number;
  /** It stands behind File Meta Information. */
  readonly behindMeta: boolean;
  /** Bytes of one pixel sample, for the byte order of native pixels. */
  readonly sampleBytes: number;
}

/** Values up to this many bytes are read whole, larger ones pass through in the chunks they come in. */
const WHOLE_VALUE_BYTES_MAX = 64 * 1024;
/** Small writes are gathered up to here. */
const FLUSH_BYTES = 64 * 1024;
/** Looked at to see where the data set begins. */
const START_BYTES = 128 * 1024;

const PIXEL_REPRESENTATION = 0x00280103;

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
  readonly kind: 'root' | 'item' | 'sequence';
  /** Position behind it, never behind its own container's. */
  readonly end: number;
  /** Its length is not said: a delimiter ends it. */
  readonly isOpen: boolean;
  /** Of a sequence: what its items are, unless their first element shows otherwise. */
  readonly explicitVR: boolean;
  readonly bigEndian: boolean;
  /** Of a sequence: its items are little endian though it is not. */
  readonly hasLittleItems: boolean;
  /** Pixel Representation (0028,0103) as it was met here, or around it. */
  signed: boolean;
}

interface Header {
  readonly form: VRForm;
  readonly length: number;
  /** Position of its value, which is behind the container's end where that is in the midst of the header. */
  readonly valueAt: number;
  /** Items of it are in implicit form whatever the rest is (PS3.5 6.2.2, note 4). */
  readonly implicit: boolean;
}

/**
 * @param dataSet the data set's bytes as stored, after preamble and File Meta Information
 * @param asker for whom: a deflated data set is inflated in turns
 * @throws invalid where it is nested too deeply, or a large value of a deflated one breaks off; unavailable where the source gives fewer bytes than it has
 */
export async function* explicitLittleEndian(
  dataSet: ByteStream,
  stored: StoredDataSet,
  pixels?: PixelReplacement,
  asker = '',
): AsyncGenerator<Uint8Array> {
  const { transferSyntax, bytes, behindMeta } = stored;
  const source = new ByteSource(transferSyntax.deflated ? inflateInTurns(dataSet, asker) : dataSet);
  try {
    const { at, encoding } = dataSetStart(await source.peek(START_BYTES), 0, transferSyntax, behindMeta);
    source.bytes(at);
    const end = transferSyntax.deflated ? Number.POSITIVE_INFINITY : bytes;
    const { explicitVR, bigEndian } = encoding;
    const root: Container = { kind: 'root', end, isOpen: false, explicitVR, bigEndian, hasLittleItems: false, signed: false };
    const work = new Transcoding(source, root, stored.sampleBytes, pixels);
    const { out } = work;
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

type Replaced = readonly [tag: number, element: { readonly vr: string; readonly value: Uint8Array }];

/** What is to be sent behind what `out` holds. */
type Sent = Promise<AsyncIterable<Uint8Array> | undefined>;

/** Goes through a data set element by element. What it writes waits in `out`, but for long values and pixels, which `step` gives to be sent. */
class Transcoding {
  readonly out = new ElementSink();
  ended = false;
  readonly #source: ByteSource;
  readonly #sampleBytes: number;
  readonly #pixels: PixelReplacement | undefined;
  readonly #stack: Container[];
  /** Attributes of the replacement that are still to be written, by tag. */
  readonly #pending: Replaced[];

  constructor(source: ByteSource, root: Container, sampleBytes: number, pixels: PixelReplacement | undefined) {
    this.#source = source;
    this.#sampleBytes = sampleBytes;
    this.#pixels = pixels;
    this.#stack = [root];
    this.#pending = [...(pixels?.attributes ?? [])].sort(([a], [b]) => a - b);
  }

  /** One element, or the beginning or end of an item or sequence. */
  async step(): Sent {
    const container = this.#innermost();
    const room = container.end - this.#source.position;
    if (container.kind === 'root') return room < 8 ? this.#finish() : this.#inRoot(container);
    if (room <= 0) return this.#close();
    // Fewer bytes than a mark or an element has: the rest of what says its length, and otherwise the file's end.
    if (room < 8) return this.#closesBy(container) ? this.#finish() : this.#skipTo(container);
    return container.kind === 'sequence' ? this.#inSequence(container) : this.#inItem(container);
  }

  #innermost(): Container {
    return this.#stack[this.#stack.length - 1] as Container;
  }

  #closesBy({ isOpen, kind, end }: Container): boolean {
    return isOpen && (kind === 'item' || end === this.#stack[0]?.end);
  }

  /** The first 8 bytes of what comes next; undefined: it has ended. */
  async #next(): Promise<Buffer | undefined> {
    const next = await this.#source.peek(8);
    if (next.length === 8) return next;
    this.#demandKnownEnd(8);
    this.#finish();
    return undefined;
  }

  /** @throws unavailable where what the source has does not come */
  #demandKnownEnd(length: number): void {
    const end = this.#stack[0]?.end ?? 0;
    if (Number.isFinite(end) && this.#source.position + length <= end) {
      throw new DomainError('unavailable', 'the source gave fewer bytes than it has');
    }
  }

  async #inRoot(root: Container): Sent {
    const next = await this.#next();
    if (next === undefined) return undefined;
    const tag = readTag(next, 0, root.bigEndian);
    // Group 0000 never stands in a data set: zeros or other padding behind it.
    if (tag >>> 16 === 0) return this.#finish();
    return this.#element(root, tag, next);
  }

  async #inSequence(sequence: Container): Sent {
    const next = await this.#next();
    if (next === undefined) return undefined;
    const tag = readTag(next, 0, sequence.bigEndian);
    if (tag === ITEM) return this.#item(sequence, readLength(next, 4, sequence.bigEndian));
    // A delimiter in a sequence that says its length is superfluous.
    if (tag === ITEM_DELIMITATION || (tag === SEQUENCE_DELIMITATION && !sequence.isOpen)) return this.#stray();
    if (tag === SEQUENCE_DELIMITATION) this.#source.bytes(8);
    else if (!sequence.isOpen) return this.#skipTo(sequence);
    // Something else ends it too, and belongs to what is around it.
    return this.#close();
  }

  async #inItem(item: Container): Sent {
    const next = await this.#next();
    if (next === undefined) return undefined;
    const tag = readTag(next, 0, item.bigEndian);
    if (tag === ITEM_DELIMITATION && item.isOpen) {
      this.#source.bytes(8);
      return this.#close();
    }
    if (tag === SEQUENCE_DELIMITATION || (tag === ITEM && item.isOpen)) return this.#close();
    return this.#element(item, tag, next);
  }

  async #item(sequence: Container, length: number): Promise<undefined> {
    const source = this.#source;
    source.bytes(8);
    const isOpen = length === UNDEFINED_LENGTH;
    const end = isOpen ? sequence.end : Math.min(source.position + length, sequence.end);
    const room = Math.min(end - source.position, length);
    const first = room < 8 ? undefined : await source.peek(8);
    const explicitVR = first?.length === 8 ? isItemExplicit(first, 0, sequence.bigEndian, room, !sequence.explicitVR) : sequence.explicitVR;
    this.out.header(ITEM, undefined, UNDEFINED_LENGTH);
    const bigEndian = sequence.bigEndian && !sequence.hasLittleItems;
    this.#stack.push({ ...sequence, kind: 'item', end, isOpen, explicitVR, bigEndian });
  }

  /** @param next its first 8 bytes */
  async #element(container: Container, tag: number, next: Buffer): Sent {
    const source = this.#source;
    if (isMark(tag)) return this.#stray();
    const header = await this.#header(container, tag, next);
    if (header === undefined) return this.#finish();
    const { form } = header;
    const isRoot = container.kind === 'root';
    if (header.length === UNDEFINED_LENGTH) {
      if (isRoot) this.#replaces(tag);
      const isFragments = await this.#isFragments(tag, form);
      if (isFragments === undefined) return this.#finish();
      if (isFragments) return this.#fragments(container, tag, form);
      return this.#sequence(container, tag, header, container.end);
    }
    let end = header.valueAt + header.length;
    if (end > container.end) {
      // As far as its container goes; a value that the file ends in is none, but for pixels.
      const isCut = isRoot || end > (this.#stack[0]?.end ?? 0);
      if (isCut && form.kind !== 'sequence' && !(isRoot && isPixelTag(tag))) return this.#finish();
      end = container.end;
    }
    if (isRoot && this.#replaces(tag)) return source.skip(end - source.position);
    if (form.kind === 'sequence') return this.#sequence(container, tag, header, end);
    return (tag & 0xffff) === 0 ? source.skip(end - source.position) : this.#value(container, tag, form, end - source.position);
  }

  /** Undefined: the file ends in it. */
  async #header({ explicitVR, bigEndian, end, signed }: Container, tag: number, next: Buffer): Promise<Header | undefined> {
    const source = this.#source;
    const at = source.position;
    const long = async (form: VRForm) => {
      const twelve = await source.peek(12);
      if (twelve.length < 12) return undefined;
      const length = readLength(twelve, 8, bigEndian);
      const hasItems = form.kind === 'sequence' || length === UNDEFINED_LENGTH;
      // Of a value that has no room nothing is read behind its container.
      source.bytes(hasItems ? 12 : Math.min(12, end - at));
      return { form, length, valueAt: at + 12, implicit: form === UN && length === UNDEFINED_LENGTH };
    };
    const short = (form: VRForm) => {
      source.bytes(8);
      return { form, length: bigEndian ? next.readUInt16BE(6) : next.readUInt16LE(6), valueAt: at + 8, implicit: false };
    };
    const implicit = (form: VRForm) => {
      source.bytes(8);
      return { form, length: readLength(next, 4, bigEndian), valueAt: at + 8, implicit: true };
    };
    if (!explicitVR) return implicit(implicitFormOf(tag, () => signed));
    const known = formOf(next[4] as number, next[5] as number);
    if (known !== undefined) return known.long ? long(known) : short(known);
    const meant = oddVR(next, 0, bigEndian, end - source.position);
    if (meant === 'later') return long(UN);
    const form = implicitFormOf(tag, () => signed);
    return meant === 'implicit' ? implicit(form) : short(form);
  }

  /** Pixels, or another binary value of undefined length that begins with an item. Undefined: the file ends in it. */
  async #isFragments(tag: number, form: VRForm): Promise<boolean | undefined> {
    if (tag === PIXEL_DATA) return true;
    if (form.kind !== 'binary' || form === UN) return false;
    const first = await this.#source.peek(4);
    return first.length < 4 ? undefined : readTag(first, 0, false) === ITEM;
  }

  async #fragments(container: Container, tag: number, form: VRForm): Sent {
    const pixels = this.#pixels;
    const vr = form === UN ? 'OB' : form.vr;
    if (container.kind !== 'root' || tag !== PIXEL_DATA) {
      if (!(await this.#skipFragments(container.end, container.bigEndian))) return this.#finish();
      this.out.header(tag, vr, 0);
      return undefined;
    }
    if (pixels === undefined) {
      this.out.header(tag, vr, 0);
      // Always little endian (PS3.5 A.4).
      return (await this.#skipFragments(container.end, false)) ? undefined : this.#finish();
    }
    // What may follow is padding, and signatures that no longer hold.
    this.ended = true;
    this.out.header(PIXEL_DATA, pixels.vr, pixels.bytes + (pixels.bytes & 1));
    return padded(pixels.frames, pixels.bytes, 0);
  }

  /** False: they are not closed, and nothing of the data set comes behind them. */
  async #skipFragments(end: number, bigEndian: boolean): Promise<boolean> {
    const source = this.#source;
    while (source.position + 8 <= end) {
      const next = await this.#next();
      if (next === undefined) return false;
      const tag = readTag(next, 0, bigEndian);
      const length = readLength(next, 4, bigEndian);
      source.bytes(8);
      if (tag === SEQUENCE_DELIMITATION) return true;
      if (tag !== ITEM || length === UNDEFINED_LENGTH || source.position + length > end) return false;
      await source.skip(length);
    }
    return false;
  }

  #sequence(container: Container, tag: number, { length, implicit }: Header, end: number): undefined {
    if (this.#stack.length > SEQUENCE_DEPTH_MAX * 2) throw new DomainError('invalid', 'sequences are nested too deeply');
    this.out.header(tag, 'SQ', UNDEFINED_LENGTH);
    this.#stack.push({
      kind: 'sequence',
      end,
      isOpen: length === UNDEFINED_LENGTH,
      explicitVR: container.explicitVR && !implicit,
      bigEndian: container.bigEndian,
      hasLittleItems: implicit && container.explicitVR,
      signed: container.signed,
    });
  }

  async #value(container: Container, tag: number, form: VRForm, length: number): Sent {
    const source = this.#source;
    const { bigEndian } = container;
    // A long value does not fit the 16-bit length that most VRs have in explicit form (PS3.5 6.2.2, note 2).
    const vr = !form.long && length > 0xfffe ? 'UN' : form.vr;
    const unit = bigEndian ? (tag === PIXEL_DATA && this.#sampleBytes > 1 ? this.#sampleBytes : byteOrderUnitBytes(vr)) : 1;
    const pad = SPACE_PADDED.has(vr) ? 0x20 : 0;
    if (length > WHOLE_VALUE_BYTES_MAX) {
      this.out.header(tag, vr, length + (length & 1));
      return padded(inOrder(source.chunks(length, unit), unit), length, pad);
    }
    if (!(await source.has(length))) {
      this.#demandKnownEnd(length);
      return this.#finish();
    }
    const value = wholeNumbers(form, source.bytes(length));
    if (tag === PIXEL_REPRESENTATION && value.length >= 2)
      container.signed = (bigEndian ? value.readUInt16BE(0) : value.readUInt16LE(0)) === 1;
    this.out.header(tag, vr, value.length + (value.length & 1));
    this.out.write(unit === 1 ? value : swapped(value, unit));
    if ((value.length & 1) === 1) this.out.write(Buffer.from([pad]));
    return undefined;
  }

  /** A mark that marks nothing. */
  #stray(): undefined {
    this.#source.bytes(8);
  }

  async #skipTo(container: Container): Promise<undefined> {
    await this.#source.skip(container.end - this.#source.position);
    return this.#close();
  }

  #close(): undefined {
    this.out.delimiter(this.#stack.pop()?.kind === 'sequence' ? SEQUENCE_DELIMITATION : ITEM_DELIMITATION);
  }

  /** Nothing comes behind what was written. */
  #finish(): undefined {
    while (this.#stack.length > 1) this.#close();
    while (this.#pending.length > 0) this.#writePending();
    this.ended = true;
  }

  /** Writes the attributes of the replacement up to this one. True: it stands for the data set's own, wherever and however often that comes. */
  #replaces(tag: number): boolean {
    while (this.#pending[0] !== undefined && this.#pending[0][0] <= tag) this.#writePending();
    return this.#pixels?.attributes.has(tag) === true;
  }

  #writePending(): void {
    const [tag, { vr, value }] = this.#pending.shift() as Replaced;
    this.out.header(tag, vr, value.length);
    this.out.write(value);
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

/** What is left of a value behind its last whole number is none, and would be one with padding. */
function wholeNumbers({ kind, unit }: VRForm, value: Buffer): Buffer {
  const bytes = kind === 'tags' ? 4 : kind === 'numbers' ? unit : 1;
  return value.subarray(0, value.length - (value.length % bytes));
}

function swapped(bytes: Uint8Array, unit: number): Uint8Array {
  const result = Buffer.from(bytes);
  swapByteOrder(result, unit);
  return result;
}
