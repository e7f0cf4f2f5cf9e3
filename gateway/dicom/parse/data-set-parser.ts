import { DomainError } from '../../domain/errors.ts';
import type { DicomJson, DicomJsonElement, NativePixelTag } from '../../domain/imaging/dataset.ts';
import { dictionaryVR } from '../dictionary/dictionary.ts';
import {
  ITEM,
  ITEM_DELIMITATION,
  isMark,
  isPixelTag,
  PIXEL_DATA,
  readLength,
  readTag,
  SEQUENCE_DELIMITATION,
  SPECIFIC_CHARACTER_SET,
  tagText,
} from '../dictionary/tags.ts';
import { formOf, UN, type VRForm } from '../dictionary/value-representations.ts';
import { characterSet, DEFAULT_CHARACTER_SET } from '../text/character-set.ts';
import { base64Text, inlineBytes, jsonValues, valueCount } from '../text/json-values.ts';
import { type Context, implicitForm, uriOf } from './element-context.ts';
import { HeaderBudget } from './header-budget.ts';
import { type Fetch, HeaderPieces, TRUNCATED } from './header-pieces.ts';
import { isItemExplicit, oddVR } from './odd-encoding.ts';
import { type Encoding, type PixelPlace, type Progress, UNDEFINED_LENGTH, type ValuePlace } from './value-place.ts';

/**
 * A data set (PS3.5 section 7) to DICOM JSON (PS3.18 annex F), reading only what goes into the JSON.
 * It is synchronous over the bytes it was given; where it needs others it throws its `miss` and is run again from the element it was in.
 */

/** Binary values up to this are InlineBinary, longer ones BulkDataURI. Bytes. */
export const INLINE_BINARY_BYTES_MAX = 1024;
/** Text and numbers up to this are in Value, longer ones BulkDataURI. Bytes. */
export const INLINE_VALUE_BYTES_MAX = 64 * 1024;
export const SEQUENCE_DEPTH_MAX = 64;
/** Bytes of the file held at once to read the header. */
export const HEADER_BYTES_MAX = 64 * 1024 * 1024;
/** Warning codes kept an object; more are dropped, as the first ones tell enough. */
export const WARNINGS_MAX = 50;

const FILE_META_GROUP_LENGTH = 0x00020000;
/** For elements whose tag has no meaning of its own here. */
const SEQUENCE = 0xffffffff;

export class DataSetParser {
  readonly header: DicomJson = {};
  readonly warnings = new Set<string>();
  /** Values that became BulkDataURI, by that URI. */
  readonly places = new Map<string, ValuePlace>();
  pixel: PixelPlace | undefined;
  /** Where the next top-level element begins. */
  position: number;
  readonly #pieces: HeaderPieces;
  readonly #top: Context;
  readonly #wanted: string | undefined;
  readonly #budget: HeaderBudget;
  /** The element the file ends in is being read again; see `run`. */
  #salvaging = false;
  #salvaged: string | undefined;
  #end: number;

  /**
   * @param start where the data set begins; `end`: where the source ends.
   * @param wanted a path as in BulkDataURI whose place is noted even when the value is inline.
   */
  constructor(
    start: number,
    end: number,
    encoding: Encoding,
    {
      wanted,
      budget = new HeaderBudget(),
      fetch,
    }: { readonly wanted?: string; readonly budget?: HeaderBudget; readonly fetch?: Fetch } = {},
  ) {
    this.position = start;
    this.#end = end;
    this.#pieces = new HeaderPieces(end, fetch);
    this.#budget = budget;
    this.#wanted = wanted;
    this.#top = {
      elements: this.header,
      parent: undefined,
      ...encoding,
      charset: DEFAULT_CHARACTER_SET,
      sequence: '',
      index: 0,
      depth: 0,
    };
  }

  give(offset: number, bytes: Uint8Array): void {
    this.#pieces.add(offset, bytes);
  }

  /** The outermost declaration of Specific Character Set. */
  get characterSet(): readonly string[] {
    return this.#top.charset.terms;
  }

  get bytesHeld(): number {
    return this.#pieces.bytesHeld;
  }

  warn = (code: string): void => {
    if (this.warnings.size < WARNINGS_MAX) this.warnings.add(code);
  };

  /** Reads on. Returns what to get when bytes are missing; after `fragments` the caller sets `position` behind them and runs again. */
  run(stopBefore?: (tag: number) => boolean): Progress | { readonly kind: 'miss'; readonly offset: number; readonly length: number } {
    const mark = this.#budget.mark();
    try {
      return this.#run(stopBefore);
    } catch (thrown) {
      if (thrown === this.#pieces.miss) {
        this.#pieces.forgetBefore(this.position);
        this.#budget.reset(mark);
        if (this.#salvaged !== undefined) delete this.header[this.#salvaged];
        return { kind: 'miss', offset: this.#pieces.miss.offset, length: this.#pieces.miss.length };
      }
      if (thrown !== TRUNCATED) throw thrown;
      this.warn('truncated');
      if (!this.#salvaging) {
        // Once more, now putting down each sequence as it begins, so that what stands before the cut is kept.
        this.#salvaging = true;
        this.#budget.reset(mark);
        return this.run(stopBefore);
      }
      this.position = this.#end;
      return { kind: 'end' };
    }
  }

  #run(stopBefore?: (tag: number) => boolean): Progress {
    const pieces = this.#pieces;
    while (this.position < this.#end) {
      if (this.#end - this.position < 8) {
        this.warn('trailing-bytes');
        break;
      }
      const index = pieces.at(this.position, 8);
      const tag = readTag(pieces.buffer, index, this.#top.bigEndian);
      if (stopBefore?.(tag)) break;
      if (tag >>> 16 === 0) {
        // Group 0000 never stands in a data set: zeros or other padding behind it.
        this.warn('trailing-bytes');
        break;
      }
      const before = this.pixel;
      const next = this.#element(this.#top, this.position, this.#end);
      if (this.pixel !== before && this.pixel?.length === UNDEFINED_LENGTH) return { kind: 'fragments', pixel: this.pixel };
      this.position = next;
    }
    return { kind: 'end' };
  }

  /** One element at `offset` of a context that ends at `end`. Returns where the next one begins. */
  #element(context: Context, offset: number, end: number): number {
    const pieces = this.#pieces;
    let index = pieces.at(offset, 8);
    let { buffer } = pieces;
    const { bigEndian } = context;
    const tag = readTag(buffer, index, bigEndian);
    if (isMark(tag)) {
      this.warn('stray-delimiter');
      return offset + 8;
    }
    this.#budget.element();

    let form: VRForm;
    let length: number;
    let valueOffset = offset + 8;
    let nestedImplicit = !context.explicitVR;
    if (context.explicitVR) {
      const first = buffer[index + 4] as number;
      const second = buffer[index + 5] as number;
      const known = formOf(first, second);
      if (known !== undefined && !known.long) {
        form = known;
        length = bigEndian ? buffer.readUInt16BE(index + 6) : buffer.readUInt16LE(index + 6);
      } else if (known !== undefined) {
        form = known;
        index = pieces.at(offset, 12);
        buffer = pieces.buffer;
        length = readLength(buffer, index + 8, bigEndian);
        valueOffset = offset + 12;
        if (form === UN) {
          if (length === UNDEFINED_LENGTH) nestedImplicit = true;
          else if ((tag & 0x10000) === 0 && dictionaryVR(tag) !== 'UN') this.warn('un-for-known-attribute');
        }
      } else {
        const odd = this.#oddVR(context, offset, tag, end);
        form = odd.form;
        length = odd.length;
        valueOffset = odd.valueOffset;
        nestedImplicit = odd.implicit;
      }
    } else {
      length = readLength(buffer, index + 4, bigEndian);
      form = implicitForm(tag, context);
    }

    const text = tagText(tag);
    if (length === UNDEFINED_LENGTH) {
      if (tag === PIXEL_DATA || form.kind === 'binary') {
        if (tag === PIXEL_DATA || (form !== UN && this.#firstItemTag(valueOffset) === ITEM)) {
          return this.#fragments(context, tag, text, form, valueOffset, end);
        }
      }
      return this.#sequence(context, text, valueOffset, UNDEFINED_LENGTH, end, nestedImplicit);
    }
    const valueEnd = valueOffset + length > end ? this.#cutShort(context, tag, form, valueOffset + length, end) : valueOffset + length;
    // Its context may end in the midst of its header.
    length = Math.max(0, valueEnd - valueOffset);
    if ((length & 1) === 1) this.warn('odd-length');
    if (form.kind === 'sequence') return this.#sequence(context, text, valueOffset, length, end, nestedImplicit);
    const element = this.#value(context, tag, text, form, valueOffset, length);
    this.#put(context, tag, text, element);
    return valueEnd;
  }

  /** A value says that it goes on behind its context's end: it ends there. */
  #cutShort(context: Context, tag: number, form: VRForm, valueEnd: number, end: number): number {
    if (valueEnd > this.#end || context.depth === 0) {
      this.warn('truncated');
      if (form.kind !== 'sequence' && (context.depth > 0 || !isPixelTag(tag))) throw TRUNCATED;
    } else {
      this.warn('value-overruns-item');
    }
    return end;
  }

  #put(context: Context, tag: number, text: string, element: DicomJsonElement): void {
    // The first of two stays, as DCMTK has it.
    if (context.elements[text] !== undefined) {
      this.warn('duplicate-element');
      return;
    }
    if (tag === SPECIFIC_CHARACTER_SET) {
      context.charset = characterSet((element.Value ?? []).map((value) => (typeof value === 'string' ? value : '')));
      element.Value = ['ISO_IR 192'];
    }
    // Group lengths tell of the file's encoding, not of what it says (PS3.18 F.2.2).
    if ((tag & 0xffff) !== 0 || tag === FILE_META_GROUP_LENGTH) context.elements[text] = element;
  }

  /** An explicit element whose two VR bytes name no VR we know. */
  #oddVR(
    context: Context,
    offset: number,
    tag: number,
    end: number,
  ): { form: VRForm; length: number; valueOffset: number; implicit: boolean } {
    const pieces = this.#pieces;
    const index = pieces.at(offset, 8);
    const { buffer } = pieces;
    const { bigEndian } = context;
    const fallback = implicitForm(tag, context);
    const meant = oddVR(buffer, index, bigEndian, end - offset);
    this.warn(meant === 'implicit' ? 'implicit-vr-in-explicit' : 'unknown-vr');
    if (meant === 'later') {
      const long = pieces.at(offset, 12);
      const length = readLength(pieces.buffer, long + 8, bigEndian);
      return { form: UN, length, valueOffset: offset + 12, implicit: length === UNDEFINED_LENGTH };
    }
    if (meant === 'implicit')
      return { form: fallback, length: readLength(buffer, index + 4, bigEndian), valueOffset: offset + 8, implicit: true };
    const length = bigEndian ? buffer.readUInt16BE(index + 6) : buffer.readUInt16LE(index + 6);
    return { form: fallback, length, valueOffset: offset + 8, implicit: false };
  }

  #firstItemTag(offset: number): number {
    const index = this.#pieces.at(offset, 4);
    return readTag(this.#pieces.buffer, index, false);
  }

  /** Encapsulated Pixel Data, PS3.5 A.4. At the top the caller walks the fragments; in an item they are stepped over here. */
  #fragments(context: Context, tag: number, text: string, form: VRForm, offset: number, end: number): number {
    const vr = form === UN ? 'OB' : form.vr;
    const uri = uriOf(context, text);
    if (context.depth === 0 && tag === PIXEL_DATA) {
      if (this.pixel !== undefined) {
        this.warn('duplicate-element');
      }
      this.#put(context, tag, text, { vr, BulkDataURI: uri });
      this.pixel = { tag: '7FE00010', vr, offset, length: UNDEFINED_LENGTH };
      return offset;
    }
    let at = offset;
    while (at + 8 <= end) {
      const index = this.#pieces.at(at, 8);
      const item = readTag(this.#pieces.buffer, index, context.bigEndian);
      const length = readLength(this.#pieces.buffer, index + 4, context.bigEndian);
      if (item === SEQUENCE_DELIMITATION) {
        if (uri === this.#wanted) this.places.set(uri, { vr, offset, length: at - offset, bigEndian: context.bigEndian });
        this.#put(context, tag, text, { vr, BulkDataURI: uri });
        return at + 8;
      }
      if (item !== ITEM || length === UNDEFINED_LENGTH) break;
      at += 8 + length;
    }
    throw TRUNCATED;
  }

  #sequence(context: Context, text: string, offset: number, length: number, contextEnd: number, implicit: boolean): number {
    if (context.depth >= SEQUENCE_DEPTH_MAX) throw new DomainError('too-large', 'header-too-deep');
    const pieces = this.#pieces;
    const items: DicomJson[] = [];
    const end = length === UNDEFINED_LENGTH ? contextEnd : Math.min(offset + length, contextEnd);
    if (this.#salvaging && context.elements[text] === undefined) {
      context.elements[text] = { vr: 'SQ', Value: items };
      if (context.depth === 0) this.#salvaged = text;
    }
    let at = offset;
    while (at < end) {
      if (end - at < 8) {
        if (length === UNDEFINED_LENGTH && end === this.#end) throw TRUNCATED;
        this.warn('sequence-not-closed');
        at = end;
        break;
      }
      const index = pieces.at(at, 8);
      const tag = readTag(pieces.buffer, index, context.bigEndian);
      const itemLength = readLength(pieces.buffer, index + 4, context.bigEndian);
      if (tag === SEQUENCE_DELIMITATION) {
        at += 8;
        // A delimiter inside a defined length is superfluous; the length decides.
        if (length === UNDEFINED_LENGTH) break;
        this.warn('stray-delimiter');
        continue;
      }
      if (tag === ITEM_DELIMITATION) {
        this.warn('stray-delimiter');
        at += 8;
        continue;
      }
      if (tag !== ITEM) {
        this.warn('sequence-not-closed');
        if (length !== UNDEFINED_LENGTH) at = end;
        break;
      }
      this.#budget.item();
      const elements: DicomJson = {};
      const start = at + 8;
      const explicitVR = this.#itemIsExplicit(context, start, Math.min(end, start + itemLength), implicit);
      const item: Context = {
        elements,
        parent: context,
        explicitVR,
        bigEndian: context.bigEndian && !(implicit && context.explicitVR),
        charset: context.charset,
        sequence: text,
        index: items.length,
        depth: context.depth + 1,
      };
      items.push(elements);
      at = this.#item(item, start, itemLength, end);
    }
    if (!this.#salvaging) this.#put(context, SEQUENCE, text, items.length === 0 ? { vr: 'SQ' } : { vr: 'SQ', Value: items });
    return at;
  }

  #item(item: Context, start: number, length: number, sequenceEnd: number): number {
    const pieces = this.#pieces;
    let end = length === UNDEFINED_LENGTH ? sequenceEnd : start + length;
    if (end > sequenceEnd) {
      this.warn(end > this.#end ? 'truncated' : 'item-overruns-sequence');
      end = sequenceEnd;
    }
    let at = start;
    while (at < end) {
      if (end - at < 8) {
        if (length === UNDEFINED_LENGTH) throw TRUNCATED;
        this.warn('item-not-closed');
        return end;
      }
      const index = pieces.at(at, 8);
      const tag = readTag(pieces.buffer, index, item.bigEndian);
      if (tag === ITEM_DELIMITATION && length === UNDEFINED_LENGTH) return at + 8;
      if (tag === ITEM_DELIMITATION) {
        // Counted into a defined length by some writers.
        this.warn('stray-delimiter');
        at += 8;
        continue;
      }
      if (tag === SEQUENCE_DELIMITATION || (tag === ITEM && length === UNDEFINED_LENGTH)) {
        this.warn('item-not-closed');
        return at;
      }
      at = this.#element(item, at, end);
    }
    if (length === UNDEFINED_LENGTH) {
      if (end === this.#end) throw TRUNCATED;
      this.warn('item-not-closed');
    }
    return at;
  }

  /** UN sequences are implicit (PS3.5 6.2.2 note 4) and others as the data set, unless the first element shows otherwise. */
  #itemIsExplicit(context: Context, start: number, end: number, implicit: boolean): boolean {
    if (end - start < 8) return !implicit;
    const index = this.#pieces.at(start, 8);
    const explicit = isItemExplicit(this.#pieces.buffer, index, context.bigEndian, end - start, implicit);
    if (explicit === implicit) this.warn(explicit ? 'explicit-vr-in-implicit' : 'implicit-vr-in-explicit');
    return explicit;
  }

  #value(context: Context, tag: number, text: string, form: VRForm, offset: number, length: number): DicomJsonElement {
    const { vr } = form;
    if (context.depth === 0 && isPixelTag(tag)) {
      if (this.pixel === undefined) this.pixel = { tag: text as NativePixelTag, vr, offset, length };
      return this.#bulk(context, text, vr, offset, length);
    }
    if (this.#wanted?.endsWith(text) && uriOf(context, text) === this.#wanted) {
      this.places.set(this.#wanted, { vr, offset, length, bigEndian: context.bigEndian });
    }
    if (length === 0) return { vr };
    if (form.kind === 'binary') {
      if (length > INLINE_BINARY_BYTES_MAX || tag === PIXEL_DATA) return this.#bulk(context, text, vr, offset, length);
      if (!this.#budget.takesValue(length, 1)) return this.#tooMuch(context, text, vr, offset, length);
      const index = this.#pieces.at(offset, length);
      return { vr, InlineBinary: base64Text(this.#pieces.buffer, index, length, context.bigEndian ? form.unit : 1) };
    }
    if (length > INLINE_VALUE_BYTES_MAX) return this.#bulk(context, text, vr, offset, length);
    const index = this.#pieces.at(offset, length);
    const { buffer } = this.#pieces;
    if (!this.#budget.takesValue(inlineBytes(form, buffer, index, length), valueCount(form, buffer, index, length))) {
      return this.#tooMuch(context, text, vr, offset, length);
    }
    const values = jsonValues({
      form,
      buffer,
      index,
      length,
      bigEndian: context.bigEndian,
      charset: context.charset,
      warn: this.warn,
    });
    return values.length === 0 ? { vr } : { vr, Value: values };
  }

  /** The header holds as much as its JSON may: what comes now is by reference, however small. */
  #tooMuch(context: Context, text: string, vr: string, offset: number, length: number): DicomJsonElement {
    this.warn('header-values-by-reference');
    return this.#bulk(context, text, vr, offset, length);
  }

  #bulk(context: Context, text: string, vr: string, offset: number, length: number): DicomJsonElement {
    if (length === 0) return { vr };
    const uri = uriOf(context, text);
    // Of values in items only the one that is asked for: a header can hold a million.
    if ((context.depth === 0 || uri === this.#wanted) && !this.places.has(uri))
      this.places.set(uri, { vr, offset, length, bigEndian: context.bigEndian });
    return { vr, BulkDataURI: uri };
  }
}
